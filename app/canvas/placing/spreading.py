"""Pushing aside what stands beside a block that is open in place.

An open block takes more room than the box that the document knows. What stands above the box moves
up, what stands below it down, as far as the frame reaches further. To the right moves what stands
behind it in its row, and what is behind it along wires that run to the right: where a row is
broken, the next one begins where it did. Blocks that were apart stay apart, and the document's
positions stay as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

from graphcore.measures import BOX_HEIGHT

_ROW = 24
"""Blocks that cover the same strip of this height are in a row."""


class Covered(NamedTuple):
    """What the box of a block covers."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return (self.top + self.bottom) / 2


class Room(NamedTuple):
    """How much further than its box the frame of an open block reaches."""

    wider: float
    above: float
    below: float


class Spread:
    """How far everything is pushed: ``boxes`` by the ``rooms`` of those that are open, along the
    ``links`` from block to block."""

    def __init__(
        self,
        boxes: Mapping[str, Covered],
        rooms: Mapping[str, Room],
        links: Iterable[tuple[str, str]] = (),
    ) -> None:
        open_boxes = [(boxes[id], room) for id, room in rooms.items()]
        self._down = _steps([(box.bottom, box.middle, room.below) for box, room in open_boxes])
        # Upwards is downwards in a mirror.
        self._up = _steps([(-box.top, -box.middle, room.above) for box, room in open_boxes])
        self._rows: dict[int, list[tuple[float, float]]] = defaultdict(list)
        self._right: dict[str, float] = {}
        if rooms:
            self._sweep(boxes, rooms, links)

    def right(self, id: str) -> float:
        """How far a block is pushed to the right."""
        return self._right.get(id, 0.0)

    def lower(self, y: float) -> float:
        """How far what has its middle at ``y`` is pushed down (or, if less than 0, up)."""
        return _reached(self._down, y) - _reached(self._up, -y)

    def meant(self, x: float, y: float) -> tuple[float, float]:
        """The document's place for a block that is put into the picture at (x, y)."""
        edges = [at for at, _ in self._down] + [-at for at, _ in self._up]
        height = self._undone_down(edges, y)
        half = BOX_HEIGHT / 2
        rows = range(_row(height - half), _row(height + half - 1) + 1)
        steps = sorted(step for row in rows for step in self._rows.get(row, ()))
        return _undone(_rising(steps), x), height

    def _sweep(
        self,
        boxes: Mapping[str, Covered],
        rooms: Mapping[str, Room],
        links: Iterable[tuple[str, str]],
    ) -> None:
        """From left to right, each block goes as far as what is before it in its rows or along
        its wires drives it."""
        feeding: dict[str, list[str]] = defaultdict(list)
        for source, target in links:
            if boxes[source].left < boxes[target].left:
                feeding[target].append(source)
        driven: dict[str, float] = {}

        def left_of(id: str) -> float:
            return boxes[id].left

        for left, abreast in groupby(sorted(boxes, key=left_of), left_of):
            for id in (group := list(abreast)):
                before = [row[-1][1] for row in self._rows_of(boxes[id]) if row]
                before += [driven[source] for source in feeding[id]]
                self._right[id] = max(before, default=0.0)
                driven[id] = self._right[id] + (rooms[id].wider if id in rooms else 0.0)
            for id in group:
                for row in self._rows_of(boxes[id]):
                    row.append((left, max(driven[id], row[-1][1] if row else 0.0)))

    def _rows_of(self, box: Covered) -> list[list[tuple[float, float]]]:
        return [self._rows[row] for row in range(_row(box.top), _row(box.bottom - 1) + 1)]

    def _undone_down(self, edges: Iterable[float], y: float) -> float:
        """The height that :meth:`lower` brings to ``y``; where it brings none there, the edge of
        the gap."""
        least = 0.01
        for edge in sorted(edges, reverse=True):
            if y >= edge + self.lower(edge + least):
                return y - self.lower(edge + least)
            if y >= edge + self.lower(edge - least):
                return edge
        return y - self.lower(float("-inf"))


Steps = Sequence[tuple[float, float]]
"""(from where on, how far all in all), both rising."""


def _row(y: float) -> int:
    return int(y // _ROW)


def _steps(pushes: Sequence[tuple[float, float, float]]) -> Steps:
    """The pushes (from where on, where the pushing block itself is pushed from, how far) all in
    all. Blocks one after the other add up; of blocks side by side the largest counts."""
    steps: list[tuple[float, float]] = []
    for start, own, far in sorted(pushes):
        reached = _reached(steps, own) + far
        if reached > (steps[-1][1] if steps else 0.0):
            steps.append((start, reached))
    return steps


def _rising(steps: Steps) -> Steps:
    """``steps`` each at least as far as the one before."""
    return list(accumulate(steps, lambda last, step: (step[0], max(last[1], step[1]))))


def _reached(steps: Steps, at: float) -> float:
    reached = 0.0
    for start, far in steps:
        if start > at:
            break
        reached = far
    return reached


def _undone(steps: Steps, shown: float) -> float:
    """What ``steps`` bring to ``shown``; where they bring nothing there, the edge of the gap."""
    before = [0.0, *(far for _, far in steps)]
    for (start, far), less in reversed(list(zip(steps, before, strict=False))):
        if shown > start + far:
            return shown - far
        if shown > start + less:
            return start
    return shown
