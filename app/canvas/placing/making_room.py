"""Moving aside what is in the way of a block that is put on a wire, or of a skip's (+)."""

from __future__ import annotations

from collections.abc import Callable

from graphcore import edits
from graphcore.diagram import Block, Diagram, Point, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.layout import GAP, attached
from graphcore.measures import node_size
from graphcore.ports import input_ports, output_ports
from graphcore.scale_words import room_before


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
        places = {**_shifted(inside, limit, shift), **places}
    return edits.move(diagram, block, places)


def with_room(diagram: Diagram, block: str, edge: str) -> Diagram:
    """``diagram`` with what follows moved to the right, so that a new joining edge has room for
    its beginning behind its source and for its (+) before its target."""
    inside = diagram.blocks[block]
    new = inside.graph.edges[edge]
    gaps = [(e.source.node, e.target.node) for e in inside.graph.into(*new.target)]
    gaps += [(e.source.node, e.target.node) for e in inside.graph.out_of(*new.source)]
    for before, after in dict.fromkeys(gaps):
        inside = diagram.blocks[block]
        if not {before, after} <= inside.positions.keys():
            continue
        limit = inside.positions[after].x
        lacking = _right(diagram, inside, before) + GAP - limit
        if 0 < lacking <= GAP:
            diagram = edits.move(
                diagram,
                block,
                {
                    n: Point(at.x + lacking, at.y)
                    for n, at in inside.positions.items()
                    if at.x >= limit
                },
            )
    return diagram


def with_room_before(diagram: Diagram, block: str, node: str) -> Diagram:
    """``diagram`` with ``node`` and what follows moved to the right, so that the chips of its
    scales have room before it."""
    inside = diagram.blocks[block]
    if node not in inside.positions:
        return diagram
    limit = inside.positions[node].x
    feeding = [e.source.node for e in inside.graph.into(node) if EDGE_KINDS[e.kind].join == "none"]
    rights = [_right(diagram, inside, n) for n in feeding if n in inside.positions]
    gap = GAP + room_before(inside.graph.nodes[node])
    lacking = max((right + gap - limit for right in rights), default=0)
    if not 0 < lacking <= gap:
        return diagram
    return edits.move(diagram, block, _shifted(inside, limit, lacking))


def _shifted(inside: Block, limit: int, by: int) -> dict[str, Point]:
    """New places for all that stands at ``limit`` or to the right of it."""
    return {n: Point(at.x + by, at.y) for n, at in inside.positions.items() if at.x >= limit}


def _right(diagram: Diagram, inside: Block, node: str) -> int:
    return inside.positions[node].x + node_size(diagram, inside.graph.nodes[node])[0]
