from __future__ import annotations

import numpy as np
import pytest

from graphcore.training.data.arrays import Arrays, DataError, Demand
from graphcore.training.data.datasets import data_info, load_arrays
from graphcore.training.data.sources.shapes import LABELS, sample

SMALL = Demand((1, 16, 24))


def small() -> Arrays:
    loaded = load_arrays("shapes", SMALL)
    assert isinstance(loaded, Arrays)
    return loaded


def test_a_sample_is_a_function_of_its_index() -> None:
    for index in (0, 7):
        first, again = sample(index, 3, 32, 32), sample(index, 3, 32, 32)
        np.testing.assert_array_equal(first[0], again[0])
        np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(sample(0, 1, 32, 32)[1], sample(1, 1, 32, 32)[1])


def test_what_is_told_is_what_is_there() -> None:
    info, arrays = data_info("shapes", SMALL), small()
    assert arrays.x.shape == (info.train, 1, 16, 24)
    assert arrays.y.shape == (info.train, 16, 24)
    assert (len(arrays.x_test), len(arrays.y_test)) == (info.held_out, info.held_out)
    assert (info.labels, info.classes, info.output_shape) == (LABELS, 4, (4, 16, 24))
    assert [str(array.dtype) for array in arrays] == ["float32", "int64"] * 2


def test_every_class_is_met_and_none_is_rare() -> None:
    shares = np.bincount(small().y.ravel(), minlength=4) / small().y.size
    assert shares.min() > 0.05
    assert shares[0] < 0.8


def test_brightness_alone_does_not_tell_the_shapes_apart() -> None:
    """A shape's colour is drawn apart from its kind: the means by class are close together."""
    arrays = small()
    means = [arrays.x[:, 0][arrays.y == kind].mean() for kind in (1, 2, 3)]
    assert np.ptp(means) < 0.25


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ((), (1, 64, 64)),
        ((3, None, None), (3, 64, 64)),
        ((3, 48, 32), (3, 48, 32)),
        ((8, 32, 32), (1, 32, 32)),
        ((10,), (1, 64, 64)),
    ],
)
def test_they_are_as_large_as_the_model_asks(
    asked: tuple[int | None, ...], given: tuple[int, ...]
) -> None:
    assert data_info("shapes", Demand(asked)).sample_shape == given


def test_of_large_images_there_are_fewer_and_of_huge_ones_none() -> None:
    large = data_info("shapes", Demand((1, 572, 572)))
    assert 32 <= large.train < 1024
    with pytest.raises(DataError, match="make the input smaller"):
        data_info("shapes", Demand((3, 4096, 4096)))
