"""The gradient of every layer at every step, and the way of the figures to the host."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from graphcore.training.measuring.step_file import COLUMNS, Figures, Row

CHUNK = 16
"""How many steps' figures travel together from a GPU."""


class GradientProbe:
    """Measures the L2 norm of each row's gradient, weights and biases together.

    A row is the module of that name with all parameters below it (a copy in a repeat, a block, a
    layer) or a parameter itself. Where no parameter of a row is trained its figure is NaN: not
    measured. A parameter that the loss does not depend on has the gradient 0.
    """

    def __init__(self, module: nn.Module, rows: Sequence[Row]) -> None:
        """Raises KeyError for a row that the module does not have."""
        named = dict(module.named_parameters(remove_duplicate=False))
        groups = [_trained(named, row.module) for row in rows]
        self.parameters = list({id(p): p for group in groups for p in group}.values())
        place = {id(p): index for index, p in enumerate(self.parameters)}
        device = self.parameters[0].device if self.parameters else torch.device("cpu")
        self._zero = torch.zeros((), device=device)
        # Index of each row's parameters, padded by that of a zero behind the last norm.
        width = max((len(group) for group in groups), default=0)
        padding = len(self.parameters)
        index = [
            [place[id(p)] for p in group] + [padding] * (width - len(group)) for group in groups
        ]
        self._index = torch.tensor(index, dtype=torch.int64, device=device).reshape(
            len(rows), width
        )
        self._on_host = _OnHost(self.parameters) if device.type == "cpu" else None
        self.measured = tuple(bool(group) for group in groups)
        self._unmeasured = ~torch.tensor(self.measured, dtype=torch.bool, device=device)

    @torch.no_grad()
    def measure(self) -> Tensor:
        """The norms after a backward pass, float32 of shape (rows,), without waiting for them."""
        if not self.parameters:
            return torch.full((len(self._index),), torch.nan, device=self._zero.device)
        grads = [p.grad for p in self.parameters]
        present = [grad for grad in grads if grad is not None]
        if self._on_host is not None and len(present) == len(grads):
            return self._by_row_on_host(self._on_host.squares(present))
        found = iter(torch._foreach_norm(present, 2, dtype=torch.float32) if present else ())
        return self.by_row([self._zero if grad is None else next(found) for grad in grads])

    def by_row(self, norms: Sequence[Tensor]) -> Tensor:
        """The norms of the rows from those of all ``parameters``, NaN where a row has none."""
        # In float64 the square of a vanishing norm is not zero, nor that of a huge one infinite.
        squares = torch.stack([*norms, self._zero]).double().square_()
        rows = squares[self._index].sum(1).sqrt_().float()
        return rows.masked_fill_(self._unmeasured, torch.nan) if not all(self.measured) else rows

    def _by_row_on_host(self, squares: npt.NDArray[np.float64]) -> Tensor:
        rows = np.sqrt(squares[self._index.numpy()].sum(1))
        rows[self._unmeasured.numpy()] = np.nan
        return torch.from_numpy(rows.astype(np.float32))


class _OnHost:
    """The squares of gradients' norms on the CPU. A fused norm goes through them one by one there,
    which for vectors takes longer than the sums do: those are laid end to end."""

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        self._count = len(parameters)
        self._thin = [at for at, p in enumerate(parameters) if p.dim() == 1 and p.numel()]
        thin = set(self._thin)
        self._wide = [at for at in range(self._count) if at not in thin]
        lengths = [0, *(parameters[at].numel() for at in self._thin)]
        self._begins = np.cumsum(lengths)[:-1]
        self._at_thin, self._at_wide = np.array(self._thin, int), np.array(self._wide, int)

    def squares(self, gradients: Sequence[Tensor]) -> npt.NDArray[np.float64]:
        """Of every gradient, and a 0 behind them. In float64, where the square of a vanishing norm
        is not zero, nor that of a huge one infinite."""
        found = np.zeros(self._count + 1)
        if self._thin:
            line = torch.cat([gradients[at] for at in self._thin]).double().square_()
            found[self._at_thin] = np.add.reduceat(line.numpy(), self._begins)
        if self._wide:
            wide = [gradients[at] for at in self._wide]
            norms = torch.stack(torch._foreach_norm(wide, 2, dtype=torch.float32))
            found[self._at_wide] = norms.double().square_().numpy()
        return found


def _trained(named: dict[str, nn.Parameter], row: str) -> list[nn.Parameter]:
    below = [p for name, p in named.items() if name == row or name.startswith(row + ".")]
    if not below:
        raise KeyError(f"the module has no parameters called '{row}'")
    return list({id(p): p for p in below if p.requires_grad}.values())


class Recorder:
    """Collects one record a step where the figures are, and brings them to the host in chunks.

    On the CPU a record arrives at once. On a GPU nothing waits: a full chunk is copied into one
    of two pinned buffers behind the computation, and handed out when it has arrived; only a host
    more than two chunks ahead is made to wait.
    """

    def __init__(self, rows: int, device: torch.device, chunk: int | None = None) -> None:
        self._on_gpu = device.type == "cuda"
        self._is_direct = device.type == "cpu" and chunk is None
        size = chunk or (CHUNK if self._on_gpu else 1)
        shape = (size, len(COLUMNS) + rows)
        self._chunk = torch.full(shape, torch.nan, device=device)
        self._buffers = deque(torch.empty(shape, pin_memory=self._on_gpu) for _ in range(2))
        self._rates: list[float] = []
        self._pending: deque[tuple[Tensor, list[float], torch.cuda.Event | None]] = deque()

    def record(self, loss: Tensor, accuracy: Tensor | None, rate: float, norms: Tensor) -> Figures:
        """Take a step's figures; returns the records that have arrived, of shape (k, width)."""
        if self._is_direct:
            return self._at_once(loss, accuracy, rate, norms)
        record = self._chunk[len(self._rates)]
        record[0] = loss
        record[1] = torch.nan if accuracy is None else accuracy
        record[len(COLUMNS) :] = norms
        self._rates.append(rate)
        if len(self._rates) == len(self._chunk):
            self._send()
        return self._arrived(most_pending=1)

    def _at_once(
        self, loss: Tensor, accuracy: Tensor | None, rate: float, norms: Tensor
    ) -> Figures:
        """The record itself, with as little of torch as can be: it is a part of every step."""
        record = np.empty((1, self._chunk.shape[1]), dtype=np.float32)
        record[0, 0] = loss.item()
        record[0, 1] = math.nan if accuracy is None else accuracy.item()
        record[0, 2] = rate
        record[0, len(COLUMNS) :] = norms.numpy()
        return record

    def flush(self) -> Figures:
        """All records that are still on their way, of shape (k, width)."""
        early = self._arrived(most_pending=0)
        if self._rates:
            self._send()
        return np.concatenate([early, self._arrived(most_pending=0)])

    def _send(self) -> None:
        buffer = self._buffers.popleft()
        buffer.copy_(self._chunk, non_blocking=self._on_gpu)
        event = None
        if self._on_gpu:
            event = torch.cuda.Event()
            event.record()
        self._pending.append((buffer, self._rates, event))
        self._rates = []

    def _arrived(self, most_pending: int) -> Figures:
        """What has arrived; waits until at most ``most_pending`` chunks are on their way."""
        records = [np.empty((0, self._chunk.shape[1]), dtype=np.float32)]
        while self._pending:
            buffer, rates, event = self._pending[0]
            if event is not None and not event.query():
                if len(self._pending) <= most_pending:
                    break
                event.synchronize()
            self._pending.popleft()
            records.append(buffer[: len(rates)].numpy().copy())
            records[-1][:, COLUMNS.index("learning_rate")] = rates
            self._buffers.append(buffer)
        return np.concatenate(records)
