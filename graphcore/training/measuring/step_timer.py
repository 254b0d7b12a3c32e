"""Where the time of a step goes, without making the host wait for the device.

On the CPU the parts of a step are told apart by the clock. On a GPU the host runs ahead of what is
computed, so events are put between the computations, and read when all of them have passed.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Protocol

import torch

from graphcore.training.events import PARTS

SHORT = 0.02
"""Seconds; of steps that are shorter only some are timed, so that timing costs next to nothing."""

FARTHEST = 13
"""Of short steps one in 1 to 13, by chance, is timed: never in step with what is done every few."""


class Mark(Protocol):
    """A place in the work of a device, as ``torch.cuda.Event`` is one."""

    def record(self) -> None:
        """Put the mark behind what the device has been given to do."""

    def query(self) -> bool:
        """Whether the device has come past it."""

    def elapsed_time(self, other: Any) -> float:
        """Milliseconds from this mark to a later one."""


class StepTimer:
    """Times the parts of steps: :meth:`begin`, :meth:`enter` each part in turn, :meth:`end`.

    Without a ``make_mark`` the clock ``now``, in seconds, tells. Parts are entered as often as one
    likes; outside of a step, and in one that is not timed, entering does nothing.
    """

    def __init__(
        self,
        make_mark: Callable[[], Mark] | None = None,
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._make_mark, self._now = make_mark, now
        self._draw = random.Random(0)
        self._until_timed = 0
        self._on = False
        self._begun = 0.0
        self._part, self._since = "", 0.0
        self._marks: list[tuple[str, Mark]] = []
        self._pending: deque[list[tuple[str, Mark]]] = deque()
        self._seconds = dict.fromkeys(PARTS, 0.0)
        self._timed = 0

    @staticmethod
    def on(device: torch.device) -> StepTimer:
        """The timer for what is computed on ``device``."""
        return StepTimer(_cuda_mark if device.type == "cuda" else None)

    def begin(self, part: str) -> None:
        """A step begins with ``part``; the step before is ended."""
        self.end()
        if self._until_timed > 0:
            self._until_timed -= 1
            return
        self._on, self._begun, self._part = True, self._now(), ""
        self.enter(part)

    def enter(self, part: str) -> None:
        """From here on it is ``part`` of the step that goes on."""
        if not self._on:
            return
        if self._make_mark is not None:
            mark = self._make_mark()
            mark.record()
            self._marks.append((part, mark))
            return
        now = self._now()
        if self._part:
            self._seconds[self._part] += now - self._since
        self._part, self._since = part, now

    def end(self) -> None:
        """What follows belongs to no step."""
        if not self._on:
            return
        self.enter("")
        self._on = False
        short = self._now() - self._begun < SHORT
        self._until_timed = self._draw.randrange(FARTHEST) if short else 0
        if self._marks:
            self._pending.append(self._marks)
            self._marks = []
        else:
            self._timed += 1

    def taken(self) -> Mapping[str, float]:
        """The mean seconds of each part of the steps that were timed since the last call and have
        passed; empty where there were none."""
        self._read_marks()
        if not self._timed:
            return {}
        mean = {part: seconds / self._timed for part, seconds in self._seconds.items()}
        self._seconds, self._timed = dict.fromkeys(PARTS, 0.0), 0
        return mean

    def _read_marks(self) -> None:
        while self._pending and self._pending[0][-1][1].query():
            marks = self._pending.popleft()
            for (part, mark), (_, following) in pairwise(marks):
                self._seconds[part] += mark.elapsed_time(following) / 1000
            self._timed += 1


def _cuda_mark() -> Mark:
    mark: Mark = torch.cuda.Event(enable_timing=True)
    return mark
