from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcore.training.measuring.distribution import (
    BINS,
    Distribution,
    distribution_from_json,
    distribution_of,
    distribution_to_json,
    limits,
)
from graphcore.training.measuring.histogram import distribution

NUMBERS = st.lists(
    st.one_of(
        st.floats(-1e6, 1e6, width=32),
        st.sampled_from([0.0, math.nan, math.inf, -math.inf]),
    ),
    min_size=1,
    max_size=60,
)


@given(NUMBERS)
@settings(max_examples=60, deadline=None)
def test_torch_and_numpy_give_the_same_distribution(numbers: list[float]) -> None:
    array = np.array(numbers, dtype=np.float32)
    ours, theirs = (
        distribution("weights", torch.from_numpy(array)),
        distribution_of("weights", array),
    )
    assert ours.count == theirs.count == len(numbers)
    assert ours.not_finite == theirs.not_finite == int((~np.isfinite(array)).sum())
    assert (ours.low, ours.high, ours.zeros) == (theirs.low, theirs.high, theirs.zeros)
    assert sum(ours.counts) == sum(theirs.counts) == len(numbers) - ours.not_finite
    # An edge between two intervals may fall to either side by a rounding of the last bit.
    assert np.abs(np.cumsum(ours.counts) - np.cumsum(theirs.counts)).max() <= 1 + len(numbers) // 20
    np.testing.assert_allclose(ours.mean, theirs.mean, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ours.deviation, theirs.deviation, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("size", [1, 1000, 3_000_001])
def test_the_counts_are_those_of_torch_histc(size: int) -> None:
    torch.manual_seed(size)
    values = torch.randn(size)
    found = distribution("gradients", values)
    exact = torch.histc(values.double(), BINS, found.low, found.high)
    assert list(found.counts) == exact.long().tolist()
    if size > 1:
        assert (found.low, found.high) == (float(values.min()), float(values.max()))
    assert found.mean == pytest.approx(float(values.double().mean()), abs=1e-12)
    assert found.deviation == pytest.approx(float(values.double().std(correction=0)), abs=1e-12)


def test_numbers_that_are_not_finite_are_counted_and_nothing_else() -> None:
    values = torch.tensor([1.0, 2.0, math.nan, math.inf, -math.inf, 0.0, 0.0])
    found = distribution("output", values)
    assert (found.count, found.not_finite, sum(found.counts)) == (7, 3, 4)
    assert found.zeros == pytest.approx(2 / 7)
    assert (found.mean, found.low, found.high) == (0.75, 0.0, 2.0)


def test_of_nothing_finite_there_is_no_mean() -> None:
    found = distribution("output", torch.full((5,), math.nan))
    assert (found.count, found.not_finite, sum(found.counts)) == (5, 5, 0)
    assert math.isnan(found.mean)
    assert math.isnan(found.deviation)


@pytest.mark.parametrize("value", [0.0, 3.0, -3.0, 1e-30, 1e30])
def test_equal_numbers_stand_in_the_middle(value: float) -> None:
    found = distribution("weights", torch.full((8,), value))
    assert found.low < value < found.high or value == 0
    assert sum(found.counts) == max(found.counts) == 8
    assert found.counts.index(8) == BINS // 2
    assert limits(0.0, 0.0) == (-1.0, 1.0)


def test_a_unit_is_dead_where_it_is_zero_for_every_sample() -> None:
    output = torch.tensor([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]])
    assert distribution("output", output, of_samples=True).dead == 0.5
    assert distribution("output", output, of_samples=True).zeros == 0.75
    assert distribution("output", output).dead is None
    maps = torch.zeros(3, 2, 4, 4)
    maps[1, 0, 2, 2] = 1.0
    assert distribution("output", maps, of_samples=True).dead == 31 / 32


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_every_precision(dtype: torch.dtype) -> None:
    values = torch.linspace(-1, 1, 129, dtype=dtype)
    found = distribution("output", values)
    assert found.mean == pytest.approx(float(values.double().mean()), abs=1e-9)
    assert sum(found.counts) == 129


EXAMPLE = Distribution("output", -1.0, 2.0, (1, 0, 3), 5, math.nan, 0.5, 0.25, 1, 0.125)


def test_it_survives_json() -> None:
    back = distribution_from_json(json.loads(json.dumps(distribution_to_json(EXAMPLE))))
    assert math.isnan(back.mean)
    assert str(back) == str(EXAMPLE)


@pytest.mark.parametrize("change", [{"counts": [1.5]}, {"counts": [-1]}, {"low": "a"}])
def test_what_is_no_distribution_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        distribution_from_json(distribution_to_json(EXAMPLE) | change)
