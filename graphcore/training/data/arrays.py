"""Data as values: what is known of it, what is asked of it, and the arrays that are learnt from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

HELD_OUT = 0.2
"""The share that is held out where the data does not say it."""

SPLIT_SEED = 0
"""The held-out samples are the same in every run, whatever its seed, so that runs compare."""


class DataError(ValueError):
    """The data cannot be used; the message names it, says why and how to mend it."""


@dataclass(frozen=True)
class Demand:
    """What a model and its recipe ask of data that can take several forms.

    ``shape`` is that of one sample as the model takes it (None: any size there; empty: nothing is
    known), from which windows of text have their length and generated images their size.
    ``tokens`` tells what a text is made of, ``characters`` or ``bytes``; ``trusted`` is the digest
    of a user's program that may be run for its data, which no document can give.
    """

    shape: tuple[int | None, ...] = ()
    tokens: str = "characters"
    trusted: str = ""


class Arrays(NamedTuple):
    """Training and held-out samples with what to predict: whole numbers as int64, else float32."""

    x: Array
    y: Array
    x_test: Array
    y_test: Array


class Text(NamedTuple):
    """A text as tokens (int64, one axis), to be learnt from in windows of ``length`` tokens; the
    targets of a window are the tokens one further on."""

    tokens: Array
    held_out: Array
    length: int


Loaded = Arrays | Text


@dataclass(frozen=True)
class DataInfo:
    """What has to be known of data to build a model for it.

    ``sample_shape`` is the shape of one sample, ``target_shape`` of what is predicted for it (()
    for one class or value); ``classes`` their number, None where values are predicted. ``whole``
    tells that samples are whole numbers; ``classes_last`` that scores of the classes are wanted
    along the last axis, as for tokens, (N, T, classes), rather than the first after the batch, as
    for pixels, (N, classes, H, W). ``labels`` name the classes and ``columns`` the values of a
    sample, where names are known; ``vocabulary`` is what the tokens stand for.
    """

    name: str
    title: str
    sample_shape: tuple[int, ...]
    target_shape: tuple[int, ...]
    classes: int | None
    train: int
    held_out: int
    whole: bool = False
    classes_last: bool = False
    labels: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    vocabulary: str = ""

    @property
    def sample_text(self) -> str:
        """``1×8×8``."""
        return "×".join(map(str, self.sample_shape)) or "one number"

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of what a model has to give for one sample."""
        if self.classes is None:
            return self.target_shape or (1,)
        if self.classes_last:
            return (*self.target_shape, self.classes)
        return (self.classes, *self.target_shape)


@dataclass(frozen=True)
class Dataset:
    """A registered data set. ``info`` is told without loading it where that can be."""

    title: str
    doc: str
    info: Callable[[Demand], DataInfo]
    load: Callable[[Demand], Loaded]


@dataclass(frozen=True)
class FileKind:
    """A kind of file with data. ``title`` is what a dialog calls such files."""

    title: str
    suffixes: tuple[str, ...]
    info: Callable[[Path, Demand], DataInfo]
    load: Callable[[Path, Demand], Loaded]


def split(x: Array, y: Array) -> Arrays:
    """Hold out a fifth, chosen once and for all."""
    held_out, train = held_out_and_train(len(x))
    return Arrays(x[train], y[train], x[held_out], y[held_out])


def held_out_and_train(samples: int) -> tuple[Array, Array]:
    """The indices of the samples that are held out, and of the others."""
    order = np.random.default_rng(SPLIT_SEED).permutation(samples)
    held_out, train = np.split(order, [held_out_count(samples)])
    return held_out, train


def held_out_count(samples: int) -> int:
    """How many of so many samples are held out."""
    return max(1, round(samples * HELD_OUT))


def beyond_reach(values: Array) -> str:
    """Of finite numbers the first that is too large for what a network computes with (float32, or
    int64 of whole numbers), as ``1e+300 at [3, 0]``; "" where all are held.

    >>> beyond_reach(np.array([1.0, -1e300]))
    '-1e+300 at [1]'
    """
    if values.dtype.kind not in "fu" or values.dtype.itemsize <= 4 or not values.size:
        return ""
    is_whole = values.dtype.kind == "u"
    limit = np.iinfo(np.int64).max if is_whole else float(np.finfo(np.float32).max)
    if -limit <= values.min() and values.max() <= limit:
        return ""
    place = np.argwhere(np.abs(values) > limit)[0]
    return f"{values[tuple(place)]:g} at {place.tolist()}"


def class_count(targets: list[Array]) -> int | None:
    """How many classes there are; None where the targets are values."""
    if any(target.dtype.kind == "f" for target in targets):
        return None
    return int(max(target.max() for target in targets)) + 1
