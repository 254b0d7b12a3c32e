from __future__ import annotations

import numpy as np
import pytest
import torch

from graphcore.training.data import epoch_batches, steps_per_epoch, to_device
from graphcore.training.datasets import Arrays


@pytest.mark.parametrize(
    ("samples", "size", "steps"), [(10, 3, 3), (9, 3, 3), (2, 3, 1), (1, 1, 1), (1438, 64, 22)]
)
def test_an_epoch_has_whole_minibatches_and_at_least_one(
    samples: int, size: int, steps: int
) -> None:
    assert steps_per_epoch(samples, size) == steps
    batches = epoch_batches(samples, size, 0, 0)
    assert [len(batch) for batch in batches] == [min(size, samples)] * steps
    indices = torch.cat(batches).tolist()
    assert len(set(indices)) == len(indices)
    assert set(indices) <= set(range(samples))


def test_the_order_is_a_function_of_seed_and_epoch() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        return torch.cat(epoch_batches(50, 8, seed, epoch)).tolist()

    assert order(3, 5) == order(3, 5)
    assert len({tuple(order(seed, epoch)) for seed in range(4) for epoch in range(4)}) == 16


def test_a_minibatch_is_its_samples() -> None:
    x, y = np.arange(12.0, dtype=np.float32).reshape(6, 2), np.arange(6)
    data = to_device(Arrays(x, y, x[:1], y[:1]), torch.device("cpu"), torch.float64)
    assert (data.train.x.dtype, data.train.y.dtype) == (torch.float64, torch.int64)
    assert (len(data.train), len(data.held_out)) == (6, 1)
    picked, classes = data.train.at(torch.tensor([4, 1]))
    assert picked.tolist() == [[8, 9], [2, 3]]
    assert classes.tolist() == [4, 1]
