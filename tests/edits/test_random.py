"""Whatever is edited in whatever order: the diagram stays well-formed, and the one before it stays
as it was."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graphcore import edits
from graphcore.analysis import analyse
from graphcore.diagram import Diagram, Point, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits.explode import explode
from graphcore.expression import Expr
from graphcore.ports import declared_params, input_ports, output_ports
from graphcore.store import dumps, loads
from tests.any_diagrams import POINTS
from tests.valid_diagrams import valid_diagrams
from tests.well_formed import check_well_formed

LABELS = st.sampled_from(["x", "conv1", "stage", "output", "class", "downsample", "a b"])
KINDS = st.sampled_from(["Conv2d", "ReLU", "Add", "Input", "Output", "Inner", "Net", "Body", "No"])
VALUES = st.sampled_from([0, 1, 2.5, None, "auto", (1, 2), Expr("width"), Expr("(")])


class Hand:
    """Draws edits of a diagram as a clumsy user would make them."""

    def __init__(self, draw: Any, diagram: Diagram) -> None:
        self.draw, self.diagram = draw, diagram
        self.block = draw(st.sampled_from(list(diagram.blocks)))
        graph = diagram.blocks[self.block].graph
        self.nodes = list(graph.nodes) or ["nothing"]
        self.edges = list(graph.edges) or ["nothing"]
        self.touched: set[str] = set()

    def node(self) -> str:
        return self._touch(self.nodes)

    def edge(self) -> str:
        return self._touch(self.edges)

    def items(self) -> set[str]:
        things = st.sampled_from([*self.nodes, *self.edges])
        chosen = set(self.draw(st.sets(things, max_size=4)))
        self.touched |= chosen
        return chosen

    def _touch(self, things: list[str]) -> str:
        thing = str(self.draw(st.sampled_from(things)))
        self.touched.add(thing)
        return thing

    def port(self, *, source: bool) -> PortRef:
        graph = self.diagram.blocks[self.block].graph
        node = self.node()
        if node not in graph.nodes:
            return PortRef(node, "x")
        find = output_ports if source else input_ports
        names = [port.name for port in find(self.diagram, graph.nodes[node])] or ["y"]
        return PortRef(node, self.draw(st.sampled_from(names)))

    def param(self, item: str) -> str:
        graph = self.diagram.blocks[self.block].graph
        if item in graph.edges:
            params = EDGE_KINDS[graph.edges[item].kind].params
        elif item in graph.nodes:
            params = declared_params(self.diagram, graph.nodes[item].kind)
        else:
            params = ()
        return str(self.draw(st.sampled_from([param.name for param in params] or ["none"])))

    def edit(self) -> Any:
        """The result of one edit. Raises EditError where it cannot be."""
        d, b, draw = self.diagram, self.block, self.draw
        item = self._touch([*self.nodes, *self.edges])
        kind = draw(st.sampled_from(list(EDGE_KINDS)))
        verbs = (
            lambda: edits.add_node(d, b, draw(KINDS), draw(POINTS)),
            lambda: edits.connect(d, b, self.port(source=True), self.port(source=False), kind),
            lambda: edits.insert_on_edge(d, b, self.edge(), draw(KINDS), draw(POINTS)),
            lambda: edits.reconnect(d, b, self.edge(), source=self.port(source=True)),
            lambda: edits.reconnect(d, b, self.edge(), target=self.port(source=False)),
            lambda: edits.set_edge_kind(d, b, self.edge(), kind),
            lambda: edits.add_skip(d, b, self.node(), self.node()),
            lambda: edits.skip_around(d, b, self.items()),
            lambda: edits.without_skips(d),
            lambda: edits.delete(d, b, self.items()),
            lambda: edits.dissolve(d, b, self.items()),
            lambda: edits.move(d, b, {self.node(): draw(POINTS)}),
            lambda: edits.set_param(d, b, item, self.param(item), draw(VALUES)),
            lambda: edits.reset_param(d, b, item, self.param(item)),
            lambda: edits.rename(d, b, item, draw(LABELS)),
            lambda: edits.set_repeat(d, b, self.node(), draw(st.sampled_from([1, 3, Expr("n")]))),
            lambda: edits.set_active(d, b, self.items(), draw(st.booleans())),
            lambda: edits.duplicate(d, b, self.items()),
            lambda: edits.paste(d, d.main, edits.copy(d, b, self.items()), Point(0, 0)),
            lambda: edits.make_unique(d, b, self.node()),
            lambda: edits.add_block(d, draw(st.sampled_from(["Body", "Net", "ReLU"]))),
            lambda: edits.rename_block(d, b, draw(st.sampled_from(["Body", "Model", "Net"]))),
            lambda: edits.remove_block(d, b),
            lambda: edits.rename_block_param(d, b, "width", "channels"),
            lambda: edits.group(d, b, self.items(), draw(st.sampled_from(["Grouped", "Net"]))),
            lambda: explode(d, b, self.node()),
            lambda: edits.arrange(d, b),
        )
        return draw(st.sampled_from(verbs))()


def check_shared(before: Diagram, after: Diagram, touched: set[str]) -> None:
    """What is as it was is the very same object, except where a thing was set to what it is."""
    for name in before.blocks.keys() & after.blocks.keys():
        old, new = before.blocks[name], after.blocks[name]
        if old == new and not touched:
            assert new is old
        for mine, others in (
            (old.graph.nodes, new.graph.nodes),
            (old.graph.edges, new.graph.edges),
        ):
            for key in (mine.keys() & others.keys()) - touched:
                assert mine[key] != others[key] or mine[key] is others[key]


def attempt(hand: Hand) -> Any:
    """What comes of an edit: the diagram as it was where the edit is refused."""
    try:
        return hand.edit()
    except edits.EditError as error:
        refused = str(error)
    assert refused.endswith("."), "a sentence that a user can read"
    return hand.diagram


@given(valid_diagrams(), st.data())
def test_any_sequence_of_edits(diagram: Diagram, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 12))):
        before = repr(diagram)
        hand = Hand(data.draw, diagram)
        edited = attempt(hand)
        assert repr(diagram) == before, "an edit leaves what it was given as it was"
        after = edited[0] if isinstance(edited, tuple) else edited
        check_shared(diagram, after, hand.touched)
        check_well_formed(after)
        diagram = after
    assert loads(dumps(diagram)) == diagram
    analyse(diagram)
