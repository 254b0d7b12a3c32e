from __future__ import annotations

import numpy as np
import pytest
import torch

from graphcore.training.data.arrays import Arrays, Text
from graphcore.training.data.minibatches import Windows, epoch_batches, steps_per_epoch, to_device
from tests.training.nets import everything


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
    assert [values.dtype for values in everything(data.train)] == [torch.float64, torch.int64]
    assert (len(data.train), len(data.held_out)) == (6, 1)
    picked, classes = data.train.at(torch.tensor([4, 1]))
    assert picked.tolist() == [[8, 9], [2, 3]]
    assert classes.tolist() == [4, 1]


class TestWindows:
    TEXT = Text(np.arange(23), np.arange(100, 111), length=5)

    @pytest.mark.parametrize("epoch", range(7))
    def test_every_epoch_has_whole_windows_side_by_side_with_the_tokens_that_follow(
        self, epoch: int
    ) -> None:
        data = to_device(self.TEXT, torch.device("cpu"), torch.int64, seed=3)
        assert len(data.train) == 3
        x, y = data.train.at(torch.arange(3), epoch)
        assert x.shape == y.shape == (3, 5)
        assert torch.equal(x.flatten(), torch.arange(15) + x[0, 0])
        assert torch.equal(y, x + 1)

    def test_where_windows_begin_is_a_function_of_seed_and_epoch(self) -> None:
        def first(seed: int, epoch: int) -> int:
            data = to_device(self.TEXT, torch.device("cpu"), torch.int64, seed=seed)
            return int(data.train.at(torch.tensor([0]), epoch)[0][0, 0])

        begins = [first(seed, epoch) for seed in range(4) for epoch in range(8)]
        assert begins == [first(seed, epoch) for seed in range(4) for epoch in range(8)]
        assert set(begins) == set(range(5))

    def test_what_is_held_out_is_always_the_same(self) -> None:
        held_out = to_device(self.TEXT, torch.device("cpu"), torch.int64).held_out
        assert len(held_out) == 2
        assert torch.equal(everything(held_out)[0], torch.arange(100, 110).view(2, 5))
        assert torch.equal(held_out.at(torch.tensor([1]), 5)[1], torch.arange(106, 111)[None])

    @pytest.mark.parametrize("tokens", range(10, 40))
    def test_no_window_goes_beyond_the_text(self, tokens: int) -> None:
        for seed, epochs in ((1, 30), (None, 1)):
            windows = Windows(torch.arange(tokens), 5, seed)
            for epoch in range(epochs):
                assert everything_in(windows, epoch) < tokens


def everything_in(windows: Windows, epoch: int) -> int:
    """The last target of an epoch."""
    return int(windows.at(torch.arange(len(windows)), epoch)[1].max())
