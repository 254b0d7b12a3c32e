"""Data on the device: all of it stays there, and a minibatch is a choice of indices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from graphcore.training.datasets import Arrays


@dataclass(frozen=True)
class Samples:
    """Samples and what to predict for them, on one device."""

    x: Tensor
    y: Tensor

    def __len__(self) -> int:
        return len(self.x)

    def at(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """The minibatch of these samples."""
        return self.x.index_select(0, indices), self.y.index_select(0, indices)


@dataclass(frozen=True)
class Data:
    """All of a data set on one device."""

    train: Samples
    held_out: Samples


def to_device(arrays: Arrays, device: torch.device, dtype: torch.dtype = torch.float32) -> Data:
    """The arrays as tensors; samples become ``dtype``, classes stay int64."""

    def samples(x: np.ndarray, y: np.ndarray) -> Samples:
        return Samples(
            torch.from_numpy(x).to(device, dtype),
            torch.from_numpy(np.ascontiguousarray(y)).to(device),
        )

    return Data(samples(arrays.x, arrays.y), samples(arrays.x_test, arrays.y_test))


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
