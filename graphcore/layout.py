"""Automatic arrangement: where the blocks stand when nobody has placed them.

A node's point is the middle of its left edge, so that blocks of different heights which share a
``y`` lie on one line. Columns are longest-path ranks; a path of the graph keeps to one row, the
longest of them being the trunk. Norms, activations and dropout sit without a gap behind the block
they follow. Rows leave room for the lanes in which skips run below them. What is too long for one
line is folded into several; what encoder–decoder connections go round stands lower, as a U.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from graphcore.diagram import Block, Diagram, Graph, Point
from graphcore.drawn_kind import drawn_kind
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.lanes import lanes
from graphcore.layout_fold import Column, crossings, fold
from graphcore.layout_levels import Span, is_deep, levels
from graphcore.layout_rows import ranks_of, rows_of
from graphcore.layout_units import Unit, attached, goes_round, is_chain, unit_graph, units_of
from graphcore.measures import (
    BOX_HEIGHT,
    GRID,
    NAME_ROOM,
    Size,
    node_size,
    port_offsets,
    whole_cells,
)
from graphcore.ports import input_ports

__all__ = ["GAP", "LANE", "arrange", "arrange_diagram", "attached", "lanes"]

GAP = 72
"""Between columns: room for a shape on the wire and for a (+)."""
ROW_GAP = 48
LANE = 24
"""From the bottom of what it goes round to a skip's lane, and from lane to lane."""
_LEVEL_GAP = 36
"""Between the columns of a U: room for a step from one level to the next."""
_LINE_GAP = 72
"""Between the lines of what was folded: room for the way back to the beginning."""


def arrange(diagram: Diagram, block: str) -> Mapping[str, Point]:
    """A place for every node of ``block``. Deterministic; milliseconds for thousands of nodes."""
    graph = diagram.blocks[block].graph
    if not graph.nodes:
        return {}
    units = units_of(diagram, graph)
    sizes = {id: node_size(diagram, node) for id, node in graph.nodes.items()}
    points: dict[str, Point] = {}
    loose: list[Unit] = []
    if is_chain(diagram, graph, units):
        spans = _level_spans(diagram, graph, units)
        if is_deep(spans):
            return _stepped(diagram, graph, units, spans, sizes)
        ranks = {unit.head: rank for rank, unit in enumerate(units)}
        rows = dict.fromkeys(ranks, 0)
    else:
        linked = unit_graph(diagram, graph, units)
        loose = [unit for unit in units if linked.degree(unit.head) == 0]
        linked.remove_nodes_from(unit.head for unit in loose)
        ranks = ranks_of(linked)
        rows = rows_of(linked, ranks)
    sheet = _Sheet(diagram, graph, [unit for unit in units if unit.head in ranks], sizes)
    for unit, place in sheet.places(ranks, rows).items():
        _place(points, unit, place, sizes)
    _place_loose(points, loose, sizes)
    return {id: points[id] for id in graph.nodes}


def arrange_diagram(diagram: Diagram) -> Diagram:
    """``diagram`` with every block arranged; blocks that were in order stay the same objects."""
    blocks: dict[str, Block] = {}
    for name, block in diagram.blocks.items():
        points = arrange(diagram, name)
        blocks[name] = block if points == block.positions else replace(block, positions=points)
    if all(blocks[name] is block for name, block in diagram.blocks.items()):
        return diagram
    return replace(diagram, blocks=blocks)


@dataclass(frozen=True)
class _Sheet:
    """Units to be put into columns and rows."""

    diagram: Diagram
    graph: Graph
    units: Sequence[Unit]
    sizes: Mapping[str, Size]

    def places(self, ranks: Mapping[str, int], rows: Mapping[str, int]) -> dict[Unit, Point]:
        """Where each unit begins, lines folded where there would be one too long."""
        lefts = self._columns(ranks)
        above, below = self._reaches(ranks, rows)
        heights = _row_positions(above, below)
        moves = self._folded(ranks, rows, lefts, heights, above, below)
        found: dict[Unit, Point] = {}
        for unit in self.units:
            dx, dy = moves[ranks[unit.head]]
            found[unit] = Point(lefts[ranks[unit.head]] + dx, heights[rows[unit.head]] + dy)
        return found

    def width(self, unit: Unit) -> int:
        """Of the block and the chips behind it."""
        return sum(self.sizes[member][0] for member in unit.members)

    def _columns(self, ranks: Mapping[str, int]) -> dict[int, int]:
        widths: dict[int, int] = {}
        for unit in self.units:
            rank = ranks[unit.head]
            widths[rank] = max(widths.get(rank, 0), self.width(unit))
        columns: dict[int, int] = {}
        x = 0
        for rank in sorted(widths):
            columns[rank] = x
            x += widths[rank] + GAP
        return columns

    def _reaches(
        self, ranks: Mapping[str, int], rows: Mapping[str, int]
    ) -> tuple[dict[int, int], dict[int, int]]:
        """How far each row reaches above and below its middle, names and lanes included."""
        above, below = dict[int, int](), dict[int, int]()
        for unit in self.units:
            row = rows[unit.head]
            up, down = self._reach(unit)
            above[row] = max(above.get(row, 0), up)
            below[row] = max(below.get(row, 0), down)
        for row, count in self._lane_counts(ranks, rows).items():
            below[row] += count * LANE
        return above, below

    def _reach(self, unit: Unit) -> tuple[int, int]:
        half = max(self.sizes[member][1] for member in unit.members) // 2
        named = self.graph.nodes[unit.head].kind in self.diagram.blocks
        return half, half + (NAME_ROOM if named else 0)

    def _lane_counts(self, ranks: Mapping[str, int], rows: Mapping[str, int]) -> dict[int, int]:
        """How many lanes run below each row."""
        head = self._heads()
        spans: dict[int, list[tuple[float, float]]] = {}
        for edge in self.graph.edges.values():
            source, target = head.get(edge.source.node), head.get(edge.target.node)
            if source and target and goes_round(self.diagram, self.graph, edge):
                row = min(rows[source], rows[target])
                spans.setdefault(row, []).append((ranks[source], ranks[target]))
        return {row: 1 + max(lanes(found)) for row, found in spans.items()}

    def _heads(self) -> dict[str, str]:
        return {member: unit.head for unit in self.units for member in unit.members}

    def _folded(
        self,
        ranks: Mapping[str, int],
        rows: Mapping[str, int],
        lefts: Mapping[int, int],
        heights: Mapping[int, int],
        above: Mapping[int, int],
        below: Mapping[int, int],
    ) -> dict[int, tuple[int, int]]:
        """By how much each column moves when the arrangement is folded."""
        order = sorted(lefts)
        number = {rank: index for index, rank in enumerate(order)}
        tops, bottoms, rights = dict[int, int](), dict[int, int](), dict[int, int]()
        for unit in self.units:
            rank, row = ranks[unit.head], rows[unit.head]
            tops[rank] = min(tops.get(rank, heights[row]), heights[row] - above[row])
            bottoms[rank] = max(bottoms.get(rank, heights[row]), heights[row] + below[row])
            rights[rank] = max(rights.get(rank, 0), lefts[rank] + self.width(unit))
        head = self._heads()
        ends = (
            (head.get(edge.source.node), head.get(edge.target.node))
            for edge in self.graph.edges.values()
        )
        across = crossings(
            len(order), [(number[ranks[a]], number[ranks[b]]) for a, b in ends if a and b]
        )
        columns = [
            Column(lefts[rank], rights[rank], tops[rank], bottoms[rank], across[index])
            for index, rank in enumerate(order)
        ]
        return dict(zip(order, fold(columns, _LINE_GAP, LANE), strict=True))


def _row_positions(above: Mapping[int, int], below: Mapping[int, int]) -> dict[int, int]:
    """The ``y`` of every row: as far from the next as its blocks, names and lanes need."""
    heights = {0: 0}
    for row in range(1, max(above, default=0) + 1):
        heights[row] = whole_cells(heights[row - 1] + below[row - 1] + ROW_GAP + above[row])
    for row in range(-1, min(above, default=0) - 1, -1):
        heights[row] = -whole_cells(-(heights[row + 1] - above[row + 1] - ROW_GAP - below[row]))
    return heights


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


def _stepped(
    diagram: Diagram,
    graph: Graph,
    units: Sequence[Unit],
    spans: Sequence[Span],
    sizes: Mapping[str, Size],
) -> dict[str, Point]:
    """A chain with its levels below each other, so that the connections run level."""
    depths = levels(len(units), spans)
    half = max(height for _, height in sizes.values()) // 2
    pitch = whole_cells(2 * half + NAME_ROOM)
    rise = _rises(diagram, graph, units)
    points: dict[str, Point] = {}
    x, lift, depth = 0, 0, 0
    for place, unit in enumerate(units):
        if place in rise or depths[place] > depth:
            lift = rise.get(place, 0)
        depth = depths[place]
        _place(points, unit, Point(x, depth * pitch - lift), sizes)
        x += sum(sizes[member][0] for member in unit.members)
        following = depths[place + 1] if place + 1 < len(units) else depth
        x += GAP if following == depth else _LEVEL_GAP
    return {id: points[id] for id in graph.nodes}


def _rises(diagram: Diagram, graph: Graph, units: Sequence[Unit]) -> dict[int, int]:
    """By how much a unit stands higher, so that the port at which a connection of its level
    arrives, and not its middle, is on a line with where it comes from."""
    place = {member: rank for rank, unit in enumerate(units) for member in unit.members}
    rises: dict[int, int] = {}
    for edge in graph.edges.values():
        if EDGE_KINDS[drawn_kind(diagram, graph, edge)].levels and edge.target.node in place:
            ports = [port.name for port in input_ports(diagram, graph.nodes[edge.target.node])]
            if edge.target.port in ports:
                offset = port_offsets(len(ports))[ports.index(edge.target.port)]
                rises[place[edge.target.node]] = offset
    return rises


def _place(points: dict[str, Point], unit: Unit, at: Point, sizes: Mapping[str, Size]) -> None:
    x = at.x
    for member in unit.members:
        points[member] = Point(x, at.y)
        x += sizes[member][0]


def _place_loose(
    points: dict[str, Point], loose: Iterable[Unit], sizes: Mapping[str, Size]
) -> None:
    """Blocks without any wire stand side by side below everything else."""
    bottom = max((point.y for point in points.values()), default=-2 * BOX_HEIGHT)
    x = 0
    for unit in loose:
        _place(points, unit, Point(x, bottom + 2 * BOX_HEIGHT), sizes)
        x += sum(sizes[member][0] for member in unit.members) + GRID
