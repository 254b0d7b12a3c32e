"""How a vanished gradient looks: hatched, wherever it is shown."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter

from app import gradient_scale

_LINES = QColor(128, 116, 150)


def fill_vanished(painter: QPainter, rect: QRectF) -> None:
    """Fill ``rect`` as vanished."""
    painter.fillRect(rect, gradient_scale.VANISHED)
    painter.fillRect(rect, QBrush(_LINES, Qt.BrushStyle.BDiagPattern))
