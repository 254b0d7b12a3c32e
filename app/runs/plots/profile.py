"""Every layer's gradient at one step, from input to output, on the one scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import gradient_scale, theme
from app.runs.cursor import Cursor
from app.runs.history import History
from app.runs.plots import chart
from app.runs.plots.chart import Axis, Frame
from app.runs.plots.curves import Curve
from app.runs.plots.look import draw_marker
from graphcore.diagram import Instance

LEFT: Final = 18
BOTTOM: Final = 42
TOP: Final = 8
RIGHT: Final = 18
REACH: Final = 8.0
"""Pixels around a marker in which the pointer reads it."""


class Profile(QWidget):
    """One marker a layer and run: rows as in the heat map beside it, magnitude to the right.

    ``chosen(Instance)``: a layer was pressed.
    """

    chosen = Signal(object)

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cursor = cursor
        self._curves: tuple[Curve, ...] = ()
        self.setMouseTracking(True)
        # Keys of the time cursor reach the page from here.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        cursor.moved.connect(self.update)
        theme.signals.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Room for twelve decades."""
        return QSize(280, 260)

    def minimumSizeHint(self) -> QSize:
        """Room for the scale."""
        return QSize(150, 130)

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Show these runs."""
        self._curves = tuple(curves)
        self.update()

    def frame(self) -> Frame:
        """Where the markers are drawn."""
        inside = QRectF(self.rect()).adjusted(LEFT, TOP, -RIGHT, -BOTTOM)
        rows = max((len(curve.history.rows) for curve in self._curves), default=1)
        scale = Axis(gradient_scale.LOWEST, gradient_scale.HIGHEST, logarithmic=True)
        return Frame(inside, scale, Axis(0, max(rows, 1)), down=True)

    def points(self, history: History) -> list[tuple[str, float, QPointF]]:
        """Name, magnitude and place of every layer that was measured at the cursor's step, or at
        the last one of a run that has not come so far.

        What is off the scale stands at its end.
        """
        frame, step = self.frame(), history.step_at(self._cursor.step)
        if not step:
            return []
        heights = self._heights()
        found = []
        for index, row in enumerate(history.rows):
            value = float(history.gradients[step - 1, index])
            if not math.isnan(value):
                x = frame.rect.left() + gradient_scale.position(value) * frame.rect.width()
                height = heights.get(row.module, index)
                found.append((row.module, value, QPointF(x, frame.py(height + 0.5))))
        return found

    def _heights(self) -> dict[str, int]:
        """The row of every layer: those of the net that has most, so that a layer stands at one
        height in both of a pair, of which the plain one lacks the projections."""
        rows = max((curve.history.rows for curve in self._curves), key=len, default=())
        return {row.module: index for index, row in enumerate(rows)}

    def layer_at(self, point: QPointF) -> Instance | None:
        """The layer whose marker is under the pointer."""
        for curve in self._curves:
            instances = {row.module: row.instance for row in curve.history.rows}
            for name, _, at in self.points(curve.history):
                if math.hypot(at.x() - point.x(), at.y() - point.y()) <= REACH:
                    return instances[name]
        return None

    def figure_at(self, point: QPointF) -> str:
        """What the pointer reads: ``with: layer1.0.conv1, 3.2e-3``; empty away from markers."""
        for curve in self._curves:
            for name, value, at in self.points(curve.history):
                if math.hypot(at.x() - point.x(), at.y() - point.y()) <= REACH:
                    return f"{curve.title}: {name}, {gradient_scale.describe(value)}"
        return ""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the scale and the markers; off the scale they are hollow."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = self.frame()
        marks = chart.decade_ticks(gradient_scale.LOWEST, gradient_scale.HIGHEST, 3)
        painter.setPen(QPen(theme.current().line, 1))
        for mark in marks:
            x = round(frame.px(mark.value)) + 0.5
            painter.drawLine(QPointF(x, frame.rect.top()), QPointF(x, frame.rect.bottom()))
        chart.draw_x_ticks(painter, frame, marks, "‖∂L/∂w‖ RMS")
        rows = max(frame.y.high, 1)
        radius = min(3.4, max(1.6, frame.rect.height() / rows / 2.6))
        for curve in self._curves:
            for _, value, at in self.points(curve.history):
                off = gradient_scale.is_vanished(value) or gradient_scale.is_exploded(value)
                draw_marker(painter, at, curve.look, radius, hollow=off)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the marker under the pointer."""
        text = self.figure_at(event.position())
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the layer under the pointer."""
        layer = self.layer_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and layer is not None:
            self.chosen.emit(layer)
