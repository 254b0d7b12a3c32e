"""What the plots of runs have in common as widgets: they follow the time cursor and the theme."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.runs.cursor import Cursor


class Plot(QWidget):
    """A picture of runs at the time cursor, in which the pointer reads figures."""

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cursor = cursor
        self.setMouseTracking(True)
        # Keys of the time cursor reach the page from here.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        cursor.moved.connect(self.update)
        theme.signals.changed.connect(self.update)


class StepPlot(Plot):
    """A plot with the steps to the right: a press or a drag in it moves the cursor."""

    def step_at(self, point: QPointF) -> int:
        """The step that is drawn at a place; beyond the axis, one beyond the run."""
        raise NotImplementedError

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the cursor to the step under the pointer."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._cursor.go(self.step_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the cursor along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._cursor.go(self.step_at(event.position()))
