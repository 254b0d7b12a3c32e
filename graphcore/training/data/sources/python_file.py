"""A user's own data: a Python file that defines ``load_data()``.

It returns ``(x, y)``, of which a fifth is held out, or ``(x, y, x_test, y_test)``: arrays of
numpy, or what numpy can make arrays of; the rules are those of an ``.npz`` file.

Such a file is a program. It is run in the child that trains (or by ``skipwright train``) only, and
only if the very text that it has was trusted: a document cannot say so. Everywhere else it is read
as text at most.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from functools import lru_cache
from pathlib import Path

import numpy as np

from graphcore.training.data.arrays import (
    Arrays,
    DataError,
    DataInfo,
    Demand,
    beyond_reach,
    class_count,
    split,
)

FUNCTION = "load_data"


class TrustNeeded(DataError):
    """A Python file that was not trusted (any more)."""


def is_program(path: Path) -> bool:
    """Whether ``path`` is a Python file that defines ``load_data``; it is read, not run."""
    if path.suffix.lower() != ".py" or not path.is_file():
        return False
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(isinstance(node, ast.FunctionDef) and node.name == FUNCTION for node in tree.body)


def digest_of(path: Path) -> str:
    """What trust in a file is bound to: any change of its text ends it. Raises DataError."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{path} cannot be read ({reason}); check the path") from error


def program_info(path: Path, demand: Demand) -> DataInfo:
    """What the program gives. Raises TrustNeeded and DataError."""
    arrays = program_arrays(path, demand)
    return DataInfo(
        name=str(path),
        title=path.name,
        sample_shape=arrays.x.shape[1:],
        target_shape=arrays.y.shape[1:],
        classes=class_count([arrays.y, arrays.y_test]),
        train=len(arrays.x),
        held_out=len(arrays.x_test),
        whole=arrays.x.dtype.kind != "f",
    )


def program_arrays(path: Path, demand: Demand) -> Arrays:
    """The data that the program gives. Raises TrustNeeded and DataError."""
    digest = digest_of(path)
    if demand.trusted != digest:
        raise TrustNeeded(
            f"{path} is a program, and it is run only if you trust it: read it, then train with "
            "--trust-data, or answer the window's question"
        )
    return _run(path, digest)


@lru_cache(maxsize=1)
def _run(path: Path, digest: str) -> Arrays:
    spec = importlib.util.spec_from_file_location("skipwright_user_data", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        given = getattr(module, FUNCTION)()
    except Exception as error:
        raise _wrong(path, f"failed: {type(error).__name__}: {error}") from error
    if not isinstance(given, tuple | list) or len(given) not in (2, 4):
        raise _wrong(path, f"returned {type(given).__name__}, wanted (x, y) or four arrays")
    arrays = [np.asarray(part) for part in given]
    for name, array in zip(("x", "y", "x_test", "y_test"), arrays, strict=False):
        _check(path, name, array)
    for given_x, given_y in zip(arrays[::2], arrays[1::2], strict=True):
        if len(given_x) != len(given_y):
            raise _wrong(path, f"returned {len(given_x):,} samples but {len(given_y):,} targets")
    for name, array, held_out in zip(("x", "y"), arrays, arrays[2:], strict=False):
        if array.shape[1:] != held_out.shape[1:]:
            raise _wrong(
                path,
                f"returned '{name}' of shape {array.shape} but '{name}_test' of shape "
                f"{held_out.shape}; all samples must be alike",
            )
    x, y = _samples(arrays[0]), _targets(arrays[1])
    if len(arrays) == 2:
        return split(x, y)
    return Arrays(x, y, _samples(arrays[2]), _targets(arrays[3]))


def _check(path: Path, name: str, array: np.ndarray) -> None:
    if array.dtype.kind not in "fiub" or not array.ndim or len(array) < 2:
        raise _wrong(
            path,
            f"returned '{name}' of type {array.dtype} and shape {array.shape}; wanted numbers, "
            "with the samples, at least two, along the first axis",
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise _wrong(path, f"returned values in '{name}' that are not finite numbers")
    if too_large := beyond_reach(array):
        raise _wrong(path, f"returned a number in '{name}' too large to compute with, {too_large}")
    if name.startswith("y") and array.dtype.kind == "i" and array.min() < 0:
        raise _wrong(path, f"returned the label {array.min()} in '{name}'; classes begin at 0")


def _samples(array: np.ndarray) -> np.ndarray:
    if array.dtype == np.uint8:
        return array.astype(np.float32) / 255
    return array.astype(np.float32 if array.dtype.kind == "f" else np.int64)


def _targets(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32 if array.dtype.kind == "f" else np.int64)


def _wrong(path: Path, what: str) -> DataError:
    return DataError(f"{FUNCTION}() of {path} {what}")
