"""Data on the device: all of it stays there, and a minibatch is a choice of indices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from graphcore.training.data.arrays import Array, Loaded, Text
from graphcore.training.data.sources.text import held_out_windows, windows


class Minibatches(Protocol):
    """Samples and what to predict for them, on one device. What a sample is may change from epoch
    to epoch, as a function of (epoch, index) alone."""

    def __len__(self) -> int:
        """How many samples there are."""
        ...

    @property
    def device(self) -> torch.device:
        """Where they are."""
        ...

    def at(self, indices: Tensor, epoch: int = 0) -> tuple[Tensor, Tensor]:
        """The minibatch of these samples in an epoch."""
        ...


@dataclass(frozen=True)
class Samples:
    """Samples that are kept one by one."""

    x: Tensor
    y: Tensor

    def __len__(self) -> int:
        return len(self.x)

    @property
    def device(self) -> torch.device:
        """Where they are."""
        return self.x.device

    def at(self, indices: Tensor, epoch: int = 0) -> tuple[Tensor, Tensor]:
        """The minibatch of these samples."""
        return self.x.index_select(0, indices), self.y.index_select(0, indices)


@dataclass(frozen=True)
class Windows:
    """Windows of a text, side by side, each with the tokens one further on. With a seed they
    begin elsewhere in every epoch, so that in time a token is met at every place of a window."""

    tokens: Tensor
    length: int
    seed: int | None = None

    def __len__(self) -> int:
        count = held_out_windows if self.seed is None else windows
        return count(len(self.tokens), self.length)

    @property
    def device(self) -> torch.device:
        """Where they are."""
        return self.tokens.device

    def at(self, indices: Tensor, epoch: int = 0) -> tuple[Tensor, Tensor]:
        """The minibatch of these windows in an epoch: tokens and targets, both (N, length)."""
        begins = indices * self.length + self._shift(epoch)
        places = begins[:, None] + torch.arange(self.length, device=self.device)
        return self.tokens[places], self.tokens[places + 1]

    def _shift(self, epoch: int) -> int:
        if self.seed is None:
            return 0
        return int(np.random.default_rng((self.seed, epoch, 1)).integers(self.length))


@dataclass(frozen=True)
class Data:
    """All of a data set on one device."""

    train: Minibatches
    held_out: Minibatches


def to_device(
    loaded: Loaded, device: torch.device, dtype: torch.dtype = torch.float32, seed: int = 0
) -> Data:
    """The data as tensors; samples become ``dtype``, classes and tokens stay int64. ``seed`` is
    that of the run, for what differs from epoch to epoch."""

    def samples(x: Array, y: Array) -> Samples:
        return Samples(torch.from_numpy(x).to(device, dtype), _tensor(y, device))

    if isinstance(loaded, Text):
        return Data(
            Windows(_tensor(loaded.tokens, device), loaded.length, seed),
            Windows(_tensor(loaded.held_out, device), loaded.length),
        )
    return Data(samples(loaded.x, loaded.y), samples(loaded.x_test, loaded.y_test))


def _tensor(array: Array, device: torch.device) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array)).to(device)


def steps_per_epoch(samples: int, batch_size: int) -> int:
    """How many whole minibatches there are; at least one, of all samples.

    What is left at the end of an epoch is not used in it: the next epoch shuffles anew.
    """
    return max(1, samples // batch_size)


def epoch_batches(samples: int, batch_size: int, seed: int, epoch: int) -> tuple[Tensor, ...]:
    """The indices of every minibatch of an epoch: a function of (seed, epoch) alone, so that a
    run can be taken up again anywhere, and two runs of one seed see the same data."""
    order = torch.from_numpy(np.random.default_rng((seed, epoch)).permutation(samples))
    count = steps_per_epoch(samples, batch_size)
    batches: tuple[Tensor, ...] = order[: count * batch_size].split(batch_size)
    return batches


def in_order(
    samples: Minibatches, batch_size: int, first: int = 0, every: int = 1
) -> Iterator[tuple[Tensor, Tensor]]:
    """All samples once, in order, the last minibatch as large as what is left; of these minibatches
    the ``first`` (from 0) and then one in ``every`` so many."""
    batches = torch.arange(len(samples), device=samples.device).split(batch_size)
    for indices in batches[first::every]:
        yield samples.at(indices)
