"""``edges.f32``: what is measured on the edges every few steps.

The header names the edges, ``{"rows": [{"instance": [["stage1", 0]], "edge": "e1"}, ...]}``, where
``instance`` is the block that the edge is in; a record is the number of the step and then
:data:`FIGURES` figures an edge. NaN means "not measured".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from graphcore.diagram import Instance
from graphcore.training.events import instance_from_json, instance_to_json
from graphcore.training.measuring.edge_paths import EdgeRow
from graphcore.training.measuring.record_file import Header, RecordReader, RecordWriter, StepNumbers

NAMES = ("gradient", "share", "cosine", "mean", "deviation", "zeros")
"""Of an edge that brings h somewhere: the L2 norm of the gradient of the loss with respect to h
that comes back along it; its share of the whole gradient of h, <g_s, g> / |g|^2, which may be
negative; the cosine between it and what comes back along all other edges from h; the mean, the
standard deviation and the share of zeros of h itself."""

FIGURES = len(NAMES)


@dataclass(frozen=True)
class EdgeFigures:
    """One measurement: the step, and the figures of every row, of shape (rows, FIGURES)."""

    step: int
    figures: npt.NDArray[np.float64]


@dataclass(frozen=True)
class EdgePlace:
    """An edge of one block instance."""

    instance: Instance
    edge: str


class EdgeWriter(RecordWriter):
    """Appends measurements to an edge file."""

    def __init__(self, path: Path, rows: Sequence[EdgeRow], *, keep: int = 0) -> None:
        """Begin the file, or keep its first ``keep`` measurements and go on after them.

        Raises OSError and RecordFileError as :class:`RecordWriter`.
        """
        described = [{"instance": instance_to_json(row.instance), "edge": row.edge} for row in rows]
        super().__init__(path, {"rows": described}, 1 + FIGURES * len(rows), keep=keep)

    def write(self, measured: EdgeFigures) -> None:
        """Append one measurement."""
        record = np.concatenate([[measured.step], measured.figures.ravel()])
        self.append(record.astype(np.float32)[None])


class EdgeFile(RecordReader):
    """Reads an edge file. ``places`` is empty until the header can be read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, self._take)
        self.places: tuple[EdgePlace, ...] = ()
        self._numbers = StepNumbers()

    def measurements(self) -> list[EdgeFigures]:
        """What was measured since the last call. Raises RecordFileError."""
        records = self.read_new()
        if not len(records):
            return []
        return [
            EdgeFigures(step, record[1:].reshape(-1, FIGURES).astype(np.float64))
            for step, record in zip(self._numbers.exact(records[:, 0]), records, strict=True)
        ]

    def _take(self, header: Header) -> int:
        self._numbers = StepNumbers()
        self.places = tuple(
            EdgePlace(instance_from_json(row["instance"]), str(row["edge"]))
            for row in header["rows"]
        )
        return 1 + FIGURES * len(self.places)


def steps_before(path: Path, step: int) -> int:
    """How many measurements of the file were made before ``step``. Raises RecordFileError."""
    return sum(one.step < step for one in EdgeFile(path).measurements())
