"""How far a run moved its weights, every few steps, while it comes in."""

from __future__ import annotations

from bisect import bisect_right

from graphcore.training.measuring.record_file import Figures
from graphcore.training.measuring.step_file import Row
from graphcore.training.measuring.update_file import UpdateFile


class UpdateHistory:
    """The measurements of an update file that may still be growing. Steps count from 1."""

    def __init__(self, file: UpdateFile) -> None:
        self._file = file
        self._steps: list[int] = []
        self._ratios: list[Figures] = []

    @property
    def rows(self) -> tuple[Row, ...]:
        """The layers, from input to output."""
        return self._file.rows

    def pull(self) -> int:
        """Take in what was measured since; how much that is. Raises StepFileError, OSError."""
        new = self._file.measurements()
        self._steps += [step + 1 for step, _ in new]
        self._ratios += [ratios for _, ratios in new]
        return len(new)

    def begin_again(self) -> None:
        """The run goes on from a state of before: what was written is read anew."""
        self._file.restart()
        self._steps.clear()
        self._ratios.clear()

    def at(self, step: int) -> tuple[int, Figures | None]:
        """The last step up to ``step`` that was measured, and each row's ratio; 0 for none."""
        index = bisect_right(self._steps, step) - 1
        return (0, None) if index < 0 else (self._steps[index], self._ratios[index])
