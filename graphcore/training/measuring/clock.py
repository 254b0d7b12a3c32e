"""How fast a run goes and how long it will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Clock:
    """Time spent on steps and evaluations, pauses left out. ``now`` gives seconds."""

    def __init__(self, steps_left: int, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._begun = now()
        self._paused = 0.0
        self._steps = self._samples = 0
        self._steps_left = steps_left

    def count(self, samples: int) -> None:
        """A step of so many samples was made."""
        self._steps += 1
        self._steps_left -= 1
        self._samples += samples

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """The time in here does not count."""
        begun = self._now()
        try:
            yield
        finally:
            self._paused += self._now() - begun

    @property
    def seconds(self) -> float:
        """Time since the beginning."""
        return self._now() - self._begun - self._paused

    @property
    def samples_per_second(self) -> float:
        """The mean over the run."""
        return self._samples / max(self.seconds, 1e-9)

    @property
    def seconds_left(self) -> float:
        """What the steps that are left will take at the mean speed."""
        return self.seconds / max(self._steps, 1) * self._steps_left
