"""What a run tells of its own pace: the time of a step by its parts, and memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from graphcore.training.events import Telemetry
from graphcore.training.measuring.memory import memory_in_use, utilisation
from graphcore.training.measuring.step_timer import StepTimer

SECONDS_BETWEEN = 0.5
"""At least so long between two times that it is told."""


class Meters:
    """Tells of the pace of a run on ``device``. ``now`` gives seconds."""

    def __init__(self, device: torch.device, now: Callable[[], float] = time.monotonic) -> None:
        self.timer = StepTimer.on(device)
        self._device, self._now = device, now
        self._told_at = now()
        self._samples, self._since = 0, self._told_at

    def count(self, samples: int) -> None:
        """A step of so many samples was made."""
        self._samples += samples

    @contextmanager
    def away(self) -> Iterator[None]:
        """What is done in here is no step: a pause, an evaluation, a checkpoint."""
        self.timer.end()
        begun = self._now()
        try:
            yield
        finally:
            self._since += self._now() - begun

    def told(self, step: int, *, at_once: bool = False) -> Iterator[Telemetry]:
        """Tell of the steps since it was told before, up to ``step``, unless that was a moment
        ago or nothing was timed."""
        now = self._now()
        if now - self._told_at < SECONDS_BETWEEN and not at_once:
            return
        self.timer.end()
        seconds = self.timer.taken()
        if not seconds:
            return
        spent = now - self._since
        busy, note = utilisation(self._device)
        rate = self._samples / max(spent, 1e-9)
        self._told_at = self._since = now
        self._samples = 0
        yield Telemetry(step, rate, seconds, memory_in_use(self._device), busy, note)
