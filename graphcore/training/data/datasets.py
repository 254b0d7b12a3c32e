"""Every kind of data that a model can learn from, registered in one place.

A recipe's ``data`` is the name of a registered set or the path of a file; the suffix of a file
tells its kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from graphcore.training.data.arrays import (
    Arrays,
    DataError,
    DataInfo,
    Dataset,
    Demand,
    FileKind,
    Loaded,
    Text,
)
from graphcore.training.data.sources.bundled import BREAST_CANCER, DIABETES, DIGITS, IRIS, WINE
from graphcore.training.data.sources.images import IMAGES
from graphcore.training.data.sources.npz import NPZ
from graphcore.training.data.sources.python_file import is_program, program_arrays, program_info
from graphcore.training.data.sources.shapes import SHAPES
from graphcore.training.data.sources.table import TABLE
from graphcore.training.data.sources.text import TEXT, TOPICS
from graphcore.training.recipe import names_a_file

__all__ = [
    "DATASETS",
    "FILE_KINDS",
    "Arrays",
    "DataError",
    "DataInfo",
    "Dataset",
    "Demand",
    "Loaded",
    "Text",
    "data_info",
    "kind_of",
    "load_arrays",
]

DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {
        "digits": DIGITS,
        "topics": TOPICS,
        "shapes": SHAPES,
        "iris": IRIS,
        "wine": WINE,
        "breast_cancer": BREAST_CANCER,
        "diabetes": DIABETES,
    }
)
"""The registered data sets by name."""

PROGRAM = FileKind("Programs", (), program_info, program_arrays)
"""A user's Python file that gives data; run only where it was trusted."""

FILE_KINDS: tuple[FileKind, ...] = (NPZ, TABLE, TEXT)
"""The kinds of files that can be learnt from."""

ANYTHING = Demand()


def data_info(data: str, demand: Demand = ANYTHING) -> DataInfo:
    """What ``data`` (a recipe's value) holds in the form that ``demand`` asks for, with as little
    of it read as that needs.

    Raises :class:`DataError` where there is no such data or it cannot be used.
    """
    if not names_a_file(data):
        return _registered(data).info(demand)
    path = Path(data)
    return kind_of(path).info(path, demand)


def load_arrays(data: str, demand: Demand = ANYTHING) -> Loaded:
    """The samples of ``data`` (a recipe's value), split into training and held-out ones.

    Raises :class:`DataError` where there is no such data or it cannot be used.
    """
    if not names_a_file(data):
        return _registered(data).load(demand)
    path = Path(data)
    return kind_of(path).load(path, demand)


def _registered(name: str) -> Dataset:
    if name not in DATASETS:
        raise DataError(
            f"there is no data set called '{name}'; there are: {', '.join(DATASETS)}. "
            f"A file's name has one of the suffixes {' '.join(_suffixes())}"
        )
    return DATASETS[name]


def kind_of(path: Path) -> FileKind:
    """The kind of a file or folder. Raises DataError where it is of none."""
    if path.is_dir():
        return IMAGES
    if is_program(path):
        return PROGRAM
    for kind in FILE_KINDS:
        if path.suffix.lower() in kind.suffixes:
            return kind
    raise DataError(
        f"the data {path} are no folder and of no known kind; a file's name has one of the "
        f"suffixes {' '.join(_suffixes())}"
    )


def _suffixes() -> list[str]:
    return [suffix for kind in FILE_KINDS for suffix in kind.suffixes]
