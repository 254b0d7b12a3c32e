"""How the numbers of a tensor are spread: a histogram and what can be said beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

BINS = 64


@dataclass(frozen=True)
class Distribution:
    """The numbers of a tensor, called ``name``.

    ``counts`` are those in equal intervals from ``low`` to ``high``, each interval with its lower
    end and the last with both. Mean and standard deviation (of the population) are of the finite
    ones, ``zeros`` is the share of zeros among all ``count``, ``not_finite`` how many are NaN or
    infinite. ``dead`` is the share of a layer's units that are zero for every sample of the
    minibatch; None where that means nothing.
    """

    name: str
    low: float
    high: float
    counts: tuple[int, ...]
    count: int
    mean: float
    deviation: float
    zeros: float
    not_finite: int
    dead: float | None = None


def limits(lowest: float, highest: float) -> tuple[float, float]:
    """The ends of a histogram of numbers from ``lowest`` to ``highest``: of equal numbers, ends
    around them.

    >>> limits(2.0, 2.0)
    (1.0, 3.0)
    """
    if lowest < highest:
        return lowest, highest
    around = abs(lowest) / 2 or 1.0
    return lowest - around, highest + around


def distribution_of(name: str, values: npt.NDArray[Any]) -> Distribution:
    """The distribution of numbers in an array."""
    numbers = values.reshape(-1).astype(np.float64)
    finite = numbers[np.isfinite(numbers)]
    if not len(finite):
        return nothing(name, len(numbers))
    low, high = limits(float(finite.min()), float(finite.max()))
    counts, _ = np.histogram(finite, BINS, (low, high))
    return Distribution(
        name,
        low,
        high,
        tuple(counts.tolist()),
        len(numbers),
        float(finite.mean()),
        float(finite.std()),
        float((numbers == 0).mean()),
        len(numbers) - len(finite),
    )


def nothing(name: str, count: int) -> Distribution:
    """The distribution of ``count`` numbers of which none is finite."""
    return Distribution(name, 0.0, 1.0, (0,) * BINS, count, math.nan, math.nan, 0.0, count)


def distribution_to_json(one: Distribution) -> dict[str, Any]:
    """As a JSON object; NaN, which is the mean of nothing, is null."""
    return {key: _plain(value) for key, value in asdict(one).items()}


def distribution_from_json(value: Mapping[str, Any]) -> Distribution:
    """What :func:`distribution_to_json` wrote. Raises ValueError, KeyError or TypeError."""
    given = {field.name: value[field.name] for field in fields(Distribution)}
    counts = tuple(given["counts"])
    if not all(type(count) is int and count >= 0 for count in counts):
        raise ValueError("the counts of a histogram are whole numbers")
    for name in ("low", "high", "mean", "deviation", "zeros"):
        given[name] = math.nan if given[name] is None else float(given[name])
    return Distribution(**(given | {"counts": counts}))


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return list(value) if isinstance(value, tuple) else value
