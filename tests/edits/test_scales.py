"""Scales on branches and shortcuts, modules and weights in several places: every edit and every
refusal, by tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from graphcore import edits
from graphcore.analysis import analyse
from graphcore.codegen import to_source
from graphcore.diagram import NO_SCALES, Diagram, PortRef, Tie
from graphcore.edits import EditError
from graphcore.edits.scales import ScalePlace, scales_at
from graphcore.edits.sharing import same_as_candidates
from graphcore.expression import Expr
from graphcore.spec import BoolParam
from graphcore.store import dumps, loads
from tests.diagrams import block, diagram, image, node, residual

BRANCH = ScalePlace("relu2", "x")
SHORTCUT = ScalePlace("downsample")
INSIDE: set[str] = {"conv1", "bn1", "relu1", "conv2", "bn2"}


def net() -> Diagram:
    """Two residual blocks, and the block they are made of."""
    main = block(image(), node("body", "Residual", width=4, repeat=2), node("output", "Output"))
    return diagram(main, Residual=residual())


def labels(made: Diagram, place: ScalePlace) -> list[str]:
    return [scale.label for scale in scales_at(made.blocks["Residual"].graph, place)]


def added(made: Diagram, *kinds: str, place: ScalePlace = BRANCH) -> Diagram:
    for kind in kinds:
        made, _ = edits.add_scale(made, "Residual", place, kind)
    return made


class TestScales:
    @pytest.mark.parametrize("place", [BRANCH, SHORTCUT])
    def test_each_acts_after_the_one_before(self, place: ScalePlace) -> None:
        made = added(net(), "SqueezeExcitation", "Gain", "StochasticDepth", place=place)
        assert labels(made, place) == ["se", "gain", "drop_path"]
        first, label = edits.add_scale(made, "Residual", place, "Gain", at=0)
        assert labels(first, place) == [label, "se", "gain", "drop_path"]
        assert analyse(first).ok
        assert loads(dumps(first)) == first

    def test_names_are_unique_among_all_names_of_the_block(self) -> None:
        made = added(net(), "Gain", "Gain")
        made = added(made, "Gain", place=SHORTCUT)
        made, label = edits.add_scale(made, "Residual", SHORTCUT, "Gain", stem="relu1")
        assert labels(made, BRANCH) == ["gain", "gain2"]
        assert labels(made, SHORTCUT) == ["gain3", label] == ["gain3", "relu3"]

    def test_parameters_are_given_at_once_or_set_later(self) -> None:
        params = {"init": 1e-4, "per_channel": True}
        made, label = edits.add_scale(
            net(), "Residual", BRANCH, "Gain", params=params, stem="layer_scale"
        )
        made = edits.set_scale_param(made, "Residual", label, "init", Expr("1 / width"))
        (scale,) = scales_at(made.blocks["Residual"].graph, BRANCH)
        assert scale.params == {"init": Expr("1 / width"), "per_channel": True}
        assert "Gain(1 / width, shape=(width, 1, 1))" in to_source(made).text

    @pytest.mark.parametrize(
        ("label", "to", "order"),
        [
            ("gain", 0, ["gain", "se", "drop_path"]),
            ("se", 1, ["gain", "se", "drop_path"]),
            ("se", 2, ["gain", "drop_path", "se"]),
            ("drop_path", -3, ["drop_path", "se", "gain"]),
            ("se", 9, ["gain", "drop_path", "se"]),
            ("gain", 1, ["se", "gain", "drop_path"]),
        ],
    )
    def test_they_change_places(self, label: str, to: int, order: list[str]) -> None:
        made = added(net(), "SqueezeExcitation", "Gain", "StochasticDepth")
        assert labels(edits.move_scale(made, "Residual", label, to), BRANCH) == order

    def test_they_are_renamed_and_taken_away(self) -> None:
        made = added(net(), "Gain", "StochasticDepth")
        made = edits.rename_scale(made, "Residual", "gain", "alpha")
        assert "self.alpha = Gain(0.0)" in to_source(made).text
        made = edits.remove_scale(made, "Residual", "alpha")
        assert labels(made, BRANCH) == ["drop_path"]
        bare = edits.remove_scale(made, "Residual", "drop_path")
        assert bare == net()
        assert bare.blocks["Residual"].graph.nodes["relu2"].scales is NO_SCALES

    def test_what_is_not_touched_stays_the_same_object(self) -> None:
        before = net()
        after = added(before, "Gain")
        assert after.blocks["Net"] is before.blocks["Net"]
        old, new = (d.blocks["Residual"].graph for d in (before, after))
        assert new.edges is old.edges
        assert all(new.nodes[name] is old.nodes[name] for name in old.nodes if name != "relu2")


def _add(place: ScalePlace, kind: str, **more: Any) -> Callable[[Diagram], object]:
    return lambda d: edits.add_scale(d, "Residual", place, kind, **more)


class TestWhatCannotBeScaled:
    REFUSED: tuple[tuple[Callable[[Diagram], object], str], ...] = (
        (
            _add(ScalePlace("conv2", "x"), "Gain"),
            "Nothing is joined at 'conv2', so there is no branch to scale; draw a skip",
        ),
        (
            _add(ScalePlace("flow_x_conv1_x"), "Gain"),
            "The wire 'x' → 'conv1' joins nothing, so there is no shortcut to scale; put the layer",
        ),
        (_add(ScalePlace("relu2", "z"), "Gain"), "'relu2' has no input 'z'; it has x"),
        (_add(ScalePlace("relu9", "x"), "Gain"), "'Residual' has no node 'relu9'"),
        (_add(BRANCH, "Add"), "'Add' cannot scale a branch: it has to be a layer that takes one"),
        (_add(BRANCH, "LSTM"), "'LSTM' cannot scale a branch"),
        (_add(BRANCH, "Input"), "'Input' cannot scale a branch"),
        (_add(BRANCH, "Residual"), "'Residual' cannot scale a branch"),
        (_add(BRANCH, "Gain", params={"p": 0.1}), "'Gain' has no parameter 'p'; its parameters:"),
        (_add(BRANCH, "Gain", params={"init": float("nan")}), "'init' cannot have this value"),
        (_add(BRANCH, "Gain", stem="class"), "word of the Python language"),
        (lambda d: edits.remove_scale(d, "Residual", "se"), "'Residual' has no scale called 'se'"),
        (lambda d: edits.move_scale(d, "Residual", "se", 0), "no scale called 'se'"),
        (lambda d: edits.rename_scale(d, "Residual", "se", "x1"), "no scale called 'se'"),
        (
            lambda d: edits.rename_scale(d, "Residual", "gain", "bn1"),
            "already has something called",
        ),
        (lambda d: edits.rename_scale(d, "Residual", "gain", "1a"), "is not a Python name"),
        (
            lambda d: edits.set_scale_param(d, "Residual", "gain", "q", 1),
            "'Gain' has no parameter 'q'; its parameters: init, per_channel, trainable",
        ),
        (lambda d: edits.add_scale(d, "Net9", BRANCH, "Gain"), "There is no block 'Net9'"),
    )

    @pytest.mark.parametrize(("edit", "message"), REFUSED)
    def test_is_told_with_a_remedy(self, edit: Callable[[Diagram], object], message: str) -> None:
        with pytest.raises(EditError, match=message):
            edit(added(net(), "Gain"))

    def test_a_value_that_does_not_suit_is_kept_and_becomes_a_problem(self) -> None:
        made = added(net(), "StochasticDepth")
        made = edits.set_scale_param(made, "Residual", "drop_path", "p", 3.0)
        (problem,) = analyse(made).diagnostics
        assert (problem.at.item, problem.port) == ("relu2", "x")
        assert "'p' must be between 0.0 and 1.0, not 3.0" in problem.message


def _second_skip(made: Diagram) -> Diagram:
    return edits.add_skip(made, "Residual", "relu1", "relu2")[0]


class TestScalesGoWithTheirBranch:
    """Where nothing is joined any more no scale is left behind unseen."""

    GONE: tuple[tuple[str, Callable[[Diagram], Diagram]], ...] = (
        ("the skip is deleted", lambda d: edits.delete(d, "Residual", {"downsample"})),
        (
            "it becomes a wire",
            lambda d: edits.set_edge_kind(_lone(d), "Residual", "downsample", "flow"),
        ),
        ("its source is deleted", lambda d: edits.delete(d, "Residual", {"x"})),
        ("nothing is left to go round", lambda d: edits.dissolve(d, "Residual", INSIDE)),
    )

    @pytest.mark.parametrize("edit", [e for _, e in GONE], ids=[name for name, _ in GONE])
    def test_they_go(self, edit: Callable[[Diagram], Diagram]) -> None:
        made = edit(added(net(), "Gain"))
        assert labels(made, BRANCH) == []

    def test_they_stay_while_another_edge_joins(self) -> None:
        made = edits.delete(_second_skip(added(net(), "Gain")), "Residual", {"downsample"})
        assert labels(made, BRANCH) == ["gain"]

    def test_they_stay_while_the_skip_is_only_off(self) -> None:
        made = edits.set_active(added(net(), "Gain"), "Residual", ["downsample"], False)
        assert labels(made, BRANCH) == ["gain"]
        assert "Gain" not in to_source(made).text

    def test_they_move_with_the_end_of_the_last_skip(self) -> None:
        made = edits.reconnect(
            added(net(), "Gain"), "Residual", "downsample", target=PortRef("conv2", "x")
        )
        assert labels(made, BRANCH) == []
        assert labels(made, ScalePlace("conv2", "x")) == ["gain"]
        back = edits.reconnect(made, "Residual", "downsample", target=PortRef("relu2", "x"))
        assert labels(back, BRANCH) == ["gain"]

    def test_a_shortcut_keeps_its_scales_wherever_it_ends(self) -> None:
        made = added(net(), "Gain", place=SHORTCUT)
        made = edits.reconnect(made, "Residual", "downsample", target=PortRef("conv2", "x"))
        assert labels(made, SHORTCUT) == ["gain"]
        dense = edits.set_edge_kind(made, "Residual", "downsample", "dense")
        assert labels(dense, SHORTCUT) == ["gain"]


def _lone(made: Diagram) -> Diagram:
    """Without the wire that a flow edge at its place would meet."""
    return edits.delete(made, "Residual", {"flow_bn2_relu2_x"})


def sharing() -> Diagram:
    """x -> one -> act -> two -> three -> output, all linear but for act."""
    nodes = (
        node("x", "Input", shape=("N", 6)),
        node("one", "Linear", out_features=6, bias=False),
        node("act", "ReLU"),
        node("two", "Linear", out_features=6, bias=False),
        node("three", "Linear", out_features=6, bias=False),
        node("flat", "Flatten"),
        node("output", "Output"),
    )
    return diagram(block(*nodes))


class TestOneModuleInSeveralPlaces:
    def test_it_is_called_again(self) -> None:
        made = edits.set_same_as(sharing(), "Net", "two", "one")
        text = to_source(made).text
        assert "self.two" not in text
        assert text.count("self.one(") == 2
        assert loads(dumps(made)) == made
        assert edits.set_same_as(made, "Net", "two", None) == sharing()

    @pytest.mark.parametrize(
        ("node", "others"),
        [("one", ["two", "three"]), ("act", []), ("flat", []), ("x", []), ("output", [])],
    )
    def test_those_of_its_kind_that_build_their_own_can_be_called(
        self, node: str, others: list[str]
    ) -> None:
        graph = sharing().main_block.graph
        assert [n.id for n in same_as_candidates(graph, node)] == others
        shared = edits.set_same_as(sharing(), "Net", "two", "one").main_block.graph
        assert [n.id for n in same_as_candidates(shared, "three")] == ["one"]
        assert same_as_candidates(shared, "one") == ()

    @pytest.mark.parametrize(
        ("node", "other", "message"),
        [
            ("one", "one", "cannot be the same module as itself"),
            ("one", "act", "'one' is a Linear and 'act' a ReLU; only two blocks of one kind"),
            ("three", "two", "'two' calls the module of 'one' itself; choose that one"),
            ("one", "three", "'two' calls the module of 'one', which would be gone; part them"),
            ("flat", "act", "'flat' has no module of its own to share"),
            ("one", "nine", "no node 'nine'"),
        ],
    )
    def test_what_cannot_be(self, node: str, other: str, message: str) -> None:
        made = edits.set_same_as(sharing(), "Net", "two", "one")
        with pytest.raises(EditError, match=message):
            edits.set_same_as(made, "Net", node, other)


class TestTies:
    def test_a_weight_is_another_ones_tensor(self) -> None:
        made = edits.add_tie(sharing(), "Net", ("one", "weight"), ("three", "weight"))
        assert "self.three.weight = self.one.weight" in to_source(made).text
        assert loads(dumps(made)) == made
        assert edits.remove_tie(made, "Net", ("three", "weight")) == sharing()

    def test_a_tie_to_a_tied_weight_is_one_to_what_that_is_tied_to(self) -> None:
        made = edits.add_tie(sharing(), "Net", ("one", "weight"), ("two", "weight"))
        made = edits.add_tie(made, "Net", ("two", "weight"), ("three", "weight"))
        ones = ("one", "weight")
        assert made.main_block.graph.ties == (
            Tie(ones, ("two", "weight")),
            Tie(ones, ("three", "weight")),
        )

    def test_tied_again_it_changes_its_partner(self) -> None:
        made = edits.add_tie(sharing(), "Net", ("one", "weight"), ("three", "weight"))
        made = edits.add_tie(made, "Net", ("two", "weight"), ("three", "weight"))
        assert made.main_block.graph.ties == (Tie(("two", "weight"), ("three", "weight")),)

    REFUSED: tuple[tuple[Callable[[Diagram], object], str], ...] = (
        (
            lambda d: edits.add_tie(d, "Net", ("one", "weight"), ("one", "weight")),
            "'one.weight' cannot be tied to itself",
        ),
        (
            lambda d: edits.add_tie(d, "Net", ("two", "weight"), ("one", "weight")),
            "'three.weight' is tied to 'one.weight'; take that tie off first",
        ),
        (
            lambda d: edits.add_tie(d, "Net", ("three", "weight"), ("one", "weight")),
            "'one.weight' cannot be tied to itself",
        ),
        (
            lambda d: edits.add_tie(d, "Net", ("nine", "weight"), ("one", "weight")),
            "no node 'nine'",
        ),
        (
            lambda d: edits.add_tie(
                edits.set_repeat(d, "Net", "two", 3), "Net", ("two", "weight"), ("act", "w")
            ),
            "'two' is repeated: each copy has a weight of its own",
        ),
        (
            lambda d: edits.add_tie(
                edits.set_same_as(d, "Net", "two", "one"), "Net", ("three", "w"), ("two", "w")
            ),
            "'two' calls another block's module; tie that one's weight",
        ),
        (
            lambda d: edits.remove_tie(d, "Net", ("two", "weight")),
            "'two.weight' is tied to nothing",
        ),
    )

    @pytest.mark.parametrize(("edit", "message"), REFUSED)
    def test_what_cannot_be(self, edit: Callable[[Diagram], object], message: str) -> None:
        made = edits.add_tie(sharing(), "Net", ("one", "weight"), ("three", "weight"))
        with pytest.raises(EditError, match=message):
            edit(made)

    def test_a_weight_inside_a_block_is_a_path_of_labels(self) -> None:
        main = block(image(), node("body", "Residual", width=4), node("output", "Output"))
        made = diagram(main, Residual=residual())
        made = edits.add_tie(made, "Net", ("body", "conv1.weight"), ("body", "conv2.weight"))
        assert analyse(made).ok
        assert "self.body.conv2.weight = self.body.conv1.weight" in to_source(made).text


class TestNamesOfCopies:
    @pytest.mark.parametrize("names", ["{i}", "layer{i}", "denselayer{i+1}", "{i}_th"])
    def test_they_have_one_number(self, names: str) -> None:
        made = edits.set_copy_names(net(), "Net", "body", names)
        assert made.main_block.graph.nodes["body"].copy_names == names
        assert loads(dumps(made)) == made

    @pytest.mark.parametrize("names", ["", "layer", "{i}{i}", "a.{i}", "{j}", "{i+2}", "é{i}"])
    def test_what_cannot_be_one(self, names: str) -> None:
        with pytest.raises(EditError, match=r"one \{i\} or \{i\+1\} for the number"):
            edits.set_copy_names(net(), "Net", "body", names)


def test_a_node_can_be_there_for_some_copies_only() -> None:
    inner = block(node("x", "Input"), node("act", "ReLU"), node("output", "Output"))
    inner = replace(inner, params=(BoolParam(name="first", doc="", default=False),))
    body = node("body", "Inner", repeat=3, first=Expr("i == 0"))
    made = diagram(block(image(), body, node("output", "Output")), Inner=inner)
    made = edits.set_active(made, "Inner", ["act"], Expr("first"))
    assert "if first" in to_source(made).text
