"""Mean 0 and deviation 1, as measured on what is learnt from, and kept with the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from graphcore.training.data.arrays import Array, Arrays, DataError


@dataclass(frozen=True)
class Normalisation:
    """``(x - mean) / deviation``, each a number, or one a channel or column; and the same of
    values to be met (none where classes are)."""

    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    target_mean: tuple[float, ...] = ()
    target_deviation: tuple[float, ...] = ()

    def values(self) -> dict[str, list[float]]:
        """As plain values."""
        return {name: list(numbers) for name, numbers in asdict(self).items()}

    @staticmethod
    def of(values: Mapping[str, Any]) -> Normalisation:
        """What :meth:`values` gave. Raises KeyError, TypeError or ValueError for anything else."""
        names = ("mean", "deviation", "target_mean", "target_deviation")
        return Normalisation(*(tuple(float(number) for number in values[name]) for name in names))

    def apply(self, arrays: Arrays) -> Arrays:
        """The arrays with this normalisation; those that it does not concern stay as they are."""
        return Arrays(
            _applied(arrays.x, self.mean, self.deviation),
            _applied(arrays.y, self.target_mean, self.target_deviation),
            _applied(arrays.x_test, self.mean, self.deviation),
            _applied(arrays.y_test, self.target_mean, self.target_deviation),
        )


def measured(arrays: Arrays, *, as_numbers: bool) -> Normalisation:
    """The normalisation of the training part. Whole numbers are left alone unless the model takes
    them ``as_numbers``; classes always. Raises DataError where the numbers are too large."""
    mean, deviation = _measured(arrays.x) if arrays.x.dtype.kind == "f" or as_numbers else ((), ())
    if arrays.y.dtype.kind != "f":
        return Normalisation(mean, deviation)
    return Normalisation(mean, deviation, *_measured(arrays.y))


def _measured(values: Array) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """By channel for images, by column for tables, else of all together."""
    axes = _axes(values)
    # Along an axis numpy adds one after the other, which float32 is not exact enough for.
    dtype = None if axes is None else np.float64
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.atleast_1d(values.mean(axes, dtype=dtype))
        deviation = np.atleast_1d(values.std(axes, dtype=dtype))
    if not (np.isfinite(mean).all() and np.isfinite(deviation).all()):
        raise DataError(
            f"the data reach {np.abs(values).max():.2g}, too much for their deviation to be a "
            "number: scale them down, or leave them as they are (normalise: none)"
        )
    # What never changes tells nothing, and is not blown up to noise.
    deviation[deviation < 1e-8 * np.maximum(1.0, np.abs(mean))] = 1.0
    return tuple(map(float, mean)), tuple(map(float, deviation))


def _axes(values: Array) -> tuple[int, ...] | None:
    if values.ndim == 4 and 1 < values.shape[1] <= 4:
        return (0, 2, 3)
    return (0,) if values.ndim == 2 else None


def _applied(values: Array, mean: tuple[float, ...], deviation: tuple[float, ...]) -> Array:
    if not mean:
        return values
    shape = (-1, 1, 1) if values.ndim == 4 and len(mean) > 1 else (-1,)
    by = [np.array(numbers, dtype=np.float32) for numbers in (mean, deviation)]
    if values.ndim != 1 or len(mean) > 1:
        by = [numbers.reshape(shape) for numbers in by]
    result: Array = (values.astype(np.float32, copy=False) - by[0]) / by[1]
    return result
