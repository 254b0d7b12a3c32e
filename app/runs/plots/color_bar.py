"""The key of the gradient scale: what every colour of a block and every width of a wire means."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import gradient_scale, theme
from app.canvas.edge_flow import FlowStroke, flow_stroke
from app.canvas.painting.edge_painter import EdgeLook, edge_path, paint_edge
from app.canvas.painting.look import Look
from app.runs.plots import chart
from app.runs.plots.chart import Axis, Frame
from app.runs.plots.hatching import fill_vanished

BAR_WIDTH: Final = 12
BOX: Final = 12
MARGIN: Final = 16
TOP: Final = 86
BOTTOM: Final = 66
GAP: Final = 12
WIDTH: Final = 132
SAMPLE: Final = 22
"""How long the lines are that show the widths."""
BESIDE: Final = 8
"""Between the bar and those lines."""


class ColorBar(QWidget):
    """A vertical bar from 1e-10 to 1e2 with lines beside it, as thick as the wires are drawn for
    such gradients; and what lies below and above the scale."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setToolTip(
            "Colours: root mean square of the gradient of the loss with respect to a layer's "
            "parameters.\nWidths: norm of the gradient that comes back along a wire, every few "
            "steps.\nThe scale is the same in every view and every run."
        )
        self.setAccessibleName("Scale of gradients: colours of blocks, widths of wires")
        theme.signals.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as its title."""
        return QSize(WIDTH, 360)

    def minimumSizeHint(self) -> QSize:
        """Room for the ends of the scale."""
        return QSize(WIDTH, 190)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title, bar, ticks and the two marks."""
        painter = QPainter(self)
        colors = theme.current()
        painter.fillRect(self.rect(), colors.canvas)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        right = self.width() - MARGIN - SAMPLE - BESIDE
        painter.setFont(theme.ui_font(11))
        painter.setPen(colors.muted)
        for top, words in ((12, "colour ‖∂L/∂w‖ RMS"), (28, "width ‖∂L/∂h‖")):
            title = QRectF(0, top, self.width() - MARGIN, 18)
            painter.drawText(title, Qt.AlignmentFlag.AlignRight, words)
        bar = QRectF(right - BAR_WIDTH, TOP, BAR_WIDTH, max(self.height() - TOP - BOTTOM, 40))
        painter.drawImage(bar, _strip())
        scale = Axis(gradient_scale.LOWEST, gradient_scale.HIGHEST, logarithmic=True)
        marks = chart.decade_ticks(gradient_scale.LOWEST, gradient_scale.HIGHEST, 3)
        frame = Frame(bar, Axis(0, 1), scale)
        chart.draw_y_ticks(painter, frame, marks, lines=False)
        above = QRectF(right - BOX, bar.top() - GAP - BOX, BOX, BOX)
        painter.fillRect(above, gradient_scale.EXPLODED)
        self._mark(painter, above, "exploded")
        below = QRectF(right - BOX, bar.bottom() + GAP, BOX, BOX)
        fill_vanished(painter, below)
        self._mark(painter, below, "vanished")
        look = Look(colors)
        for mark in marks:
            self._sample(painter, look, frame.py(mark.value), flow_stroke(mark.value))
        self._sample(painter, look, above.center().y(), flow_stroke(math.inf))
        self._sample(painter, look, below.center().y(), flow_stroke(0.0))
        # It has no box: its name stands where the boxes end.
        last = below.translated(BOX + chart.TICK_GAP, BOX + 8)
        self._write(painter, last, "not measured")
        self._sample(painter, look, last.center().y(), flow_stroke(math.nan))
        painter.end()

    def _sample(self, painter: QPainter, look: Look, y: float, flow: FlowStroke) -> None:
        """A piece of wire as it is drawn with ``flow``."""
        left = self.width() - MARGIN - SAMPLE
        wire = EdgeLook("flow", ((left, y), (left + SAMPLE, y)), flow=flow)
        paint_edge(painter, look, edge_path(wire.corners), wire, 1.0)

    def _mark(self, painter: QPainter, box: QRectF, text: str) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.current().block_line, 1))
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        self._write(painter, box, text)

    def _write(self, painter: QPainter, box: QRectF, text: str) -> None:
        """Name what is in ``box`` left of it."""
        painter.setFont(theme.ui_font(11))
        painter.setPen(theme.current().muted)
        metrics = QFontMetricsF(painter.font())
        left = box.left() - chart.TICK_GAP - metrics.horizontalAdvance(text)
        baseline = box.center().y() + (metrics.ascent() - metrics.descent()) / 2
        painter.drawText(QPointF(left, baseline), text)


def _strip() -> QImage:
    """The colours of the scale in one column, the largest on top."""
    inside = [row for level, row in enumerate(gradient_scale.lut()) if 2 <= level <= 254]
    strip = QImage(1, len(inside), QImage.Format.Format_RGB32)
    for height, row in enumerate(reversed(inside)):
        strip.setPixelColor(0, height, QColor(*(int(part) for part in row)))
    return strip
