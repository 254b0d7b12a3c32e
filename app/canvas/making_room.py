"""Putting a block on a wire: connecting it on both sides, and moving what follows aside."""

from __future__ import annotations

from collections.abc import Callable

from graphcore import edits
from graphcore.diagram import Block, Diagram, Point, PortRef
from graphcore.layout import GAP, attached
from graphcore.measures import node_size
from graphcore.ports import input_ports, output_ports


def put_on_wire(block: str, node: str, edge: str) -> Callable[[Diagram], Diagram]:
    """The edit that puts an existing, unwired node on a wire."""

    def edit(diagram: Diagram) -> Diagram:
        graph = diagram.blocks[block].graph
        old, kind = graph.edges[edge], graph.nodes[node]
        entry = PortRef(node, input_ports(diagram, kind)[0].name)
        leave = PortRef(node, output_ports(diagram, kind)[0].name)
        rewired = edits.reconnect(diagram, block, edge, source=leave)
        fed, _ = edits.connect(rewired, block, old.source, entry)
        return settled(fed, block, node)

    return edit


def insert_on_wire(
    block: str, kind: str, edge: str, at: Point, made: Callable[[str], None]
) -> Callable[[Diagram], Diagram]:
    """The edit that puts a new node of ``kind`` on a wire; ``made`` is told its id."""

    def edit(diagram: Diagram) -> Diagram:
        edited, node = edits.insert_on_edge(diagram, block, edge, kind, at)
        made(node)
        return settled(edited, block, node)

    return edit


def settled(diagram: Diagram, block: str, node: str) -> Diagram:
    """``diagram`` with ``node`` standing right behind what feeds it, and everything from the next
    block on moved to the right as far as that needs."""
    inside = diagram.blocks[block]
    feeding, fed = inside.graph.into(node), inside.graph.out_of(node)
    if not feeding or not fed:
        return diagram
    before, after = feeding[0].source.node, fed[0].target.node
    if not {before, after} <= inside.positions.keys():
        return diagram
    behind = attached(diagram, inside.graph)
    x = _right(diagram, inside, before) + (0 if behind.get(node) == before else GAP)
    places = {node: Point(x, inside.positions[before].y)}
    width = node_size(diagram, inside.graph.nodes[node])[0]
    wanted = x + width + (0 if behind.get(after) == node else GAP)
    shift = wanted - inside.positions[after].x
    if shift > 0:
        limit = inside.positions[after].x
        for other, at in inside.positions.items():
            if other != node and at.x >= limit:
                places[other] = Point(at.x + shift, at.y)
    return edits.move(diagram, block, places)


def _right(diagram: Diagram, inside: Block, node: str) -> int:
    return inside.positions[node].x + node_size(diagram, inside.graph.nodes[node])[0]
