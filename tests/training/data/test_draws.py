from __future__ import annotations

import math

import pytest
import torch

from graphcore.training.data.draws import normal, uniform

COUNTERS = torch.arange(20_000)


def test_a_draw_is_a_function_of_seed_epoch_stream_and_counter() -> None:
    first = uniform(3, 5, 1, COUNTERS)
    assert torch.equal(first, uniform(3, 5, 1, COUNTERS))
    assert torch.equal(first[100:200], uniform(3, 5, 1, COUNTERS[100:200]))
    assert torch.equal(first.view(100, 200), uniform(3, 5, 1, COUNTERS.view(100, 200)))


@pytest.mark.parametrize("other", [(4, 5, 1), (3, 6, 1), (3, 5, 2), (5, 3, 1), (1, 5, 3)])
def test_other_seeds_epochs_and_streams_have_nothing_to_do_with_it(
    other: tuple[int, int, int],
) -> None:
    both = torch.stack([uniform(3, 5, 1, COUNTERS), uniform(*other, COUNTERS)])
    assert abs(torch.corrcoef(both)[0, 1]) < 4 / math.sqrt(len(COUNTERS))


def test_neighbours_have_nothing_to_do_with_each_other() -> None:
    drawn = uniform(0, 0, 1, COUNTERS)
    both = torch.stack([drawn[1:], drawn[:-1]])
    assert abs(torch.corrcoef(both)[0, 1]) < 4 / math.sqrt(len(COUNTERS))


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
def test_uniform_numbers_fill_the_unit_interval_evenly(seed: int) -> None:
    drawn = uniform(seed, 0, 1, COUNTERS)
    assert drawn.min() >= 0
    assert drawn.max() < 1
    counts = torch.histc(drawn, 20, 0, 1)
    expected = len(COUNTERS) / 20
    chi = ((counts - expected) ** 2 / expected).sum()
    assert chi < 43.8  # the 0.1 % quantile for 19 degrees of freedom


def test_normal_numbers_have_their_moments() -> None:
    drawn = normal(1, 2, 3, COUNTERS).double()
    assert torch.isfinite(drawn).all()
    moments = [drawn.mean(), drawn.var(), (drawn**3).mean(), (drawn**4).mean()]
    assert [m.item() for m in moments] == pytest.approx([0, 1, 0, 3], abs=0.12)
