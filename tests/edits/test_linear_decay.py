"""Stochastic depth over many branches at once: which probability each gets, in the diagram, in the
code and in the module."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from torch import nn

from graphcore import edits, gallery
from graphcore.analysis import analyse
from graphcore.codegen import to_source
from graphcore.diagram import Block, Diagram
from graphcore.edits import EditError
from graphcore.edits.branches import count_branches
from graphcore.edits.scales import ScalePlace, scales_at
from graphcore.expression import Expr
from graphcore.module import to_module
from graphcore.spec import FloatParam, IntParam
from graphcore.store import dumps, loads
from tests.diagrams import block, diagram, image, node, residual, wire


def probabilities(made: Diagram) -> list[float]:
    """The probability of every module that drops branches, in order."""
    assert analyse(made).ok, analyse(made).diagnostics
    assert loads(dumps(made)) == made
    net: nn.Module = to_module(made)
    found: list[Any] = [m for m in net.modules() if type(m).__name__ == "StochasticDepth"]
    return [round(module.p, 4) for module in found]


def rising(last: float, count: int) -> list[float]:
    return [round(last * k / count, 4) for k in range(1, count + 1)]


def everything(made: Diagram, last: float = 0.2) -> Diagram:
    return edits.stochastic_depth(made, made.main, made.main_block.graph.nodes, last)


def flat(count: int) -> Diagram:
    """``count`` convolutions in a chain, a skip round each."""
    nodes = [image()]
    for index in range(count):
        nodes += [
            node(f"conv{index}", "Conv2d", out_channels=4, kernel_size=1),
            node(f"relu{index}", "ReLU"),
        ]
    starts = ["x", *(f"relu{index}" for index in range(count))]
    skips = tuple(
        wire(start, f"relu{index}", "skip", f"skip{index}")
        for index, start in enumerate(starts[:count])
    )
    return diagram(block(*nodes, node("output", "Output"), extra=skips))


def stages(*copies: int | Expr, **params: Any) -> Diagram:
    nodes = [node(f"stage{k}", "Residual", width=8, repeat=n) for k, n in enumerate(copies, 1)]
    return diagram(block(image(), *nodes, node("output", "Output"), **params), Residual=residual())


class TestFlatBranches:
    def test_each_join_gets_a_number(self) -> None:
        made = everything(flat(3))
        assert probabilities(made) == [0.0667, 0.1333, 0.2]
        text = to_source(made).text
        assert "StochasticDepth(0.0667)" in text
        assert "StochasticDepth(0.2)" in text

    @pytest.mark.parametrize("chosen", [{"skip1", "relu2"}, {"relu1", "skip2"}, {"skip2", "relu1"}])
    def test_a_skip_stands_for_the_join_that_it_ends_at(self, chosen: set[str]) -> None:
        made = edits.stochastic_depth(flat(3), "Net", chosen, 0.4)
        assert probabilities(made) == [0.2, 0.4]

    def test_what_is_there_gets_another_probability_and_stays_where_it_is(self) -> None:
        made = everything(flat(2), 0.5)
        made, _ = edits.add_scale(made, "Net", ScalePlace("relu1", "x"), "Gain")
        again = everything(made, 0.1)
        assert probabilities(again) == [0.05, 0.1]
        chain = scales_at(again.main_block.graph, ScalePlace("relu1", "x"))
        assert [scale.label for scale in chain] == ["drop_path2", "gain"]

    def test_it_comes_last_of_the_scales(self) -> None:
        made, _ = edits.add_scale(flat(1), "Net", ScalePlace("relu0", "x"), "Gain")
        (first, last) = scales_at(everything(made).main_block.graph, ScalePlace("relu0", "x"))
        assert (first.kind, last.params) == ("Gain", {"p": 0.2})


class TestRepeatedBlocks:
    @pytest.mark.parametrize("copies", [(1,), (2,), (5,), (3, 4, 6, 3), (1, 1, 2), (2, 1)])
    def test_it_rises_over_all_copies(self, copies: tuple[int, ...]) -> None:
        made = everything(stages(*copies))
        assert probabilities(made) == rising(0.2, sum(copies))

    def test_the_block_declares_it_and_each_place_says_what_it_is_there(self) -> None:
        made = everything(stages(3, 4, 1))
        assert made.blocks["Residual"].params[-1].name == "drop"
        given = [made.main_block.graph.nodes[f"stage{k}"].params["drop"] for k in (1, 2, 3)]
        assert given == [Expr("0.2 * (1 + i) / 8"), Expr("0.2 * (4 + i) / 8"), 0.2]

    def test_the_code_reads_as_the_rule(self) -> None:
        text = to_source(everything(gallery.build("resnet50"))).text
        for line in (
            "self.drop_path = StochasticDepth(drop)",
            "x = self.drop_path(x)",
            "Bottleneck(256, 64, drop=0.2 * 3 / 16),",
            "Bottleneck(256, 128, stride=2, drop=0.2 * 4 / 16),",
            "*(Bottleneck(512, 128, drop=0.2 * (4 + i) / 16) for i in range(1, 4)),",
            "Bottleneck(2048, 512, drop=0.2 * 16 / 16),",
        ):
            assert line in text

    def test_a_number_of_copies_that_is_a_parameter_stays_one(self) -> None:
        made = everything(gallery.build("resnet20-cifar"))
        assert probabilities(made) == rising(0.2, 9)
        deeper = edits.set_block_param(made, made.main, "depth", 32)
        assert probabilities(deeper) == rising(0.2, 15)
        first, second = ("layer1", "layer2")
        given = [made.main_block.graph.nodes[n].params["drop"] for n in (first, second)]
        assert given == [
            Expr("0.2 * (1 + i) / (3 * ((depth - 2) // 6))"),
            Expr("0.2 * ((depth - 2) // 6 + 1 + i) / (3 * ((depth - 2) // 6))"),
        ]

    def test_other_places_of_the_block_drop_nothing(self) -> None:
        made = edits.stochastic_depth(stages(2, 2), "Net", {"stage2"}, 0.3)
        assert probabilities(made) == [0.0, 0.0, 0.15, 0.3]

    def test_all_joins_of_one_block_share_its_probability(self) -> None:
        inner = residual()
        second = wire("relu1", "bn2", "skip", "second")
        edges = {**inner.graph.edges, second.id: second}
        inner = replace(inner, graph=replace(inner.graph, edges=edges))
        made = everything(replace(stages(2), blocks={**stages(2).blocks, "Residual": inner}))
        assert probabilities(made) == [0.1, 0.1, 0.2, 0.2]

    def test_a_parameter_that_drops_the_branch_already_is_used(self) -> None:
        rate = FloatParam(name="rate", doc="Share that is dropped.", default=0.0)
        made = edits.add_block_param(stages(2), "Residual", rate)
        made, _ = edits.add_scale(
            made,
            "Residual",
            ScalePlace("relu2", "x"),
            "StochasticDepth",
            params={"p": Expr("rate")},
        )
        after = everything(made)
        assert [param.name for param in after.blocks["Residual"].params][-1] == "rate"
        assert probabilities(after) == [0.1, 0.2]

    def test_twice_is_the_same_as_the_second_time(self) -> None:
        assert everything(everything(stages(3), 0.5)) == everything(stages(3))

    def test_a_name_that_is_taken_is_left_alone(self) -> None:
        drop = IntParam(name="drop", doc="Something else.", default=1)
        made = everything(edits.add_block_param(stages(2), "Residual", drop))
        assert [p.name for p in made.blocks["Residual"].params][-2:] == ["drop", "drop2"]
        assert probabilities(made) == [0.1, 0.2]

    def test_a_module_that_is_repeated_counts_once(self) -> None:
        shared = edits.set_shared(stages(1, 3), "Net", "stage2", True)
        assert probabilities(everything(shared)) == [0.1, 0.2]


def stage() -> Block:
    """A stage of residual blocks: as many as its parameter says."""
    body = node("body", "Residual", width=Expr("width"), stride=Expr("2 if i == 0 else 1"))
    return block(
        node("x", "Input"),
        replace(body, repeat=Expr("depth")),
        node("output", "Output"),
        params=(IntParam(name="width", doc=""), IntParam(name="depth", doc="")),
    )


def nested(*depths: int, **last: Any) -> Diagram:
    nodes = [node(f"stage{k}", "Stage", width=8 * k, depth=n) for k, n in enumerate(depths, 1)]
    nodes[-1] = replace(nodes[-1], **last)
    main = block(image(size=64), *nodes, node("output", "Output"))
    return diagram(main, Stage=stage(), Residual=residual())


class TestBlocksInBlocks:
    def test_what_is_between_hands_on_where_it_begins(self) -> None:
        made = everything(nested(2, 3))
        assert probabilities(made) == rising(0.2, 5)
        text = to_source(made).text
        for line in (
            "Residual(in_channels, width, stride=2, drop=drop * first / total),",
            "Residual(width, width, drop=drop * (first + i) / total)",
            "self.stage1 = Stage(4, 8, 2, drop=0.2, total=5)",
            "self.stage2 = Stage(8, 16, 3, drop=0.2, first=3, total=5)",
        ):
            assert line in text

    def test_stages_that_are_repeated_themselves(self) -> None:
        made = everything(nested(1, 2, repeat=3))
        assert made.main_block.graph.nodes["stage2"].params["first"] == Expr("2 + 2 * i")
        assert probabilities(made) == rising(0.2, 7)

    def test_from_inside_one_stage(self) -> None:
        made = edits.stochastic_depth(nested(2, 3), "Stage", {"body"}, 0.2)
        given = made.blocks["Stage"].graph.nodes["body"].params["drop"]
        assert given == Expr("0.2 * (1 + i) / depth")
        assert probabilities(made) == [*rising(0.2, 2), *rising(0.2, 3)]

    def test_a_number_that_differs_from_copy_to_copy_is_not_known(self) -> None:
        made = edits.set_param(nested(2, 3, repeat=2), "Net", "stage2", "depth", Expr("i + 1"))
        with pytest.raises(EditError, match=r"How often 'body' repeats is not known from outside"):
            everything(made)


class TestWhatCannotBe:
    @pytest.mark.parametrize("last", [0.0, 1.0, -0.1, 1.5])
    def test_a_probability_lies_between(self, last: float) -> None:
        with pytest.raises(EditError, match="must lie between 0 and 1"):
            everything(flat(2), last)

    @pytest.mark.parametrize("chosen", [set(), {"conv0"}, {"flow_conv0_relu0_x"}, {"x", "output"}])
    def test_there_must_be_a_branch(self, chosen: set[str]) -> None:
        with pytest.raises(
            EditError, match=r"None of the selected blocks adds a skip.*first \(S\)"
        ):
            edits.stochastic_depth(flat(2), "Net", chosen, 0.2)

    def test_a_skip_that_is_off_adds_nothing(self) -> None:
        with pytest.raises(EditError, match="adds a skip"):
            everything(edits.without_skips(stages(3)))

    def test_a_concatenation_is_no_residual_branch(self) -> None:
        inner = block(
            node("x", "Input"),
            node("conv", "Conv2d", out_channels=4, kernel_size=1),
            node("output", "Output"),
            extra=(wire("x", "output", "dense"),),
        )
        made = diagram(block(image(), node("grow", "Grow"), node("output", "Output")), Grow=inner)
        with pytest.raises(EditError, match="adds a skip"):
            everything(made)


@pytest.mark.parametrize(
    ("made", "count"),
    [
        (flat(3), "3"),
        (stages(2, 4), "6"),
        (gallery.build("resnet101"), "33"),
        (gallery.build("resnet56-cifar"), "3 * ((depth - 2) // 6)"),
        (nested(2, 2, repeat=2), "6"),
    ],
)
def test_branches_are_counted(made: Diagram, count: str) -> None:
    assert str(count_branches(made, made.main, made.main_block.graph.nodes)) == count
