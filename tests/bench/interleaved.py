"""Interleaved timing: A B A B …, so that a machine that drifts drifts for both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence


def seconds(work: Callable[[], object]) -> float:
    """How long one call of ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def interleaved(
    a: Callable[[], object], b: Callable[[], object], rounds: int
) -> tuple[list[float], list[float]]:
    """The times of ``a`` and of ``b``, in seconds, run in turn after one warm-up of each."""
    a()
    b()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        times[0].append(seconds(a))
        times[1].append(seconds(b))
    return times


def median_ratio(a: Sequence[float], b: Sequence[float]) -> float:
    """The median of the ratios a / b, pair by pair."""
    return statistics.median(x / y for x, y in zip(a, b, strict=True))


def ratio(a: Sequence[float], b: Sequence[float]) -> str:
    """The median of the ratios a / b, pair by pair, with their spread."""
    ratios = sorted(x / y for x, y in zip(a, b, strict=True))
    quarter = len(ratios) // 4
    middle = median_ratio(a, b)
    return f"{middle:.3f}x (quartiles {ratios[quarter]:.3f} to {ratios[-1 - quarter]:.3f})"


def milliseconds(times: Sequence[float]) -> str:
    """Median and 95th percentile of ``times`` given in seconds."""
    ordered = sorted(times)
    worst = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"median {1e3 * statistics.median(ordered):.1f} ms, p95 {1e3 * worst:.1f} ms"
