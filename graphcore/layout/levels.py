"""Levels: what a connection goes round stands below it, so that a U-Net looks like a U.

The level of a unit is the number of connections that go round it. It grows along the encoder and
shrinks along the decoder, where the resolution does, and both ends of a connection stand on one
level.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

Span = tuple[int, int]
"""From which place of a chain to which a connection leads."""


def are_nested(spans: Sequence[Span]) -> bool:
    """Whether of any two spans one lies inside the other or both lie apart; spans that meet at
    their ends lie apart.

    >>> are_nested([(0, 9), (1, 4), (4, 8)]), are_nested([(0, 5), (3, 9)])
    (True, False)
    """
    enclosing: list[int] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        while enclosing and enclosing[-1] <= start:
            enclosing.pop()
        if enclosing and enclosing[-1] < end:
            return False
        enclosing.append(end)
    return True


def levels(count: int, spans: Sequence[Span]) -> list[int]:
    """The level of each of ``count`` places: how many spans it lies strictly inside.

    >>> levels(7, [(0, 6), (1, 5)])
    [0, 1, 2, 2, 2, 1, 0]
    """
    steps = [0] * (count + 1)
    for start, end in spans:
        if end > start + 1:
            steps[start + 1] += 1
            steps[end] -= 1
    return list(accumulate(steps))[:count]


def is_deep(spans: Sequence[Span]) -> bool:
    """Whether ``spans`` make a picture of levels: nested, and at least one inside another."""
    if not are_nested(spans):
        return False
    ordered = sorted(spans, key=lambda span: (span[0], -span[1]))
    return any(a[0] < b[0] and b[1] < a[1] for a, b in pairwise(ordered))
