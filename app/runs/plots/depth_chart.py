"""What the charts over the depth of a net have in common: rows from input to output, stages named
left of them, a figure to the right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip

from app import theme
from app.runs.plots import chart
from app.runs.plots.chart import Axis, Frame, Tick
from app.runs.plots.plot import Plot
from app.runs.plots.rows import Stage, without_overlap
from graphcore.diagram import Instance

BOTTOM: Final = 42
TOP: Final = 8
RIGHT: Final = 18
LONGEST_NAME: Final = 88.0
"""More than this the name of a stage does not take."""
REACH: Final = 8.0
"""Pixels around a marker in which the pointer reads it."""


class DepthChart(Plot):
    """A chart with one row a layer or join; all of them take the same place, one at a time."""

    def sizeHint(self) -> QSize:
        """Room for twelve decades."""
        return QSize(280, 260)

    def minimumSizeHint(self) -> QSize:
        """Room for the axis."""
        return QSize(150, 130)

    def figure_at(self, point: QPointF) -> str:
        """What the pointer reads at a place; "" where there is nothing."""
        raise NotImplementedError

    def empty_text(self) -> str:
        """What stands here instead of the chart; "" where it is drawn."""
        raise NotImplementedError

    def paint_chart(self, painter: QPainter) -> None:
        """Draw the axis and the figures."""
        raise NotImplementedError

    def frame_of(self, left: float, axis: Axis, rows: int) -> Frame:
        """Where ``rows`` are drawn, with ``left`` pixels for what stands beside them."""
        inside = QRectF(self.rect()).adjusted(left, TOP, -RIGHT, -BOTTOM)
        return Frame(inside, axis, Axis(0, max(rows, 1)), down=True)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chart, or say what will be here."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        empty = self.empty_text()
        if empty:
            painter.setFont(theme.ui_font(12))
            painter.setPen(theme.current().muted)
            inside = self.rect().adjusted(4, TOP, -RIGHT, -TOP)
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inside, flags, empty)
        else:
            self.paint_chart(painter)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the figure under the pointer."""
        text = self.figure_at(event.position())
        QToolTip.showText(event.globalPosition().toPoint(), text, self)


class LayerChart(DepthChart):
    """A chart with a marker a layer and run. ``chosen(Instance)``: a layer was pressed."""

    chosen = Signal(object)

    def layer_at(self, point: QPointF) -> Instance | None:
        """The layer whose marker is under the pointer."""
        raise NotImplementedError

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the layer under the pointer."""
        layer = self.layer_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and layer is not None:
            self.chosen.emit(layer)


def distance(one: QPointF, other: QPointF) -> float:
    """Pixels between two places."""
    return math.hypot(one.x() - other.x(), one.y() - other.y())


def marker_radius(frame: Frame) -> float:
    """So small that the markers of neighbouring rows stay apart, and large enough to be seen."""
    return min(3.4, max(1.6, frame.rect.height() / frame.y.high / 2.6))


def draw_axis(
    painter: QPainter,
    frame: Frame,
    ticks: Sequence[Tick],
    title: str,
    *,
    marked: float = math.nan,
) -> None:
    """Ticks below, an upright hairline at each, and a darker one at the value that is ``marked``,
    which need not be a tick."""
    colors = theme.current()
    values = dict.fromkeys(tick.value for tick in ticks)
    if not math.isnan(marked):
        values[marked] = None
    for value in values:
        painter.setPen(QPen(colors.muted if value == marked else colors.line, 1))
        x = round(frame.px(value)) + 0.5
        painter.drawLine(QPointF(x, frame.rect.top()), QPointF(x, frame.rect.bottom()))
    chart.draw_x_ticks(painter, frame, ticks, title)


def room_for_names(shown: Sequence[Stage], longest: float = LONGEST_NAME) -> float:
    """Pixels left of the rows for the names of their stages, none of which takes more than
    ``longest``."""
    metrics = QFontMetricsF(theme.mono_font(chart.TICK_SIZE))
    widths = [metrics.horizontalAdvance(stage.name) for stage in shown]
    return min(max(widths, default=0.0), longest) + chart.TICK_GAP


def draw_names(painter: QPainter, frame: Frame, shown: Sequence[Stage]) -> None:
    """The names of stages left of their rows, without overlap."""
    painter.setFont(theme.mono_font(chart.TICK_SIZE))
    painter.setPen(theme.current().muted)
    metrics = QFontMetricsF(painter.font())
    row = frame.rect.height() / frame.y.high
    for stage in without_overlap(shown, row, metrics.height()):
        box = QRectF(0, frame.py(stage.middle) - 8, frame.rect.left() - chart.TICK_GAP, 16)
        text = metrics.elidedText(stage.name, Qt.TextElideMode.ElideMiddle, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
