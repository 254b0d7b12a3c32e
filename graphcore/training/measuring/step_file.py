"""``steps.f32``: every step's figures.

The header is ::

    {"columns": ["loss", "accuracy", "learning_rate"],
     "rows": [{"module": "stem", "instance": [["stem", 0]], "numel": 144}, ...]}

and a record, one a step, the columns and the L2 norm of the gradient of each row, from input to
output. NaN means "not measured". The root mean square of a row is its L2 norm / sqrt(numel).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from graphcore.diagram import Instance
from graphcore.training.events import instance_from_json, instance_to_json
from graphcore.training.measuring.record_file import (
    Figures,
    Header,
    RecordFileError,
    RecordReader,
    RecordWriter,
)

__all__ = ["COLUMNS", "Figures", "Row", "StepFile", "StepFileError", "StepWriter"]

COLUMNS = ("loss", "accuracy", "learning_rate")

StepFileError = RecordFileError


@dataclass(frozen=True)
class Row:
    """A layer with parameters: its qualified module name, its instance, its number of elements."""

    module: str
    instance: Instance
    numel: int


class StepWriter(RecordWriter):
    """Appends records to a step file. ``width`` is the number of floats in one."""

    def __init__(self, path: Path, rows: Sequence[Row], *, keep: int = 0) -> None:
        """Begin the file, or keep its first ``keep`` records and go on after them.

        Raises OSError where it cannot be written, and StepFileError where records should be kept
        and are not there.
        """
        super().__init__(path, _header(rows), len(COLUMNS) + len(rows), keep=keep)


class StepFile(RecordReader):
    """Reads a step file, also one that is still being written or not even there yet.

    ``columns`` and ``rows`` are empty, and ``width`` 0, until the header can be read.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, self._take)
        self.columns: tuple[str, ...] = ()
        self.rows: tuple[Row, ...] = ()

    @property
    def sizes(self) -> Figures:
        """The number of elements of each row, of shape (rows,)."""
        return np.array([row.numel for row in self.rows], dtype=np.float32)

    def read_all(self) -> Figures:
        """Every complete record, of shape (steps, width)."""
        self.restart()
        self.columns = self.rows = ()
        return self.read_new()

    def _take(self, header: Header) -> int:
        rows = tuple(row_from(value) for value in header["rows"])
        columns = tuple(str(name) for name in header["columns"])
        if not columns:
            raise ValueError("it has no columns")
        self.columns, self.rows = columns, rows
        return len(columns) + len(rows)


def row_from(value: dict[str, object]) -> Row:
    """The row that :func:`described` wrote. Raises ValueError, KeyError or TypeError."""
    module, numel = value["module"], value["numel"]
    if not isinstance(module, str) or not isinstance(numel, int):
        raise ValueError("a row needs a module and its number of elements")
    return Row(module, instance_from_json(value["instance"]), numel)


def described(rows: Sequence[Row]) -> list[dict[str, object]]:
    """The rows as a header tells them."""
    return [
        {"module": row.module, "instance": instance_to_json(row.instance), "numel": row.numel}
        for row in rows
    ]


def _header(rows: Sequence[Row]) -> Header:
    return {"columns": COLUMNS, "rows": described(rows)}
