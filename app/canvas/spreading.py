"""Pushing aside what stands beside a block that is open in place.

An open block takes more room than the box that the document knows. What stands to the right of the
box moves to the right by as much as the frame is wider, what stands above it up, what stands below
it down. Blocks that were apart stay apart, rows stay rows, and the document's positions stay as
they are: :meth:`Spread.shown` leads from them to the picture, :meth:`Spread.meant` back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

Shift = Callable[[float], float]


class Room(NamedTuple):
    """The box that the document has for an open block, and how much further its frame reaches."""

    left: float
    top: float
    right: float
    bottom: float
    wider: float
    above: float
    below: float

    @property
    def middle(self) -> float:
        """The height of the box's middle."""
        return (self.top + self.bottom) / 2


class Spread:
    """How far everything is pushed by so many open blocks."""

    def __init__(self, rooms: Iterable[Room] = ()) -> None:
        rooms = tuple(rooms)
        self._across = _steps([(room.right, room.left, room.wider) for room in rooms])
        self._down = _steps([(room.bottom, room.middle, room.below) for room in rooms])
        # Upwards is downwards in a mirror.
        self._up = _steps([(-room.top, -room.middle, room.above) for room in rooms])

    def shown(self, x: float, y: float) -> tuple[float, float]:
        """Where the document's (x, y) is in the picture."""
        return x + self._right(x), y + self._lower(y)

    def meant(self, x: float, y: float) -> tuple[float, float]:
        """The document's place for what is in the picture at (x, y)."""
        across = [at for at, _ in self._across]
        down = [at for at, _ in self._down] + [-at for at, _ in self._up]
        return _undone(self._right, across, x), _undone(self._lower, down, y)

    def _right(self, x: float) -> float:
        return _reached(self._across, x)

    def _lower(self, y: float) -> float:
        return _reached(self._down, y) - _reached(self._up, -y)


Steps = Sequence[tuple[float, float]]
"""(from where on, how far all in all), both rising."""


def _steps(pushes: Sequence[tuple[float, float, float]]) -> Steps:
    """The pushes (from where on, where the pushing block itself is pushed from, how far) all in
    all. Blocks one after the other add up; of blocks side by side the largest counts."""
    steps: list[tuple[float, float]] = []
    for start, own, far in sorted(pushes):
        reached = _reached(steps, own) + far
        if reached > (steps[-1][1] if steps else 0.0):
            steps.append((start, reached))
    return steps


def _reached(steps: Steps, at: float) -> float:
    reached = 0.0
    for start, far in steps:
        if start > at:
            break
        reached = far
    return reached


def _undone(shift: Shift, jumps: Iterable[float], shown: float) -> float:
    """What ``shift`` brings to ``shown``; what it opened a gap at, where nothing is brought to."""
    least = 0.01
    for jump in sorted(jumps, reverse=True):
        if shown >= jump + shift(jump + least):
            return shown - shift(jump + least)
        if shown >= jump + shift(jump - least):
            return jump
    return shown - shift(float("-inf"))
