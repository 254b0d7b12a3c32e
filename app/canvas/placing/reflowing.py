"""Breaking lines anew where blocks that are open in place have made one too long.

A row of frames side by side is as illegible as a row of forty blocks. So what is shown is broken
into lines as an automatic arrangement would be, but only where a single wire runs across, so that
no skip leads from one line to the next. What was in several lines already is read on like text.
Only the picture changes: places in the document stay as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from app.canvas.placing.spreading import Covered
from graphcore.layout.fold import LEGIBLE, MOST_COLUMNS, Column, Line, crossings, moved, zoom_of
from graphcore.layout.lanes import lanes
from graphcore.layout.sheet import GAP, LANE, LINE_GAP

_TOUCHING = 2
"""Blocks this near to each other are a unit: a chip behind its block."""
_NARROWER = 0.93
"""From one width of lines that is tried to the next."""
_BETTER = 1.12
"""How much larger a line more must show it."""
_STUMP = 0.2
"""What a line must be long at least, of the longest."""


class Link(NamedTuple):
    """A wire from block to block; ``joins`` where it goes round what lies between."""

    source: str
    target: str
    joins: bool


class _Part(NamedTuple):
    """A column of the picture, where it stood and by how much it moves."""

    left: float
    right: float
    top: float
    bottom: float
    dx: float
    dy: float


class Reflow:
    """By how much every block moves; by nothing where all of it is legible as it is.

    ``shown`` are the blocks as they stand, frames included, and ``levels`` the heights that the
    document gives them, by which the trunk of a line is known.
    """

    def __init__(
        self, shown: Mapping[str, Covered], levels: Mapping[str, float], links: Iterable[Link]
    ) -> None:
        self._moves: dict[str, tuple[int, int]] = {}
        self._parts: list[_Part] = []
        wires = [link for link in links if link.source in shown and link.target in shown]
        rows = _rows(shown, wires)
        if rows:
            self._break_anew(shown, levels, wires, rows)

    def of(self, id: str) -> tuple[int, int]:
        """By how much a block moves to the right and down."""
        return self._moves.get(id, (0, 0))

    def undone(self, x: float, y: float) -> tuple[float, float]:
        """Where what is put at (x, y) would stand if no line were broken anew."""
        if not self._parts:
            return x, y
        part = min(self._parts, key=lambda part: (_outside(y, part, 1), _outside(x, part, 0)))
        return x - part.dx, y - part.dy

    def _break_anew(
        self,
        shown: Mapping[str, Covered],
        levels: Mapping[str, float],
        wires: Sequence[Link],
        rows: Sequence[Sequence[str]],
    ) -> None:
        columns: list[Column] = []
        groups: list[tuple[list[str], int, int]] = []
        starts: list[int] = []
        end = 0
        for row in rows:
            level = Counter(levels[id] for id in row).most_common(1)[0][0]
            dx, dy = end - round(min(shown[id].left for id in row)), -round(level)
            parts = _columns_of(shown, row)
            starts.append(len(columns))
            columns += [_shifted(c, dx, dy) for c in _measured(shown, parts, wires)]
            groups += [(ids, dx, dy) for ids in parts]
            end = columns[-1].right + GAP
        lines = _best(columns, starts)
        if [line.start for line in lines] == starts:
            return
        for (ids, dx, dy), (x, y) in zip(
            groups, moved(columns, lines, LINE_GAP, LANE), strict=True
        ):
            self._moves.update(dict.fromkeys(ids, (dx + x, dy + y)))
            self._parts.append(_part([shown[id] for id in ids], dx + x, dy + y))


def _best(columns: Sequence[Column], starts: Sequence[int]) -> list[Line]:
    """The lines that are shown largest: those that begin at ``starts``, unless others are better
    and those are too small to be read."""
    ends = [*starts[1:], len(columns)]
    best = [Line(start, end) for start, end in zip(starts, ends, strict=True)]
    best_zoom = zoom_of(columns, best, LINE_GAP, LANE)
    if best_zoom >= LEGIBLE or len(columns) > MOST_COLUMNS:
        return best
    width = columns[-1].right - columns[0].left
    least = max(column.right - column.left for column in columns)
    while width > least:
        lines = _wrapped(columns, width)
        zoom = zoom_of(columns, lines, LINE_GAP, LANE)
        more = _BETTER if len(lines) > len(best) else 1.0
        if lines != best and zoom >= more * best_zoom and not _has_stump(columns, lines):
            best, best_zoom = lines, zoom
        width = round(width * _NARROWER)
    return best


def _has_stump(columns: Sequence[Column], lines: Sequence[Line]) -> bool:
    """Whether a line is much shorter than another, as one with the Input alone is."""
    widths = [columns[line.end - 1].right - columns[line.start].left for line in lines]
    return min(widths) < _STUMP * max(widths)


def _wrapped(columns: Sequence[Column], width: int) -> list[Line]:
    """Lines filled as far as ``width`` allows, each ending where one wire runs across."""
    lines: list[Line] = []
    start, good = 0, 0
    for index, column in enumerate(columns):
        if column.right - columns[start].left > width and good > start:
            lines.append(Line(start, good))
            start = good
        if column.crossing <= 1:
            good = index + 1
    return [*lines, Line(start, len(columns))]


def _rows(shown: Mapping[str, Covered], wires: Sequence[Link]) -> list[list[str]] | None:
    """The blocks in lines that are read like text, one below the other; None where they do not
    stand so: what is beside or level with each other, or wired to the right, is in one line, and a
    line leads to the next by wires that run back."""
    order = sorted(shown, key=lambda id: shown[id].top)
    rows: list[list[str]] = []
    bottom = float("-inf")
    for id in order:
        if shown[id].top >= bottom:
            rows.append([])
        rows[-1].append(id)
        bottom = max(bottom, shown[id].bottom)
    row_of = {id: number for number, row in enumerate(rows) for id in row}
    # A wire to the right makes one line of all that lies between its ends.
    joined = set[int]()
    for source, target, _ in wires:
        low, high = sorted((row_of[source], row_of[target]))
        if shown[target].left >= shown[source].right:
            joined.update(range(low, high))
    merged: list[list[str]] = []
    for number, row in enumerate(rows):
        if number and number - 1 in joined:
            merged[-1] += row
        else:
            merged.append(list(row))
    row_of = {id: number for number, row in enumerate(merged) for id in row}
    steps = ((row_of[source], row_of[target]) for source, target, _ in wires)
    return merged if all(end - start in (0, 1) for start, end in steps) else None


def _columns_of(shown: Mapping[str, Covered], row: Iterable[str]) -> list[list[str]]:
    """The blocks of a line in columns: those above each other, and chips with their block."""
    columns: list[list[str]] = []
    right = float("-inf")
    for id in sorted(row, key=lambda id: shown[id].left):
        if shown[id].left > right + _TOUCHING:
            columns.append([])
        columns[-1].append(id)
        right = max(right, shown[id].right)
    return columns


def _measured(
    shown: Mapping[str, Covered], columns: Sequence[Sequence[str]], wires: Sequence[Link]
) -> list[Column]:
    """The columns of a line with the lanes below them."""
    number = {id: index for index, ids in enumerate(columns) for id in ids}
    inside = [link for link in wires if link.source in number and link.target in number]
    spans = [(number[link.source], number[link.target]) for link in inside]
    across = crossings(len(columns), spans)
    round_others = [
        span for link, span in zip(inside, spans, strict=True) if link.joins and span[0] < span[1]
    ]
    below = [0] * len(columns)
    for (start, end), lane in zip(round_others, lanes(round_others), strict=True):
        for index in range(start, end + 1):
            below[index] = max(below[index], (lane + 1) * LANE)
    return [
        Column(
            round(min(shown[id].left for id in ids)),
            round(max(shown[id].right for id in ids)),
            round(min(shown[id].top for id in ids)),
            round(max(shown[id].bottom for id in ids)) + below[index],
            across[index],
        )
        for index, ids in enumerate(columns)
    ]


def _shifted(column: Column, dx: int, dy: int) -> Column:
    return Column(
        column.left + dx, column.right + dx, column.top + dy, column.bottom + dy, column.crossing
    )


def _part(boxes: Sequence[Covered], dx: int, dy: int) -> _Part:
    """Where the column of ``boxes`` is shown."""
    return _Part(
        min(box.left for box in boxes) + dx,
        max(box.right for box in boxes) + dx,
        min(box.top for box in boxes) + dy,
        max(box.bottom for box in boxes) + dy,
        dx,
        dy,
    )


def _outside(at: float, part: _Part, axis: int) -> float:
    """How far ``at`` lies outside a column, across (0) or down (1)."""
    low, high = (part.top, part.bottom) if axis else (part.left, part.right)
    return max(low - at, at - high, 0.0)
