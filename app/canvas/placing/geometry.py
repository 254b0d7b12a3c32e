"""Where everything of the shown block stands: blocks, ports, joins and routed wires.

It is brought up to date by what has changed: :meth:`Geometry.measure` for a node that is new or
different, then :meth:`Geometry.update`, which finds new routes only for wires that moved, whose
ports changed, or that something now stands in the way of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from PySide6.QtCore import QPointF

from app.canvas.placing.buses import buses
from app.canvas.placing.edge_routing import (
    JOIN_OFFSET,
    Box,
    Obstacles,
    Route,
    Wire,
    direct_route,
    lane_routes,
    level_route,
    overlapping,
    span_of,
)
from app.canvas.placing.frames import Opening
from app.canvas.placing.node_measures import NodeMeasures, framed, measured
from app.canvas.placing.open_places import OpenPlaces, chips_in_order
from app.canvas.placing.port_order import Comes, coming, in_order, rank_of
from graphcore.diagram import Block, Diagram, Edge, Graph, Node, Point, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.layout import attached
from graphcore.measures import NAME_ROOM

TOUCHING = 4.0
"""Ends this near to each other need no wire between them: a chip attached to a block."""
MAGNETIC = 60
"""How far from its block's end a chip may stand and yet be shown attached."""


class Moves(NamedTuple):
    """What an update changed: nodes that moved, edges with a new route, ports that became a join
    or are none any more, nodes whose inputs stand in another order."""

    nodes: frozenset[str] = frozenset()
    edges: frozenset[str] = frozenset()
    joins: frozenset[PortRef] = frozenset()
    reordered: frozenset[str] = frozenset()


class Geometry:
    """Measures and places by node, the kind of join by joined port, the route of every edge."""

    def __init__(self, *, ends_as_gates: bool = False) -> None:
        self.positions: dict[str, Point] = {}
        self.nodes: dict[str, NodeMeasures] = {}
        self.joins: dict[PortRef, str] = {}
        self.routes: dict[str, Route] = {}
        self.touching: set[str] = set()
        self.chips: dict[str, str] = {}
        """The chip that sits behind a node."""
        self.bus_of: dict[str, str] = {}
        """The bus that an edge belongs to, where it belongs to one."""
        self._ends_as_gates = ends_as_gates
        self._closed: dict[str, NodeMeasures] = {}
        self._openings: dict[str, Opening] = {}
        self._comes: dict[str, Comes] = {}
        self._graph: Graph | None = None
        self._behind: list[tuple[str, str]] = []
        self._edges: dict[str, Edge] = {}
        self._wires: dict[str, Wire] = {}
        self._resized: set[str] = set()
        self._dirty: list[Box] = []
        self._boxes: dict[str, Box] = {}
        self._bounds: Box | None = None
        self._standing: dict[str, Point] = {}
        self._open_places = OpenPlaces({}, Graph(), {}, {})

    def measure(self, diagram: Diagram, node: Node) -> bool:
        """Take the size and the ports of a node that is new or different; whether they changed."""
        self._closed[node.id] = measured(diagram, node, ends_as_gates=self._ends_as_gates)
        return self._take_measures(node.id)

    def open(self, node_id: str, opening: Opening | None) -> bool:
        """Show a block as a frame, or (None) as a box again; whether that is new."""
        before = self._openings.pop(node_id, None)
        if opening is not None:
            self._openings[node_id] = opening
        return self._take_measures(node_id) or before != opening

    def opening(self, node_id: str) -> Opening | None:
        """The frame of a block that is open."""
        return self._openings.get(node_id)

    def _take_measures(self, node_id: str) -> bool:
        new, opening = self._closed[node_id], self._openings.get(node_id)
        if opening is not None:
            new = framed(new, opening)
        elif node_id in self._comes:
            new = in_order(new, self._comes[node_id])
        if self.nodes.get(node_id) == new:
            return False
        self._leave(node_id)
        self.nodes[node_id] = new
        self._resized.add(node_id)
        return True

    def forget(self, node_id: str) -> None:
        """Drop a node that is gone."""
        self._leave(node_id)
        self.positions.pop(node_id, None)
        self.nodes.pop(node_id, None)
        self._closed.pop(node_id, None)
        self._openings.pop(node_id, None)
        self._comes.pop(node_id, None)
        self._boxes.pop(node_id, None)
        self._resized.discard(node_id)

    def update(self, diagram: Diagram, block: Block) -> Moves:
        """Take positions and edges as they are now."""
        known = self._graph
        regraphed = known is None or block.graph.edges is not known.edges
        self._graph = block.graph
        if regraphed:
            self._behind = chips_in_order(attached(diagram, block.graph))
        moved = self._place(block)
        joins, edges = self.joins, self._edges
        if regraphed:
            self._edges = {
                name: edge
                for name, edge in block.graph.edges.items()
                if edge.source.node in self.positions and edge.target.node in self.positions
            }
            self.joins = _joins(self._edges.values())
        self.bus_of = buses(self._edges, self.positions)
        reordered = self._order_inputs(block.graph)
        changed = moved | self._resized
        self._boxes.update((node, self._box(node)) for node in changed if node in self.nodes)
        replugged = [e for n, e in edges.items() if self._edges.get(n) is not e]
        replugged += [e for n, e in self._edges.items() if edges.get(n) is not e]
        rerouted = self._reroute(changed, replugged, joins)
        self._resized, self._bounds = set(), None
        joined = frozenset(self.joins.items() ^ joins.items()) if regraphed else frozenset()
        joins_changed = frozenset(ref for ref, _ in joined)
        return Moves(frozenset(moved), frozenset(rerouted), joins_changed, reordered)

    def _order_inputs(self, graph: Graph) -> frozenset[str]:
        """Have the inputs of every block stand as their wires come; returns where that is new."""
        reordered: set[str] = set()
        for node, measures in self._closed.items():
            if len(measures.inputs) < 2 or node not in self.positions:
                continue
            starts = {
                port: [
                    self._spot(edge.source, is_input=False)[1]
                    for edge in graph.into(node, port)
                    if edge.id in self._edges
                ]
                for port in measures.inputs
            }
            comes = coming(starts, self.positions[node].y)
            if comes != self._comes.get(node, {}):
                self._comes[node] = comes
                if self._take_measures(node):
                    reordered.add(node)
        return frozenset(reordered)

    def shift(self, nodes: Collection[str], offset: Point) -> Moves:
        """Show ``nodes`` away by ``offset`` from where they are to stand, their wires with them;
        the rest stays."""
        for node in nodes:
            x, y = self._standing.get(node, self.positions[node])
            self.positions[node] = Point(x + offset.x, y + offset.y)
        touched = {
            name: edge
            for name, edge in self._edges.items()
            if edge.source.node in nodes or edge.target.node in nodes
        }
        moved = {self.bus_of[name] for name in touched if name in self.bus_of}
        touched |= {name: self._edges[name] for name, bus in self.bus_of.items() if bus in moved}
        self._boxes.update((node, self._box(node)) for node in nodes)
        self._bounds = None
        obstacles = Obstacles(self._boxes.values())
        self._take(self._routes_of(obstacles, {n: self.wire(e) for n, e in touched.items()}))
        for name in touched:
            self._wires.pop(name, None)
        return Moves(frozenset(nodes), frozenset(touched))

    def with_chips(self, nodes: Iterable[str]) -> frozenset[str]:
        """``nodes`` and the chips that sit behind them."""
        found: set[str] = set()
        for node in nodes:
            at: str | None = node
            while at is not None and at not in found:
                found.add(at)
                at = self.chips.get(at)
        return frozenset(found)

    def at(self, ref: PortRef, *, is_input: bool) -> QPointF:
        """Where a port is in the scene; the middle of the side if there is no such port."""
        return QPointF(*self._spot(ref, is_input=is_input))

    def preview_route(self, edge: Edge) -> Route:
        """The way that an edge which does not exist yet would take. Before a chip that is attached
        there is no room for its (+) yet, so it ends at the seam rather than on the block."""
        wire = self.wire(edge)
        if edge.target.node in self.chips.values():
            wire = wire._replace(target=self._spot(edge.target, is_input=True))
        return self._routes_of(Obstacles(self._boxes.values()), {"": wire})[""]

    def wire(self, edge: Edge) -> Wire:
        """``edge`` as something to be routed."""
        x, y = self._spot(edge.target, is_input=True)
        joins = _joining(edge)
        inputs = self.nodes[edge.target.node].inputs
        source = self._spot(edge.source, is_input=False)
        joined = edge.target in self.joins
        return Wire(
            source,
            (x - (JOIN_OFFSET if joins else 0.0), y),
            joins=joins,
            joined=joined,
            rank=rank_of(inputs, edge.target.port),
            rises=joined and not joins and source[1] != y and self._rises(edge, y),
            along=joins and source[1] == y and self._runs_along(edge, y),
            returns=joins and x < source[0] and self._returns(edge, y),
            bus=self.bus_of.get(edge.id, ""),
        )

    def _rises(self, edge: Edge, level: float) -> bool:
        """Whether a connection comes to the target of ``edge`` from the same ``level``."""
        arriving = self._graph.into(*edge.target) if self._graph is not None else ()
        starts = (other.source for other in arriving if _joining(other))
        return any(
            start.node in self.positions and self._spot(start, is_input=False)[1] == level
            for start in starts
        )

    def _runs_along(self, edge: Edge, level: float) -> bool:
        """Whether a plain wire leaves the source of ``edge`` on the same ``level``."""
        return any(y == level for _, y in self._ends_beside(edge))

    def _returns(self, edge: Edge, level: float) -> bool:
        """Whether a plain wire leaves the source of ``edge`` for the line below, which begins
        before its target at ``level``."""
        (_, start), (end, _) = (
            self._spot(edge.source, is_input=False),
            self.positions[edge.target.node],
        )
        return start < level and any(x < end and y > start for x, y in self._ends_beside(edge))

    def _ends_beside(self, edge: Edge) -> list[tuple[float, float]]:
        """Where the plain wires end that leave the source of ``edge``."""
        leaving = self._graph.out_of(*edge.source) if self._graph is not None else ()
        ends = (other.target for other in leaving if not _joining(other))
        return [self._spot(end, is_input=True) for end in ends if end.node in self.positions]

    def meant(self, at: QPointF) -> QPointF:
        """The document's place for something that is shown at ``at``."""
        return QPointF(*self._open_places.meant(at.x(), at.y()))

    def moved(self, nodes: Collection[str], offset: QPointF, block: Block) -> dict[str, Point]:
        """The document's places for ``nodes`` of ``block`` that were dragged by ``offset``."""
        frames = bool(self._openings.keys() & set(nodes))
        return self._open_places.moved(nodes, offset.x(), offset.y(), block, frames=frames)

    def bounds(self) -> Box | None:
        """Around all blocks and wires; None where there is nothing."""
        if self._bounds is None and self._boxes:
            boxes = [*self._boxes.values(), *(route.around for route in self.routes.values())]
            lefts, tops, rights, bottoms = zip(*boxes, strict=True)
            self._bounds = Box(min(lefts), min(tops), max(rights), max(bottoms))
        return self._bounds

    def _place(self, block: Block) -> set[str]:
        """Take the positions; returns what moved. Nodes without a position stand side by side
        above the origin. A chip that stands about where its block ends is shown right there,
        whatever width the block's words have come to need."""
        before, places = self.positions, dict(block.positions)
        missing = [node for node in block.graph.nodes if node not in places]
        places.update((node, Point(192 * i, -240)) for i, node in enumerate(missing))
        self.chips = {}
        for chip, head in self._behind:
            x, y = places[head]
            end = x + self._closed[head].size[0]
            if abs(places[chip][0] - end) <= MAGNETIC and places[chip][1] == y:
                places[chip] = Point(end, y)
                self.chips[head] = chip
        self._open_places = OpenPlaces(places, block.graph, self._closed, self._openings)
        places = self._open_places.shown
        moved = {node for node, at in places.items() if before.get(node) != at}
        for node in moved & before.keys():
            self._leave(node)
        self.positions = {node: at for node, at in places.items() if node in self.nodes}
        self._standing = dict(self.positions)
        return moved

    def _reroute(
        self, changed: Collection[str], replugged: Collection[Edge], joins: Mapping[PortRef, str]
    ) -> set[str]:
        """Routes for the wires that need one; returns all edges whose route is new."""
        before, self._wires = self._wires, {}
        touched = self._touched(changed, replugged, joins)
        for name, edge in self._edges.items():
            kept = before.get(name)
            if kept is None or name in touched:
                kept = self.wire(edge)
            if kept.bus != self.bus_of.get(name, ""):
                kept = kept._replace(bus=self.bus_of.get(name, ""))
            self._wires[name] = kept
        dirty = [*self._dirty, *(self._boxes[node] for node in changed if node in self._boxes)]
        self._dirty = []
        todo = {name for name, wire in self._wires.items() if before.get(name) != wire}
        if dirty:
            todo |= {n for n, route in self.routes.items() if _meets(route.around, dirty)}
        todo &= self._wires.keys()
        todo |= self._lanes_beside(before, todo)
        for name in before.keys() - self._wires.keys():
            self.routes.pop(name, None)
            self.touching.discard(name)
        if not todo:
            return set()
        obstacles = Obstacles(self._boxes.values())
        return self._take(self._routes_of(obstacles, {name: self._wires[name] for name in todo}))

    def _lanes_beside(self, before: Mapping[str, Wire], todo: Collection[str]) -> set[str]:
        """The wires in lanes that lie beside one that changed or is gone, so that their order may
        be another now."""
        old = [before[n] for n in before if n in todo or n not in self._wires]
        changed = [span_of(wire) for wire in (*old, *(self._wires[n] for n in todo))]
        if not changed:
            return set()
        lanes = {n: span_of(w) for n, w in self._wires.items() if self._is_in_lane(n, w)}
        return {
            name
            for group in overlapping(lanes)
            if any(_overlap(span, other) for span in changed for other in group.values())
            for name in group
        }

    def _touched(
        self, changed: Collection[str], replugged: Iterable[Edge], joins: Mapping[PortRef, str]
    ) -> set[str]:
        """The edges whose wire may be another now: they end at a node that ``changed`` or at a
        port that became a join, or share a port with one of which that is true or that was
        ``replugged``."""
        edges = self._edges.values()
        own = [e for e in edges if e.source.node in changed or e.target.node in changed]
        own += replugged
        ports = {edge.target for edge in own} | (self.joins.keys() ^ joins.keys())
        sources = {edge.source for edge in own}
        return {edge.id for edge in edges if edge.target in ports or edge.source in sources}

    def _is_in_lane(self, name: str, wire: Wire) -> bool:
        route = self.routes.get(name)
        return wire.joins or (route is not None and route.lane is not None)

    def _routes_of(self, obstacles: Obstacles, wires: Mapping[str, Wire]) -> dict[str, Route]:
        routes: dict[str, Route] = {}
        laned: dict[str, Wire] = {}
        for name, wire in wires.items():
            direct = (level_route if wire.joins else direct_route)(obstacles, wire)
            if direct is None:
                laned[name] = wire
            else:
                routes[name] = direct
        return {**routes, **lane_routes(obstacles, laned)}

    def _take(self, found: Mapping[str, Route]) -> set[str]:
        changed = {name for name, route in found.items() if self.routes.get(name) != route}
        self.routes.update(found)
        touching = {name for name in found if found[name].span < TOUCHING}
        self.touching = (self.touching - found.keys()) | touching
        return changed

    def _spot(self, ref: PortRef, *, is_input: bool) -> tuple[float, float]:
        measures, (x, y) = self.nodes[ref.node], self.positions[ref.node]
        spots = measures.inputs if is_input else measures.outputs
        dx, dy = spots.get(ref.port, (0.0 if is_input else float(measures.size[0]), 0.0))
        return x + dx, y + dy

    def _box(self, node: str) -> Box:
        (x, y), measures = self.positions[node], self.nodes[node]
        width, height = measures.size
        name = NAME_ROOM if measures.is_named else 0
        return Box(x, y - height / 2, x + width, y + height / 2 + name)

    def _leave(self, node: str) -> None:
        """Remember what a node covered: wires that went round it may run straight now."""
        if node in self.nodes and node in self.positions:
            self._dirty.append(self._box(node))


def _joins(edges: Iterable[Edge]) -> dict[PortRef, str]:
    """The kind of the join at every port where edges join."""
    return {edge.target: edge.kind for edge in edges if _joining(edge)}


def _joining(edge: Edge) -> bool:
    return EDGE_KINDS[edge.kind].join != "none"


def _overlap(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _meets(box: Box, others: Iterable[Box]) -> bool:
    return any(
        box.left <= other.right
        and other.left <= box.right
        and box.top <= other.bottom + 40
        and other.top - 40 <= box.bottom
        for other in others
    )
