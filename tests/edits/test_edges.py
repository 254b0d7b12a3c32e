"""Edits of wires: what may meet at an input, order of operands, inserting, re-plugging."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graphcore import edits
from graphcore.diagram import Diagram, Point, PortRef
from graphcore.edits import EditError
from tests.diagrams import block, diagram, image, node


def out(name: str, port: str = "y") -> PortRef:
    return PortRef(name, port)


def into(name: str, port: str = "x") -> PortRef:
    return PortRef(name, port)


def line() -> Diagram:
    """x -> a -> b -> c -> output, and a loose Add."""
    layers = (node("a", "ReLU"), node("b", "ReLU"), node("c", "ReLU"), node("output", "Output"))
    made = diagram(block(image(), *layers))
    return edits.add_node(made, "Net", "Add", Point(0, 0), label="sum1")[0]


def sources(made: Diagram, target: str) -> list[tuple[str, str]]:
    return [(e.source.node, e.kind) for e in made.main_block.graph.into(target)]


class TestConnecting:
    def test_a_wire_takes_the_place_of_the_one_there(self) -> None:
        made, edge = edits.connect(line(), "Net", out("a"), into("c"))
        assert sources(made, "c") == [("a", "flow")]
        assert list(made.main_block.graph.edges).index(edge) == 2
        assert edge == "a-c"

    def test_an_input_that_takes_any_number_gets_one_more(self) -> None:
        made = line()
        for source in ("a", "b", "c"):
            made, _ = edits.connect(made, "Net", out(source), into("sum1"))
        assert [name for name, _ in sources(made, "sum1")] == ["a", "b", "c"]

    def test_a_joining_edge_leaves_the_wire_and_goes_behind_it(self) -> None:
        made, edge = edits.connect(line(), "Net", out("x"), into("c"), "skip", {"norm": False})
        assert sources(made, "c") == [("b", "flow"), ("x", "skip")]
        skip = made.main_block.graph.edges[edge]
        assert (edge, skip.label, skip.params) == ("downsample", "downsample", {"norm": False})

    def test_labels_of_projections_are_unique(self) -> None:
        made, _ = edits.connect(line(), "Net", out("x"), into("c"), "skip")
        made, edge = edits.connect(made, "Net", out("x"), into("output"), "skip")
        assert made.main_block.graph.edges[edge].label == "downsample2"

    def test_a_concatenating_edge_goes_before_the_wire(self) -> None:
        made, first = edits.connect(line(), "Net", out("x"), into("c"), "dense")
        assert sources(made, "c") == [("x", "dense"), ("b", "flow")]
        assert made.main_block.graph.edges[first].label == ""


REFUSED: list[tuple[str, Callable[[Diagram], object], str]] = [
    (
        "circle",
        lambda d: edits.connect(d, "Net", out("c"), into("a")),
        "from 'c' to 'a' would close a circle; wires run from input to output only",
    ),
    ("loop", lambda d: edits.connect(d, "Net", out("b"), into("b")), "would close a circle"),
    (
        "duplicate",
        lambda d: edits.connect(d, "Net", out("a"), into("b")),
        "'a' is already wired to 'b' like this",
    ),
    (
        "twice",
        lambda d: edits.connect(d, "Net", out("x"), into("c"), "skip"),
        "'x' is already wired to 'c' like this",
    ),
    (
        "mixed",
        lambda d: edits.connect(d, "Net", out("a"), into("c"), "dense"),
        "add and concatenate at once; put a layer Add or Concat before it",
    ),
    (
        "nothing",
        lambda d: edits.connect(d, "Net", out("a"), into("b"), "skip"),
        "would go round nothing.*select the blocks to go round and press S",
    ),
    (
        "variadic",
        lambda d: edits.connect(d, "Net", out("a"), into("sum1"), "skip"),
        "takes any number of wires.*draw a plain wire",
    ),
    (
        "kind",
        lambda d: edits.connect(d, "Net", out("a"), into("c"), "bus"),  # type: ignore[arg-type]
        "kinds: flow, skip, dense, encoder_decoder",
    ),
    (
        "parameter",
        lambda d: edits.connect(d, "Net", out("a"), into("c"), "skip", {"align": "crop"}),
        "no parameter 'align'; its parameters: shortcut, norm, bias, stride",
    ),
    (
        "output port",
        lambda d: edits.connect(d, "Net", out("a", "z"), into("c")),
        "'a' has no output 'z'; it has y",
    ),
    (
        "end",
        lambda d: edits.connect(d, "Net", out("output"), into("c")),
        "'output' has no output 'y'; it has no outputs",
    ),
    ("start", lambda d: edits.connect(d, "Net", out("a"), into("x")), "it has no inputs"),
    (
        "circle by re-plugging",
        lambda d: edits.reconnect(d, "Net", "flow_a_b_x", source=out("c")),
        "would close a circle",
    ),
    (
        "second flow",
        lambda d: edits.set_edge_kind(d, "Net", "downsample", "flow"),
        "'c' already has a wire",
    ),
]


@pytest.mark.parametrize(
    ("edit", "message"), [(e, m) for _, e, m in REFUSED], ids=[name for name, *_ in REFUSED]
)
def test_what_cannot_be_is_refused_with_a_remedy(
    edit: Callable[[Diagram], object], message: str
) -> None:
    with_skip, _ = edits.connect(line(), "Net", out("x"), into("c"), "skip")
    with pytest.raises(EditError, match=message):
        edit(with_skip)


def test_a_skip_that_is_switched_off_is_to_be_switched_on() -> None:
    made, edge = edits.connect(line(), "Net", out("x"), into("c"), "skip")
    made = edits.set_active(made, "Net", {edge}, False)
    with pytest.raises(EditError, match="switched off, so switch it on instead"):
        edits.connect(made, "Net", out("x"), into("c"), "skip")


class TestInserting:
    def test_on_a_wire(self) -> None:
        made, added = edits.insert_on_edge(line(), "Net", "flow_a_b_x", "Conv2d", Point(8, 8))
        graph = made.main_block.graph
        assert added == "conv1"
        assert sources(made, "conv1") == [("a", "flow")]
        assert sources(made, "b") == [("conv1", "flow")]
        assert graph.edges["flow_a_b_x"].source == PortRef("conv1", "y")
        assert made.main_block.positions["conv1"] == Point(8, 8)

    def test_on_a_skip_it_acts_on_the_shortcut(self) -> None:
        made, edge = edits.connect(line(), "Net", out("x"), into("c"), "skip")
        made, added = edits.insert_on_edge(made, "Net", edge, "AvgPool2d", Point(0, 0))
        assert sources(made, added) == [("x", "flow")]
        assert sources(made, "c") == [("b", "flow"), (added, "skip")]

    @pytest.mark.parametrize("kind", ["Input", "Output"])
    def test_an_end_does_not_fit_on_a_wire(self, kind: str) -> None:
        with pytest.raises(EditError, match=r"takes no input|has no output"):
            edits.insert_on_edge(line(), "Net", "flow_a_b_x", kind, Point(0, 0))


class TestRePlugging:
    def test_an_edge_keeps_its_name_and_parameters(self) -> None:
        made, edge = edits.connect(line(), "Net", out("x"), into("c"), "skip", {"norm": False})
        moved = edits.reconnect(made, "Net", edge, source=out("a"), target=into("output"))
        old, new = made.main_block.graph.edges[edge], moved.main_block.graph.edges[edge]
        assert (new.id, new.label, new.params) == (old.id, old.label, old.params)
        assert (new.source, new.target) == (out("a"), into("output"))

    def test_a_wire_replaces_the_one_at_its_new_place(self) -> None:
        made = edits.reconnect(line(), "Net", "flow_a_b_x", target=into("c"))
        assert sources(made, "b") == []
        assert sources(made, "c") == [("a", "flow")]

    def test_back_where_it_was_is_no_change(self) -> None:
        made = line()
        assert edits.reconnect(made, "Net", "flow_a_b_x", source=out("a")) is made

    def test_an_edge_becomes_another_kind(self) -> None:
        made, edge = edits.connect(line(), "Net", out("x"), into("c"), "skip", {"norm": False})
        made = edits.set_edge_kind(made, "Net", edge, "dense")
        dense = made.main_block.graph.edges[edge]
        assert (dense.kind, dense.label, dense.params) == ("dense", "", {})
        made = edits.set_edge_kind(made, "Net", edge, "skip")
        assert made.main_block.graph.edges[edge].label == "downsample"
