"""The data sets that come with scikit-learn."""

from __future__ import annotations

from functools import cache

import numpy as np

from graphcore.training.arrays import Arrays, DataInfo, Dataset, Demand, split


@cache
def _digits() -> Arrays:
    # Imported here: scikit-learn takes a second to load, which the window need not wait for.
    from sklearn.datasets import load_digits

    bunch = load_digits()
    samples = (bunch.images[:, None] / 16).astype(np.float32)
    return split(samples, bunch.target.astype(np.int64))


def _digits_info(demand: Demand) -> DataInfo:
    return DataInfo(
        "digits", DIGITS.title, (1, 8, 8), (), 10, 1438, 359, labels=tuple("0123456789")
    )


DIGITS = Dataset(
    "Digits",
    "1,797 handwritten digits of 8×8 pixels (Alpaydin and Kaynak 1998), as scikit-learn ships "
    "them.",
    _digits_info,
    lambda demand: _digits(),
)
