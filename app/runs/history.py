"""The figures of one run: every step's loss and every layer's gradient, while they come in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from graphcore.diagram import Instance
from graphcore.training.measuring.step_file import Row, StepFile

Figures = npt.NDArray[np.float32]

_FIRST_CAPACITY: Final = 512


@dataclass(frozen=True)
class HeldOut:
    """What the held-out samples gave after ``step`` steps. ``accuracy`` is from 0 to 1 or None;
    ``metrics`` are the other figures by name."""

    step: int
    loss: float
    accuracy: float | None
    metrics: Mapping[str, float] = field(default_factory=dict)


class History:
    """Columns over steps, read from a step file that may still be growing.

    Steps count from 1: row ``step - 1`` of every array.
    """

    def __init__(self, file: StepFile) -> None:
        self._file = file
        self._figures: Figures = np.empty((0, 0), dtype=np.float32)
        self.steps = 0
        self.tests: list[HeldOut] = []

    @property
    def rows(self) -> tuple[Row, ...]:
        """The layers that have parameters, from input to output."""
        return self._file.rows

    @property
    def loss(self) -> Figures:
        """The loss of every step's batch, of shape (steps,)."""
        return self._column("loss")

    @property
    def accuracy(self) -> Figures:
        """The accuracy of every step's batch, from 0 to 1, of shape (steps,)."""
        return self._column("accuracy")

    @property
    def learning_rate(self) -> Figures:
        """The learning rate of every step, of shape (steps,)."""
        return self._column("learning_rate")

    @property
    def quantities(self) -> tuple[str, ...]:
        """What can be plotted besides loss and accuracy: the learning rate, and the other figures
        of held-out samples."""
        measured = dict.fromkeys(name for test in self.tests for name in test.metrics)
        return (*measured, "learning_rate") if self.steps else tuple(measured)

    def held_out(self, metric: str) -> Figures:
        """At every step what the last evaluation before it gave; NaN before the first."""
        values = np.full(self.steps, np.nan, dtype=np.float32)
        for test in sorted(self.tests, key=lambda test: test.step):
            values[max(test.step - 1, 0) :] = test.metrics.get(metric, math.nan)
        return values

    @property
    def gradients(self) -> Figures:
        """The root mean square of every layer's gradient, of shape (steps, rows)."""
        if not self.steps:
            return np.empty((0, len(self.rows)), dtype=np.float32)
        return self._figures[: self.steps, len(self._file.columns) :]

    def pull(self) -> int:
        """Take in what the run has written since; the number of new steps.

        Raises StepFileError where the file is damaged, OSError where it cannot be read.
        """
        new = self._file.read_new()
        if not len(new):
            return 0
        self._reserve(self.steps + len(new))
        columns = len(self._file.columns)
        target = self._figures[self.steps : self.steps + len(new)]
        target[:, :columns] = new[:, :columns]
        target[:, columns:] = new[:, columns:] / np.sqrt(np.maximum(self._file.sizes, 1))
        self.steps += len(new)
        return len(new)

    def begin_again(self, step: int) -> None:
        """The run goes on after ``step``: what was written is read anew, and what came later of
        the run before is forgotten."""
        self._file.restart()
        self.steps = 0
        self.tests = [test for test in self.tests if test.step <= step]

    def step_at(self, step: int) -> int:
        """``step``, or the last one where the run has not come so far; 0 before the first."""
        return min(step, self.steps)

    def gradients_at(self, step: int) -> Mapping[Instance, float]:
        """Root mean square by instance at ``step``; empty where that step was not made."""
        if not 1 <= step <= self.steps:
            return {}
        values = self.gradients[step - 1].tolist()
        return dict(zip((row.instance for row in self.rows), values, strict=True))

    def loss_at(self, step: int) -> float:
        """The loss at ``step``; NaN where that step was not made."""
        return float(self.loss[step - 1]) if 1 <= step <= self.steps else math.nan

    def last_test(self, step: int | None = None) -> HeldOut | None:
        """The last evaluation on held-out samples, up to ``step`` where it is given."""
        known = [test for test in self.tests if step is None or test.step <= step]
        return known[-1] if known else None

    def _column(self, name: str) -> Figures:
        if not self.steps or name not in self._file.columns:
            return np.empty(0, dtype=np.float32)
        return self._figures[: self.steps, self._file.columns.index(name)]

    def _reserve(self, steps: int) -> None:
        if steps <= len(self._figures):
            return
        capacity = max(_FIRST_CAPACITY, 2 * len(self._figures), steps)
        larger = np.full((capacity, self._file.width), np.nan, dtype=np.float32)
        if self.steps:
            larger[: self.steps] = self._figures[: self.steps]
        self._figures = larger
