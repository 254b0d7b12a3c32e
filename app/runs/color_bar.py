"""The key of the gradient scale: what every colour means."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import gradient_scale, theme
from app.runs import chart
from app.runs.chart import Axis, Frame
from app.runs.hatching import fill_vanished

BAR_WIDTH: Final = 12
BOX: Final = 12
MARGIN: Final = 16
TOP: Final = 72
BOTTOM: Final = 48
GAP: Final = 12


class ColorBar(QWidget):
    """A vertical bar from 1e-10 to 1e2, with what lies below and above it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setToolTip(
            "Root mean square of the gradient of the loss with respect to a layer's parameters. "
            "The scale is the same in every view and every run."
        )
        self.setAccessibleName("Colour scale of gradients, 1e-10 to 1e2")
        theme.signals.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as its title."""
        return QSize(110, 360)

    def minimumSizeHint(self) -> QSize:
        """Room for the ends of the scale."""
        return QSize(110, 150)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title, bar, ticks and the two marks."""
        painter = QPainter(self)
        colors = theme.current()
        painter.fillRect(self.rect(), colors.canvas)
        right = self.width() - MARGIN
        painter.setFont(theme.ui_font(11))
        painter.setPen(colors.muted)
        title = QRectF(0, 14, right, 18)
        painter.drawText(title, Qt.AlignmentFlag.AlignRight, "‖∂L/∂w‖ RMS")
        bar = QRectF(right - BAR_WIDTH, TOP, BAR_WIDTH, max(self.height() - TOP - BOTTOM, 40))
        painter.drawImage(bar, _strip())
        scale = Axis(gradient_scale.LOWEST, gradient_scale.HIGHEST, logarithmic=True)
        marks = chart.decade_ticks(gradient_scale.LOWEST, gradient_scale.HIGHEST, 3)
        chart.draw_y_ticks(painter, Frame(bar, Axis(0, 1), scale), marks, lines=False)
        above = QRectF(right - BOX, bar.top() - GAP - BOX, BOX, BOX)
        painter.fillRect(above, gradient_scale.EXPLODED)
        self._mark(painter, above, "exploded")
        below = QRectF(right - BOX, bar.bottom() + GAP, BOX, BOX)
        fill_vanished(painter, below)
        self._mark(painter, below, "vanished")
        painter.end()

    def _mark(self, painter: QPainter, box: QRectF, text: str) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.current().block_line, 1))
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
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
