"""NumPy archives: ``.npz`` files with two arrays, or four (write one with ``numpy.savez``).

``x``        samples, of shape (samples, ...), any real numbers; ``uint8`` is divided by 255, other
             whole numbers stay whole (they may be tokens) until a model wants them otherwise
``y``        what to predict: whole numbers are classes 0, 1, 2, ... of shape (samples,) or, a
             class for every pixel, (samples, height, width); other numbers are values to be met
``x_test``,  held-out samples of the same shapes; where they are missing, a fifth of x and y is
``y_test``   held out

Everything else about a file is ignored, and nothing in it is ever unpickled.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from graphcore.training.data.arrays import (
    Array,
    Arrays,
    DataError,
    DataInfo,
    Demand,
    FileKind,
    beyond_reach,
    class_count,
    held_out_count,
    split,
)

SUFFIX = ".npz"
REQUIRED = ("x", "y")
TEST = ("x_test", "y_test")


def _info(path: Path, demand: Demand) -> DataInfo:
    with _DataFile(path) as file:
        return file.info()


def _load(path: Path, demand: Demand) -> Arrays:
    with _DataFile(path) as file:
        return file.load()


NPZ = FileKind("NumPy archives", (SUFFIX,), _info, _load)


class _DataFile:
    """An open ``.npz`` file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            raise self._wrong("does not exist; check the path")
        if path.suffix.lower() != SUFFIX:
            raise self._wrong(f"is no {SUFFIX} file; write one with numpy.savez")
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise self._wrong(
                f"cannot be read as an {SUFFIX} file ({error}); write it anew with numpy.savez"
            ) from error

    def __enter__(self) -> _DataFile:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def info(self) -> DataInfo:
        names = self._names()
        heads = {name: self._head(name) for name in names}
        self._check_shapes({name: shape for name, (shape, _) in heads.items()})
        for name in names:
            self._check_kind(name, heads[name][1])
        targets = [self._target(name) for name in names if name.startswith("y")]
        samples, target = heads["x"][0], heads["y"][0]
        held_out = heads["x_test"][0][0] if "x_test" in heads else held_out_count(samples[0])
        return DataInfo(
            name=str(self.path),
            title=self.path.name,
            sample_shape=samples[1:],
            target_shape=target[1:],
            classes=class_count(targets),
            train=samples[0] if "x_test" in heads else samples[0] - held_out,
            held_out=held_out,
            whole=_stays_whole(heads["x"][1]),
        )

    def load(self) -> Arrays:
        names = self._names()
        self._check_shapes({name: self._head(name)[0] for name in names})
        x, y = self._samples("x"), self._target("y")
        if "x_test" in names:
            return Arrays(x, y, self._samples("x_test"), self._target("y_test"))
        return split(x, y)

    def _names(self) -> tuple[str, ...]:
        present = {member.removesuffix(".npy") for member in self._zip.namelist()}
        for name in REQUIRED:
            if name not in present:
                shown = ", ".join(sorted(present)[:8]) or "nothing"
                raise self._wrong(f"has no array '{name}' (it has: {shown}); it needs x and y")
        if len(present.intersection(TEST)) == 1:
            raise self._wrong("has only one of x_test and y_test; give both or neither")
        return REQUIRED + (TEST if TEST[0] in present else ())

    def _head(self, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
        """Shape and dtype, checked against the number of bytes that are there."""
        member = self._zip.getinfo(f"{name}.npy")
        try:
            with self._zip.open(member) as file:
                version = np.lib.format.read_magic(file)
                read = {
                    (1, 0): np.lib.format.read_array_header_1_0,
                    (2, 0): np.lib.format.read_array_header_2_0,
                }[version]
                shape, _, dtype = read(file)
                stored = member.file_size - file.tell()
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
            raise self._wrong(f"has a damaged array '{name}' ({error})") from error
        if not dtype.hasobject and int(np.prod(shape, dtype=object)) * dtype.itemsize != stored:
            raise self._wrong(f"has a damaged array '{name}': its size and its shape disagree")
        return shape, dtype

    def _array(self, name: str) -> Array:
        self._check_kind(name, self._head(name)[1])
        try:
            with self._zip.open(f"{name}.npy") as file:
                array: Array = np.lib.format.read_array(file, allow_pickle=False)
        except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise self._wrong(f"has a damaged array '{name}' ({error})") from error
        except MemoryError as error:
            raise self._wrong(f"does not fit into memory: array '{name}'") from error
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            where = np.argwhere(~np.isfinite(array))[0].tolist()
            raise self._wrong(
                f"has a value in '{name}' that is not a number or infinite, first at {where}; "
                "remove or replace such values"
            )
        if too_large := beyond_reach(array):
            raise self._wrong(
                f"has a number in '{name}' that is too large to compute with, {too_large}; scale "
                "or replace such values"
            )
        return array

    def _samples(self, name: str) -> Array:
        array = self._array(name)
        if _stays_whole(array.dtype):
            return array.astype(np.int64, order="C")
        scale = np.float32(1 / 255) if array.dtype == np.uint8 else np.float32(1)
        return array.astype(np.float32, order="C") * scale

    def _target(self, name: str) -> Array:
        array = self._array(name)
        if array.dtype.kind == "f":
            return array.astype(np.float32, order="C")
        if array.dtype.kind == "i" and array.size and array.min() < 0:
            raise self._wrong(
                f"has the label {array.min()} in '{name}'; classes are numbered from 0"
            )
        return array.astype(np.int64, order="C")

    def _check_kind(self, name: str, dtype: np.dtype[Any]) -> None:
        if dtype.kind in "fiub":
            return
        kind = "Python objects" if dtype.hasobject else f"elements of type {dtype}"
        raise self._wrong(
            f"has {kind} in '{name}'; save plain numbers: numpy.savez(path, x=..., y=...) with "
            "arrays of one shape a sample"
        )

    def _check_shapes(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        for name, shape in shapes.items():
            if not shape or not shape[0]:
                raise self._wrong(f"has no samples in '{name}'; its first axis counts them")
        for x, y in (REQUIRED, TEST):
            if x in shapes and shapes[x][0] != shapes[y][0]:
                raise self._wrong(
                    f"has {shapes[x][0]:,} samples in '{x}' but {shapes[y][0]:,} in '{y}'; there "
                    "must be as many of both"
                )
        for name, test in zip(REQUIRED, TEST, strict=True):
            if test in shapes and shapes[name][1:] != shapes[test][1:]:
                raise self._wrong(
                    f"has samples of {_times(shapes[name][1:])} in '{name}' but of "
                    f"{_times(shapes[test][1:])} in '{test}'; they must be alike"
                )
        if "x_test" not in shapes and shapes["x"][0] < 2:
            raise self._wrong("has a single sample; one to learn and one to hold out are needed")

    def _wrong(self, what: str) -> DataError:
        return DataError(f"the data file {self.path} {what}")


def _stays_whole(dtype: np.dtype[Any]) -> bool:
    return dtype.kind != "f" and dtype != np.uint8


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "one number"
