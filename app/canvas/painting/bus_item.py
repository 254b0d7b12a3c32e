"""Paints a bus: a line that thickens with the channels it carries, with taps, and their number."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker, QPen

from app.canvas.bus_flow import BusFlow
from app.canvas.edge_flow import FlowStroke
from app.canvas.painting.edge_painter import CORNER_RADIUS, DIMMED, SHAPES_FROM, edge_path
from app.canvas.painting.flow_pen import core_pen, dress
from app.canvas.painting.items import JOINING_LAYER, StateItem, zoom_of
from app.canvas.painting.look import STROKES, Look
from app.canvas.placing.buses import Bus, Stretch, Tap
from app.canvas.placing.edge_routing import Corner
from app.theme import mono_font

_BEND = CORNER_RADIUS + 3
_BAND = 12.0
"""How wide the band around the line is that takes a click."""


class BusLook(NamedTuple):
    """Everything that the picture of a bus depends on, besides theme and zoom. Where ``flow`` is
    known, the gradients along its edges make it thick, not their channels."""

    kind: str
    bus: Bus
    selected: bool = False
    hovered: bool = False
    dimmed: bool = False
    flow: BusFlow | None = None


class BusItem(StateItem[BusLook]):
    """Many edges as one line."""

    def __init__(self, look: Look, state: BusLook) -> None:
        super().__init__(look, state)
        self.setZValue(JOINING_LAYER - 0.5)

    def _turn_to(self, state: BusLook) -> None:
        self.prepareGeometryChange()

    def show_flow(self, flow: BusFlow | None) -> bool:
        """Draw the line as thick as ``flow`` says; whether that is another picture."""
        if flow == self._state.flow:
            return False
        self._state = self._state._replace(flow=flow)
        self.update()
        return True

    def edges_at(self, at: QPointF) -> tuple[str, ...]:
        """The edges that pass there: those of a tap, else all of the bus."""
        bus = self._state.bus
        for tap in bus.taps:
            (_, port_y) = tap.corners[0 if tap.enters else -1]
            beside = abs(at.x() - tap.x) <= _BAND / 2
            low, high = sorted((port_y, bus.lane))
            if beside and low <= at.y() <= high and abs(at.y() - bus.lane) > _BAND / 2:
                return tap.edges
        return bus.edges

    def boundingRect(self) -> QRectF:
        """The line, its taps and the numbers on it."""
        corners = [corner for tap in self._state.bus.taps for corner in tap.corners]
        xs, ys = zip(*corners, strict=True)
        around = QRectF(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
        return around.adjusted(-_BEND, -22, _BEND, 22)

    def shape(self) -> QPainterPath:
        """What takes a click: a band around the lane and the upright part of every tap."""
        bus = self._state.bus
        path = QPainterPath()
        for stretch in bus.stretches:
            path.moveTo(stretch.start, bus.lane)
            path.lineTo(stretch.end, bus.lane)
        for tap in bus.taps:
            upright = tap.corners[1:] if tap.enters else tap.corners
            path.moveTo(*upright[0])
            path.lineTo(*upright[-1])
        stroker = QPainterPathStroker()
        stroker.setWidth(_BAND)
        return stroker.createStroke(path)

    def draw(self, painter: QPainter) -> None:
        """Paint taps and stretches, then the numbers of channels where there is room."""
        state, bus = self._state, self._state.bus
        painter.setOpacity(DIMMED if state.dimmed else 1.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if state.selected:
            for color, more in ((self.look.theme.selection, 4.5), (self.look.theme.canvas, 1.8)):
                self._paint_lines(painter, QPen(color, 1.0), more, dashed=False)
        pen = self.look.pen(state.kind)
        self._paint_lines(painter, pen, 1.0 if state.hovered else 0.0, dashed=True)
        if zoom_of(painter) >= SHAPES_FROM and len(bus.stretches) > 1:
            self._paint_numbers(painter)
        painter.setOpacity(1.0)

    def _paint_lines(self, painter: QPainter, pen: QPen, more: float, *, dashed: bool) -> None:
        bus, flow = self._state.bus, self._state.flow
        stroke = STROKES[self._state.kind]
        first, last = bus.taps[0], bus.taps[-1]
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        for index, tap in enumerate(bus.taps):
            path = edge_path(_bent(tap, bus.lane, first, last))
            if flow is not None:
                self._paint_flow(painter, pen, more, flow.taps[index], path, dashed=dashed)
                continue
            _set_width(pen, stroke.width + more, stroke.dashes if dashed else ())
            painter.setPen(pen)
            painter.drawPath(path)
        for index, stretch in enumerate(bus.stretches):
            start = stretch.start + (_BEND if stretch.start == first.x else 0)
            end = stretch.end - (_BEND if stretch.end == last.x else 0)
            if flow is not None:
                path = edge_path(((start, bus.lane), (end, bus.lane)))
                self._paint_flow(painter, pen, more, flow.stretches[index], path, dashed=dashed)
                continue
            _set_width(pen, bus.width(stretch) + more, stroke.dashes if dashed else ())
            painter.setPen(pen)
            painter.drawLine(QPointF(start, bus.lane), QPointF(end, bus.lane))

    def _paint_flow(
        self,
        painter: QPainter,
        pen: QPen,
        more: float,
        flow: FlowStroke,
        path: QPainterPath,
        *,
        dashed: bool,
    ) -> None:
        """Paint a part of the bus as thick as the gradient there; its halo where not ``dashed``."""
        own = QPen(pen)
        if dashed:
            own = self.look.pen(self._state.kind, wider=more)
            dress(own, self.look, self._state.kind, flow, zoom_of(painter))
        else:
            own.setWidthF(flow.width + more)
        painter.setPen(own)
        painter.drawPath(path)
        if dashed and flow.mark == "exploded":
            painter.setPen(core_pen(own.widthF()))
            painter.drawPath(path)

    def _paint_numbers(self, painter: QPainter) -> None:
        bus = self._state.bus
        painter.setFont(self.look.small)
        painter.setPen(self.look.text_color(self._state.kind))
        for stretch in bus.stretches:
            rect = number_rect(stretch, bus)
            if rect is not None:
                painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(stretch.channels))


def number_rect(stretch: Stretch, bus: Bus) -> QRectF | None:
    """Where the number of channels stands: below the middle of a stretch that has room for it."""
    width = QFontMetricsF(mono_font(10)).horizontalAdvance(str(stretch.channels)) + 4
    if stretch.end - stretch.start < width + _BEND:
        return None
    middle = (stretch.start + stretch.end) / 2
    return QRectF(middle - width / 2, bus.lane + bus.width(stretch) / 2 + 2, width, 14)


def _bent(tap: Tap, lane: float, first: Tap, last: Tap) -> tuple[Corner, ...]:
    """The corners of a tap with a bend into the bus, in the direction in which values go."""
    towards = 1 if tap.enters else -1
    if tap.x == last.x:
        towards = -1
    if tap.x == first.x:
        towards = 1
    bend = (tap.x + towards * _BEND, lane)
    return (*tap.corners, bend) if tap.enters else (bend, *tap.corners)


def _set_width(pen: QPen, width: float, dashes: tuple[float, ...]) -> None:
    """Give a pen a width and dashes that are as long whatever the width is."""
    pen.setWidthF(width)
    if dashes:
        pen.setDashPattern([dash * 2.2 / width for dash in dashes])
