"""From the inner products of the gradients that came back to each value to the figures of edges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graphcore.training.measuring.edge_file import FIGURES
from graphcore.training.measuring.edge_paths import EdgeRow, Use

VALUE_FIGURES = 3
"""Of every value: its mean, its standard deviation, and the share of zeros in it."""

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

Uses = tuple[Use, ...]
"""One step's use of a value, along one edge or several."""


@dataclass(frozen=True)
class Reading:
    """Where the figures of each row stand among those that come to the host. The ``plain`` rows
    are those of values with one use: their places, and where the product of each stands; the
    ``shared`` ones stand together with those of values with as many uses. ``means`` is where the
    mean of each value stands, before its deviation and its zeros."""

    uses: list[list[Uses]]
    rows: int
    plain: tuple[Places, Places]
    shared: tuple[_Shared, ...]
    means: Places

    @staticmethod
    def of(rows: Sequence[EdgeRow], uses: list[list[Uses]]) -> Reading:
        """The reading of ``rows`` where the values have these ``uses``, value by value."""
        at: dict[Use, tuple[int, int]] = {}
        begins, means, offset = [], list[int](), 0
        for group, made in enumerate(uses):
            begins.append(offset)
            means.append(offset + len(made) * (len(made) + 1) // 2)
            offset = means[-1] + VALUE_FIGURES
            at.update({use: (group, place) for place, by in enumerate(made) for use in by})
        plain: list[tuple[int, int]] = []
        shared: dict[int, list[tuple[int, int, set[int]]]] = defaultdict(list)
        for index, row in enumerate(rows):
            places = {at[use] for use in row.uses if use in at}
            groups = {group for group, _ in places}
            if len(groups) != 1:
                continue
            (group,) = groups
            count = len(uses[group])
            if count == 1:
                plain.append((index, begins[group]))
            else:
                shared[count].append((index, begins[group], {place for _, place in places}))
        pairs = np.array(plain, dtype=np.intp).reshape(-1, 2)
        together = tuple(_Shared.of(count, found) for count, found in shared.items())
        places_of_means = np.array(means, dtype=np.intp)
        return Reading(uses, len(rows), (pairs[:, 0], pairs[:, 1]), together, places_of_means)

    def united(self, shares: Numbers, found: Numbers) -> Numbers:
        """The figures over all samples from those of each process, which has a share of them. With
        respect to different samples gradients stand beside one another, so products add up."""
        if len(found) == 1:
            return found[0]  # type: ignore[no-any-return]
        whole = found.sum(0)
        means, deviations = found[:, self.means], found[:, self.means + 1]
        mean = shares @ means
        whole[self.means] = mean
        whole[self.means + 1] = np.sqrt(shares @ (deviations**2 + (means - mean) ** 2))
        whole[self.means + 2] = shares @ found[:, self.means + 2]
        return whole  # type: ignore[no-any-return]

    def figures(self, found: Numbers, scale: float) -> Numbers:
        """The figures of every row, NaN where nothing was measured."""
        out = np.full((self.rows, FIGURES), np.nan)
        rows, begins = self.plain
        square = found[begins] / scale**2
        out[rows, 0] = np.sqrt(square)
        out[rows, 1] = np.where(square > 0, 1.0, np.nan)
        for place in range(VALUE_FIGURES):
            out[rows, 3 + place] = found[begins + 1 + place]
        for shared in self.shared:
            shared.fill(out, found, scale)
        return out


@dataclass(frozen=True)
class _Shared:
    """Rows of values with ``count`` uses each: which of the uses are the ``own`` ones of a row, a 1
    or 0 a use, and where the products of its value begin."""

    count: int
    rows: Places
    begins: Places
    own: Numbers

    @staticmethod
    def of(count: int, found: list[tuple[int, int, set[int]]]) -> _Shared:
        rows, begins = (np.array([entry[at] for entry in found], dtype=np.intp) for at in (0, 1))
        own = [[float(place in places) for place in range(count)] for _, _, places in found]
        return _Shared(count, rows, begins, np.array(own))

    def fill(self, out: Numbers, found: Numbers, scale: float) -> None:
        """Write the rows' figures: of the gradient that comes back by their own uses its norm, its
        share of the whole gradient of the value, <g_s, g> / |g|^2, and the cosine between it and
        the rest; then those of the value."""
        half = np.triu_indices(self.count)
        symmetric = np.zeros((self.count, self.count), dtype=np.intp)
        symmetric[half] = np.arange(len(half[0]))
        symmetric = np.maximum(symmetric, symmetric.T)
        products = found[self.begins[:, None, None] + symmetric] / scale**2
        rest = 1.0 - self.own
        by_own = np.einsum("rij,rj->ri", products, self.own)
        square, cross = (by_own * self.own).sum(1), (by_own * rest).sum(1)
        other = np.einsum("rij,ri,rj->r", products, rest, rest)
        whole = square + 2 * cross + other
        is_all = self.own.all(1)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(is_all, 1.0, (square + cross) / whole)
            cosine = cross / np.sqrt(square * other)
        out[self.rows, 0] = np.sqrt(np.maximum(square, 0.0))
        out[self.rows, 1] = np.where(whole > 0, share, np.nan)
        out[self.rows, 2] = np.where((square > 0) & (other > 0), cosine, np.nan)
        for place in range(VALUE_FIGURES):
            out[self.rows, 3 + place] = found[self.begins + len(half[0]) + place]
