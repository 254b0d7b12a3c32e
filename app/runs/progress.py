"""How far training is, in words and as a share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graphcore.training.events import Finished, Started, StepDone


class Progress(NamedTuple):
    """``epoch 7 of 8 · 2 s left`` and the share that is done, from 0 to 1."""

    text: str
    fraction: float


def progress_of(runs: Sequence[tuple[Started | None, StepDone | None, int]]) -> Progress:
    """The progress of runs that go on at once, each given as what it said last and its steps.

    The slowest counts: only then are all done.
    """
    begun = [(started, newest, steps) for started, newest, steps in runs if started is not None]
    if not begun:
        return Progress("starting", 0.0)
    total = sum(max(started.steps, 1) for started, _, _ in begun)
    done = sum(steps for _, _, steps in begun)
    told = [(started, newest) for started, newest, _ in begun if newest is not None]
    if not told:
        return Progress("starting", 0.0)
    started, newest = min(told, key=lambda pair: pair[1].step / max(pair[0].steps, 1))
    left = max(newest.seconds_left for _, newest in told)
    text = f"epoch {newest.epoch + 1} of {started.epochs} · {duration(left)} left"
    return Progress(text, min(done / total, 1.0))


def ending_of(finished: Sequence[Finished | None], steps: int) -> Progress:
    """The last words on runs that are over and of which none has failed.

    None stands for a run whose child had to be killed when it was told to stop.
    """
    if all(end is not None and not end.stopped for end in finished):
        seconds = max((end.seconds for end in finished if end is not None), default=0.0)
        return Progress(f"trained {steps:,} steps in {duration(seconds)}", 1.0)
    return Progress(f"stopped at step {steps:,}", 1.0)


def duration(seconds: float) -> str:
    """``2 s``, ``3 min 20 s``, ``5 h 12 min``.

    >>> duration(200)
    '3 min 20 s'
    """
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
