"""The layers of a run as the rows of a picture: which are shown, and how they are named."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple


class Stage(NamedTuple):
    """Consecutive rows that share the beginning of their names: from ``first`` to ``last``."""

    name: str
    first: int
    last: int

    @property
    def middle(self) -> float:
        """The row in the middle, in rows from the top."""
        return (self.first + self.last + 1) / 2


def stages(modules: Sequence[str]) -> tuple[Stage, ...]:
    """The stages of a net: its layers grouped by the first part of their names that differs.

    >>> [stage.name for stage in stages(["stem", "stage1.0.conv1", "stage1.0.conv2", "head"])]
    ['stem', 'stage1', 'head']
    """
    paths = [module.split(".") for module in modules]
    depth = 1
    while len({tuple(path[:depth]) for path in paths}) == 1 and any(
        len(path) > depth for path in paths
    ):
        depth += 1
    groups = groupby(range(len(paths)), key=lambda row: ".".join(paths[row][:depth]))
    found = []
    for name, rows in groups:
        members = list(rows)
        found.append(Stage(name, members[0], members[-1]))
    return tuple(found)


def without_overlap(
    found: Sequence[Stage], row_height: float, text_height: float
) -> tuple[Stage, ...]:
    """Those stages whose names fit under each other; the first, the last and the largest stay."""
    if not found:
        return ()
    by_size = sorted(found[1:-1], key=lambda stage: stage.first - stage.last)
    kept: list[Stage] = []
    for stage in (found[0], found[-1], *by_size):
        if all(abs(stage.middle - other.middle) * row_height >= text_height for other in kept):
            kept.append(stage)
    return tuple(sorted(kept, key=lambda stage: stage.first))
