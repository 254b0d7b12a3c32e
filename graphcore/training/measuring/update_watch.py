"""How far an optimizer moves the weights of every layer, measured every few steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from graphcore.training.measuring.probes import GradientProbe
from graphcore.training.measuring.update_file import UpdateWriter


class UpdateWatch:
    """Measures every ``every``-th step, for the rows of ``probe``; never where it is 0."""

    def __init__(self, probe: GradientProbe, every: int) -> None:
        self.writer: UpdateWriter | None = None
        self._probe, self._every = probe, every
        self._pending: deque[tuple[int, Tensor, torch.cuda.Event | None]] = deque()

    @contextmanager
    def step(self, step: int) -> Iterator[None]:
        """Goes round the optimizer's part of ``step``. Meanwhile it holds the weights twice."""
        if not self._every or step % self._every or not self._probe.parameters:
            yield
            return
        weights = [p.detach() for p in self._probe.parameters]
        size = self._probe.by_row(torch._foreach_norm(weights, 2, dtype=torch.float32))
        before = [torch.empty_like(weight) for weight in weights]
        torch._foreach_copy_(before, weights)
        yield
        torch._foreach_sub_(before, weights)
        moved = self._probe.by_row(torch._foreach_norm(before, 2, dtype=torch.float32))
        self._send(step, moved / size)
        self.flush(wait=False)

    def flush(self, *, wait: bool = True) -> None:
        """Write down what has arrived, all of it where it may ``wait``."""
        while self._pending:
            step, ratios, event = self._pending[0]
            if event is not None and not event.query():
                if not wait:
                    return
                event.synchronize()
            self._pending.popleft()
            if self.writer is not None:
                self.writer.write(step, ratios.numpy())

    def _send(self, step: int, ratios: Tensor) -> None:
        event = None
        if ratios.is_cuda:
            host = torch.empty(ratios.shape, dtype=ratios.dtype, pin_memory=True)
            host.copy_(ratios, non_blocking=True)
            event = torch.cuda.Event()
            event.record()
            ratios = host
        self._pending.append((step, ratios, event))
