"""Loss or accuracy over the steps, one curve a run, labelled where it ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.runs import chart
from app.runs.chart import Axis, Frame, Numbers
from app.runs.cursor import Cursor
from app.runs.history import History

Quantity = Literal["loss", "accuracy"]

LEFT: Final = 44
BOTTOM: Final = 42
TOP: Final = 8
RIGHT: Final = 92
"""Room for what the curves' ends say."""
LABEL_SIZE: Final = 11
SMOOTHING: Final = 20
"""Steps over which the accuracy of single batches is averaged: one batch tells little."""


@dataclass(frozen=True)
class Curve:
    """One run in a plot: what it is called, its colour, the sides of its marker (0: a disc)."""

    title: str
    color: QColor
    history: History
    diamond: bool = False


def draw_marker(
    painter: QPainter, at: QPointF, curve: Curve, radius: float = 4.0, *, hollow: bool = False
) -> None:
    """A run's marker: a disc or a diamond in its colour."""
    painter.setPen(QPen(curve.color, 1.4))
    painter.setBrush(theme.current().panel if hollow else curve.color)
    if not curve.diamond:
        painter.drawEllipse(at, radius, radius)
        return
    wide = radius * 1.25
    around = ((0.0, -wide), (wide, 0.0), (0.0, wide), (-wide, 0.0))
    painter.drawPolygon(QPolygonF([at + QPointF(x, y) for x, y in around]))


class CurvePlot(QWidget):
    """The plot; a press or a drag in it moves the cursor."""

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cursor = cursor
        self._curves: tuple[Curve, ...] = ()
        self._quantity: Quantity = "loss"
        self._hover: QPointF | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        cursor.moved.connect(self.update)
        theme.signals.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Room for a few hundred steps."""
        return QSize(420, 260)

    def minimumSizeHint(self) -> QSize:
        """Room for the axes and a curve."""
        return QSize(220, 130)

    @property
    def quantity(self) -> Quantity:
        """What is plotted."""
        return self._quantity

    def set_quantity(self, quantity: Quantity) -> None:
        """Plot the loss or the accuracy."""
        self._quantity = quantity
        self.update()

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Plot these runs."""
        self._curves = tuple(curves)
        self.update()

    def frame(self) -> Frame:
        """Where the curves are drawn, and their axes."""
        inside = QRectF(self.rect()).adjusted(LEFT, TOP, -RIGHT, -BOTTOM)
        top = 1.0 if self._quantity == "accuracy" else self._highest_loss()
        return Frame(inside, Axis(0, max(self._cursor.total, 1)), Axis(0, top))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axes, curves, tests, labels and the cursor."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = self.frame()
        chart.draw_y_ticks(painter, frame, self._y_ticks(frame), lines=True)
        chart.draw_x_ticks(painter, frame, chart.step_ticks(int(frame.x.high)), "step")
        painter.save()
        painter.setClipRect(frame.rect.adjusted(-6, -6, 6, 6))
        for curve in self._curves:
            self._draw_curve(painter, frame, curve)
        painter.restore()
        if self._cursor.step and not self._cursor.is_live:
            chart.draw_cursor(painter, frame, self._cursor.step, theme.current().text)
        self._draw_labels(painter, frame)
        self._draw_hover(painter, frame)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the cursor to the step under the pointer."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._cursor.go(round(self.frame().value_at(event.position())[0]))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the figures under the pointer; drag the cursor along."""
        self._hover = event.position()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._cursor.go(round(self.frame().value_at(event.position())[0]))
        self.update()

    def leaveEvent(self, event: object) -> None:
        """Show no figures any more."""
        self._hover = None
        self.update()

    def _values(self, history: History) -> Numbers:
        if self._quantity == "loss":
            return history.loss
        return _smoothed(history.accuracy)

    def _highest_loss(self) -> float:
        """The axis's end: above the first loss and nearly all others, so that one wild step
        flattens nothing."""
        tops = []
        for curve in self._curves:
            finite = curve.history.loss[np.isfinite(curve.history.loss)]
            if len(finite):
                # Of a long run some thousand losses tell as much as all.
                some = finite[:: 1 + len(finite) // 4096]
                usual = 1.5 * np.quantile(some, 0.98, method="lower")
                tops.append(float(min(finite.max(), max(usual, 1.2 * finite[0]))))
        return chart.round_ceiling(max(tops, default=1.0))

    def _y_ticks(self, frame: Frame) -> tuple[chart.Tick, ...]:
        if self._quantity == "loss":
            return chart.ticks(frame.y.high)
        return tuple(chart.Tick(share / 4, f"{25 * share} %") for share in range(5))

    def _draw_curve(self, painter: QPainter, frame: Frame, curve: Curve) -> None:
        x, y = chart.envelope(self._values(curve.history), int(frame.rect.width()))
        painter.setPen(QPen(curve.color, 1.5 if len(x) < frame.rect.width() else 1))
        painter.drawLines(chart.segments(frame, x + 1, y))
        for test in curve.history.tests:
            value = test.loss if self._quantity == "loss" else test.accuracy
            if value is not None and math.isfinite(value):
                at = QPointF(frame.px(test.step), frame.py(value))
                draw_marker(painter, at, curve, 3.2, hollow=True)

    def _draw_labels(self, painter: QPainter, frame: Frame) -> None:
        """Each run's name and last figures beside the end of its curve, none over another."""
        metrics = QFontMetricsF(theme.ui_font(LABEL_SIZE, 600))
        ends = []
        for curve in self._curves:
            values = self._values(curve.history)
            last = np.flatnonzero(np.isfinite(values))[-1:]
            if len(last):
                height = frame.py(float(values[last[0]])) - metrics.height()
                ends.append((height, frame.px(last[0] + 1) + 8, curve))
        ends.sort(key=lambda end: end[0])
        room = 2 * metrics.height()
        low, high = frame.rect.top() - 4, frame.rect.bottom() + 8
        tops = spread([top for top, _, _ in ends], room + 4, low, high)
        for top, (_, left, curve) in zip(tops, ends, strict=True):
            lines = label_of(curve, self._quantity)
            painter.setPen(curve.color)
            for index, text in enumerate(lines):
                painter.setFont(theme.ui_font(LABEL_SIZE, 400 if index else 600))
                baseline = top + index * metrics.height() + metrics.ascent()
                painter.drawText(QPointF(left, baseline), text)

    def _draw_hover(self, painter: QPainter, frame: Frame) -> None:
        if self._hover is None or not frame.rect.contains(self._hover):
            return
        step = round(frame.value_at(self._hover)[0])
        lines = [f"step {step}"]
        for curve in self._curves:
            values = self._values(curve.history)
            if 1 <= step <= len(values):
                lines.append(f"{curve.title}  {_figure(self._quantity, float(values[step - 1]))}")
        if len(lines) == 1:
            return
        chart.draw_cursor(painter, frame, step, theme.current().muted)
        _draw_note(painter, frame.rect, self._hover, lines)


def label_of(curve: Curve, quantity: Quantity) -> tuple[str, str]:
    """What a curve's end says, in two lines: ``without 2.05`` and ``test 13.9 %``."""
    history = curve.history
    values = history.loss if quantity == "loss" else _smoothed(history.accuracy)
    first = f"{curve.title} {_figure(quantity, float(values[-1]))}" if len(values) else curve.title
    test = history.last_test()
    if test is None:
        return first, ""
    if test.accuracy is None:
        return first, f"test {_figure('loss', test.loss)}"
    return first, f"test {test.accuracy * 100:.1f} %"


def _figure(quantity: Quantity, value: float) -> str:
    if math.isnan(value):
        return "not a number"
    if quantity == "accuracy":
        return f"{value * 100:.1f} %"
    if value == 0 or 0.01 <= abs(value) < 1000:
        return f"{value:.2f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def _smoothed(values: Numbers) -> Numbers:
    """The mean of up to ``SMOOTHING`` values that end at each place; NaN counts for nothing."""
    if not len(values):
        return values
    known = np.isfinite(values)
    sums = np.cumsum(np.where(known, values, 0.0), dtype=np.float64)
    counts = np.cumsum(known, dtype=np.float64)
    sums[SMOOTHING:] -= sums[:-SMOOTHING].copy()
    counts[SMOOTHING:] -= counts[:-SMOOTHING].copy()
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def spread(tops: Sequence[float], room: float, low: float, high: float) -> list[float]:
    """Ascending ``tops`` pushed apart to at least ``room`` and kept between ``low`` and ``high``.

    >>> spread([5.0, 6.0], 10.0, 0.0, 100.0)
    [5.0, 15.0]
    """
    placed: list[float] = []
    for top in tops:
        placed.append(max(top, placed[-1] + room if placed else low))
    limit = high - room
    for index in reversed(range(len(placed))):
        placed[index] = min(placed[index], limit)
        limit = placed[index] - room
    return placed


def _draw_note(painter: QPainter, rect: QRectF, at: QPointF, lines: Sequence[str]) -> None:
    """A small card with ``lines`` beside the pointer, inside ``rect``."""
    colors = theme.current()
    painter.setFont(theme.ui_font(11))
    metrics = QFontMetricsF(painter.font())
    width = max(metrics.horizontalAdvance(line) for line in lines) + 16
    height = len(lines) * 16.0 + 10
    left = at.x() + 12 if at.x() + 12 + width < rect.right() else at.x() - 12 - width
    top = min(max(at.y() - height / 2, rect.top()), rect.bottom() - height)
    painter.setPen(QPen(colors.line, 1))
    painter.setBrush(colors.panel)
    painter.drawRoundedRect(QRectF(left, top, width, height), 6, 6)
    painter.setPen(colors.text)
    for index, line in enumerate(lines):
        painter.drawText(QPointF(left + 8, top + 17 + 16 * index), line)
