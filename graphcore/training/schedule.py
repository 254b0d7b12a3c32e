"""How the learning rate changes over a run: a function of the step, so nothing has to be saved."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

WARM_UP = 0.3
"""The share of a one-cycle run in which the rate rises."""
FIRST, LAST = 1 / 25, 1 / 250_000
"""Where one cycle begins and ends, as shares of the largest rate (those of PyTorch)."""
SWING = 0.05
"""How far one cycle takes the momentum from its middle (as in PyTorch, 0.85 to 0.95)."""
MOST_MOMENTUM = 0.9999
CYCLES_MOMENTUM = frozenset({"one_cycle"})


def learning_rate(schedule: str, largest: float, step: int, total: int, warm_up: int = 0) -> float:
    """The rate of ``step`` (from 0) of ``total``, of which the first ``warm_up`` raise it evenly
    to the largest, where the schedule begins.

    >>> [learning_rate("step", 0.1, step, 4) for step in range(4)]
    [0.1, 0.1, 0.01, 0.001]
    """
    if step < warm_up:
        return largest * (step + 1) / (warm_up + 1)
    return largest * SHAPES[schedule](step - warm_up, total - warm_up)


def momentum(schedule: str, middle: float, step: int, total: int) -> float:
    """SGD's momentum at ``step`` (from 0) of ``total``: ``middle``, except that one cycle goes
    from a little more to a little less while the rate rises, and back."""
    if schedule not in CYCLES_MOMENTUM or not middle:
        return middle
    low, high = max(0.0, middle - SWING), min(middle + SWING, MOST_MOMENTUM)
    return _cycle(step, total, high, low, high)


def _constant(step: int, total: int) -> float:
    return 1.0


def _cosine(step: int, total: int) -> float:
    return (1 + math.cos(math.pi * step / total)) / 2


def _step(step: int, total: int) -> float:
    return 1.0 if step < total // 2 else 0.1 if step < 3 * total // 4 else 0.01


def _one_cycle(step: int, total: int) -> float:
    """Smith and Topin 2018, arXiv:1708.07120, with cosines."""
    return _cycle(step, total, FIRST, 1.0, LAST)


def _cycle(step: int, total: int, first: float, peak: float, last: float) -> float:
    top = max(WARM_UP * total - 1, 0.0)
    if step <= top and top > 0:
        return _between(first, peak, step / top)
    return _between(peak, last, (step - top) / max(total - 1 - top, 1.0))


def _between(start: float, end: float, part: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * part)) / 2


SHAPES: Mapping[str, Callable[[int, int], float]] = {
    "constant": _constant,
    "cosine": _cosine,
    "one_cycle": _one_cycle,
    "step": _step,
}
"""Every schedule of the recipe: (step, total) -> share of the largest rate."""
