"""What lies behind the blocks: the grid, the frame of an opened block, an invitation when empty."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.canvas.painting.look import Look
from app.theme import ui_font
from graphcore.measures import GRID

_FINEST = 0.4
"""Zoom below which every other line of dots is left out, and again at half of it."""


def paint_grid(painter: QPainter, look: Look, exposed: QRectF, zoom: float) -> None:
    """Dots every 24 pixels of the scene, fewer where they would crowd."""
    step = GRID
    while step * zoom < GRID * _FINEST:
        step *= 2
    left, top = math.floor(exposed.left() / step), math.floor(exposed.top() / step)
    right, bottom = math.ceil(exposed.right() / step), math.ceil(exposed.bottom() / step)
    pen = QPen(look.theme.grid, 2.0)
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.drawPoints(_dots(left, top, right, bottom, step))


@lru_cache(maxsize=4)
def _dots(left: int, top: int, right: int, bottom: int, step: int) -> list[QPointF]:
    """Every crossing of the grid; kept, because most repaints are of the same part."""
    across, down = range(left, right + 1), range(top, bottom + 1)
    return [QPointF(x * step, y * step) for x in across for y in down]


def paint_frame(painter: QPainter, look: Look, content: QRectF, name: str, kind: str) -> None:
    """A dashed frame round the inside of a block, with the node's and the block's name."""
    pen = QPen(look.theme.block_line, 1.0, Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    frame = frame_rect(content)
    painter.drawRoundedRect(frame, 10, 10)
    head = QRectF(frame.left() + 14, frame.top() + 8, frame.width() - 28, 20)
    left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.setFont(look.title)
    painter.setPen(look.theme.text)
    used = painter.boundingRect(head, left, name)
    painter.drawText(head, left, name)
    painter.setFont(look.text)
    painter.setPen(look.theme.muted)
    painter.drawText(head.adjusted(used.width() + 8, 1, 0, 1), left, kind)


def frame_rect(content: QRectF) -> QRectF:
    """Where the frame round ``content`` runs."""
    return content.adjusted(-28, -44, 28, 24)


def paint_invitation(painter: QPainter, look: Look, area: QRect, *, read_only: bool) -> None:
    """What an empty canvas is for, and how to begin."""
    middle = area.center()
    painter.setPen(look.theme.text)
    painter.setFont(ui_font(15, 600))
    box = QRect(area.left(), middle.y() - 30, area.width(), 26)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "Nothing here yet")
    if read_only:
        return
    painter.setFont(ui_font(13))
    painter.setPen(look.theme.muted)
    hint = "Drag a layer from the palette, or press Tab to search and add one"
    painter.drawText(box.translated(0, 28), Qt.AlignmentFlag.AlignCenter, hint)
