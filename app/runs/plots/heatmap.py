"""Every layer's gradient at every step, as colours: rows from input to output, columns in time."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from app import gradient_scale, theme
from app.runs.cursor import Cursor
from app.runs.history import History
from app.runs.plots import chart
from app.runs.plots.chart import Axis, Frame
from app.runs.plots.depth_chart import draw_names, room_for_names
from app.runs.plots.hatching import fill_vanished
from app.runs.plots.plot import StepPlot
from app.runs.plots.rows import Stage, stages
from graphcore.training.measuring.step_file import Row

MOST_COLUMNS: Final = 2048
NAMELESS: Final = 38.0
"""Pixels left of a picture that is still empty."""
BOTTOM: Final = 42
TOP: Final = 8
RIGHT: Final = 10
LONGEST_LABEL: Final = 90.0


class HeatMap(StepPlot):
    """The picture of one run. The pointer reads single figures; a press moves the cursor and
    chooses the layer, ``chosen(Instance)``; its menu asks for the layer's histograms,
    ``histogram_wanted(Instance)``.

    The picture keeps a byte a cell and grows a column at a time; a long run shares a column
    between several steps, of which it shows the last. The figures themselves stay in the history.
    """

    chosen = Signal(object)
    histogram_wanted = Signal(object)

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(cursor, parent)
        self._history: History | None = None
        self._picked: npt.NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self._stages: tuple[Stage, ...] = ()
        self._cells: npt.NDArray[np.uint8] = np.empty((0, 0), dtype=np.uint8)
        self._painted_steps = 0
        self._capacity = 0

    def sizeHint(self) -> QSize:
        """Room for a few hundred steps."""
        return QSize(320, 260)

    def minimumSizeHint(self) -> QSize:
        """Room for names and a picture."""
        return QSize(160, 130)

    def set_history(self, history: History | None) -> None:
        """Show this run, or none."""
        self._history = history
        self._picked = np.empty(0, dtype=np.intp)
        self._painted_steps = 0
        self._capacity = 0
        self.update()

    def refresh(self) -> None:
        """Take in the steps that the history has got since."""
        self.update()

    def frame(self) -> Frame:
        """Where the picture is drawn: steps to the right, rows downwards."""
        left = room_for_names(self._stages, LONGEST_LABEL) if self._stages else NAMELESS
        inside = QRectF(self.rect()).adjusted(left, TOP, -RIGHT, -BOTTOM)
        rows = max(len(self._picked), 1)
        return Frame(inside, Axis(0, max(self._cursor.total, 1)), Axis(0, rows), down=True)

    def step_at(self, point: QPointF) -> int:
        """The step whose column is there."""
        return int(self.frame().value_at(point)[0]) + 1

    def row_at(self, point: QPointF) -> Row | None:
        """The layer under the pointer."""
        self._take_in()
        frame = self.frame()
        if self._history is None or not frame.rect.contains(point):
            return None
        row = int(frame.value_at(point)[1])
        return self._history.rows[self._picked[row]] if row < len(self._picked) else None

    def figure_at(self, point: QPointF) -> str:
        """What the pointer reads: ``layer1.0.conv1, step 158: 3.2e-3``; empty off the picture."""
        history, frame = self._history, self.frame()
        if history is None or not frame.rect.contains(point):
            return ""
        step, row = self.step_at(point), int(frame.value_at(point)[1])
        if step > history.steps or row >= len(self._picked):
            return ""
        source = int(self._picked[row])
        value = float(history.gradients[step - 1, source])
        name = history.rows[source].module
        return f"{name}, step {step}: {gradient_scale.describe(value)}"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture, the names of the stages, the steps and the cursor."""
        self._take_in()
        painter = QPainter(self)
        frame = self.frame()
        if self._painted_steps:
            self._draw_cells(painter, frame)
            draw_names(painter, frame, self._stages)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(theme.current().line, 1))
        painter.drawRect(frame.rect.adjusted(-1, -1, 0, 0))
        chart.draw_x_ticks(painter, frame, chart.step_ticks(int(frame.x.high), 2), "step")
        if self._cursor.step:
            self._draw_cursor(painter, frame)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the cursor to the step under the pointer and choose the layer."""
        super().mousePressEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            row = self.row_at(event.position())
            if row is not None:
                self.chosen.emit(row.instance)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the histograms of the layer under the pointer."""
        row = self.row_at(QPointF(event.pos()))
        if row is None:
            return
        menu = QMenu(self)
        menu.addAction(
            f"Histogram of {row.module}", lambda: self.histogram_wanted.emit(row.instance)
        )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the figure under the pointer; drag the cursor along."""
        super().mouseMoveEvent(event)
        text = self.figure_at(event.position())
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def changeEvent(self, event: QEvent) -> None:
        """A new font or language may change the widths of names."""
        super().changeEvent(event)
        self.update()

    def _take_in(self) -> None:
        """Paint the steps that are new into the cells."""
        history = self._history
        if history is None or not history.steps:
            return
        if len(self._picked) != len(history.rows) or self._capacity < self._wanted_steps():
            self._begin(history)
        if self._painted_steps == history.steps:
            return
        first = self._painted_steps
        fresh = gradient_scale.levels(history.gradients[first : history.steps, self._picked])
        columns = self._column(np.arange(first, history.steps))
        # Several steps may share a column: numpy assigns in order, so the last one stays.
        self._cells[:, columns] = fresh.T
        self._painted_steps = history.steps

    def _begin(self, history: History) -> None:
        self._picked = np.arange(len(history.rows))
        self._stages = stages([history.rows[row].module for row in self._picked])
        self._capacity = self._wanted_steps()
        columns = min(self._capacity, MOST_COLUMNS)
        self._cells = np.zeros((len(self._picked), columns), dtype=np.uint8)
        self._painted_steps = 0

    def _wanted_steps(self) -> int:
        steps = self._history.steps if self._history else 0
        return max(self._cursor.total, steps, 1)

    def _column(self, steps: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        columns: npt.NDArray[np.intp] = steps * self._cells.shape[1] // self._capacity
        return columns

    def _draw_cells(self, painter: QPainter, frame: Frame) -> None:
        cells = np.ascontiguousarray(self._cells)
        height, width = cells.shape
        image = QImage(cells.data, width, height, width, QImage.Format.Format_Indexed8)
        image.setColorTable(_COLOR_TABLE)
        filled = int(self._column(np.array([self._painted_steps - 1]))[0]) + 1
        target = QRectF(frame.rect)
        target.setWidth(frame.px(filled * self._capacity / width) - frame.rect.left())
        # Vanished cells are transparent: the hatching shows through, at one scale everywhere.
        fill_vanished(painter, target)
        painter.drawImage(target, image, QRectF(0, 0, filled, height))

    def _draw_cursor(self, painter: QPainter, frame: Frame) -> None:
        """White between two dark lines, to be seen over every colour of the scale."""
        middle = self._cursor.step - 0.5
        x = round(frame.px(middle))
        for offset, color in ((-1, _SHADE), (1, _SHADE), (0, QColor(255, 255, 255))):
            painter.setPen(QPen(color, 1))
            painter.drawLine(
                QPointF(x + offset, frame.rect.top()), QPointF(x + offset, frame.rect.bottom() - 1)
            )


_SHADE: Final = QColor(0, 0, 0, 110)


def _color_table() -> list[int]:
    colors = [QColor(*(int(part) for part in row)) for row in gradient_scale.lut()]
    colors[gradient_scale.VANISHED_LEVEL].setAlpha(0)
    return [color.rgba() for color in colors]


_COLOR_TABLE: Final = _color_table()
