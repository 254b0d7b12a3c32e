"""Where everything of the shown block stands: blocks, ports, joins and routed wires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF

from app.canvas.edge_routing import JOIN_OFFSET, Box, Obstacles, Route, Wire, route_all
from graphcore.diagram import Block, Diagram, Edge, Node, Point, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.layers import LAYERS
from graphcore.measures import NAME_ROOM, Size, node_size, port_offsets
from graphcore.ports import input_ports, output_ports
from graphcore.spec import Port

TOUCHING = 4.0
"""Ends this near to each other need no wire between them: a chip attached to a block."""


@dataclass
class Geometry:
    """Sizes and ports by node, the join kind by joined port, and the route of every edge."""

    positions: dict[str, Point] = field(default_factory=dict)
    sizes: dict[str, Size] = field(default_factory=dict)
    inputs: dict[str, dict[str, QPointF]] = field(default_factory=dict)
    outputs: dict[str, dict[str, QPointF]] = field(default_factory=dict)
    required: dict[str, frozenset[str]] = field(default_factory=dict)
    joins: dict[PortRef, str] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)
    touching: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)

    def measure(self, diagram: Diagram, node: Node) -> None:
        """Take the size and the ports of a node that is new or has changed."""
        ins, outs = _ports(diagram, node)
        width, height = node_size(diagram, node)
        self.sizes[node.id] = (width, height)
        self.inputs[node.id] = _spots(ins, 0.0)
        self.outputs[node.id] = _spots(outs, float(width))
        self.required[node.id] = frozenset(port.name for port in ins if not port.optional)
        (self.named.add if node.kind in diagram.blocks else self.named.discard)(node.id)

    def forget(self, node_id: str) -> None:
        """Drop a node that is gone."""
        for table in (self.positions, self.sizes, self.inputs, self.outputs, self.required):
            table.pop(node_id, None)
        self.named.discard(node_id)

    def place(self, block: Block) -> None:
        """Take the positions; nodes without one stand side by side above the origin."""
        stray = 0
        self.positions = dict(block.positions)
        for node in block.graph.nodes:
            if node not in self.positions:
                self.positions[node] = Point(stray, -240)
                stray += 192

    def at(self, ref: PortRef, *, is_input: bool) -> QPointF:
        """Where a port is in the scene; the middle of the side if there is no such port."""
        origin = self.positions[ref.node]
        spots = (self.inputs if is_input else self.outputs)[ref.node]
        side = QPointF(0 if is_input else self.sizes[ref.node][0], 0)
        return QPointF(origin.x, origin.y) + spots.get(ref.port, side)

    def route(self, edges: Mapping[str, Edge]) -> None:
        """Find joins and routes anew."""
        known = {
            name: edge
            for name, edge in edges.items()
            if edge.source.node in self.positions and edge.target.node in self.positions
        }
        self.joins = _joins(known.values())
        self.routes = {}
        self.touching = set()
        self.reroute(known)

    def reroute(self, edges: Mapping[str, Edge]) -> None:
        """Find the routes of some edges anew."""
        found = self.routes_of(edges)
        self.routes.update(found)
        touching = {name for name, route in found.items() if _length(route) < TOUCHING}
        self.touching = (self.touching - found.keys()) | touching

    def routes_of(self, edges: Mapping[str, Edge]) -> dict[str, Route]:
        """Routes of ``edges`` among the blocks as they stand."""
        obstacles = Obstacles(self.boxes())
        return route_all(obstacles, {name: self.wire(edge) for name, edge in edges.items()})

    def wire(self, edge: Edge) -> Wire:
        """``edge`` as something to be routed."""
        source = self.at(edge.source, is_input=False)
        target = self.at(edge.target, is_input=True)
        joins = EDGE_KINDS[edge.kind].join != "none"
        ranks = {name: index for index, name in enumerate(self.inputs[edge.target.node])}
        return Wire(
            (source.x(), source.y()),
            (target.x() - (JOIN_OFFSET if joins else 0.0), target.y()),
            joins=joins,
            joined=edge.target in self.joins,
            rank=ranks.get(edge.target.port, 0),
        )

    def boxes(self) -> Iterable[Box]:
        """What the blocks cover."""
        for node, (width, height) in self.sizes.items():
            x, y = self.positions[node]
            name = NAME_ROOM if node in self.named else 0
            yield Box(x, y - height / 2, x + width, y + height / 2 + name)

    def bounds(self) -> Box | None:
        """Around all blocks and wires; None where there is nothing."""
        boxes = list(self.boxes())
        if not boxes:
            return None
        xs = [x for route in self.routes.values() for x, _ in route.corners]
        ys = [y for route in self.routes.values() for _, y in route.corners]
        return Box(
            min([box.left for box in boxes] + xs),
            min([box.top for box in boxes] + ys),
            max([box.right for box in boxes] + xs),
            max([box.bottom for box in boxes] + ys),
        )


def _ports(diagram: Diagram, node: Node) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    if node.kind not in LAYERS and node.kind not in diagram.blocks:
        return (), ()
    return input_ports(diagram, node), output_ports(diagram, node)


def _spots(ports: tuple[Port, ...], x: float) -> dict[str, QPointF]:
    offsets = port_offsets(len(ports))
    return {port.name: QPointF(x, dy) for port, dy in zip(ports, offsets, strict=True)}


def _joins(edges: Iterable[Edge]) -> dict[PortRef, str]:
    """The kind of the join at every port where edges join."""
    return {edge.target: edge.kind for edge in edges if EDGE_KINDS[edge.kind].join != "none"}


def _length(route: Route) -> float:
    (x, y), (end_x, end_y) = route.corners[0], route.corners[-1]
    return abs(x - end_x) + abs(y - end_y)
