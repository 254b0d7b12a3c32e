"""What a value on an edge is like, and the inner products of the gradients that come back to it.

On the CPU the figures are numbers at once; on another device they are tensors, so that nothing
waits for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

Figure = Tensor | float

TINY, HUGE = 1e-30, 1e30
"""Where a sum of squares in float32 can no longer be trusted."""


def described(value: Tensor) -> list[Figure]:
    """Mean, deviation and the share of zeros."""
    (x,) = in_lines([value])
    x = x if x.dtype == torch.float64 else x.float()
    return _described_here(x) if x.is_cpu else _described_there(x)


def _described_there(x: Tensor) -> list[Figure]:
    signs = x.sign()
    zeros = 1 - torch.dot(signs, signs) / x.numel()
    return [x.mean(), _deviation(x), zeros]


def _described_here(x: Tensor) -> list[Figure]:
    count = max(x.numel(), 1)
    mean = x.sum().item() / count
    squares = torch.dot(x, x).item()
    variance = squares / count - mean * mean
    # From the squares it costs a third, but is not exact where the mean is most of them.
    is_exact = TINY < squares < HUGE and variance > 0.1 * mean * mean
    deviation = math.sqrt(variance) if is_exact else _deviation(x.double()).item()
    return [mean, deviation, 1 - np.count_nonzero(x.numpy() != 0) / count]


def _deviation(x: Tensor) -> Tensor:
    norm: Tensor = torch.linalg.vector_norm(x - x.mean())
    return norm / math.sqrt(max(x.numel(), 1))


def products(gradients: Sequence[Tensor | None]) -> list[Figure]:
    """The inner products of the gradients, each with itself and those after it; 0 where one of them
    did not come."""
    there = iter(in_lines([gradient for gradient in gradients if gradient is not None]))
    lines = [None if gradient is None else next(there) for gradient in gradients]
    return [
        0.0 if a is None or b is None else _product(a, b)
        for at, a in enumerate(lines)
        for b in lines[at:]
    ]


def _product(a: Tensor, b: Tensor) -> Figure:
    """The inner product, also of gradients so small or large that their squares leave float32."""
    if not a.is_cpu:
        return torch.dot(a.double(), b.double())
    if a.dtype in (torch.float32, torch.float64):
        found = torch.dot(a, b).item()
        if TINY < abs(found) < HUGE:
            return found
    return torch.dot(a.double(), b.double()).item()


def in_lines(tensors: Sequence[Tensor]) -> list[Tensor]:
    """The tensors as vectors, all in one order: that in memory where their channels lie last."""
    last = torch.channels_last
    if all(x.dim() == 4 and x.is_contiguous(memory_format=last) for x in tensors):
        return [x.detach().permute(0, 2, 3, 1).flatten() for x in tensors]
    return [x.detach().flatten() for x in tensors]


def as_vector(figures: Sequence[Figure], device: torch.device) -> Tensor:
    """The figures as a vector in float64, on the device that they are of."""
    if device.type == "cpu":
        return torch.tensor(figures, dtype=torch.float64)
    none = torch.zeros((), dtype=torch.float64, device=device)
    return torch.stack([f.double() if isinstance(f, Tensor) else none + f for f in figures])
