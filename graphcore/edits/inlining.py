"""An instance of a block replaced by what is inside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graphcore.diagram import INPUT, OUTPUT, Block, Diagram, Edge, Graph, Node, PortRef, Tie
from graphcore.edits.editing import EditError
from graphcore.edits.gathering import gathered, is_plain, joins
from graphcore.edits.registration import ordered
from graphcore.edits.rewriting import Unwritable, Values, edge_with, node_with, with_values
from graphcore.layers import LAYERS
from graphcore.naming import FreshLabels, fresh_id, labels_in
from graphcore.ordering import order_of
from graphcore.ports import input_ports
from graphcore.spec import ParamValue
from graphcore.values import value_problem

_ENTRY = LAYERS[INPUT].outputs[0].name
_EXIT = LAYERS[OUTPUT].inputs[0].name


def inlined(
    diagram: Diagram, block: str, node: str, values: Values
) -> tuple[Graph, Mapping[str, str]]:
    """The graph of ``block`` with the nodes of the block that ``node`` is in its place, and the
    new id of each of them.

    ``values`` says what the names in the definition's expressions are here. A join at the wall
    moves to what it fed, if that is one input that takes nothing else; else it happens in an
    ``Identity`` of its own. Raises EditError where a value cannot be written.
    """
    return _Inlining(diagram, block, node, values).run()


@dataclass
class _Inlining:
    diagram: Diagram
    name: str
    at: str
    values: Values
    outer: Graph = field(init=False)
    inner: Graph = field(init=False)
    ids: dict[str, str] = field(default_factory=dict)
    consumers: dict[str, PortRef] = field(default_factory=dict)
    """The id of an Input -> the input inside where what is joined outside is joined now."""
    takers: dict[str, PortRef] = field(default_factory=dict)
    """The id of an Output -> the input outside where what is joined inside is joined now."""
    labels: FreshLabels = field(init=False)

    @property
    def _definition(self) -> Block:
        return self.diagram.blocks[self.diagram.blocks[self.name].graph.nodes[self.at].kind]

    def run(self) -> tuple[Graph, Mapping[str, str]]:
        """The graph without the instance."""
        self.outer, self.inner = self.diagram.blocks[self.name].graph, self._definition.graph
        for end in self.inner.inputs():
            ref = PortRef(self.at, end.label)
            if joins(self.outer, ref):
                self._take_over_input(end, ref)
        for end in self.inner.outputs():
            ref = PortRef(end.id, _EXIT)
            if joins(self.inner, ref):
                self._take_over_output(end, ref)
        instance = self.outer.nodes[self.at]
        self.labels = FreshLabels(_labels_around(self.outer, instance))
        nodes = self._moved_nodes()
        graph = Graph(nodes, self._moved_edges(nodes), self._ties())
        return ordered(graph, self._order()), self.ids

    def _take_over_input(self, end: Node, ref: PortRef) -> None:
        consumer = self._only_consumer(end)
        if consumer is not None:
            self.consumers[end.id] = consumer
        else:
            self.outer = gathered(self.outer, ref)

    def _take_over_output(self, end: Node, ref: PortRef) -> None:
        taker = self._only_taker(end)
        if taker is not None:
            self.takers[end.id] = taker
        else:
            self.inner = gathered(self.inner, ref)

    def _only_consumer(self, end: Node) -> PortRef | None:
        """The one input inside that can take over what is joined where ``end`` is fed."""
        edges = self.inner.out_of(end.id)
        if len(edges) != 1 or not is_plain(edges[0]) or joins(self.inner, edges[0].target):
            return None
        order = [n for n in order_of(self.inner)[0] if self.inner.nodes[n].kind != INPUT]
        target = edges[0].target
        return target if self._is_first(self.inner, target) and order[:1] == [target.node] else None

    def _only_taker(self, end: Node) -> PortRef | None:
        """The one input outside that can take over what is joined at ``end``."""
        edges = self.outer.out_of(self.at, end.label)
        if len(edges) != 1 or not is_plain(edges[0]) or joins(self.outer, edges[0].target):
            return None
        inside = order_of(self.inner)[0]
        around = order_of(self.outer)[0]
        target = edges[0].target
        follows = around.index(target.node) == around.index(self.at) + 1
        last = inside[-1:] == (end.id,)
        return target if follows and last and self._is_first(self.outer, target) else None

    def _is_first(self, graph: Graph, target: PortRef) -> bool:
        """Whether ``target`` is its node's first input and takes one value only."""
        port = input_ports(self.diagram, graph.nodes[target.node])[0]
        is_layer = graph.nodes[target.node].kind != OUTPUT or graph is self.outer
        return port.name == target.port and not port.variadic and is_layer

    def _moved_nodes(self) -> dict[str, Node]:
        """The nodes outside, with those inside in the place of the instance."""
        instance = self.outer.nodes[self.at]
        rest = {name: node for name, node in self.outer.nodes.items() if name != self.at}
        grown = Graph(dict(rest), self.outer.edges)
        inside: dict[str, Node] = {}
        ends = (*self.inner.inputs(), *self.inner.outputs())
        for old in self.inner.nodes.values():
            if old in ends:
                continue
            new = self._relabelled_node(old)
            name = fresh_id(new.label, Graph({**rest, **inside}, grown.edges))
            self.ids[old.id] = name
            inside[name] = replace(new, id=name)
        for old in self.inner.nodes.values():
            if old.same_as is not None and old.id in self.ids:
                new = inside[self.ids[old.id]]
                inside[new.id] = replace(new, same_as=self.ids.get(old.same_as))
        nodes: dict[str, Node] = {}
        for name, node in self.outer.nodes.items():
            nodes.update(inside if name == self.at else {name: node})
        self._move_scales(nodes, instance)
        return nodes

    def _relabelled_node(self, old: Node) -> Node:
        scales = {
            port: tuple(replace(s, label=self.labels.take(s.label)) for s in chain)
            for port, chain in old.scales.items()
        }
        label = self.labels.take(old.label)
        return node_with(replace(old, label=label, scales=scales), self._written)

    def _move_scales(self, nodes: dict[str, Node], instance: Node) -> None:
        """Scales at the wall go where their joins go."""
        for end in self.inner.inputs():
            chain = instance.scales.get(end.label)
            if chain and end.id in self.consumers:
                port = self.consumers[end.id].port
                new = nodes[self.ids[self.consumers[end.id].node]]
                nodes[new.id] = replace(new, scales={**new.scales, port: chain})
        for end in self.inner.outputs():
            if end.scales.get(_EXIT) and end.id in self.takers:
                taker = self.takers[end.id]
                own = self._relabelled_node(end).scales[_EXIT]
                node = nodes[taker.node]
                nodes[taker.node] = replace(node, scales={**node.scales, taker.port: own})

    def _moved_edges(self, nodes: Mapping[str, Node]) -> dict[str, Edge]:
        """The edges of both sides, those at the wall run together."""
        edges: dict[str, Edge] = {}
        placed = False
        for edge in self.outer.edges.values():
            if self.at in (edge.source.node, edge.target.node) and not placed:
                placed = True
                self._add_inner(edges, nodes)
            edges.update(self._outer_edge(edge))
        if not placed:
            self._add_inner(edges, nodes)
        return edges

    def _add_inner(self, edges: dict[str, Edge], nodes: Mapping[str, Node]) -> None:
        for old in self.inner.edges.values():
            source, target = self._source_of(old.source), self._target_of(old)
            if source is None or target is None:
                continue
            label = self.labels.take(old.label) if old.label else ""
            scales = tuple(replace(s, label=self.labels.take(s.label)) for s in old.scales)
            taken = Graph(nodes, {**self.outer.edges, **edges})
            name = fresh_id(label or f"{source.node}-{target.node}", taken)
            moved = replace(old, id=name, source=source, target=target, label=label, scales=scales)
            edges[name] = edge_with(moved, self._written)

    def _target_of(self, old: Edge) -> PortRef | None:
        """Where an inner edge ends now; None where an outer one takes its part."""
        end = self.inner.nodes[old.target.node]
        if end.kind == OUTPUT:
            return self.takers.get(end.id)
        if old.source.node in self.consumers:
            return None
        return PortRef(self.ids[old.target.node], old.target.port)

    def _source_of(self, ref: PortRef) -> PortRef | None:
        """Where a value inside comes from now; None where nothing feeds it."""
        node = self.inner.nodes[ref.node]
        if node.kind != INPUT:
            return PortRef(self.ids[ref.node], ref.port)
        arriving = self.outer.into(self.at, node.label)
        return arriving[0].source if arriving else None

    def _outer_edge(self, edge: Edge) -> dict[str, Edge]:
        if edge.target.node == self.at:
            end = next((n for n in self.inner.inputs() if n.label == edge.target.port), None)
            if end is None or end.id not in self.consumers:
                return {}
            target = self.consumers[end.id]
            moved = PortRef(self.ids[target.node], target.port)
            return {edge.id: replace(edge, target=moved)}
        if edge.source.node != self.at:
            return {edge.id: edge}
        end = next((n for n in self.inner.outputs() if n.label == edge.source.port), None)
        if end is None or end.id in self.takers:
            return {}
        feeding = self.inner.into(end.id, _EXIT)
        source = self._source_of(feeding[0].source) if feeding else None
        return {edge.id: replace(edge, source=source)} if source is not None else {}

    def _ties(self) -> tuple[Tie, ...]:
        moved = (
            Tie((self.ids[t.source[0]], t.source[1]), (self.ids[t.target[0]], t.target[1]))
            for t in self.inner.ties
            if {t.source[0], t.target[0]} <= self.ids.keys()
        )
        around = (Tie(self._tied(t.source), self._tied(t.target)) for t in self.outer.ties)
        return (*around, *moved)

    def _tied(self, end: tuple[str, str]) -> tuple[str, str]:
        """An end of a tie that led into the instance, at the node itself."""
        label, _, rest = end[1].partition(".")
        found = next((n.id for n in self.inner.nodes.values() if n.label == label), None)
        if end[0] != self.at or found not in self.ids:
            return end
        return self.ids[found], rest

    def _order(self) -> list[str]:
        inside = [self.ids[name] for name in _all(order_of(self.inner)) if name in self.ids]
        order: list[str] = []
        for name in _all(order_of(self.outer)):
            order += inside if name == self.at else [name]
        return order

    def _written(self, value: ParamValue) -> ParamValue:
        """``value`` with the names of the definition replaced."""
        label = self.outer.nodes[self.at].label
        try:
            written = with_values(value, self.values)
        except Unwritable as error:
            raise EditError(f"'{label}' cannot be exploded: {error}.") from error
        problem = value_problem(written)
        if problem is not None:
            raise EditError(
                f"'{label}' cannot be exploded: written out, {value} is too large ({problem})."
            )
        return written


def _labels_around(graph: Graph, node: Node) -> set[str]:
    """The labels of everything but ``node`` itself; those of its scales count."""
    bare = replace(node, label="")
    return labels_in(replace(graph, nodes={**graph.nodes, node.id: bare}))


def _all(order: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[str, ...]:
    return (*order[0], *order[1])
