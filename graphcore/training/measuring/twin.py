"""Gradients of the values on edges, and what the values are like: measured by the twin of a module.

The twin is the same program with every value passing a probe on its edge. For the length of one
step the modules take the twin's classes, with the same parameters, buffers and random state; the
module's own code has no hooks and costs nothing on all other steps. A probe gives each use of a
value a view of its own, so that what reaches the value along the shortcut and through the branch
can be told apart; outputs and gradients stay the same bit for bit.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn

from graphcore.analysis import analyse
from graphcore.codegen import Source, emit, to_source
from graphcore.diagram import Diagram
from graphcore.lowering import lower
from graphcore.lowering.forward import PROBE
from graphcore.module import namespace_of
from graphcore.training.measuring.edge_file import EdgeFigures
from graphcore.training.measuring.edge_paths import EdgeRow, Use, edge_rows
from graphcore.training.measuring.edge_reading import Numbers, Reading, Uses
from graphcore.training.measuring.value_figures import Figure, as_vector, described, products
from graphcore.training.parallel.ranks import SINGLE, Ranks
from graphcore.training.precision import eager


class _Value:
    """A value on its way: what it is like, the uses that are made of it, and the gradient that came
    back by each. It holds the value itself no longer than the network does, so that a measured step
    takes no more memory than another. ``common`` are the processes that have one and the same
    value, each a part of its gradient."""

    def __init__(self, whole: _Pass, value: Tensor, common: Ranks | None) -> None:
        self.device = value.device
        self._common = common
        self.uses: list[Uses] = []
        self._whole = whole
        self._figures = described(value)
        self._views: dict[Uses, weakref.ref[Tensor]] = {}
        self._away = 0
        self._gradients: dict[int, Tensor] = {}
        self._products: list[Figure] | None = None

    def view(self, value: Tensor, by: Uses) -> Tensor:
        """The view of the value for one step that uses it, along whichever edges: one object, by
        which attention knows that queries, keys and values are the same."""
        view = self._views[by]() if by in self._views else None
        if view is not None:
            return view
        if by not in self._views:
            self.uses.append(by)
        self._away += 1
        # ``view_as`` would forget where the channels of a single image lie.
        view = value[...]
        view.register_hook(partial(self._arrive, self.uses.index(by)))
        self._views[by] = weakref.ref(view)
        return view

    def _arrive(self, use: int, gradient: Tensor) -> None:
        self._whole.is_going_back = True
        before = self._gradients.get(use)
        self._gradients[use] = gradient if before is None else before + gradient
        self._away -= 1
        if not self._away and self._common is None:
            self._products = self._multiplied()
            self._gradients.clear()

    def _multiplied(self) -> list[Figure]:
        """The inner products of the gradients; of a common value, this process's part of them."""
        found = [self._gradients.get(use) for use in range(len(self.uses))]
        if self._common is not None:
            size = self._common.size**0.5
            found = [
                g if g is None else self._common.total(g.detach().clone()) / size for g in found
            ]
        return products(found)

    def figures(self) -> list[Figure]:
        """All that is known: the products, then mean, deviation and the share of zeros."""
        known = self._multiplied() if self._products is None else self._products
        return [*known, *self._figures]


class _Pass:
    """One forward and backward pass, with the values in the order in which they came."""

    def __init__(self) -> None:
        self.values: list[_Value] = []
        self.is_going_back = False
        self._known: dict[int, tuple[weakref.ref[Tensor], _Value]] = {}

    def value(self, tensor: Tensor, common: Ranks | None) -> _Value:
        """What is known of ``tensor``, which is described while it is still warm; it is the same in
        all of the processes ``common``."""
        known = self._known.get(id(tensor))
        if known is not None and known[0]() is tensor:
            return known[1]
        value = _Value(self, tensor, common)
        self.values.append(value)
        self._known[id(tensor)] = weakref.ref(tensor), value
        return value


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
        self._uses: dict[tuple[int, tuple[str, ...]], Uses] = {}
        self._pass = _Pass()
        self._namespace = namespace_of(twin)
        self._pending: deque[_Sent] = deque()
        self._reading: Reading | None = None

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
            self._pass = _Pass()

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
        if self._pass.is_going_back:
            self._pass = _Pass()
        key = id(module), edges
        if key not in self._uses:
            name = self._names[id(module)]
            self._uses[key] = tuple(Use(name, edge) for edge in edges)
        uses = self._uses[key]
        common = None if self._common.isdisjoint(uses) else self._ranks
        return self._pass.value(value, common).view(value, uses)

    def _send(self, step: int, scale: float, share: float) -> None:
        values = self._pass.values
        if not values:
            return
        with torch.no_grad():
            found = [figure for value in values for figure in value.figures()]
            figures = self._ranks.gathered(as_vector([share, *found], values[0].device))
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
            self._reading = Reading.of(self.rows, uses)
        shares, found = figures[:, 0], figures[:, 1:]
        return self._reading.figures(self._reading.united(shares, found), scale)


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
