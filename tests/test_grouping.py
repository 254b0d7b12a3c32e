"""Making a block of a selection, and taking one apart: what becomes of wires, names and values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from graphcore import edits
from graphcore.diagram import Block, Diagram, Node, Point, Scale, Tie
from graphcore.edits import EditError
from graphcore.edits.explode import explode
from graphcore.expression import Expr
from graphcore.spec import IntParam
from tests.diagrams import block, diagram, image, node, residual, wire
from tests.same_model import assert_same
from tests.well_formed import check_well_formed


def conv(label: str, channels: object = 4, **more: object) -> Node:
    return node(label, "Conv2d", out_channels=channels, kernel_size=3, padding=1, **more)


def trunk(**more: object) -> Diagram:
    """x, conv1, relu1, conv2, relu2, output with a skip from conv1 to relu2."""
    nodes = (image(), conv("conv1"), node("relu1", "ReLU"), conv("conv2"), node("relu2", "ReLU"))
    skip = wire("conv1", "relu2", "skip", "downsample", **more)
    return diagram(block(*nodes, node("output", "Output"), extra=(skip,)))


def wires(made: Block) -> set[tuple[str, str, str]]:
    """The edges as (source.port, target.port, kind)."""
    return {
        (f"{e.source.node}.{e.source.port}", f"{e.target.node}.{e.target.port}", e.kind)
        for e in made.graph.edges.values()
    }


class TestGrouping:
    def test_what_comes_in_and_goes_out_becomes_a_port(self) -> None:
        made, id = edits.group(trunk(), "Net", {"relu1", "conv2"}, "Branch")
        assert id == "branch1"
        assert wires(made.blocks["Branch"]) == {
            ("x.y", "relu1.x", "flow"),
            ("relu1.y", "conv2.x", "flow"),
            ("conv2.y", "output.x", "flow"),
        }
        assert wires(made.main_block) == {
            ("x.y", "conv1.x", "flow"),
            ("conv1.y", "branch1.x", "flow"),
            ("branch1.output", "relu2.x", "flow"),
            ("conv1.y", "relu2.x", "skip"),
            ("relu2.y", "output.x", "flow"),
        }
        assert_same(trunk(), made)

    def test_a_join_from_outside_becomes_a_wire_outside_and_the_same_join_inside(self) -> None:
        made, _ = edits.group(trunk(), "Net", {"conv2", "relu2"}, "Tail")
        inner = made.blocks["Tail"]
        assert ("conv1.y", "relu2.x", "skip") in wires(inner)  # The Input is named by its source.
        assert [n.label for n in inner.graph.inputs()] == ["x", "conv1"]
        assert {w for w in wires(made.main_block) if w[1].startswith("tail1")} == {
            ("relu1.y", "tail1.x", "flow"),
            ("conv1.y", "tail1.conv1", "flow"),
        }
        assert_same(trunk(), made)

    def test_a_join_to_the_outside_stays_a_join_outside(self) -> None:
        made, _ = edits.group(trunk(), "Net", {"conv1", "relu1"}, "Head")
        assert [n.label for n in made.blocks["Head"].graph.outputs()] == ["output", "conv1_out"]
        assert ("head1.conv1_out", "relu2.x", "skip") in wires(made.main_block)
        assert_same(trunk(), made)

    def test_a_skip_round_the_selection_goes_in_with_it(self) -> None:
        made, _ = edits.group(trunk(), "Net", {"conv1", "relu1", "conv2", "relu2"}, "Residual")
        assert len(made.blocks["Residual"].graph.inputs()) == 1
        assert list(made.main_block.graph.nodes) == ["x", "residual1", "output"]

    def test_the_ends_of_the_block_stay_where_they_are(self) -> None:
        whole = trunk()
        everything = {*whole.main_block.graph.nodes, *whole.main_block.graph.edges}
        made, _ = edits.group(whole, "Net", everything, "All")
        assert list(made.main_block.graph.nodes) == ["x", "all1", "output"]

    def test_parameters_are_passed_on(self) -> None:
        params = (
            IntParam(name="width", doc="Channels.", default=8, maximum=64),
            IntParam(name="depth", doc="Copies.", default=2),
        )
        nodes = (image(), conv("conv1", Expr("2 * width"), repeat=Expr("depth")), node("r", "ReLU"))
        net = diagram(block(*nodes, node("output", "Output"), params=params))
        made, id = edits.group(net, "Net", {"conv1", "r"}, "Stage")
        assert made.blocks["Stage"].params == params
        assert made.main_block.graph.nodes[id].params == {
            "width": Expr("width"),
            "depth": Expr("depth"),
        }
        wider = edits.set_block_param(made, "Net", "width", 16)
        assert_same(edits.set_block_param(net, "Net", "width", 16), wider)

    def test_the_size_of_the_surrounding_input_keeps_its_meaning(self) -> None:
        inner = block(
            node("x", "Input"),
            conv("conv1", 12),
            conv("conv2", Expr("in_channels")),
            node("output", "Output"),
        )
        net = diagram(block(image(4), node("b", "Inner"), node("output", "Output")), Inner=inner)
        first, id = edits.group(net, "Inner", {"conv1", "conv2"}, "Both")
        assert not first.blocks["Both"].params, "what comes in is the very input"
        second, id = edits.group(net, "Inner", {"conv2"}, "Second")
        assert [p.name for p in second.blocks["Second"].params] == ["channels"]
        assert second.blocks["Inner"].graph.nodes[id].params == {"channels": Expr("in_channels")}
        for made in (first, second):
            assert_same(net, made)

    def test_an_unfinished_chain_gets_its_ends(self) -> None:
        net = diagram(block(conv("a"), conv("b"), edges=[wire("a", "b")]))
        made, _ = edits.group(net, "Net", {"a", "b"}, "Pair")
        assert wires(made.blocks["Pair"]) == {
            ("x.y", "a.x", "flow"),
            ("a.y", "b.x", "flow"),
            ("b.y", "output.x", "flow"),
        }

    def test_scales_ties_and_calls_inside_come_along(self) -> None:
        net = trunk()
        graph = net.main_block.graph
        relu2 = replace(graph.nodes["relu2"], scales={"x": (Scale("Gain", "gain"),)})
        again = replace(conv("conv2"), same_as="conv1")
        tie = Tie(("conv1", "weight"), ("conv3", "weight"))
        nodes = {**graph.nodes, "relu2": relu2, "conv2": again, "conv3": conv("conv3")}
        edges = {**graph.edges, "more": wire("relu2", "conv3")}
        tied = replace(graph, nodes=nodes, edges=edges, ties=(tie,))
        net = edits.delete(
            replace(net, blocks={"Net": replace(net.main_block, graph=tied)}), "Net", {"output"}
        )
        chosen = {"conv1", "relu1", "conv2", "relu2", "conv3"}
        made, id = edits.group(net, "Net", chosen, "All")
        inner = made.blocks["All"].graph
        assert inner.nodes["relu2"].scales == relu2.scales
        assert inner.ties == (tie,)
        assert inner.nodes["conv2"].same_as == "conv1"
        back, _ = explode(made, "Net", id)
        assert back.main_block.graph.ties == (tie,)
        assert back.main_block.graph.nodes == net.main_block.graph.nodes

    def test_a_tie_goes_through_the_wall_by_its_path(self) -> None:
        net = edits.add_tie(trunk(), "Net", ("conv1", "weight"), ("conv2", "weight"))
        made, id = edits.group(net, "Net", {"conv2", "relu2"}, "Tail")
        assert made.main_block.graph.ties == (Tie(("conv1", "weight"), (id, "conv2.weight")),)
        around, outer = edits.group(made, "Net", {id, "conv1", "relu1"}, "Whole")
        assert around.blocks["Whole"].graph.ties == made.main_block.graph.ties
        assert_same(net, around)
        renamed = edits.rename(around, "Tail", "conv2", "last")
        assert renamed.blocks["Whole"].graph.ties[0].target == (id, "last.weight")
        apart, _ = explode(explode(around, "Net", outer)[0], "Net", id)
        assert apart.main_block.graph.ties == net.main_block.graph.ties

    def test_a_tie_from_further_out_keeps_its_way(self) -> None:
        made, outer = edits.group(trunk(), "Net", {"conv1", "relu1", "conv2", "relu2"}, "Whole")
        extra, other = edits.insert_on_edge(
            made, "Net", next(iter(made.main_block.graph.into("output"))).id, "Conv2d", Point(0, 0)
        )
        extra = edits.set_param(extra, "Net", other, "out_channels", 4)
        extra = edits.set_param(extra, "Net", other, "kernel_size", 3)
        tied = edits.add_tie(extra, "Net", (outer, "conv2.weight"), (other, "weight"))
        deeper, inner = edits.group(tied, "Whole", {"relu1", "conv2"}, "Deep")
        assert deeper.main_block.graph.ties[0].source == (outer, "deep1.conv2.weight")
        assert_same(tied, deeper)
        back, _ = explode(deeper, "Whole", inner)
        assert back.main_block.graph.ties == tied.main_block.graph.ties

    def test_places_are_kept_and_what_follows_moves_up(self) -> None:
        net = edits.arrange(trunk(), "Net")
        net = edits.move(net, "Net", {"conv1": Point(120, 24)})
        at = net.main_block.positions
        made, id = edits.group(net, "Net", {"relu1", "conv2"}, "Body")
        assert made.main_block.positions[id] == at["relu1"]
        assert made.main_block.positions["relu2"].x <= at["relu2"].x
        inner = made.blocks["Body"].positions
        assert inner["conv2"] == at["conv2"]
        assert inner["x"].x < inner["relu1"].x < inner["conv2"].x < inner["output"].x


class TestExploding:
    def nested(self, **more: object) -> Diagram:
        first = node("first", "Residual", width=Expr("width"), stride=1)
        second = node("second", "Residual", width=Expr("2 * width"), **more)
        params = (IntParam(name="width", doc="Channels.", default=4),)
        main = block(image(), first, second, node("output", "Output"), params=params)
        return edits.arrange(diagram(main, Residual=residual()), "Net")

    def test_values_become_expressions_of_the_block_around(self) -> None:
        made, new = explode(self.nested(), "Net", "second")
        nodes = made.main_block.graph.nodes
        assert nodes["conv1"].params["out_channels"] == Expr("2 * width")
        assert nodes["conv1"].params["stride"] == 1
        assert new == {"conv1", "bn1", "relu1", "conv2", "bn2", "relu2"}
        check_well_formed(made)
        assert_same(self.nested(), made)

    def test_a_repeat_is_written_out_copy_by_copy(self) -> None:
        net = self.nested(repeat=3, stride=Expr("2 if i == 0 else 1"))
        made, _ = explode(net, "Net", "second")
        nodes = made.main_block.graph.nodes
        assert [nodes[name].params["stride"] for name in ("conv1", "conv3", "conv5")] == [2, 1, 1]
        labels = {e.label for e in made.main_block.graph.edges.values() if e.kind == "skip"}
        assert labels == {"downsample", "downsample2", "downsample3"}
        check_well_formed(made)
        assert_same(net, made)

    def test_as_many_copies_are_written_out_as_there_are_now(self) -> None:
        net = self.nested(repeat=Expr("width // 2"), stride=Expr("2 if i == n - 1 else 1"))
        made, new = explode(net, "Net", "second")
        assert len(new) == 12
        assert made.main_block.graph.nodes["conv3"].params["stride"] == 2
        assert_same(net, made)

    def test_what_stands_as_arranged_is_arranged_again(self) -> None:
        made, _ = explode(self.nested(repeat=3), "Net", "second")
        assert made == edits.arrange(made, "Net")

    def test_the_definition_goes_with_its_last_instance(self) -> None:
        once, _ = explode(self.nested(), "Net", "second")
        assert "Residual" in once.blocks
        twice, _ = explode(once, "Net", "first")
        assert list(twice.blocks) == ["Net"]

    def test_inferred_sizes_become_what_they_are_here(self) -> None:
        inner = block(
            node("x", "Input"),
            conv("conv", Expr("2 * in_channels")),
            node("output", "Output"),
        )
        main = block(
            image(4),
            conv("stem", Expr("width")),
            node("grow", "Wider", repeat=2),
            node("output", "Output"),
            params=(IntParam(name="width", doc="Channels.", default=3),),
        )
        net = diagram(main, Wider=inner)
        made, _ = explode(net, "Net", "grow")
        nodes = made.main_block.graph.nodes
        assert nodes["conv"].params["out_channels"] == Expr("2 * width")
        assert nodes["conv2"].params["out_channels"] == Expr("2 * (2 * width)")
        assert_same(
            edits.set_block_param(net, "Net", "width", 5),
            edits.set_block_param(made, "Net", "width", 5),
        )

    def test_a_join_at_the_wall_moves_to_what_it_fed(self) -> None:
        sums = block(
            node("x", "Input"),
            conv("a"),
            node("output", "Output"),
            extra=(wire("x", "output", "skip", "s"),),
        )
        net = diagram(
            block(image(), node("one", "Sums"), conv("z"), node("output", "Output")), Sums=sums
        )
        made, _ = explode(net, "Net", "one")
        assert wires(made.main_block) == {
            ("x.y", "a.x", "flow"),
            ("a.y", "z.x", "flow"),
            ("x.y", "z.x", "skip"),
            ("z.y", "output.x", "flow"),
        }

    def test_a_join_that_several_need_gets_a_node_of_its_own(self) -> None:
        sums = block(
            node("x", "Input"),
            conv("a"),
            node("output", "Output"),
            extra=(wire("x", "output", "skip", "s"),),
        )
        net = diagram(
            block(image(), node("two", "Sums", repeat=2), node("output", "Output")), Sums=sums
        )
        made, _ = explode(net, "Net", "two")
        assert [n.kind for n in made.main_block.graph.nodes.values()].count("Identity") == 1
        check_well_formed(made)
        assert_same(net, made)


def shared_across() -> Diagram:
    net = trunk()
    again = replace(conv("conv2"), same_as="conv1")
    graph = net.main_block.graph
    return replace(
        net,
        blocks={
            "Net": replace(
                net.main_block, graph=replace(graph, nodes={**graph.nodes, "conv2": again})
            )
        },
    )


NOT_A_BLOCK = [
    ("nothing", trunk, {"x", "output"}, "New", "Select the blocks"),
    ("gap", trunk, {"conv1", "conv2"}, "New", "'relu1' stands between the selected blocks.*too"),
    ("name", trunk, {"conv1"}, "Conv2d", "'Conv2d' is a layer"),
    ("call", shared_across, {"conv2"}, "New", "calls the module of 'conv1'.*select 'conv1' too"),
]


@pytest.mark.parametrize(
    ("net", "chosen", "name", "message"),
    [c[1:] for c in NOT_A_BLOCK],
    ids=[c[0] for c in NOT_A_BLOCK],
)
def test_what_cannot_become_a_block(
    net: Callable[[], Diagram], chosen: set[str], name: str, message: str
) -> None:
    with pytest.raises(EditError, match=message):
        edits.group(net(), "Net", chosen, name)


def instance(**more: object) -> Diagram:
    made = diagram(
        block(image(), node("b", "Residual", width=4), node("output", "Output")),
        Residual=residual(),
    )
    graph = made.main_block.graph
    changed = replace(graph.nodes["b"], **more)  # type: ignore[arg-type]
    inside = replace(made.main_block, graph=replace(graph, nodes={**graph.nodes, "b": changed}))
    return replace(made, blocks={**made.blocks, "Net": inside})


NOT_APART = [
    ("layer", instance(), "x", "'x' is a layer"),
    ("off", instance(active=False), "b", "not always on"),
    ("one module", instance(repeat=3, shared=True), "b", "one set of weights.*Switch 'shared' off"),
    ("too many", instance(repeat=100), "b", "100 × 8 blocks, too many.*at most 256"),
    ("unknown", instance(repeat=Expr("depth")), "b", "repeats =depth times.*give it a number"),
]


@pytest.mark.parametrize(
    ("net", "node", "message"), [c[1:] for c in NOT_APART], ids=[c[0] for c in NOT_APART]
)
def test_what_cannot_be_taken_apart(net: Diagram, node: str, message: str) -> None:
    with pytest.raises(EditError, match=message):
        explode(net, "Net", node)
