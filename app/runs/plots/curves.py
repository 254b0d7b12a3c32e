"""One run's curve: what it is called, how it looks, its values and how they are written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.runs.history import HeldOut, History
from app.runs.plots.chart import Numbers
from app.runs.plots.look import RunLook
from graphcore.training.metric_words import heading_of

Quantity = str
"""``loss``, ``accuracy``, ``learning_rate``, or a metric of held-out samples by its name."""

OF_ONE: Final = ("accuracy", "mean_iou", "f1")
"""What is a share, and drawn from 0 to 100 %."""

SMOOTHING: Final = 20
"""Steps over which the accuracy of single batches is averaged: one batch tells little."""


@dataclass(frozen=True)
class Curve:
    """One run in a plot."""

    title: str
    look: RunLook
    history: History


def values_of(history: History, quantity: Quantity) -> Numbers:
    """What is plotted at every step; of a metric of held-out samples the last one known."""
    match quantity:
        case "loss":
            return history.loss
        case "accuracy":
            return smoothed(history.accuracy)
        case "learning_rate":
            return history.learning_rate
        case _:
            return history.held_out(quantity)


def tested(test: HeldOut, quantity: Quantity) -> float | None:
    """The figure of an evaluation that belongs into the plot of a quantity."""
    match quantity:
        case "loss":
            return test.loss
        case "accuracy":
            return test.accuracy
        case _:
            return test.metrics.get(quantity)


def title_of(quantity: Quantity) -> str:
    """What a plot of it is called: ``Mean IoU``, ``Bits per token``."""
    return "Training loss" if quantity == "loss" else heading_of(quantity)


def label_of(curve: Curve, quantity: Quantity) -> tuple[str, str]:
    """What a curve's end says, in two lines: ``without 2.05`` and ``test 13.9 %``."""
    values = values_of(curve.history, quantity)
    of_one_run = {"loss": "batch", "accuracy": "batch", "learning_rate": "rate"}
    title = of_one_run.get(quantity, "test") if curve.title == "batch" else curve.title
    first = f"{title} {written(quantity, float(values[-1]))}" if len(values) else title
    test = curve.history.last_test()
    if test is None or quantity not in ("loss", "accuracy"):
        return first, ""
    return first, f"test {test_in_words(test)}"


def test_in_words(test: HeldOut) -> str:
    """``13.9 %``; the loss where there are no classes."""
    if test.accuracy is None:
        return written("loss", test.loss)
    return f"{test.accuracy * 100:.1f} %"


def written(quantity: Quantity, value: float) -> str:
    """A figure in three or four signs."""
    if math.isnan(value):
        return "not a number"
    if quantity in OF_ONE:
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
