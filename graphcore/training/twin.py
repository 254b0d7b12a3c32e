"""Gradients of the values on edges, and what the values are like: measured by the twin of a module.

The twin is the same program with every value passing a probe on its edge. For the length of one
step the modules take the twin's classes, with the same parameters, buffers and random state; the
module's own code has no hooks and costs nothing on all other steps. A probe gives each use of a
value a view of its own, so that what reaches the value along the shortcut and through the branch
can be told apart; outputs and gradients stay the same bit for bit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from graphcore.analysis import analyse
from graphcore.codegen import Source, emit, to_source
from graphcore.diagram import Diagram
from graphcore.lower_forward import PROBE
from graphcore.lowering import lower
from graphcore.module import namespace_of
from graphcore.training.edge_file import FIGURES, EdgeFigures
from graphcore.training.edge_paths import EdgeRow, Use, edge_rows

_COMPILED = "_compiled_call_impl"
"""Where ``Module.compile`` keeps what it compiled: the module's own code, which has no probes."""

VALUE_FIGURES = 3
"""Of every value: its mean, its standard deviation, and the share of zeros in it."""


Uses = tuple[Use, ...]
"""One step's use of a value, along one edge or several."""


@dataclass
class _Value:
    """A value on its way: the uses that are made of it, and the gradient that came back by each."""

    tensor: Tensor
    uses: list[Uses] = field(default_factory=list)
    views: dict[Uses, Tensor] = field(default_factory=dict)
    gradients: dict[int, Tensor] = field(default_factory=dict)
    products: Tensor | None = None

    def use(self, by: Uses) -> Tensor:
        """The view of the value for one step that uses it, along whichever edges."""
        if by not in self.views:
            view = self.tensor.view_as(self.tensor)
            view.register_hook(partial(self._arrive, len(self.uses)))
            self.uses.append(by)
            self.views[by] = view
        return self.views[by]

    def _arrive(self, use: int, gradient: Tensor) -> None:
        self.gradients[use] = gradient
        if len(self.gradients) == len(self.uses):
            self.products = self._products()
            self.gradients.clear()

    def _products(self) -> Tensor:
        """The inner products of the gradients, each with each: float64 of shape (uses, uses)."""
        count = len(self.uses)
        flat = {at: g.detach().double().flatten() for at, g in self.gradients.items()}
        found = torch.zeros((count, count), dtype=torch.float64, device=self.tensor.device)
        for a, x in flat.items():
            for b, y in flat.items():
                if a <= b:
                    found[a, b] = found[b, a] = torch.dot(x, y)
        return found

    def figures(self, scale: float) -> Tensor:
        """What is known of it: the products of the gradients of a loss that was ``scale`` times as
        large, then mean, deviation and the share of zeros."""
        x = self.tensor.detach().double()
        deviation, mean = torch.std_mean(x, correction=0)
        zeros = (x == 0).double().mean()
        products = self.products if self.products is not None else self._products()
        return torch.cat([products.flatten() / scale**2, torch.stack([mean, deviation, zeros])])


_Sent = tuple[int, Tensor, list[list[Uses]], torch.cuda.Event | None]
"""A step, its figures on their way to the host, whose they are, and when they are there."""


class Twin:
    """Measures the values on the edges of ``module``, which was built from ``diagram``."""

    def __init__(self, module: nn.Module, diagram: Diagram) -> None:
        self.rows: tuple[EdgeRow, ...] = edge_rows(analyse(diagram))
        clean, twin = to_source(diagram), emit(lower(diagram, probed=True))
        self._swapped = _pairs(module, clean, twin)
        self._parts = tuple(module.modules())
        self._names = {id(part): name for name, part in module.named_modules()}
        self._values: dict[int, _Value] = {}
        self._namespace = namespace_of(twin)
        self._pending: deque[tuple[int, Tensor, list[list[Uses]], torch.cuda.Event | None]] = (
            deque()
        )

    @contextmanager
    def measuring(self, step: int, scale: float = 1.0) -> Iterator[None]:
        """What is computed in here is measured, the last forward and backward pass of it; then the
        figures are on their way, and :meth:`arrived` hands them out. The loss is ``scale`` times
        the one whose gradients are meant."""
        self._namespace[PROBE] = self._probe
        compiled = [p for p in self._parts if p.__dict__.get(_COMPILED) is not None]
        kept = [(part, part.__dict__.pop(_COMPILED)) for part in compiled]
        for part, _, probed in self._swapped:
            part.__class__ = probed
        try:
            yield
            self._send(step, scale)
        finally:
            for part, own, _ in self._swapped:
                part.__class__ = own
            for part, call in kept:
                part.__dict__[_COMPILED] = call
            for value in self._values.values():
                value.views.clear()  # A view's hook holds the value that holds the view.
            self._values = {}

    def _probe(self, module: nn.Module, value: Tensor, *edges: str) -> Tensor:
        if not (value.requires_grad and torch.is_grad_enabled()):
            return value
        known = self._values.setdefault(id(value), _Value(value))
        name = self._names[id(module)]
        return known.use(tuple(Use(name, edge) for edge in edges))

    def _send(self, step: int, scale: float) -> None:
        values = [value for value in self._values.values() if value.uses]
        if not values:
            return
        with torch.no_grad():
            figures = torch.cat([value.figures(scale) for value in values])
        event = None
        if figures.is_cuda:
            host = torch.empty(figures.shape, dtype=figures.dtype, pin_memory=True)
            host.copy_(figures, non_blocking=True)
            event = torch.cuda.Event()
            event.record()
            figures = host
        self._pending.append((step, figures, [value.uses for value in values], event))

    def arrived(self, *, wait: bool = False) -> Iterator[EdgeFigures]:
        """The measurements that have come to the host; all of them where it may ``wait``."""
        while self._pending:
            step, figures, uses, event = self._pending[0]
            if event is not None and not event.query():
                if not wait:
                    return
                event.synchronize()
            self._pending.popleft()
            yield EdgeFigures(step, self._by_row(figures.numpy(), uses))

    def _by_row(self, figures: np.ndarray, uses: list[list[Uses]]) -> np.ndarray:
        at: dict[Use, tuple[int, int]] = {}
        found: list[tuple[np.ndarray, np.ndarray]] = []
        offset = 0
        for group, made in enumerate(uses):
            count = len(made)
            products = figures[offset : offset + count * count].reshape(count, count)
            offset += count * count
            found.append((products, figures[offset : offset + VALUE_FIGURES]))
            offset += VALUE_FIGURES
            at.update({use: (group, place) for place, by in enumerate(made) for use in by})
        out = np.full((len(self.rows), FIGURES), np.nan)
        for place, row in enumerate(self.rows):
            groups = {at[use] for use in row.uses if use in at}
            if len({group for group, _ in groups}) == 1:
                (group,) = {group for group, _ in groups}
                products, value = found[group]
                out[place] = (*_shares(products, sorted({p for _, p in groups})), *value)
        return out


def _shares(products: np.ndarray, own: list[int]) -> tuple[float, float, float]:
    """Of the gradient that comes back by the uses ``own``: its norm, its share of the whole
    gradient of the value, <g_s, g> / |g|^2, and the cosine between it and the rest."""
    rest = [place for place in range(len(products)) if place not in own]
    square = products[np.ix_(own, own)].sum()
    whole = products.sum()
    share = products[own].sum() / whole if whole > 0 else np.nan
    cosine = np.nan
    if rest:
        other = products[np.ix_(rest, rest)].sum()
        if square > 0 and other > 0:
            cosine = products[np.ix_(own, rest)].sum() / np.sqrt(square * other)
    return float(np.sqrt(max(square, 0.0))), float(share), float(cosine)


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
