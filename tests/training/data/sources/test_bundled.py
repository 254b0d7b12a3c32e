from __future__ import annotations

import numpy as np
import pytest

from graphcore.training.data.arrays import Arrays
from graphcore.training.data.datasets import data_info, load_arrays


@pytest.mark.parametrize("name", ["digits", "iris", "wine", "breast_cancer", "diabetes"])
def test_what_is_told_without_loading_is_what_is_there(name: str) -> None:
    info, arrays = data_info(name), load_arrays(name)
    assert isinstance(arrays, Arrays)
    assert (len(arrays.x), len(arrays.x_test)) == (info.train, info.held_out)
    assert arrays.x.shape[1:] == info.sample_shape
    assert arrays.y.shape[1:] == info.target_shape
    assert len(info.columns) in (0, *info.sample_shape)
    if info.classes is None:
        assert arrays.y.dtype == np.float32
    else:
        assert set(np.unique(arrays.y)) == set(range(info.classes))
        assert len(info.labels) == info.classes
