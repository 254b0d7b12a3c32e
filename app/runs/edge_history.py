"""What a run measured on its edges, every few steps, while it comes in."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import numpy.typing as npt

from app.canvas.edge_flow import EdgeFlows
from graphcore.diagram import Instance
from graphcore.training.measuring.edge_file import EdgeFile


class EdgeHistory:
    """The measurements of an edge file that may still be growing.

    Steps count from 1, as in :class:`app.runs.history.History`; the file counts those that were
    made before.
    """

    def __init__(self, file: EdgeFile) -> None:
        self._file = file
        self._steps: list[int] = []
        self._figures: list[npt.NDArray[np.float32]] = []
        self._rows: dict[Instance, dict[str, int]] = {}
        self._shown: EdgeFlows | None = None

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps that were measured."""
        return tuple(self._steps)

    def rows(self) -> dict[Instance, dict[str, int]]:
        """Where the edges of every block instance stand in a measurement."""
        if not self._rows:
            for row, place in enumerate(self._file.places):
                self._rows.setdefault(place.instance, {})[place.edge] = row
        return self._rows

    def pull(self) -> int:
        """Take in what was measured since; how much that is. Raises StepFileError, OSError."""
        new = self._file.measurements()
        self._steps += [measured.step + 1 for measured in new]
        self._figures += [measured.figures.astype(np.float32) for measured in new]
        return len(new)

    def begin_again(self) -> None:
        """The run goes on from a state of before: what was written is read anew."""
        self._file.restart()
        self._steps.clear()
        self._figures.clear()
        self._shown = None

    def at(self, step: int) -> EdgeFlows | None:
        """The last measurement up to ``step``; the same object as long as it is the same one."""
        index = bisect_right(self._steps, step) - 1
        if index < 0:
            return None
        if self._shown is None or self._shown.step != self._steps[index]:
            self._shown = EdgeFlows(self._steps[index], self.rows(), self._figures[index])
        return self._shown
