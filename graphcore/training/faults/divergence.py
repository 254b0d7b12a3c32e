"""Where a loss that is no longer a number began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphcore.training.measuring.step_file import COLUMNS, Figures, Row


@dataclass(frozen=True)
class Divergence:
    """The loss of ``step`` is ``loss``, not finite. ``row`` is the first row, from the input, whose
    gradient was not finite, in the first (``since``) of the steps up to this one that were not;
    None where all of them were."""

    step: int
    loss: float
    row: Row | None = None
    since: int = 0

    @property
    def what(self) -> str:
        """What happened, as a sentence that may go on."""
        if np.isnan(self.loss):
            return "the loss is not a number"
        if np.isinf(self.loss):
            return "the loss has become infinite"
        return "a gradient is not finite"

    def message(self, learning_rate: float) -> str:
        """What happened, where, and how to mend it."""
        where = (
            f"; the first layer, from the input, whose gradient is not finite is "
            f"'{self.row.module}', at step {self.since:,}"
            if self.row
            else ""
        )
        return (
            f"{self.what} at step {self.step:,}{where}: choose a smaller learning rate than "
            f"{learning_rate:g}, or add normalisation"
        )


class DivergenceWatch:
    """Looks through records as they arrive. ``measured`` tells which rows have a gradient at all;
    the others are NaN and mean nothing. A gradient that is not finite makes the loss of the next
    step so; ``at_once`` it counts as much as a loss."""

    def __init__(
        self,
        rows: Sequence[Row],
        measured: Sequence[bool],
        step: int = 0,
        *,
        at_once: bool = False,
    ) -> None:
        self._rows = rows
        self._at_once = at_once
        self._ignored = ~np.array(measured, dtype=bool)
        self._step = step
        self._row: Row | None = None
        self._since = 0

    def look(self, records: Figures) -> Divergence | None:
        """The first step among the next records whose loss (or gradient) is not finite, or
        None."""
        for record in records:
            self._step += 1
            broken = np.flatnonzero(~np.isfinite(record[len(COLUMNS) :]) & ~self._ignored)
            if not len(broken):
                # A step that was skipped, as with fp16 where the loss is scaled by too much.
                self.forget()
            elif self._row is None:
                self._row, self._since = self._rows[broken[0]], self._step
            broken_too = self._at_once and len(broken)
            if broken_too or not np.isfinite(record[0]):
                return Divergence(self._step, float(record[0]), self._row, self._since)
        return None

    def forget(self) -> None:
        """What was not finite has done no harm, as where the gradient itself is and only its norm
        is not."""
        self._row, self._since = None, 0
