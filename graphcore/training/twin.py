"""Gradients of the values on edges, and what the values are like: measured by the twin of a module.

The twin is the same program with every value passing a probe on its edge. For the length of one
step the modules take the twin's classes, with the same parameters, buffers and random state; the
module's own code has no hooks and costs nothing on all other steps. A probe gives each use of a
value a view of its own, so that what reaches the value along the shortcut and through the branch
can be told apart; outputs and gradients stay the same bit for bit.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from graphcore.analysis import analyse
from graphcore.codegen import Source, emit, to_source
from graphcore.diagram import Diagram
from graphcore.lowering import lower
from graphcore.lowering.forward import PROBE
from graphcore.module import namespace_of
from graphcore.training.edge_file import FIGURES, EdgeFigures
from graphcore.training.edge_paths import EdgeRow, Use, edge_rows
from graphcore.training.precision import eager
from graphcore.training.ranks import SINGLE, Ranks

TINY, HUGE = 1e-30, 1e30
"""Where a sum of squares in float32 can no longer be trusted."""

VALUE_FIGURES = 3
"""Of every value: its mean, its standard deviation, and the share of zeros in it."""


Numbers = npt.NDArray[np.float64]

Uses = tuple[Use, ...]
"""One step's use of a value, along one edge or several."""


@dataclass
class _Value:
    """A value on its way: the uses that are made of it, and the gradient that came back by each.
    ``common`` are the processes that have one and the same value, each a part of its gradient."""

    tensor: Tensor
    common: Ranks | None = None
    uses: list[Uses] = field(default_factory=list)
    views: dict[Uses, Tensor] = field(default_factory=dict)
    gradients: dict[int, Tensor] = field(default_factory=dict)
    products: list[Tensor] | None = None

    def use(self, by: Uses) -> Tensor:
        """The view of the value for one step that uses it, along whichever edges."""
        if by not in self.views:
            # ``view_as`` would forget where the channels of a single image lie.
            view = self.tensor[...]
            view.register_hook(partial(self._arrive, len(self.uses)))
            self.uses.append(by)
            self.views[by] = view
        return self.views[by]

    def _arrive(self, use: int, gradient: Tensor) -> None:
        self.gradients[use] = gradient
        if len(self.gradients) == len(self.uses) and self.common is None:
            self.products = self._products()
            self.gradients.clear()

    def _products(self) -> list[Tensor]:
        """The inner products of the gradients, each with itself and those after it; of a common
        value, this process's part of them."""
        count = len(self.uses)
        if self.common is not None:
            # Of different processes they may have arrived in different orders.
            parts = sorted(self.gradients.items())
            whole = {at: self.common.total(gradient.detach().clone()) for at, gradient in parts}
            self.gradients = {at: one / self.common.size**0.5 for at, one in whole.items()}
        flat = {at: gradient.detach().flatten() for at, gradient in self.gradients.items()}
        none = torch.zeros((), device=self.tensor.device)
        return [
            _product(flat[a], flat[b]) if a in flat and b in flat else none
            for a in range(count)
            for b in range(a, count)
        ]

    def figures(self) -> list[Tensor]:
        """What is known of it: the products, then mean, deviation and the share of zeros."""
        x = self.tensor.detach().flatten()
        x = x if x.dtype == torch.float64 else x.float()
        mean, count = x.mean(), x.numel()
        deviation = torch.linalg.vector_norm(x - mean) / math.sqrt(count)
        signs = x.sign()
        zeros = 1 - torch.dot(signs, signs) / count
        products = self.products if self.products is not None else self._products()
        return [*products, mean, deviation, zeros]


def _product(a: Tensor, b: Tensor) -> Tensor:
    """The inner product, also of gradients so small or large that their squares leave float32."""
    if a.is_cuda:
        return torch.dot(a.double(), b.double())
    if a.dtype in (torch.float32, torch.float64):
        found = torch.dot(a, b)
        if TINY < abs(found.item()) < HUGE:
            return found
    return torch.dot(a.double(), b.double())


_Sent = tuple[int, float, Tensor, list[list[Uses]], torch.cuda.Event | None]
"""A step, what its loss was multiplied by, its figures on their way to the host (a row for every
process: its share of the samples, then what it found), whose they are, and when they are there."""


class Twin:
    """Measures the values on the edges of ``module``, which was built from ``diagram``; where
    several ``ranks`` share the samples, over those of all."""

    def __init__(self, module: nn.Module, diagram: Diagram, ranks: Ranks = SINGLE) -> None:
        self.rows: tuple[EdgeRow, ...] = edge_rows(analyse(diagram))
        self._ranks = ranks
        common = (row.uses for row in self.rows if row.is_common and ranks.size > 1)
        self._common = frozenset[Use]().union(*common)
        clean, twin = to_source(diagram), emit(lower(diagram, probed=True))
        self._swapped = _pairs(module, clean, twin)
        self._parts = tuple(module.modules())
        self._names: dict[int, str] = {id(p): name for name, p in module.named_modules()}
        self._values: dict[int, _Value] = {}
        self._namespace = namespace_of(twin)
        self._pending: deque[_Sent] = deque()
        self._reading: _Reading | None = None

    @contextmanager
    def measuring(self, step: int, scale: float = 1.0, share: float = 1.0) -> Iterator[None]:
        """What is computed in here is measured, the last forward and backward pass of it; then the
        figures are on their way, and :meth:`arrived` hands them out. The loss is ``scale`` times
        the one whose gradients are meant; this process has a ``share`` of the samples."""
        try:
            with self.passing(self._probe):
                yield
                self._send(step, scale, share)
        finally:
            for value in self._values.values():
                value.views.clear()  # A view's hook holds the value that holds the view.
            self._values = {}

    @contextmanager
    def passing(self, probe: Callable[..., Tensor]) -> Iterator[None]:
        """Every value on an edge passes ``probe(module, value, *edges)`` in here, which returns
        the value to go on with."""
        self._namespace[PROBE] = probe
        for part, _, probed in self._swapped:
            part.__class__ = probed
        try:
            # What was compiled is the module's own code, which has no probes.
            with eager(self._parts):
                yield
        finally:
            for part, own, _ in self._swapped:
                part.__class__ = own

    def name_of(self, part: nn.Module) -> str:
        """The qualified name of a part of the module."""
        return self._names[id(part)]

    def _probe(self, module: nn.Module, value: Tensor, *edges: str) -> Tensor:
        if not (value.requires_grad and torch.is_grad_enabled()):
            return value
        name = self._names[id(module)]
        uses = tuple(Use(name, edge) for edge in edges)
        if id(value) not in self._values:
            is_common = not self._common.isdisjoint(uses)
            self._values[id(value)] = _Value(value, self._ranks if is_common else None)
        return self._values[id(value)].use(uses)

    def _send(self, step: int, scale: float, share: float) -> None:
        values = [value for value in self._values.values() if value.uses]
        if not values:
            return
        with torch.no_grad():
            found = [figure.double() for value in values for figure in value.figures()]
            first = torch.full_like(found[0], share)
            figures = self._ranks.gathered(torch.stack([first, *found]))
        event = None
        if figures.is_cuda:
            host = torch.empty(figures.shape, dtype=figures.dtype, pin_memory=True)
            host.copy_(figures, non_blocking=True)
            event = torch.cuda.Event()
            event.record()
            figures = host
        self._pending.append((step, scale, figures, [value.uses for value in values], event))

    def arrived(self, *, wait: bool = False) -> Iterator[EdgeFigures]:
        """The measurements that have come to the host; all of them where it may ``wait``."""
        while self._pending:
            step, scale, figures, uses, event = self._pending[0]
            if event is not None and not event.query():
                if not wait:
                    return
                event.synchronize()
            self._pending.popleft()
            yield EdgeFigures(step, self._by_row(figures.numpy(), uses, scale))

    def _by_row(self, figures: Numbers, uses: list[list[Uses]], scale: float) -> Numbers:
        if self._reading is None or self._reading.uses != uses:
            self._reading = _Reading.of(self.rows, uses)
        shares, found = figures[:, 0], figures[:, 1:]
        return self._reading.figures(self._reading.united(shares, found), scale)


@dataclass(frozen=True)
class _Reading:
    """Where the figures of each row stand among those that come to the host. The ``plain`` rows
    are those of values with one use: their places, and where the product of each stands; of the
    ``shared`` ones, where the products begin, of how many uses, and which of them are the row's.
    ``means`` is where the mean of each value stands, before its deviation and its zeros."""

    uses: list[list[Uses]]
    rows: int
    plain: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
    shared: list[tuple[int, int, int, list[int]]]
    means: npt.NDArray[np.intp]

    @staticmethod
    def of(rows: Sequence[EdgeRow], uses: list[list[Uses]]) -> _Reading:
        at: dict[Use, tuple[int, int]] = {}
        begins, means, offset = [], list[int](), 0
        for group, made in enumerate(uses):
            begins.append(offset)
            means.append(offset + len(made) * (len(made) + 1) // 2)
            offset = means[-1] + VALUE_FIGURES
            at.update({use: (group, place) for place, by in enumerate(made) for use in by})
        plain: list[tuple[int, int]] = []
        shared: list[tuple[int, int, int, list[int]]] = []
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
                shared.append((index, begins[group], count, sorted({p for _, p in places})))
        pairs = np.array(plain, dtype=np.intp).reshape(-1, 2)
        return _Reading(
            uses, len(rows), (pairs[:, 0], pairs[:, 1]), shared, np.array(means, dtype=np.intp)
        )

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
        for index, begin, count, own in self.shared:
            end = begin + count * (count + 1) // 2
            products = _square(found[begin:end] / scale**2, count)
            out[index] = (*_shares(products, own), *found[end : end + VALUE_FIGURES])
        return out


def _square(products: Numbers, count: int) -> Numbers:
    """The symmetric matrix of which ``products`` is one half, row by row."""
    matrix = np.zeros((count, count))
    matrix[np.triu_indices(count)] = products
    return matrix + np.triu(matrix, 1).T


def _shares(products: Numbers, own: list[int]) -> tuple[float, float, float]:
    """Of the gradient that comes back by the uses ``own``: its norm, its share of the whole
    gradient of the value, <g_s, g> / |g|^2, and the cosine between it and the rest."""
    whole = float(products.sum())
    if len(own) == len(products):
        return math.sqrt(max(whole, 0.0)), 1.0 if whole > 0 else math.nan, math.nan
    rest = [place for place in range(len(products)) if place not in own]
    square = float(products[np.ix_(own, own)].sum())
    other = float(products[np.ix_(rest, rest)].sum())
    share = float(products[own].sum()) / whole if whole > 0 else math.nan
    cosine = math.nan
    if square > 0 and other > 0:
        cosine = float(products[np.ix_(own, rest)].sum()) / math.sqrt(square * other)
    return math.sqrt(max(square, 0.0)), share, cosine


def _pairs(
    module: nn.Module, clean: Source, twin: Source
) -> list[tuple[nn.Module, type[nn.Module], type[nn.Module]]]:
    """Every part of the module whose class the generator wrote, with that class and its twin."""
    own, other = namespace_of(clean), namespace_of(twin)
    found = []
    for part in module.modules():
        kind = type(part)
        if own.get(kind.__name__) is kind:
            found.append((part, kind, cast(type[nn.Module], other[kind.__name__])))
    return found
