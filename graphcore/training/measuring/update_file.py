"""``updates.f32``: how far the weights of every layer move, every few steps.

The header names the layers as that of the step file does; a record is the number of the step and
then, for each row, the L2 norm of what the optimizer added to its weights over that of the weights
before. About 1e-3 is usual; NaN means "not measured".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from graphcore.training.measuring.record_file import (
    Figures,
    Header,
    RecordReader,
    RecordWriter,
    StepNumbers,
)
from graphcore.training.measuring.step_file import Row, described, row_from


class UpdateWriter(RecordWriter):
    """Appends measurements to an update file."""

    def __init__(self, path: Path, rows: Sequence[Row], *, keep: int = 0) -> None:
        """Begin the file, or keep its first ``keep`` measurements and go on after them.

        Raises OSError and RecordFileError as :class:`RecordWriter`.
        """
        super().__init__(path, {"rows": described(rows)}, 1 + len(rows), keep=keep)

    def write(self, step: int, ratios: Figures) -> None:
        """Append what step ``step``, counted from 0, did to the weights, of shape (rows,)."""
        self.append(np.concatenate([[step], ratios]).astype(np.float32)[None])


class UpdateFile(RecordReader):
    """Reads an update file. ``rows`` is empty until the header can be read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, self._take)
        self.rows: tuple[Row, ...] = ()
        self._numbers = StepNumbers()

    def measurements(self) -> list[tuple[int, Figures]]:
        """Steps, counted from 0, and ratios since the last call. Raises RecordFileError."""
        records = self.read_new()
        if not len(records):
            return []
        steps = self._numbers.exact(records[:, 0])
        return list(zip(steps, records[:, 1:], strict=True))

    def _take(self, header: Header) -> int:
        self._numbers = StepNumbers()
        self.rows = tuple(row_from(value) for value in header["rows"])
        return 1 + len(self.rows)


def updates_before(path: Path, step: int) -> int:
    """How many measurements of the file were made before ``step``. Raises RecordFileError."""
    return sum(made < step for made, _ in UpdateFile(path).measurements())
