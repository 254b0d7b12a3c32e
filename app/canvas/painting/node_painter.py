"""Paints one block: a box with its words, a narrow chip, or a composite with its miniature."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app import gradient_scale
from app.canvas.node_face import Face
from app.canvas.painting.look import Look
from app.canvas.painting.miniature_painter import paint_cell, paint_miniature
from app.canvas.painting.words import (
    PLAIN_FROM,
    Words,
    fitting,
    leading,
    metrics,
    write,
    write_lines,
)
from graphcore.measures import NAME_ROOM

RADIUS = 8.0
CHIP_RADIUS = 5.0
BUTTONS_FROM = 0.3
"""Zoom below which the triangles and arrows of blocks are too small to be meant."""
RIM = 8.0
"""How much narrower than its box a title is, where the view is small."""
CARD_STEP = 4.0
"""How far each card of a stack stands behind the one before."""

PortMark = Literal["hidden", "plain", "missing", "fits", "near"]


class PortSpot(NamedTuple):
    """A port as it is drawn: where, measured from the middle of the block's left edge."""

    name: str
    at: QPointF
    mark: PortMark = "hidden"


class NodeLook(NamedTuple):
    """Everything that a block's picture depends on, besides theme and zoom.

    ``values`` are the measured gradients: of each cell of a composite, else of the block itself.
    """

    size: tuple[int, int]
    face: Face
    selected: bool = False
    hovered: bool = False
    tinted: str = ""
    values: tuple[float | None, ...] = ()
    inputs: tuple[PortSpot, ...] = ()
    outputs: tuple[PortSpot, ...] = ()


def body_rect(size: tuple[int, int]) -> QRectF:
    """The outline of a block of ``size``, measured from the middle of its left edge."""
    return QRectF(0, -size[1] / 2, size[0], size[1])


def paint_node(painter: QPainter, look: Look, node: NodeLook, zoom: float) -> None:
    """Paint ``node`` with the middle of its left edge at the origin."""
    rect = body_rect(node.size)
    face = node.face
    if not face.active:
        painter.setOpacity(0.55)
    if face.copies:
        _paint_cards(painter, look, rect)
    if face.is_chip:
        _paint_chip(painter, look, node, rect, zoom)
    elif face.miniature is not None:
        _paint_composite(painter, look, node, rect, zoom)
    else:
        _paint_box(painter, look, node, rect, zoom)
    painter.setOpacity(1.0)
    if node.tinted:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.tint(node.tinted))
        painter.drawRoundedRect(rect, _radius(face), _radius(face))
    if not face.active:
        painter.setPen(look.outline_inactive)
        painter.drawLine(QPointF(rect.left(), 0), QPointF(rect.right(), 0))
    if node.selected:
        paint_ring(
            painter, look.outline_selected, rect, _radius(face), 5.0 if face.problem else 3.0
        )
    if face.problem:
        paint_problem(painter, look, rect, face)


def paint_ports(painter: QPainter, look: Look, ports: Sequence[PortSpot]) -> None:
    """The ports that show: small when plain, hollow when a wire is missing, large when it fits."""
    for port in ports:
        if port.mark == "hidden":
            continue
        radius = {"plain": 3.5, "missing": 4.0, "fits": 5.5, "near": 8.0}[port.mark]
        strong = port.mark in ("fits", "near")
        color = look.theme.skip if port.mark == "near" else look.theme.flow
        painter.setPen(QPen(look.theme.selection if strong else color, 1.5))
        painter.setBrush(look.theme.canvas if port.mark == "missing" else color)
        painter.drawEllipse(port.at, radius, radius)


def _radius(face: Face) -> float:
    return CHIP_RADIUS if face.is_chip else RADIUS


def _outline(look: Look, node: NodeLook, plain: QPen) -> QPen:
    if node.hovered:
        return look.outline_hovered
    return plain if node.face.active else look.outline_inactive


def _paint_cards(painter: QPainter, look: Look, rect: QRectF) -> None:
    painter.setPen(look.card)
    painter.setBrush(look.theme.block)
    for step in (2, 1):
        behind = rect.translated(CARD_STEP * step, -CARD_STEP * step)
        painter.drawRoundedRect(behind, RADIUS, RADIUS)


def _paint_ground(
    painter: QPainter, look: Look, node: NodeLook, rect: QRectF, plain: QPen, fill: QColor
) -> QColor:
    """The block's surface; returns the colour to write on it with."""
    radius = _radius(node.face)
    value = _single_value(node)
    if value is not None:
        paint_cell(painter, look, rect, value, radius=radius)
        if node.hovered:
            painter.setPen(look.outline_hovered)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, radius, radius)
        return gradient_scale.text_color_on(gradient_scale.color(value))
    painter.setPen(_outline(look, node, plain))
    painter.setBrush(fill)
    painter.drawRoundedRect(rect, radius, radius)
    return look.theme.text


def _single_value(node: NodeLook) -> float | None:
    """The one gradient that fills the whole block; copies of a layer by their geometric mean."""
    if node.face.miniature is not None:
        return None
    known = [value for value in node.values if value is not None and not math.isnan(value)]
    if not known:
        return None
    if min(known) <= 0 or math.isinf(max(known)):
        return min(known) if min(known) <= 0 else max(known)
    return math.exp(sum(map(math.log, known)) / len(known))


def _paint_chip(painter: QPainter, look: Look, node: NodeLook, rect: QRectF, zoom: float) -> None:
    ink = _paint_ground(painter, look, node, rect, look.chip_outline, look.theme.chip)
    if zoom < 0.33:
        return
    painter.save()
    painter.translate(rect.center())
    painter.rotate(-90)
    across = QRectF(-rect.height() / 2, -rect.width() / 2, rect.height(), rect.width())
    text = node.face.title + node.face.copies.replace("×", " ×")
    inner = across.adjusted(3, 0, -3, 0)
    font = look.chip_at(zoom)
    if metrics(look, font).horizontalAdvance(text) > inner.width():
        font = look.chip_at(1.0)
    write(painter, look, inner, text, font, ink)
    painter.restore()


def _paint_box(painter: QPainter, look: Look, node: NodeLook, rect: QRectF, zoom: float) -> None:
    ink = _paint_ground(painter, look, node, rect, look.outline, look.theme.block)
    inner = _inner(rect, zoom)
    write_lines(painter, look, inner, box_lines(look, node.face, rect, zoom, ink))


def box_lines(look: Look, face: Face, rect: QRectF, zoom: float, ink: QColor) -> list[Words]:
    """The words that fit in a box ``rect``, of which the first is written in ``ink``."""
    muted = look.theme.muted if ink == look.theme.text else ink
    needed = zoom >= PLAIN_FROM
    title = Words(title_of(look, face, rect.width(), zoom), look.title_at(zoom), ink, needed=True)
    caption = Words(face.caption, look.caption_at(zoom), muted, needed=needed)
    label = Words(face.label, look.small_at(zoom), muted, needed=needed)
    inner = _inner(rect, zoom)
    shown = fitting(look, [title, caption, label], inner.width(), inner.height())
    if face.is_end and len(shown) < 3:
        # One input is told from another by its name.
        shown = fitting(look, [title, label], inner.width(), inner.height())
    return shown


def _inner(rect: QRectF, zoom: float) -> QRectF:
    """Where in a box there may be words."""
    aside, above = (4, 3) if zoom >= PLAIN_FROM else (2, 1)
    return rect.adjusted(aside, above, -aside, -above)


def title_of(look: Look, face: Face, width: float, zoom: float) -> str:
    """The title of a box ``width`` wide: where the view is small, a word less rather than one that
    touches the rim."""
    title = face.title + (f" {face.copies}" if face.copies else "")
    if zoom >= PLAIN_FROM:
        return title
    return leading(look, title, look.title_at(zoom), width - RIM) or title


def _paint_composite(
    painter: QPainter, look: Look, node: NodeLook, rect: QRectF, zoom: float
) -> None:
    face = node.face
    painter.setPen(_outline(look, node, look.outline))
    painter.setBrush(look.theme.block)
    painter.drawRoundedRect(rect, RADIUS, RADIUS)
    font = look.title_at(zoom)
    near = zoom >= PLAIN_FROM
    head = QRectF(rect.left() + 17, rect.top() + 6, rect.width() - 23, font.pixelSize() * 1.4)
    if not near:
        head.adjust(-3, 0, 3, 0)
    triangle = QPointF(rect.left() + (10 if near else 8), head.center().y())
    paint_triangle(painter, look, triangle, opened=False)
    left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
    if face.copies:
        room = metrics(look, font).horizontalAdvance(face.copies) + 4
        if near or metrics(look, font).horizontalAdvance(face.title) <= head.width() - room:
            write(painter, look, head, face.copies, font, look.theme.muted, right)
            head = head.adjusted(0, 0, -room, 0)
        else:
            # A name that is cut short says nothing; how often the block runs stands below it.
            face = _counted_below(face)
    write(painter, look, head, face.title, font, look.theme.text, left)
    area = QRectF(rect.left() + 8, head.bottom() + 3, rect.width() - 16, 0)
    area.setBottom(rect.bottom() - 10)
    if face.miniature is not None:
        paint_miniature(painter, look, area, face.miniature, node.values)
    _write_below(painter, look, face, rect, zoom)


def _counted_below(face: Face) -> Face:
    """With the number of copies in the line below the block that stays where there is one only."""
    if face.note:
        return face._replace(note=f"{face.copies} · {face.note}")
    return face._replace(caption=f"{face.copies} {face.caption}".strip())


def _write_below(painter: QPainter, look: Look, face: Face, rect: QRectF, zoom: float) -> None:
    """The kind of a composite, and where its shortcuts are not identities."""
    below = QRectF(rect.left() - 11, rect.bottom() + 2, rect.width() + 22, NAME_ROOM - 2)
    font = look.text_at(zoom)
    lines = [
        Words(face.caption, font, look.theme.muted, needed=zoom >= PLAIN_FROM),
        Words(face.note, font, look.text_color("skip"), needed=zoom >= PLAIN_FROM),
    ]
    if sum(line.height for line in lines) > below.height() and face.note:
        # Where there is room for one line, the skips are what matters.
        lines = lines[1:]
    shown = fitting(look, lines, below.width(), below.height())
    below.setHeight(sum(line.height for line in shown))
    write_lines(painter, look, below, shown)


def label_middle(face: Face, rect: QRectF) -> QPointF:
    """Where in a block's body its label is written, so that it can be edited in place."""
    middle = rect.center()
    if face.miniature is not None:
        return QPointF(middle.x(), rect.top() + 15)
    if face.is_chip or not face.label:
        return middle
    return middle + QPointF(0, 17 if face.caption else 9.5)


def paint_ring(painter: QPainter, pen: QPen, rect: QRectF, radius: float, gap: float) -> None:
    """A line round ``rect``, ``gap`` outside it."""
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(-gap, -gap, gap, gap), radius + gap, radius + gap)


def paint_triangle(painter: QPainter, look: Look, at: QPointF, *, opened: bool) -> None:
    """The triangle that opens a block in place and closes it again: right, or down."""
    tip = [QPointF(-3, -5), QPointF(-3, 5), QPointF(4, 0)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.theme.muted)
    turned = [QPointF(p.y(), p.x()) for p in tip] if opened else tip
    painter.drawPolygon([at + point for point in turned])


def triangle_rect(size: tuple[int, int]) -> QRectF:
    """Where on a closed block a click opens it."""
    rect = body_rect(size)
    return QRectF(rect.left(), rect.top(), 22, 28)


def paint_problem(painter: QPainter, look: Look, rect: QRectF, face: Face) -> None:
    """A dashed outline and a badge: a disc for an error, a triangle for a warning."""
    color = look.theme.error if face.problem == "error" else look.theme.warning
    paint_ring(painter, QPen(color, 1.8, Qt.PenStyle.DashLine), rect, _radius(face), 2.0)
    at = rect.topLeft() + QPointF(1, 0)
    painter.setPen(QPen(look.theme.canvas, 1.5))
    painter.setBrush(color)
    if face.problem == "error":
        painter.drawEllipse(at, 8, 8)
    else:
        painter.drawPolygon([at + QPointF(0, -9), at + QPointF(9, 7), at + QPointF(-9, 7)])
    painter.setPen(look.theme.canvas)
    painter.setFont(look.tag)
    painter.drawText(QRectF(at.x() - 8, at.y() - 8, 16, 16), Qt.AlignmentFlag.AlignCenter, "!")
