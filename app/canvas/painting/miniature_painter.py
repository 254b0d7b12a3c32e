"""Paints the inside of a collapsed block in small."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from app import gradient_scale
from app.canvas.miniature import Arc, Miniature
from app.canvas.painting.look import Look
from app.canvas.painting.miniature_bus import bus_runs, paint_run

_TALLEST = 15.0
"""How far the arc over a single cell rises at most."""
_LOWEST = 8.0
"""And however narrow the cell, at least."""
_MARK = 2.6
"""Half the side of the square that marks a shortcut which is not the identity."""


def paint_miniature(
    painter: QPainter,
    look: Look,
    area: QRectF,
    picture: Miniature,
    values: Sequence[float | None] = (),
) -> None:
    """Paint ``picture`` into ``area``; ``values`` are the gradients of its cells, if measured."""
    if look.turned >= 0.5 and picture.arcs:
        _paint_turned(painter, look, area, picture, values)
        return
    pitch = min(area.width() / picture.cells, 36.0)
    width = min(pitch * 0.6, 20.0)
    height = min(10.0, area.height() * 0.45)
    left = area.center().x() - pitch * picture.cells / 2 + (pitch - width) / 2
    middle = area.bottom() - height / 2 - 1
    painter.setPen(look.pen("flow", wider=-0.8))
    painter.drawLine(QPointF(area.left(), middle), QPointF(area.right(), middle))
    _paint_arcs(painter, look, picture.arcs, (left, pitch, width), middle, area.top())
    for cell in range(picture.cells):
        rect = QRectF(left + cell * pitch, middle - height / 2, width, height)
        value = values[cell] if cell < len(values) else None
        paint_cell(painter, look, rect, value, radius=min(3.0, width / 4))
    if picture.left_out:
        _paint_gap(painter, look, QPointF(area.center().x(), middle), height)


def _paint_turned(
    painter: QPainter,
    look: Look,
    area: QRectF,
    picture: Miniature,
    values: Sequence[float | None],
) -> None:
    """The stream runs straight through the middle of the block, at the height of its ports; what
    connections go round hangs below it."""
    pitch = min(area.width() / picture.cells, 36.0)
    width, height = min(pitch * 0.6, 20.0), min(10.0, area.height() * 0.45)
    left = area.center().x() - pitch * picture.cells / 2
    stream, low = 0.0, area.bottom() - height / 2 - 1
    ends = area.left() - 8, area.right() + 8
    painter.setPen(look.pen("flow", wider=-0.8))
    painter.drawLine(QPointF(ends[0], stream), QPointF(ends[1], stream))
    outer = [a for a in picture.arcs if not any(_encloses(b, a) for b in picture.arcs)]
    for arc in outer:
        margin = min(3.0, pitch * (arc.end - arc.start) * 0.14)
        start, end = left + arc.start * pitch + margin, left + arc.end * pitch - margin
        _paint_hanging(painter, look, (start, end), (stream, low))
        painter.setPen(look.pen(arc.kind, wider=-0.3))
        painter.drawLine(QPointF(start, stream), QPointF(end, stream))
        if arc.changes:
            _paint_square(painter, look, arc, QPointF((start + end) / 2, stream))
    for cell in range(picture.cells):
        middle = low if any(a.start < cell + 1 and cell < a.end for a in outer) else stream
        at = left + cell * pitch + (pitch - width) / 2
        rect = QRectF(at, middle - height / 2, width, height)
        value = values[cell] if cell < len(values) else None
        paint_cell(painter, look, rect, value, radius=min(3.0, width / 4))
    if picture.left_out:
        _paint_gap(painter, look, QPointF(area.center().x(), low), height)


def _encloses(outer: Arc, inner: Arc) -> bool:
    wider = outer.end - outer.start > inner.end - inner.start
    return wider and outer.start <= inner.start and inner.end <= outer.end


def _paint_hanging(
    painter: QPainter, look: Look, across: tuple[float, float], down: tuple[float, float]
) -> None:
    """A branch: from the stream down, along, and up again."""
    (start, end), (stream, low) = across, down
    bend = min(4.0, (end - start) / 3)
    path = QPainterPath(QPointF(start, stream))
    path.lineTo(start, low - bend)
    path.quadTo(start, low, start + bend, low)
    path.lineTo(end - bend, low)
    path.quadTo(end, low, end, low - bend)
    path.lineTo(end, stream)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(look.pen("flow", wider=-0.8))
    painter.drawPath(path)


def paint_cell(
    painter: QPainter, look: Look, rect: QRectF, value: float | None, *, radius: float
) -> None:
    """A cell, neutral or in the colour of its gradient: hatched where it has vanished, marked by
    a triangle where it has exploded."""
    if value is None or math.isnan(value):
        painter.setPen(look.chip_outline)
        painter.setBrush(look.theme.chip)
        painter.drawRoundedRect(rect, radius, radius)
        return
    painter.setPen(look.outline_measured)
    painter.setBrush(gradient_scale.color(value))
    painter.drawRoundedRect(rect, radius, radius)
    if gradient_scale.is_vanished(value):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.hatching)
        painter.drawRoundedRect(rect, radius, radius)
    elif gradient_scale.is_exploded(value):
        _paint_mark(painter, look, rect)


def _paint_mark(painter: QPainter, look: Look, rect: QRectF) -> None:
    """The triangle of an exploded gradient, in the upper right corner."""
    side = min(9.0, rect.height() * 0.6)
    path = QPainterPath(QPointF(rect.right() - 2 - side, rect.top() + 2 + side))
    path.lineTo(rect.right() - 2, rect.top() + 2 + side)
    path.lineTo(rect.right() - 2 - side / 2, rect.top() + 2)
    path.closeSubpath()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.theme.error)
    painter.drawPath(path)


def _paint_arcs(
    painter: QPainter,
    look: Look,
    arcs: Sequence[Arc],
    cells: tuple[float, float, float],
    middle: float,
    top: float,
) -> None:
    """Half ellipses from just before the first cell to just behind the last; one that changes
    what it carries has a square at its top. Copies that concatenate have one line over them."""
    left, pitch, width = cells
    gap = (pitch - width) / 2
    runs, single = bus_runs(arcs)
    for run in runs:
        painter.translate(0, middle)
        paint_run(painter, look, run, (left - gap, pitch), middle - top - 2)
        painter.translate(0, -middle)
    for arc in sorted(single, key=lambda arc: arc.start - arc.end):
        # A cell is its body and half of the gap on either side.
        margin = min(gap * 0.28, pitch * (arc.end - arc.start) * 0.1)
        start = left - gap + arc.start * pitch + margin
        end = left - gap + arc.end * pitch - margin
        rise = middle - top - 1.5
        if arc.end - arc.start <= 1:
            rise = min(rise, _TALLEST, max(_LOWEST, end - start))
        path = QPainterPath(QPointF(start, middle))
        path.arcTo(QRectF(start, middle - rise, end - start, 2 * rise), 180, -180)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(look.pen(arc.kind, wider=-0.5))
        painter.drawPath(path)
        if arc.changes:
            _paint_square(painter, look, arc, QPointF((start + end) / 2, middle - rise))


def _paint_square(painter: QPainter, look: Look, arc: Arc, at: QPointF) -> None:
    painter.setPen(look.pen(arc.kind, wider=-0.8))
    painter.setBrush(look.theme.block)
    painter.drawRect(QRectF(at.x() - _MARK, at.y() - _MARK, 2 * _MARK, 2 * _MARK))


def _paint_gap(painter: QPainter, look: Look, at: QPointF, height: float) -> None:
    """Three dots in the middle, for the copies that have no cell."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.theme.block)
    painter.drawRect(QRectF(at.x() - 11, at.y() - height, 22, 2 * height))
    painter.setBrush(look.theme.muted)
    for offset in (-6, 0, 6):
        painter.drawEllipse(QPointF(at.x() + offset, at.y()), 1.4, 1.4)
