"""``steps.f32``: every step's figures, appended while a run is going and read at the same time.

One line of JSON, padded with blanks to a multiple of 64 bytes and ended by a newline::

    {"columns": ["loss", "accuracy", "learning_rate"],
     "rows": [{"module": "stem", "instance": [["stem", 0]], "numel": 144}, ...]}

then one record a step of little-endian float32: the columns, and the L2 norm of the gradient of
each row, from input to output. NaN means "not measured". A record cut short by a crash is ignored
until it is complete. The root mean square of a row is its L2 norm / sqrt(numel).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from graphcore.diagram import Instance
from graphcore.training.events import instance_from_json, instance_to_json

Figures = npt.NDArray[np.float32]

COLUMNS = ("loss", "accuracy", "learning_rate")

_ALIGNMENT = 64
_LONGEST_HEADER = 2**26
_FLOAT = np.dtype("<f4")


@dataclass(frozen=True)
class Row:
    """A layer with parameters: its qualified module name, its instance, its number of elements."""

    module: str
    instance: Instance
    numel: int


class StepFileError(ValueError):
    """The file is not a step file; the message names it and says why."""


class StepWriter:
    """Appends records to a step file. ``width`` is the number of floats in one."""

    def __init__(self, path: Path, rows: Sequence[Row], *, keep: int = 0) -> None:
        """Begin the file, or keep its first ``keep`` records and go on after them.

        Raises OSError where it cannot be written, and StepFileError where records should be kept
        and are not there.
        """
        self.width = len(COLUMNS) + len(rows)
        header = _header(rows)
        if keep:
            _keep_records(path, header, keep * self.width * _FLOAT.itemsize)
        if not keep:
            path.write_bytes(header)
        self._file = path.open("ab", buffering=0)

    def append(self, records: Figures) -> None:
        """Append an array of shape (k, width) at once."""
        if records.ndim != 2 or records.shape[1] != self.width:
            raise ValueError(f"records have the shape {records.shape}, wanted (k, {self.width})")
        self._file.write(records.astype(_FLOAT, copy=False).tobytes())

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> StepWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class StepFile:
    """Reads a step file, also one that is still being written or not even there yet.

    ``columns`` and ``rows`` are empty until the header can be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns: tuple[str, ...] = ()
        self.rows: tuple[Row, ...] = ()
        self._offset = 0

    @property
    def width(self) -> int:
        """The number of floats in a record; 0 until the header can be read."""
        return len(self.columns) + len(self.rows)

    @property
    def sizes(self) -> Figures:
        """The number of elements of each row, of shape (rows,)."""
        return np.array([row.numel for row in self.rows], dtype=np.float32)

    def read_new(self) -> Figures:
        """The records completed since the last call, of shape (k, width).

        Raises StepFileError where the header is malformed.
        """
        if not self.path.exists():
            return np.empty((0, 0), dtype=np.float32)
        with self.path.open("rb") as file:
            if not self.columns and not self._read_header(file.readline(_LONGEST_HEADER)):
                return np.empty((0, 0), dtype=np.float32)
            file.seek(self._offset)
            data = file.read()
        size = self.width * _FLOAT.itemsize
        whole = len(data) // size * size
        self._offset += whole
        return np.frombuffer(data[:whole], dtype=_FLOAT).reshape(-1, self.width)

    def read_all(self) -> Figures:
        """Every complete record, of shape (steps, width)."""
        self._offset = 0
        self.columns = self.rows = ()
        return self.read_new()

    def _read_header(self, line: bytes) -> bool:
        if not line.endswith(b"\n") and len(line) < _LONGEST_HEADER:
            return False
        try:
            header = json.loads(line)
            rows = tuple(_row(value) for value in header["rows"])
            columns = tuple(str(name) for name in header["columns"])
        except (ValueError, KeyError, TypeError) as error:
            raise StepFileError(
                f"{self.path.name} does not begin with the header of a step file ({error}); it "
                "was not written by a run, or was damaged: run again"
            ) from error
        if not columns:
            raise StepFileError(f"{self.path.name} has no columns; run again")
        self.columns, self.rows, self._offset = columns, rows, len(line)
        return True


def _row(value: dict[str, object]) -> Row:
    module, numel = value["module"], value["numel"]
    if not isinstance(module, str) or not isinstance(numel, int):
        raise ValueError("a row needs a module and its number of elements")
    return Row(module, instance_from_json(value["instance"]), numel)


def _header(rows: Sequence[Row]) -> bytes:
    described = [
        {"module": row.module, "instance": instance_to_json(row.instance), "numel": row.numel}
        for row in rows
    ]
    text = json.dumps({"columns": COLUMNS, "rows": described}).encode()
    return text + b" " * (-(len(text) + 1) % _ALIGNMENT) + b"\n"


def _keep_records(path: Path, header: bytes, size: int) -> None:
    with path.open("r+b") as file:
        if file.read(len(header)) != header or path.stat().st_size < len(header) + size:
            raise StepFileError(
                f"{path.name} does not hold the steps before the checkpoint, so the run cannot go "
                "on where it was; start a new one"
            )
        file.truncate(len(header) + size)
