"""Lanes beside a row of blocks, in which the wires that go round some of them run."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence


def lanes(intervals: Sequence[tuple[float, float]]) -> list[int]:
    """A lane for every half-open interval, so that those in one lane do not overlap; shorter ones
    first, so that what encloses another lies outside.

    >>> lanes([(0, 2), (2, 4), (0, 4)])
    [0, 0, 1]
    """
    taken: list[list[tuple[float, float]]] = []
    result = [0] * len(intervals)
    by_length = sorted(
        range(len(intervals)), key=lambda i: (intervals[i][1] - intervals[i][0], intervals[i])
    )
    for index in by_length:
        span = intervals[index]
        # Outside every lane that is crossed: an enclosing interval goes round all it encloses.
        lane = max((n + 1 for n, spans in enumerate(taken) if _crosses(spans, span)), default=0)
        if lane == len(taken):
            taken.append([])
        insort(taken[lane], span)
        result[index] = lane
    return result


def _crosses(spans: list[tuple[float, float]], span: tuple[float, float]) -> bool:
    """Whether ``span`` overlaps any of ``spans``, which are in order and apart."""
    at = bisect_left(spans, span)
    before = at > 0 and spans[at - 1][1] > span[0]
    return before or (at < len(spans) and spans[at][0] < span[1])
