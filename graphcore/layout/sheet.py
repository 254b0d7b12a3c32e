"""Places from columns and rows: how wide, how far apart, where folded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from graphcore.diagram import Diagram, Graph, Point
from graphcore.layout.fold import SHEET, Column, crossings, fold
from graphcore.layout.lanes import lanes
from graphcore.layout.units import Unit, goes_round
from graphcore.measures import BOX_HEIGHT, GRID, NAME_ROOM, Size, node_size, whole_cells
from graphcore.scale_words import room_before

GAP = 72
"""Between columns: room for a shape on the wire and for a (+)."""
ROW_GAP = 48
LANE = 24
"""From the bottom of what it goes round to a skip's lane, and from lane to lane."""
_CARDS = 24
"""Behind what is repeated: it is drawn as a stack of cards, beside which a shape has to fit."""
LINE_GAP = 48
"""Between the lines of what was folded: room for the way back to the beginning."""


def placed(sheet: Sheet, ranks: Mapping[str, int], rows: Mapping[str, int]) -> Mapping[str, Point]:
    """A place for every node: units by the column and the row of their heads, those without any
    below everything else."""
    points: dict[str, Point] = {}
    for unit, at in sheet.places(ranks, rows).items():
        place(points, unit, at, sheet.sizes)
    _place_loose(points, [unit for unit in sheet.units if unit.head not in ranks], sheet.sizes)
    return {id: points[id] for id in sheet.graph.nodes}


@dataclass(frozen=True)
class Sheet:
    """Units to be put into columns and rows; ``with_lanes`` where rows leave room below for the
    wires that go round something. ``paper`` is what all is to be fitted in."""

    diagram: Diagram
    graph: Graph
    units: Sequence[Unit]
    with_lanes: bool = True
    paper: Size = SHEET

    @cached_property
    def sizes(self) -> dict[str, Size]:
        """The size of every node."""
        return {id: node_size(self.diagram, node) for id, node in self.graph.nodes.items()}

    def places(self, ranks: Mapping[str, int], rows: Mapping[str, int]) -> dict[Unit, Point]:
        """Where each unit begins, lines folded where there would be one too long."""
        lefts = self._columns(ranks)
        above, below = self._reaches(ranks, rows)
        heights = _row_positions(above, below)
        moves = self._folded(ranks, rows, lefts, heights, above, below)
        found: dict[Unit, Point] = {}
        for unit in self._ranked(ranks):
            dx, dy = moves[ranks[unit.head]]
            found[unit] = Point(lefts[ranks[unit.head]] + dx, heights[rows[unit.head]] + dy)
        return found

    def width(self, unit: Unit) -> int:
        """Of the block and the chips behind it."""
        return sum(self.sizes[member][0] for member in unit.members)

    def _columns(self, ranks: Mapping[str, int]) -> dict[int, int]:
        widths, leads, cards = dict[int, int](), dict[int, int](), dict[int, int]()
        for unit in self._ranked(ranks):
            rank = ranks[unit.head]
            widths[rank] = max(widths.get(rank, 0), self.width(unit))
            stacked = self.graph.nodes[unit.members[-1]].repeat != 1
            cards[rank] = max(cards.get(rank, 0), _CARDS if stacked else 0)
            leads[rank] = max(leads.get(rank, 0), room_before(self.graph.nodes[unit.head]))
        columns: dict[int, int] = {}
        x = 0
        for rank in sorted(widths):
            x += leads[rank]
            columns[rank] = x
            x += widths[rank] + cards[rank] + GAP
        return columns

    def _reaches(
        self, ranks: Mapping[str, int], rows: Mapping[str, int]
    ) -> tuple[dict[int, int], dict[int, int]]:
        """How far each row reaches above and below its middle, names and lanes included."""
        above, below = dict[int, int](), dict[int, int]()
        for unit in self._ranked(ranks):
            row = rows[unit.head]
            up, down = self._reach(unit)
            above[row] = max(above.get(row, 0), up)
            below[row] = max(below.get(row, 0), down)
        if self.with_lanes:
            for row, count in self._lane_counts(ranks, rows).items():
                below[row] += count * LANE
        return above, below

    def _reach(self, unit: Unit) -> tuple[int, int]:
        half = max(self.sizes[member][1] for member in unit.members) // 2
        named = self.graph.nodes[unit.head].kind in self.diagram.blocks
        return half, half + (NAME_ROOM if named else 0)

    def _lane_counts(self, ranks: Mapping[str, int], rows: Mapping[str, int]) -> dict[int, int]:
        """How many lanes run below each row."""
        head = self._heads(ranks)
        spans: dict[int, list[tuple[float, float]]] = {}
        for edge in self.graph.edges.values():
            source, target = head.get(edge.source.node), head.get(edge.target.node)
            if source and target and goes_round(self.diagram, self.graph, edge):
                row = min(rows[source], rows[target])
                spans.setdefault(row, []).append((ranks[source], ranks[target]))
        return {row: 1 + max(lanes(found)) for row, found in spans.items()}

    def _ranked(self, ranks: Mapping[str, int]) -> list[Unit]:
        return [unit for unit in self.units if unit.head in ranks]

    def _heads(self, ranks: Mapping[str, int]) -> dict[str, str]:
        return {member: unit.head for unit in self._ranked(ranks) for member in unit.members}

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
        for unit in self._ranked(ranks):
            rank, row = ranks[unit.head], rows[unit.head]
            tops[rank] = min(tops.get(rank, heights[row]), heights[row] - above[row])
            bottoms[rank] = max(bottoms.get(rank, heights[row]), heights[row] + below[row])
            rights[rank] = max(rights.get(rank, 0), lefts[rank] + self.width(unit))
        head = self._heads(ranks)
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
        return dict(zip(order, fold(columns, LINE_GAP, LANE, self.paper), strict=True))


def _row_positions(above: Mapping[int, int], below: Mapping[int, int]) -> dict[int, int]:
    """The ``y`` of every row: as far from the next as its blocks, names and lanes need."""
    heights = {0: 0}
    for row in range(1, max(above, default=0) + 1):
        heights[row] = whole_cells(heights[row - 1] + below[row - 1] + ROW_GAP + above[row])
    for row in range(-1, min(above, default=0) - 1, -1):
        heights[row] = -whole_cells(-(heights[row + 1] - above[row + 1] - ROW_GAP - below[row]))
    return heights


def place(points: dict[str, Point], unit: Unit, at: Point, sizes: Mapping[str, Size]) -> None:
    """Put a block at ``at`` and the chips that follow it right behind."""
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
        place(points, unit, Point(x, bottom + 2 * BOX_HEIGHT), sizes)
        x += sum(sizes[member][0] for member in unit.members) + GRID
