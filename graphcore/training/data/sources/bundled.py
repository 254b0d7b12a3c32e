"""The data sets that come with scikit-learn."""

from __future__ import annotations

from functools import cache

import numpy as np

from graphcore.training.data.arrays import (
    Arrays,
    DataInfo,
    Dataset,
    Demand,
    held_out_count,
    split,
)

# What is known without loading scikit-learn, which takes a second that the window need not wait.
_IRIS = ("sepal length", "sepal width", "petal length", "petal width")
_WINE = (
    "alcohol malic_acid ash alcalinity magnesium phenols flavanoids nonflavanoid_phenols "
    "proanthocyanins color_intensity hue od280/od315 proline"
)
_CANCER = (
    "radius texture perimeter area smoothness compactness concavity concave_points symmetry "
    "fractal_dimension"
)
_DIABETES = "age sex bmi blood_pressure s1 s2 s3 s4 s5 s6"


@cache
def _digits() -> Arrays:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    samples = (bunch.images[:, None] / 16).astype(np.float32)
    return split(samples, bunch.target.astype(np.int64))


@cache
def _table(name: str) -> Arrays:
    from sklearn import datasets

    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return split(x.astype(np.float32), y.astype(np.float32 if y.dtype.kind == "f" else np.int64))


def _set(info: DataInfo, doc: str) -> Dataset:
    """A registered set of scikit-learn: the digits as images, the others as tables."""

    def load(demand: Demand) -> Arrays:
        return _digits() if len(info.sample_shape) == 3 else _table(info.name)

    return Dataset(info.title, doc, lambda demand: info, load)


def _described(
    name: str,
    title: str,
    samples: int,
    columns: tuple[str, ...],
    labels: tuple[str, ...] = (),
) -> DataInfo:
    held_out = held_out_count(samples)
    return DataInfo(
        name,
        title,
        (len(columns),),
        (),
        len(labels) or None,
        samples - held_out,
        held_out,
        labels=labels,
        columns=columns,
    )


_DIGITS_INFO = DataInfo(
    "digits", "Digits", (1, 8, 8), (), 10, 1438, 359, labels=tuple("0123456789")
)
_CANCER_COLUMNS = tuple(
    f"{which} {what}" for which in ("mean", "error of", "worst") for what in _CANCER.split()
)

DIGITS = _set(
    _DIGITS_INFO,
    "1,797 handwritten digits of 8×8 pixels (Alpaydin and Kaynak 1998), as scikit-learn ships "
    "them.",
)
IRIS = _set(
    _described("iris", "Iris", 150, _IRIS, ("setosa", "versicolor", "virginica")),
    "150 irises of three kinds by four lengths (Fisher 1936).",
)
WINE = _set(
    _described("wine", "Wine", 178, tuple(_WINE.split()), ("1", "2", "3")),
    "178 wines of three growers by 13 measurements (Forina et al. 1991).",
)
BREAST_CANCER = _set(
    _described("breast_cancer", "Breast cancer", 569, _CANCER_COLUMNS, ("malignant", "benign")),
    "569 tumours, malignant or benign, by 30 measurements of cell nuclei (Wolberg et al. 1995).",
)
DIABETES = _set(
    _described("diabetes", "Diabetes", 442, tuple(_DIABETES.split())),
    "442 patients by ten measurements; the progression of their diabetes is the value to be met "
    "(Efron et al. 2004).",
)
