"""Paints the frame of a block that is open in place, the triangle that opens and closes blocks,
and the gates at which wires come in and go out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF

from app.canvas.painting.look import Look
from app.canvas.painting.node_painter import (
    BUTTONS_FROM,
    NodeLook,
    body_rect,
    paint_problem,
    paint_ring,
    paint_triangle,
)
from app.canvas.placing.frames import HEAD, FrameLook
from app.theme import ui_font
from graphcore.measures import Size

if TYPE_CHECKING:
    from app.canvas.painting.frame_item import FrameButton

_RADIUS = 10.0
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_WHOLE = Qt.TextFlag.TextDontClip
"""From afar a name is larger than the line it stands on."""
_MIDDLE = Qt.AlignmentFlag.AlignCenter
_COPY_WIDTH = 124.0
"""For the words between the arrows, as large as names are from afar."""


def button_rects(size: Size, copies: int) -> Mapping[FrameButton, QRectF]:
    """The parts of a frame's head that take a click."""
    head = _head(size)
    rects: dict[FrameButton, QRectF] = {"close": QRectF(head.left(), head.top(), 26, HEAD)}
    if copies > 1:
        right = head.right() - 4
        rects["next"] = QRectF(right - 22, head.top(), 22, HEAD)
        rects["previous"] = QRectF(right - 22 - _COPY_WIDTH - 22, head.top(), 22, HEAD)
    return rects


def paint_frame(
    painter: QPainter, look: Look, node: NodeLook, frame: FrameLook, zoom: float
) -> None:
    """Paint ``frame`` with the middle of its left edge at the origin."""
    rect = body_rect(node.size)
    strong = frame.focused or node.hovered
    pen = QPen(look.theme.muted if strong else look.theme.block_line, 1.4 if strong else 1.1)
    pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.setBrush(look.theme.canvas)
    painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
    if node.tinted:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.tint(node.tinted))
        painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
    painter.setPen(look.pen("flow"))
    for (ax, ay), (bx, by) in frame.opening.stubs:
        painter.drawLine(QPointF(ax, ay), QPointF(bx, by))
    _paint_head(painter, look, node, frame, zoom)
    if node.selected:
        paint_ring(painter, look.outline_selected, rect, _RADIUS, 3.0)
    if node.face.problem:
        paint_problem(painter, look, rect, node.face)


def paint_gate(painter: QPainter, look: Look, node: NodeLook, zoom: float) -> None:
    """A slim bar, its name above it while it stands out."""
    rect = body_rect(node.size)
    painter.setPen(look.outline_hovered if node.hovered else look.chip_outline)
    painter.setBrush(look.theme.chip)
    painter.drawRoundedRect(rect, 5, 5)
    if node.selected:
        paint_ring(painter, look.outline_selected, rect, 5.0, 3.0)
    if (node.hovered or node.selected) and zoom >= 0.5:
        painter.setFont(look.small)
        painter.setPen(look.theme.muted)
        above = QRectF(rect.center().x() - 40, rect.top() - 18, 80, 14)
        painter.drawText(above, _MIDDLE, node.face.label)
    if node.face.problem:
        paint_problem(painter, look, rect, node.face)


def _head(size: Size) -> QRectF:
    rect = body_rect(size)
    return QRectF(rect.left(), rect.top(), rect.width(), HEAD)


def _paint_head(
    painter: QPainter, look: Look, node: NodeLook, frame: FrameLook, zoom: float
) -> None:
    """The triangle, the names of the node and of its block, the copy between two arrows."""
    rects = button_rects(node.size, frame.copies)
    if zoom >= BUTTONS_FROM:
        paint_triangle(painter, look, rects["close"].center() + QPointF(1, 0), opened=True)
    head = _head(node.size).adjusted(26, 0, -10, 0)
    if frame.copies > 1 and zoom >= BUTTONS_FROM:
        head.setRight(rects["previous"].left() - 4)
        _paint_copy(painter, look, frame, rects, zoom)
    font = look.title_at(zoom)
    metrics = QFontMetricsF(font)
    if metrics.horizontalAdvance(node.face.title) > head.width():
        font, metrics = look.title, QFontMetricsF(look.title)
    title = metrics.elidedText(node.face.title, Qt.TextElideMode.ElideMiddle, head.width())
    painter.setFont(font)
    painter.setPen(look.theme.text)
    painter.drawText(head, _LEFT | _WHOLE, title)
    head.setLeft(head.left() + metrics.horizontalAdvance(title) + 8)
    if zoom < 0.4 or head.width() < 24:
        return
    small = look.text_at(zoom)
    painter.setFont(small)
    painter.setPen(look.theme.muted)
    kind = QFontMetricsF(small).elidedText(frame.kind, Qt.TextElideMode.ElideMiddle, head.width())
    painter.drawText(head.translated(0, 1), _LEFT, kind)


def _paint_copy(
    painter: QPainter,
    look: Look,
    frame: FrameLook,
    rects: Mapping[FrameButton, QRectF],
    zoom: float,
) -> None:
    before, after = rects["previous"], rects["next"]
    words = QRectF(before.right(), before.top(), after.left() - before.right(), before.height())
    told = f"copy {frame.copy + 1} of {frame.copies}"
    font = look.count_at(zoom)
    needed = QFontMetricsF(font).horizontalAdvance(told)
    if needed > words.width():
        font = ui_font(max(look.text.pixelSize(), int(font.pixelSize() * words.width() / needed)))
    painter.setFont(font)
    painter.setPen(look.theme.muted)
    painter.drawText(words.translated(0, 1), _MIDDLE, told)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.theme.muted)
    for rect, way in ((before, -1.0), (after, 1.0)):
        at = rect.center()
        painter.drawPolygon(
            QPolygonF(
                [at + QPointF(4 * way, 0), at + QPointF(-3 * way, -5), at + QPointF(-3 * way, 5)]
            )
        )
