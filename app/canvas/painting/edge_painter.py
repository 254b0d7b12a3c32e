"""Paints one wire: an orthogonal line with round corners, its chip, the shape it carries."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from app import gradient_scale
from app.canvas.edge_flow import FlowStroke
from app.canvas.painting.flow_pen import core_pen, dress
from app.canvas.painting.look import NOTE_SIZES, STROKES, Look
from app.canvas.painting.node_painter import CARD_STEP
from app.canvas.painting.scale_chips import ScaleChip, chip_rects, paint_chips
from app.canvas.painting.words import write
from app.canvas.placing.edge_routing import JOIN_OFFSET, STUB, Corner
from app.theme import mono_font, ui_font
from graphcore.edge_kinds import EDGE_KINDS

CORNER_RADIUS = 9.0
_CHIP_HEIGHT = 22.0
_CLEAR = 14.0
"""From the ends of a lane to words on it."""
LABELS_FROM = 0.5
"""Zoom below which wires carry no words."""
SHAPES_FROM = 0.68
"""Zoom below which shapes would be too small to read."""
DIMMED = 0.28
"""How opaque what stands back is."""
PLAIN_CONCAT = "concat"
"""The caption of a concatenation that aligns nothing."""


class EdgeLook(NamedTuple):
    """Everything that a wire's picture depends on, besides theme and zoom.

    ``caption`` is the chip's text, ``note`` what the wire is in which copies, ``shape`` what the
    wire carries; it stands on the wire if ``shape_shows``. ``joined`` tells that its target is a
    join, ``stacked`` that cards of copies stand over its beginning, and ``scales`` are the chips
    of what acts on it before the join. ``drawn`` is the kind in which a wire into a block is drawn
    that only leads to joins in there. ``flow`` is what was measured of the gradient along it,
    while a run is shown.
    """

    kind: str
    corners: tuple[Corner, ...]
    joined: bool = False
    stacked: bool = False
    caption: str = ""
    note: str = ""
    shape: str = ""
    shape_changes: bool = False
    shape_asked: bool = False
    active: bool = True
    selected: bool = False
    hovered: bool = False
    dimmed: bool = False
    problem: str = ""
    value: float | None = None
    scales: tuple[ScaleChip, ...] = ()
    drawn: str = ""
    flow: FlowStroke | None = None

    @property
    def stroke(self) -> str:
        """The kind in whose colour and stroke it is drawn."""
        return self.drawn or self.kind

    @property
    def width(self) -> float:
        """How wide the line is where nothing lifts it out."""
        return self.flow.width if self.flow is not None else STROKES[self.stroke].width

    @property
    def speaks_for_itself(self) -> bool:
        """Whether there is more to it than its kind: it is off, wrong, or has a chip of its own."""
        return bool(self.problem) or not self.active or self.caption not in ("", PLAIN_CONCAT)

    @property
    def joins(self) -> bool:
        """Whether its kind adds or concatenates at the target."""
        return EDGE_KINDS[self.kind].join != "none"

    @property
    def shape_shows(self) -> bool:
        """Whether the shape stands on the wire."""
        return bool(self.shape) and (self.shape_changes or self.shape_asked or self.hovered)

    def chip_rect(self) -> QRectF | None:
        """Where the chip is: in the middle of the lane, or of the longest upright stretch where the
        lane is too short for it."""
        text = self.chip_text()
        if not text:
            return None
        width = QFontMetricsF(ui_font(11, 600)).horizontalAdvance(text) + 22
        start, end = longest_level(self.corners)
        middle = middle_of(self.corners)
        if abs(end[0] - start[0]) < width:
            middle = middle_upright(self.corners, _CHIP_HEIGHT * 2) or middle
        return QRectF(middle.x() - width / 2, middle.y() - _CHIP_HEIGHT / 2, width, _CHIP_HEIGHT)

    def chip_text(self) -> str:
        """The caption, or that the wire is switched off or cannot join what is there."""
        if not self.active:
            return "off"
        refused = self.joins and self.problem == "error" and not self.caption
        # One word: where there is little room a chip is left its first ones.
        return "mismatch" if refused else self.caption

    def note_rect(self, font: QFont) -> QRectF | None:
        """Where the note stands: on the lane, behind the chip, where no other lane can cross it;
        below the lane where that is too short."""
        if not self.note:
            return None
        width, height = QFontMetricsF(font).horizontalAdvance(self.note) + 8, 1.3 * font.pixelSize()
        (start, y), (end, _) = longest_level(self.corners)
        left, right = min(start, end) + _CLEAR, max(start, end) - _CLEAR
        middle, chip = middle_of(self.corners), self.chip_rect()
        on_lane = chip is not None and chip.center().y() == y
        if chip is None or not on_lane:
            if right - left >= width:
                return QRectF(middle.x() - width / 2, y - height / 2, width, height)
        elif right - chip.right() >= width:
            return QRectF(chip.right() + 2, y - height / 2, width, height)
        below = _CHIP_HEIGHT / 2 if on_lane else 2
        return QRectF(middle.x() - width / 2, y + below + 1, width, height)

    def shape_rect(self) -> QRectF | None:
        """Where the shape stands: above the longest level stretch, before the join. Where there
        is no room for it, it is shown when it is asked for only."""
        if not self.shape_shows:
            return None
        start, end = longest_level(self.corners)
        if self.stacked and start == self.corners[0]:
            start = (start[0] + 2 * CARD_STEP, start[1])
        if self.joined and not self.joins and end == self.corners[-1]:
            end = (end[0] - JOIN_OFFSET - 8, end[1])
        for rect in chip_rects(self.corners, self.scales):
            if abs(rect.center().y() - end[1]) < 1:
                end = (min(end[0], rect.left() - 4), end[1])
        width = QFontMetricsF(mono_font(10)).horizontalAdvance(self.shape) + 4
        asked = self.shape_asked or self.hovered
        # Beside a step another wire from the same port may turn off.
        aside = 2 if len(self.corners) == 2 else 2 * STUB
        if abs(end[0] - start[0]) < width + aside and not asked:
            return None
        middle = (start[0] + end[0]) / 2
        chip = self.chip_rect()
        if chip is not None:
            middle = chip.left() - 10 - width / 2
        return QRectF(middle - width / 2, start[1] - 18, width, 14)


def edge_path(corners: tuple[Corner, ...]) -> QPainterPath:
    """The line through ``corners`` with each corner rounded."""
    path = QPainterPath(QPointF(*corners[0]))
    for before, at, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(CORNER_RADIUS, _length(before, at) / 2, _length(at, after) / 2)
        path.lineTo(_towards(at, before, radius))
        path.quadTo(QPointF(*at), _towards(at, after, radius))
    path.lineTo(QPointF(*corners[-1]))
    return path


def edge_reach(state: EdgeLook) -> QRectF:
    """All that ``state`` paints."""
    xs, ys = zip(*state.corners, strict=True)
    reach = QRectF(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)).adjusted(-6, -6, 6, 6)
    words = (state.chip_rect(), state.note_rect(ui_font(NOTE_SIZES[-1])), state.shape_rect())
    for rect in (*words, *chip_rects(state.corners, state.scales)):
        if rect is not None:
            reach = reach.united(rect.adjusted(-2, -2, 2, 2))
    return reach


def middle_of(corners: tuple[Corner, ...]) -> QPointF:
    """The middle of the longest level stretch."""
    start, end = longest_level(corners)
    return QPointF((start[0] + end[0]) / 2, start[1])


def middle_upright(corners: tuple[Corner, ...], least: float) -> QPointF | None:
    """The middle of the longest upright stretch, if it is as long as ``least``."""
    start, end = max(pairwise(corners), key=lambda pair: abs(pair[1][1] - pair[0][1]))
    if abs(end[1] - start[1]) < least:
        return None
    return QPointF((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)


def longest_level(corners: tuple[Corner, ...]) -> tuple[Corner, Corner]:
    """The longest horizontal stretch; the first of equal ones."""
    return max(pairwise(corners), key=lambda pair: abs(pair[1][0] - pair[0][0]))


def paint_edge(
    painter: QPainter, look: Look, path: QPainterPath, state: EdgeLook, zoom: float
) -> None:
    """Paint a wire."""
    if state.dimmed:
        painter.setOpacity(DIMMED)
    elif not state.active:
        painter.setOpacity(0.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if state.selected:
        halo = QPen(look.theme.selection, state.width + 4.5)
        halo.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(halo)
        painter.drawPath(path)
        halo.setColor(look.theme.canvas)
        halo.setWidthF(state.width + 1.8)
        painter.setPen(halo)
        painter.drawPath(path)
    pen = _pen(look, state, zoom)
    painter.setPen(pen)
    painter.drawPath(path)
    if state.flow is not None and state.flow.mark == "exploded":
        painter.setPen(core_pen(pen.widthF()))
        painter.drawPath(path)
    if zoom >= LABELS_FROM:
        _paint_chip(painter, look, state, zoom)
        _paint_note(painter, look, state, zoom)
        paint_chips(painter, look, state.corners, state.scales, zoom)
    if zoom >= SHAPES_FROM or state.hovered:
        _paint_shape(painter, look, state)
    painter.setOpacity(1.0)


def paint_join(painter: QPainter, look: Look, kind: str) -> None:
    """A circle with a plus, or with two bars where values are concatenated."""
    painter.setPen(QPen(look.color(kind), 1.8))
    painter.setBrush(look.theme.canvas)
    painter.drawEllipse(QPointF(0, 0), 8, 8)
    for start, end in sign_of(kind):
        painter.drawLine(start, end)


def sign_of(kind: str) -> tuple[tuple[QPointF, QPointF], ...]:
    """The lines of the sign in a join: a plus, or two bars where values are concatenated."""
    if EDGE_KINDS[kind].join == "concat":
        return (
            (QPointF(-2, -3.5), QPointF(-2, 3.5)),
            (QPointF(2, -3.5), QPointF(2, 3.5)),
        )
    return (QPointF(-3.5, 0), QPointF(3.5, 0)), (QPointF(0, -3.5), QPointF(0, 3.5))


def _pen(look: Look, state: EdgeLook, zoom: float) -> QPen:
    pen = look.pen(state.stroke, wider=1.0 if state.hovered else 0.0)
    if state.flow is not None:
        dress(pen, look, state.stroke, state.flow, zoom)
    if state.problem:
        pen.setColor(look.theme.error if state.problem == "error" else look.theme.warning)
        pen.setDashPattern([3.0, 2.0])
    elif not state.active:
        pen.setDashPattern([1.5, 3.0])
    return pen


def _paint_chip(painter: QPainter, look: Look, state: EdgeLook, zoom: float) -> None:
    rect = state.chip_rect()
    if rect is None:
        return
    color = look.theme.error if state.problem == "error" else look.color(state.stroke)
    ground, ink = look.theme.canvas, look.text_color(state.stroke)
    if state.problem == "error":
        ink = color
    if state.value is not None:
        ground = gradient_scale.color(state.value)
        ink = gradient_scale.text_color_on(ground)
    painter.setPen(QPen(color, 1.2))
    painter.setBrush(ground)
    painter.drawRoundedRect(rect, _CHIP_HEIGHT / 2, _CHIP_HEIGHT / 2)
    write(painter, look, rect.adjusted(5, 0, -5, 0), state.chip_text(), look.tag_at(zoom), ink)


def _paint_note(painter: QPainter, look: Look, state: EdgeLook, zoom: float) -> None:
    font = look.note_at(zoom)
    rect = state.note_rect(font)
    if rect is not None:
        painter.fillRect(rect, look.theme.canvas)
        painter.setFont(font)
        painter.setPen(look.text_color(state.kind))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, state.note)


def _paint_shape(painter: QPainter, look: Look, state: EdgeLook) -> None:
    rect = state.shape_rect()
    if rect is None:
        return
    painter.setFont(look.small)
    painter.setPen(look.text_color(state.stroke))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, state.shape)


def _length(a: Corner, b: Corner) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(start: Corner, end: Corner, distance: float) -> QPointF:
    """The point ``distance`` along the level or upright line from ``start`` to ``end``."""
    length = _length(start, end)
    share = distance / length if length else 0.0
    return QPointF(start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
