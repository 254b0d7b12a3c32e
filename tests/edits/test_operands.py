"""A join as a whole: the order of its operands, its kind, names on its edges."""

from __future__ import annotations

import pytest

from graphcore import edits
from graphcore.analysis import analyse
from graphcore.codegen import to_source
from graphcore.diagram import Diagram, PortRef
from graphcore.edits import EditError
from tests.diagrams import block, diagram, image, node, wire

HERE = PortRef("output", "x")


def joined(kind: str = "dense") -> Diagram:
    """x, a, b, output, with edges from x and a joining b at the output: x, a, b in that order."""
    layers = [node(name, "Conv2d", out_channels=4, kernel_size=1) for name in "ab"]
    made = diagram(block(image(), *layers, node("output", "Output")))
    made, _ = edits.add_join(made, "Net", "a", "output", kind)  # type: ignore[arg-type]
    made, _ = edits.add_join(made, "Net", "x", "output", kind)  # type: ignore[arg-type]
    order = {e.source.node: e.id for e in made.main_block.graph.into("output")}
    return edits.reorder_operands(made, "Net", HERE, [order[name] for name in "xab"])


def operands(made: Diagram) -> str:
    return "".join(edge.source.node for edge in made.main_block.graph.into("output"))


def edge(made: Diagram, source: str) -> str:
    return next(e.id for e in made.main_block.graph.into("output") if e.source.node == source)


class TestOrder:
    @pytest.mark.parametrize(
        ("moved", "steps", "expected"),
        [
            ("x", 1, "axb"),
            ("x", 2, "abx"),
            ("x", 9, "abx"),
            ("b", -1, "xba"),
            ("b", -2, "bxa"),
            ("x", -1, "xab"),
            ("a", 0, "xab"),
        ],
    )
    def test_an_operand_moves_among_its_own(self, moved: str, steps: int, expected: str) -> None:
        made = joined()
        assert operands(edits.move_operand(made, "Net", edge(made, moved), steps)) == expected

    def test_edges_of_other_ports_stay_in_their_places(self) -> None:
        made = joined()
        before = list(made.main_block.graph.edges)
        after = list(edits.move_operand(made, "Net", edge(made, "x"), 2).main_block.graph.edges)
        others = [name for name in before if made.main_block.graph.edges[name].target != HERE]
        assert [before.index(name) for name in others] == [after.index(name) for name in others]

    def test_the_same_order_is_the_same_diagram(self) -> None:
        made = joined()
        assert edits.move_operand(made, "Net", edge(made, "x"), -1) is made

    def test_the_code_concatenates_in_that_order(self) -> None:
        made = joined()
        first = to_source(made).text
        second = to_source(edits.move_operand(made, "Net", edge(made, "b"), -2)).text
        assert first != second
        assert "torch.cat" in second

    def test_wires_of_a_layer_that_takes_any_number_can_be_ordered(self) -> None:
        parts = [node(name, "ReLU") for name in "ab"]
        edges = [wire("x", "a"), wire("x", "b"), wire("a", "cat"), wire("b", "cat")]
        made = diagram(block(image(), *parts, node("cat", "Concat"), edges=edges))
        target = made.main_block.graph.edges["flow_a_cat_x"].target
        made = edits.move_operand(made, "Net", "flow_b_cat_x", -1)
        assert [e.source.node for e in made.main_block.graph.into(*target)] == ["b", "a"]

    @pytest.mark.parametrize("order", [[], ["flow_b_output_x"], ["nobody"]])
    def test_an_order_names_each_once(self, order: list[str]) -> None:
        with pytest.raises(EditError, match="name each of them once"):
            edits.reorder_operands(joined(), "Net", HERE, order)


class TestKindOfAJoin:
    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            ("skip", "dense", "xab"),
            ("dense", "skip", "xab"),
            ("dense", "encoder_decoder", "xab"),
            ("encoder_decoder", "dense", "xab"),
        ],
    )
    def test_all_edges_change_at_once(self, before: str, after: str, expected: str) -> None:
        made = edits.set_join_kind(joined(before), "Net", HERE, after)  # type: ignore[arg-type]
        kinds = [e.kind for e in made.main_block.graph.into("output")]
        assert (operands(made), kinds) == (expected, [after, after, "flow"])
        assert analyse(made).ok

    def test_from_adding_to_concatenating_they_go_before_the_flow(self) -> None:
        made = joined("skip")
        made = edits.move_operand(made, "Net", edge(made, "b"), -2)
        assert operands(made) == "bxa"
        assert operands(edits.set_join_kind(made, "Net", HERE, "dense")) == "xab"

    def test_one_edge_alone_goes_before_the_flow_as_well(self) -> None:
        made = diagram(block(image(), node("b", "ReLU"), node("output", "Output")))
        made, skip = edits.add_skip(made, "Net", "x", "output")
        assert operands(made) == "bx"
        assert operands(edits.set_edge_kind(made, "Net", skip, "dense")) == "xb"

    def test_names_of_projections_are_made_anew(self) -> None:
        made = edits.set_join_kind(joined(), "Net", HERE, "skip")
        labels = [e.label for e in made.main_block.graph.into("output")]
        assert labels == ["downsample", "downsample2", ""]

    def test_where_nothing_joins_nothing_changes(self) -> None:
        made = joined()
        assert edits.set_join_kind(made, "Net", HERE, "dense") is made
        assert edits.set_join_kind(made, "Net", PortRef("a", "x"), "dense") is made

    def test_a_wire_is_no_kind_of_join(self) -> None:
        with pytest.raises(EditError, match="choose such a kind"):
            edits.set_join_kind(joined(), "Net", HERE, "flow")


class TestNames:
    def test_a_concatenating_edge_may_be_named_and_unnamed(self) -> None:
        made = joined()
        name = edge(made, "x")
        named = edits.set_edge_label(made, "Net", name, "stem_features")
        assert named.main_block.graph.edges[name].label == "stem_features"
        assert edits.set_edge_label(named, "Net", name, "").main_block.graph.edges[name].label == ""

    REFUSED = (
        ("dense", "x", "a", "already has something called 'a'"),
        ("dense", "x", "no name", "not a Python name"),
        ("dense", "b", "trunk", "plain wire builds nothing"),
        ("skip", "x", "", "needs a name for its projection"),
    )

    @pytest.mark.parametrize(("kind", "source", "label", "message"), REFUSED)
    def test_what_cannot_be(self, kind: str, source: str, label: str, message: str) -> None:
        made = joined(kind)
        with pytest.raises(EditError, match=message):
            edits.set_edge_label(made, "Net", edge(made, source), label)
