"""Edits of nodes: labels, parameters, places, names that others refer to, removal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from graphcore import edits
from graphcore.diagram import Diagram, Point, PortRef, Scale, empty_diagram
from graphcore.edits import EditError
from graphcore.edits.editing import with_node
from graphcore.expression import Expr
from tests.diagrams import block, diagram, image, node, residual, wire

AT = Point(0, 0)


def small() -> Diagram:
    """x -> conv1 -> relu1 -> output."""
    return diagram(
        block(image(), node("conv1", "Conv2d"), node("relu1", "ReLU"), node("output", "Output"))
    )


def nested() -> Diagram:
    """A main block with two instances of a residual block."""
    stages = (node("first", "Residual", width=4), node("second", "Residual", width=8))
    return diagram(block(image(), *stages, node("output", "Output")), Residual=residual())


def labels(made: Diagram, name: str = "Net") -> list[str]:
    return [each.label for each in made.blocks[name].graph.nodes.values()]


class TestAdding:
    def test_labels_are_numbered_within_their_kind_and_never_renumbered(self) -> None:
        made = empty_diagram()
        for kind in ("Input", "Conv2d", "Conv2d", "BatchNorm2d", "Output", "Input", "Conv2d"):
            made, _ = edits.add_node(made, "Net", kind, AT)
        assert labels(made) == ["x", "conv1", "conv2", "bn1", "output", "x2", "conv3"]
        made = edits.delete(made, "Net", {"conv1"})
        assert labels(made) == ["x", "conv2", "bn1", "output", "x2", "conv3"]
        made, added = edits.add_node(made, "Net", "Conv2d", AT)
        assert added == "conv1"

    def test_the_id_is_the_label_unless_it_is_taken(self) -> None:
        made = edits.rename(small(), "Net", "conv1", "stem")
        made, added = edits.add_node(made, "Net", "Conv2d", AT)
        assert (added, made.main_block.graph.nodes[added].label) == ("conv1.2", "conv1")

    def test_a_block_is_labelled_in_snake_case(self) -> None:
        made = edits.add_block(edits.add_block(small(), "BasicBlock"), "Net50")
        made, _ = edits.add_node(made, "Net", "BasicBlock", AT)
        made, _ = edits.add_node(made, "Net", "Net50", AT)
        assert labels(made)[-2:] == ["basic_block1", "net50_1"]

    def test_places_and_parameters_are_taken(self) -> None:
        made, added = edits.add_node(
            small(), "Net", "Linear", Point(3, -4), label="fc", params={"out_features": 10}
        )
        assert added == "fc"
        assert made.main_block.positions["fc"] == Point(3, -4)
        assert made.main_block.graph.nodes["fc"].params == {"out_features": 10}


REFUSED: list[tuple[str, Callable[[Diagram], object], str]] = [
    ("kind", lambda d: edits.add_node(d, "Net", "Conv9d", AT), "neither a layer nor a block"),
    ("block", lambda d: edits.add_node(d, "Nowhere", "ReLU", AT), "no block 'Nowhere'; blocks: "),
    (
        "itself",
        lambda d: edits.add_node(d, "Residual", "Net", AT),
        "would contain itself. Set a repeat",
    ),
    ("taken", lambda d: edits.add_node(d, "Net", "ReLU", AT, label="first"), "take another name"),
    ("far", lambda d: edits.add_node(d, "Net", "ReLU", Point(10**9, 0)), "1,000,000 pixels"),
    ("word", lambda d: edits.rename(d, "Net", "first", "class"), "word of the Python language"),
    ("shadow", lambda d: edits.rename(d, "Net", "first", "forward"), "try 'forward_1'"),
    ("wire", lambda d: edits.rename(d, "Net", "flow_x_first_x", "w"), "builds nothing"),
    (
        "param",
        lambda d: edits.set_param(d, "Net", "first", "depth", 1),
        "parameters: width, stride",
    ),
    ("nan", lambda d: edits.set_param(d, "Net", "first", "width", float("nan")), "not finite"),
    ("huge", lambda d: edits.set_param(d, "Net", "first", "width", 2**60), "beyond"),
    ("half", lambda d: edits.set_param(d, "Net", "first", "width", "\ud800"), "surrogate"),
    ("gone", lambda d: edits.delete(d, "Net", {"third"}), "no node 'third'"),
    ("repeat", lambda d: edits.set_repeat(d, "Net", "first", 0), "may repeat 1 to 4,096 times"),
    ("end", lambda d: edits.set_repeat(d, "Net", "output", 2), "would not feed the next"),
    ("flag", lambda d: edits.set_repeat(d, "Net", "first", True), "a number of times"),
    ("shape", lambda d: edits.set_input_shape(d, "Net", "first", (1,)), "only an Input"),
]


@pytest.mark.parametrize(
    ("edit", "message"), [(e, m) for _, e, m in REFUSED], ids=[i for i, *_ in REFUSED]
)
def test_what_cannot_be_is_refused_with_a_remedy(
    edit: Callable[[Diagram], object], message: str
) -> None:
    with pytest.raises(EditError, match=message):
        edit(nested())


class TestSetting:
    def test_a_bad_value_is_kept_for_the_analysis_to_explain(self) -> None:
        made = edits.set_param(small(), "Net", "conv1", "stride", -3)
        assert made.main_block.graph.nodes["conv1"].params == {"stride": -3}
        again = edits.reset_param(made, "Net", "conv1", "stride")
        assert again.main_block.graph.nodes["conv1"].params == {}

    def test_of_an_edge(self) -> None:
        made = edits.set_param(nested(), "Residual", "downsample", "shortcut", "pad")
        assert made.blocks["Residual"].graph.edges["downsample"].params == {"shortcut": "pad"}
        with pytest.raises(EditError, match="its parameters: shortcut, norm, bias, stride"):
            edits.set_param(made, "Residual", "downsample", "align", "crop")

    def test_only_what_changes_is_new(self) -> None:
        before = nested()
        after = edits.set_param(before, "Net", "first", "width", 16)
        old, new = before.main_block.graph, after.main_block.graph
        assert after.blocks["Residual"] is before.blocks["Residual"]
        assert new.edges is old.edges
        assert [n for n in old.nodes if new.nodes[n] is not old.nodes[n]] == ["first"]

    def test_a_move_to_where_it_stands_is_no_change(self) -> None:
        made = edits.move(small(), "Net", {"conv1": Point(1, 2)})
        assert edits.move(made, "Net", {"conv1": Point(1, 2)}) is made

    def test_nodes_and_edges_are_switched_off_together(self) -> None:
        made = edits.set_active(nested(), "Residual", {"bn1", "downsample"}, False)
        graph = made.blocks["Residual"].graph
        assert [node.id for node in graph.nodes.values() if not node.active] == ["bn1"]
        assert [edge.id for edge in graph.edges.values() if not edge.active] == ["downsample"]

    def test_a_shape_brings_its_symbols(self) -> None:
        made = edits.set_input_shape(small(), "Net", "x", ("N", 3, "H", "W"))
        assert made.main_block.graph.nodes["x"].params["shape"] == ("N", 3, "H", "W")
        assert made.symbols == {"N": 4, "H": 8, "W": 8}
        assert edits.set_symbol(made, "H", 32).symbols["H"] == 32

    def test_what_cannot_be_a_symbol_is_kept_for_the_analysis_to_explain(self) -> None:
        made = edits.set_input_shape(small(), "Net", "x", ("N-1", 3, "class"))
        assert made.main_block.graph.nodes["x"].params["shape"] == ("N-1", 3, "class")
        assert made.symbols == {"N": 4}

    def test_copies(self) -> None:
        made = edits.set_repeat(nested(), "Net", "first", Expr("width // 2"))
        made = edits.set_shared(made, "Net", "first", True)
        first = made.main_block.graph.nodes["first"]
        assert (first.repeat, first.shared) == (Expr("width // 2"), True)


class TestRenaming:
    def test_a_port_takes_the_wires_and_expressions_along(self) -> None:
        made = edits.set_param(nested(), "Residual", "conv2", "out_channels", Expr("x_channels"))
        made = edits.rename(made, "Residual", "x", "image")
        made = edits.rename(made, "Residual", "output", "features")
        graph = made.main_block.graph
        assert graph.edges["flow_x_first_x"].target == PortRef("first", "image")
        assert graph.edges["flow_first_second_x"].source == PortRef("first", "features")
        conv = made.blocks["Residual"].graph.nodes["conv2"]
        assert conv.params["out_channels"] == Expr("image_channels")

    def test_a_layer_keeps_its_id(self) -> None:
        made = edits.rename(small(), "Net", "conv1", "stem")
        assert made.main_block.graph.nodes["conv1"].label == "stem"
        assert edits.rename(made, "Net", "conv1", "stem") is made

    def test_a_projection(self) -> None:
        made = edits.rename(nested(), "Residual", "downsample", "shortcut")
        assert made.blocks["Residual"].graph.edges["downsample"].label == "shortcut"
        with pytest.raises(EditError, match="already has something called 'bn1'"):
            edits.rename(made, "Residual", "downsample", "bn1")


class TestRemoving:
    def test_deleting_a_node_takes_its_wires(self) -> None:
        made = edits.delete(small(), "Net", {"conv1"})
        assert list(made.main_block.graph.edges) == ["flow_relu1_output_x"]
        assert "conv1" not in made.main_block.positions

    def test_deleting_a_port_takes_the_wires_outside(self) -> None:
        made = edits.delete(nested(), "Residual", {"output"})
        assert list(made.main_block.graph.edges) == ["flow_x_first_x"]

    def test_deleting_a_port_takes_the_scales_there(self) -> None:
        made = nested()
        scales = {"x": (Scale("ReLU", "relu9"),)}
        first = replace(made.main_block.graph.nodes["first"], scales=scales)
        made = edits.delete(with_node(made, "Net", first), "Residual", {"x"})
        assert made.main_block.graph.nodes["first"].scales == {}

    def test_dissolving_what_a_skip_goes_round_takes_the_skip(self) -> None:
        made, _ = edits.add_skip(small(), "Net", "x", "output")
        partly = edits.dissolve(made, "Net", {"conv1"})
        assert [e.kind for e in partly.main_block.graph.into("output")] == ["flow", "skip"]
        wholly = edits.dissolve(partly, "Net", {"relu1"})
        assert [e.kind for e in wholly.main_block.graph.into("output")] == ["flow"]

    def test_dissolving_heals_the_wire(self) -> None:
        made = edits.dissolve(small(), "Net", {"conv1", "relu1"})
        graph = made.main_block.graph
        assert list(graph.nodes) == ["x", "output"]
        assert [(e.source, e.target) for e in graph.edges.values()] == [
            (PortRef("x", "y"), PortRef("output", "x"))
        ]

    def test_dissolving_what_nothing_feeds_leaves_no_wire(self) -> None:
        made = edits.delete(small(), "Net", {"x"})
        assert edits.dissolve(made, "Net", {"conv1"}).main_block.graph.into("relu1") == ()

    def test_dissolving_does_not_double_a_wire(self) -> None:
        add = (node("add", "Add"), node("output", "Output"))
        edges = [wire("x", "relu1"), wire("x", "add"), wire("relu1", "add"), wire("add", "output")]
        made = diagram(block(image(), node("relu1", "ReLU"), *add, edges=edges))
        healed = edits.dissolve(made, "Net", {"relu1"})
        assert [e.source.node for e in healed.main_block.graph.into("add")] == ["x"]
