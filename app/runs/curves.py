"""One run's curve: what it is called, how it looks, its values and how they are written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from app.runs.chart import Numbers
from app.runs.history import HeldOut, History
from app.runs.run_look import RunLook

Quantity = Literal["loss", "accuracy"]

SMOOTHING: Final = 20
"""Steps over which the accuracy of single batches is averaged: one batch tells little."""


@dataclass(frozen=True)
class Curve:
    """One run in a plot."""

    title: str
    look: RunLook
    history: History


def values_of(history: History, quantity: Quantity) -> Numbers:
    """What is plotted at every step."""
    return history.loss if quantity == "loss" else smoothed(history.accuracy)


def tested(test: HeldOut, quantity: Quantity) -> float | None:
    """The figure of an evaluation that belongs into the plot of a quantity."""
    return test.loss if quantity == "loss" else test.accuracy


def label_of(curve: Curve, quantity: Quantity) -> tuple[str, str]:
    """What a curve's end says, in two lines: ``without 2.05`` and ``test 13.9 %``."""
    values = values_of(curve.history, quantity)
    first = f"{curve.title} {written(quantity, float(values[-1]))}" if len(values) else curve.title
    test = curve.history.last_test()
    return first, f"test {test_in_words(test)}" if test is not None else ""


def test_in_words(test: HeldOut) -> str:
    """``13.9 %``; the loss where there are no classes."""
    if test.accuracy is None:
        return written("loss", test.loss)
    return f"{test.accuracy * 100:.1f} %"


def written(quantity: Quantity, value: float) -> str:
    """A figure in three or four signs."""
    if math.isnan(value):
        return "not a number"
    if quantity == "accuracy":
        return f"{value * 100:.1f} %"
    if value == 0 or 0.01 <= abs(value) < 1000:
        return f"{value:.2f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def smoothed(values: Numbers) -> Numbers:
    """The mean of up to ``SMOOTHING`` values that end at each place; NaN counts for nothing."""
    if not len(values):
        return values
    known = np.isfinite(values)
    sums = np.cumsum(np.where(known, values, 0.0), dtype=np.float64)
    counts = np.cumsum(known, dtype=np.float64)
    sums[SMOOTHING:] -= sums[:-SMOOTHING].copy()
    counts[SMOOTHING:] -= counts[:-SMOOTHING].copy()
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
