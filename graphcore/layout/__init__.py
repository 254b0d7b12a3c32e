"""Automatic arrangement: where the blocks stand when nobody has placed them.

A node's point is the middle of its left edge, so that blocks of different heights which share a
``y`` lie on one line. Columns are longest-path ranks; a path of the graph keeps to one row, the
longest of them being the trunk. Norms, activations and dropout sit without a gap behind the block
they follow. Rows leave room for the lanes in which skips run below them. What is too long for one
line is folded into several; what encoder–decoder connections go round stands lower, as a U.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from graphcore.diagram import Block, Diagram, Graph, Point
from graphcore.drawn_kind import drawn_kind
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.layout.fold import SHEET
from graphcore.layout.lanes import lanes
from graphcore.layout.levels import Span, is_deep, levels
from graphcore.layout.rows import ranks_of, rows_of
from graphcore.layout.sheet import GAP, LANE, Sheet, place, placed
from graphcore.layout.units import Unit, attached, is_chain, unit_graph, units_of
from graphcore.measures import NAME_ROOM, Size, ordered_offsets, whole_cells
from graphcore.ports import input_ports
from graphcore.scale_words import room_before

__all__ = ["GAP", "LANE", "arrange", "arrange_diagram", "attached", "lanes"]

_LEVEL_GAP = 36
"""Between the columns of a U: room for a step from one level to the next."""


def arrange(diagram: Diagram, block: str, paper: Size = SHEET) -> Mapping[str, Point]:
    """A place for every node of ``block``, folded to be seen well on ``paper`` (pixels).
    Deterministic; milliseconds for thousands of nodes."""
    graph = diagram.blocks[block].graph
    if not graph.nodes:
        return {}
    units = units_of(diagram, graph)
    if is_chain(diagram, graph, units):
        spans = _level_spans(diagram, graph, units)
        if is_deep(spans):
            return _stepped(Sheet(diagram, graph, units), spans)
        ranks = {unit.head: rank for rank, unit in enumerate(units)}
        rows = dict.fromkeys(ranks, 0)
    else:
        linked = unit_graph(diagram, graph, units)
        linked.remove_nodes_from([unit for unit, degree in linked.degree() if degree == 0])
        ranks = ranks_of(linked)
        rows = rows_of(linked, ranks)
    return placed(Sheet(diagram, graph, units, paper=paper), ranks, rows)


def arrange_diagram(diagram: Diagram) -> Diagram:
    """``diagram`` with every block arranged; blocks that were in order stay the same objects."""
    blocks: dict[str, Block] = {}
    for name, block in diagram.blocks.items():
        points = arrange(diagram, name)
        blocks[name] = block if points == block.positions else replace(block, positions=points)
    if all(blocks[name] is block for name, block in diagram.blocks.items()):
        return diagram
    return replace(diagram, blocks=blocks)


def _level_spans(diagram: Diagram, graph: Graph, units: Sequence[Unit]) -> list[Span]:
    """From which unit of a chain to which each connection of the kind that makes levels leads."""
    place = {member: rank for rank, unit in enumerate(units) for member in unit.members}
    return [
        (place[edge.source.node], place[edge.target.node])
        for edge in graph.edges.values()
        if edge.target.node in place
        and edge.source.node in place
        and EDGE_KINDS[drawn_kind(diagram, graph, edge)].levels
    ]


def _stepped(sheet: Sheet, spans: Sequence[Span]) -> dict[str, Point]:
    """A chain with its levels below each other, so that the connections run level."""
    units, sizes = sheet.units, sheet.sizes
    depths = levels(len(units), spans)
    half = max(height for _, height in sizes.values()) // 2
    pitch = whole_cells(2 * half + NAME_ROOM)
    rise = _rises(sheet.diagram, sheet.graph, units, depths)
    points: dict[str, Point] = {}
    x, lift, depth = 0, 0, 0
    for rank, unit in enumerate(units):
        if rank in rise or depths[rank] > depth:
            lift = rise.get(rank, 0)
        depth = depths[rank]
        x += room_before(sheet.graph.nodes[unit.head])
        place(points, unit, Point(x, depth * pitch - lift), sizes)
        x += sheet.width(unit)
        following = depths[rank + 1] if rank + 1 < len(units) else depth
        x += GAP if following == depth else _LEVEL_GAP
    return {id: points[id] for id in sheet.graph.nodes}


def _rises(
    diagram: Diagram, graph: Graph, units: Sequence[Unit], depths: Sequence[int]
) -> dict[int, int]:
    """By how much a unit stands higher, so that the port at which a connection of its level
    arrives, and not its middle, is on a line with where it comes from. The ports stand in the
    order of the levels from which their wires come."""
    place = {member: rank for rank, unit in enumerate(units) for member in unit.members}
    rises: dict[int, int] = {}
    for edge in graph.edges.values():
        if EDGE_KINDS[drawn_kind(diagram, graph, edge)].levels and edge.target.node in place:
            target = edge.target.node
            ports = [port.name for port in input_ports(diagram, graph.nodes[target])]
            comes = {
                port: min(depths[place[wire.source.node]] for wire in arriving)
                for port in ports
                if (arriving := graph.into(target, port))
            }
            if edge.target.port in ports:
                rises[place[target]] = ordered_offsets(ports, comes)[edge.target.port]
    return rises
