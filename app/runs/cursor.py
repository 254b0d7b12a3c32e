"""The one time cursor: the step that every view shows."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Cursor(QObject):
    """A step between 1 and ``last``, or live: at the last step, however far the run comes.

    ``step`` is 0 while no step was made. ``total`` is how many steps the run will have.
    ``moved()`` follows every change.
    """

    moved = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.step = 0
        self.last = 0
        self.total = 0
        self.is_live = True

    def extend(self, last: int, total: int) -> None:
        """The run has come to step ``last`` of ``total``; a live cursor goes along."""
        step = last if self.is_live else min(self.step, last)
        self._move(step, last, max(total, last), self.is_live)

    def go(self, step: int) -> None:
        """Show ``step`` (the nearest one that was made) and stay there."""
        self._move(min(max(step, 1), self.last), self.last, self.total, False)

    def go_live(self) -> None:
        """Show the last step and go along with the run."""
        self._move(self.last, self.last, self.total, True)

    def reset(self) -> None:
        """Begin anew, before the first step."""
        self._move(0, 0, 0, True)

    def _move(self, step: int, last: int, total: int, is_live: bool) -> None:
        before = (self.step, self.last, self.total, self.is_live)
        if before == (step, last, total, is_live):
            return
        self.step, self.last, self.total, self.is_live = step, last, total, is_live
        self.moved.emit()
