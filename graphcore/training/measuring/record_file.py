"""Files of records: a header and then float32 figures, appended while a run is going and read at
the same time.

One line of JSON, padded with blanks to a multiple of 64 bytes and ended by a newline; then records
of equal length of little-endian float32. A record cut short by a crash is ignored until it is
complete.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Figures = npt.NDArray[np.float32]
Header = Mapping[str, Any]

_ALIGNMENT = 64
_LONGEST_HEADER = 2**26
_FLOAT = np.dtype("<f4")


EXACT = 2**24
"""Up to here float32 holds every whole number."""


class RecordFileError(ValueError):
    """The file is not what it should be; the message names it and says why."""


class RecordWriter:
    """Appends records of ``width`` floats."""

    def __init__(self, path: Path, header: Header, width: int, *, keep: int = 0) -> None:
        """Begin the file, or keep its first ``keep`` records and go on after them.

        Raises OSError where it cannot be written, and RecordFileError where records should be
        kept and are not there.
        """
        self.width = width
        line = _header_line(header)
        if keep:
            _keep_records(path, line, keep * width * _FLOAT.itemsize)
        else:
            path.write_bytes(line)
        self._file = path.open("ab", buffering=0)

    def append(self, records: Figures) -> None:
        """Append an array of shape (k, width) at once. Raises OSError."""
        if records.ndim != 2 or records.shape[1] != self.width:
            raise ValueError(f"records have the shape {records.shape}, wanted (k, {self.width})")
        unwritten = memoryview(records.astype(_FLOAT, copy=False).tobytes())
        # A disk that is nearly full takes a part, and says only the next time that it is.
        while unwritten:
            unwritten = unwritten[self._file.write(unwritten) :]

    def bring_to_disk(self) -> None:
        """Wait until what was appended would outlast a machine that fails. Raises OSError."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class RecordReader:
    """Reads records, also of a file that is still being written or not even there yet.

    ``understand`` takes the header and returns the width of a record; it raises ValueError,
    KeyError or TypeError where the header is not its own.
    """

    def __init__(self, path: Path, understand: Callable[[Header], int]) -> None:
        self.path = path
        self.width = 0
        self._understand = understand
        self._offset = 0

    def read_new(self) -> Figures:
        """The records completed since the last call, of shape (k, width).

        Raises RecordFileError where the header is malformed.
        """
        if not self.path.exists():
            return np.empty((0, 0), dtype=np.float32)
        with self.path.open("rb") as file:
            if not self.width and not self._read_header(file.readline(_LONGEST_HEADER)):
                return np.empty((0, 0), dtype=np.float32)
            file.seek(self._offset)
            data = file.read()
        size = self.width * _FLOAT.itemsize
        whole = len(data) // size * size
        self._offset += whole
        return np.frombuffer(data[:whole], dtype=_FLOAT).reshape(-1, self.width)

    def restart(self) -> None:
        """Read from the beginning again."""
        self._offset = self.width = 0

    def _read_header(self, line: bytes) -> bool:
        if not line.endswith(b"\n") and len(line) < _LONGEST_HEADER:
            return False
        try:
            width = self._understand(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise RecordFileError(
                f"{self.path.name} does not begin with the header of its kind ({error}); it was "
                "not written by a run, or was damaged: run again"
            ) from error
        self.width, self._offset = width, len(line)
        return True


class StepNumbers:
    """The numbers of the steps that records begin with. What is measured every few steps is so from
    step 0 on, so a number that float32 has rounded follows from its place in the file."""

    def __init__(self) -> None:
        self._place = self._every = 0

    def exact(self, told: Figures) -> list[int]:
        """The numbers of the next records, of which ``told`` are the rounded ones."""
        return [self._next(float(number)) for number in told]

    def _next(self, told: float) -> int:
        if self._place == 1:
            self._every = int(told)
        derived, self._place = self._place * self._every, self._place + 1
        is_rounded = told > EXACT and float(np.float32(derived)) == told
        return derived if is_rounded else int(told)


def _header_line(header: Header) -> bytes:
    text = json.dumps(header).encode()
    return text + b" " * (-(len(text) + 1) % _ALIGNMENT) + b"\n"


def _keep_records(path: Path, header: bytes, size: int) -> None:
    with path.open("r+b") as file:
        if file.read(len(header)) != header or path.stat().st_size < len(header) + size:
            raise RecordFileError(
                f"{path.name} does not hold the steps before the checkpoint, so the run cannot go "
                "on where it was; start a new one"
            )
        file.truncate(len(header) + size)
