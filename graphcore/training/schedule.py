"""How the learning rate changes over a run: a function of the step, so nothing has to be saved."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

WARM_UP = 0.3
"""The share of a one-cycle run in which the rate rises."""
FIRST, LAST = 1 / 25, 1 / 250_000
"""Where one cycle begins and ends, as shares of the largest rate (those of PyTorch)."""


def learning_rate(schedule: str, largest: float, step: int, total: int) -> float:
    """The rate of ``step`` (from 0) of ``total``.

    >>> [learning_rate("step", 0.1, step, 4) for step in range(4)]
    [0.1, 0.1, 0.01, 0.001]
    """
    return largest * SHAPES[schedule](step, total)


def _constant(step: int, total: int) -> float:
    return 1.0


def _cosine(step: int, total: int) -> float:
    return (1 + math.cos(math.pi * step / total)) / 2


def _step(step: int, total: int) -> float:
    return 1.0 if step < total // 2 else 0.1 if step < 3 * total // 4 else 0.01


def _one_cycle(step: int, total: int) -> float:
    """Smith and Topin 2018, arXiv:1708.07120, with cosines."""
    peak = max(WARM_UP * total - 1, 0.0)
    if step <= peak and peak > 0:
        return _between(FIRST, 1.0, step / peak)
    return _between(1.0, LAST, (step - peak) / max(total - 1 - peak, 1.0))


def _between(start: float, end: float, part: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * part)) / 2


SHAPES: Mapping[str, Callable[[int, int], float]] = {
    "constant": _constant,
    "cosine": _cosine,
    "one_cycle": _one_cycle,
    "step": _step,
}
"""Every schedule of the recipe: (step, total) -> share of the largest rate."""
