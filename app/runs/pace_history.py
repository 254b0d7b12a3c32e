"""What a run told of its pace, by step."""

from __future__ import annotations

from bisect import bisect_left, insort

from graphcore.training.events import Telemetry


class PaceHistory:
    """What was told of the time of a step and of memory, in the order of steps."""

    def __init__(self) -> None:
        self._told: list[Telemetry] = []

    def add(self, told: Telemetry) -> None:
        """Take in what a run told, also one that has gone back to an earlier step to go on."""
        insort(self._told, told, key=_step)

    def at(self, step: int) -> Telemetry | None:
        """What was told of the steps among which ``step`` is; None before anything was told."""
        if not self._told:
            return None
        place = bisect_left(self._told, step, key=_step)
        return self._told[min(place, len(self._told) - 1)]


def _step(told: Telemetry) -> int:
    return told.step
