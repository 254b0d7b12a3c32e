"""Folding a long arrangement into lines that are read like text.

A chain of forty blocks side by side fits no window at a size at which a name can be read. So the
columns are broken into lines of about equal width, as many as make the whole largest in a window,
where the fewest wires run across the break.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from typing import NamedTuple

from graphcore.measures import Size

SHEET = (870, 370)
"""Pixels in which a picture is fitted in a window of 1440×900 with all its panels open."""
LEGIBLE = 0.6
"""Zoom at which one line stays one line: names are then 9 pixels high."""
COMFORTABLE = 0.75
"""Zoom from which no more lines are sought."""
MOST_CROSSING = 4
"""A line is not broken where more wires than this would run across."""
MOST_COLUMNS = 400
"""More columns than this stay one line: a page of them is as illegible, and their wires, which are
kept apart along the line, would be looked at together at every edit."""
_SLACK = 0.25
"""By how much of its share a line may be wider or narrower, for a better break."""


class Column(NamedTuple):
    """A column of an arrangement: where it begins and ends, what it covers above and below the
    middle, and how many wires lead from it or what is before it to what is behind it."""

    left: int
    right: int
    top: int
    bottom: int
    crossing: int


class Line(NamedTuple):
    """The columns ``start`` to ``end`` (excluded) of an arrangement."""

    start: int
    end: int


def fold(
    columns: Sequence[Column], gap: int, lane: int, paper: Size = SHEET
) -> list[tuple[int, int]]:
    """By how much each column moves, ``(dx, dy)``: all by nothing where one line is best.

    ``gap`` is left between lines, and ``lane`` for each wire that runs from one to the next;
    ``paper`` are the pixels that all is to be fitted in.
    """
    still = [(0, 0)] * len(columns)
    if (
        not 0 < len(columns) <= MOST_COLUMNS
        or zoom_of(columns, [Line(0, len(columns))], gap, lane, paper) >= LEGIBLE
    ):
        return still
    best = [Line(0, len(columns))]
    best_zoom = zoom_of(columns, best, gap, lane, paper)
    most = _most_lines(columns, paper)
    for count in range(max(2, most - 4), most + 1):
        lines = _broken(columns, count)
        if lines is None:
            continue
        zoom = zoom_of(columns, lines, gap, lane, paper)
        if zoom > best_zoom:
            best, best_zoom = lines, zoom
        if zoom >= COMFORTABLE or zoom < 0.7 * best_zoom:
            break
    return moved(columns, best, gap, lane)


def _most_lines(columns: Sequence[Column], paper: Size) -> int:
    """As many lines as there can sensibly be: those of a sheet filled with low lines, and one."""
    width = columns[-1].right - columns[0].left
    height = max(min(column.bottom - column.top for column in columns), 1)
    return min(len(columns), ceil(sqrt(width * paper[1] / paper[0] / height)) + 1)


def _broken(columns: Sequence[Column], count: int) -> list[Line] | None:
    """``count`` lines, each about as wide as the share of what is left; None where there is no
    good place for a break."""
    lines: list[Line] = []
    start = 0
    for left in range(count, 1, -1):
        share = (columns[-1].right - columns[start].left) / left
        end = _break(columns, start, share)
        if end is None:
            return None
        lines.append(Line(start, end))
        start = end
    return [*lines, Line(start, len(columns))]


def _break(columns: Sequence[Column], start: int, share: float) -> int | None:
    """Where a line that begins at ``start`` ends best."""
    found: tuple[int, float] | None = None
    best: int | None = None
    for end in range(start + 1, len(columns)):
        width = columns[end - 1].right - columns[start].left
        if width > share * (1 + _SLACK) and best is not None:
            break
        crossing = columns[end - 1].crossing
        if crossing > MOST_CROSSING:
            continue
        off = abs(width - share) / share
        badness = (crossing, off) if off <= _SLACK else (MOST_CROSSING + crossing, off)
        if found is None or badness < found:
            found, best = badness, end
    return best


def moved(
    columns: Sequence[Column], lines: Sequence[Line], gap: int, lane: int
) -> list[tuple[int, int]]:
    """By how much each column moves where they are broken into ``lines``."""
    moves: list[tuple[int, int]] = []
    below = 0
    for index, line in enumerate(lines):
        inside = columns[line.start : line.end]
        top = min(column.top for column in inside)
        dy = 0 if index == 0 else below - top
        moves += [(columns[0].left - inside[0].left, dy)] * len(inside)
        below = dy + max(column.bottom for column in inside) + gap + lane * inside[-1].crossing
    return moves


def zoom_of(
    columns: Sequence[Column], lines: Sequence[Line], gap: int, lane: int, paper: Size = SHEET
) -> float:
    """How large the lines are shown where they fill the paper."""
    width = height = 0
    for line in lines:
        inside = columns[line.start : line.end]
        width = max(width, inside[-1].right - inside[0].left)
        height += max(c.bottom for c in inside) - min(c.top for c in inside)
        height += gap + lane * inside[-1].crossing
    return min(paper[0] / max(width, 1), paper[1] / max(height - gap, 1))


def crossings(count: int, spans: Sequence[tuple[int, int]]) -> list[int]:
    """How many of ``spans``, from place to place, run across behind each of ``count`` places."""
    steps = [0] * (count + 1)
    for start, end in spans:
        if start < end:
            steps[start] += 1
            steps[end] -= 1
    total, found = 0, []
    for step in steps[:count]:
        total += step
        found.append(total)
    return found
