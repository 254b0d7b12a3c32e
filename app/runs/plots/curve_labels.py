"""Names beside the ends of curves, none over another, in as many lines as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from app import theme
from app.runs.plots.curves import Curve
from app.runs.plots.look import draw_marker

LABEL_SIZE: Final = 11
_LEAD: Final = 16.0
_SHORTEST: Final = 40.0
NOTED: Final = 8
"""Curves of which the card under the pointer tells at most."""


class End(NamedTuple):
    """Where a curve ends, and what is written there, most important first. ``aside``: it is
    written beside the plot, and a fine line leads there."""

    curve: Curve
    x: float
    y: float
    lines: tuple[str, ...]
    aside: bool = False


def fit(count: int, rect: QRectF) -> bool:
    """Whether so many curves can be named beside ``rect``."""
    return count * _room(1) <= _span(rect)


def draw_labels(painter: QPainter, rect: QRectF, ends: Sequence[End], width: float) -> None:
    """Each curve's lines beside its end, as far as ``width``; only the first lines where all do
    not fit."""
    lines = max((len(end.lines) for end in ends), default=1)
    while lines > 1 and len(ends) * _room(lines) > _span(rect):
        lines -= 1
    in_order = sorted(ends, key=lambda end: end.y)
    room, low = _room(lines), rect.top() - 4
    tops = spread([end.y - room / 2 for end in in_order], room, low, low + _span(rect))
    for top, end in zip(tops, in_order, strict=True):
        left = rect.right() + _LEAD if end.aside else end.x + 8
        if end.aside:
            _lead(painter, end, QPointF(left - 3, top + room / 2 - 1), rect)
        painter.setPen(end.curve.look.color)
        for index, text in enumerate(end.lines[:lines]):
            painter.setFont(theme.ui_font(LABEL_SIZE, 400 if index else 600))
            metrics = QFontMetricsF(painter.font())
            shown = metrics.elidedText(
                text, Qt.TextElideMode.ElideMiddle, max(width - 2 - left, _SHORTEST)
            )
            baseline = top + index * metrics.height() + metrics.ascent()
            painter.drawText(QPointF(left, baseline), shown)


def _lead(painter: QPainter, end: End, to: QPointF, rect: QRectF) -> None:
    """A fine line from a curve's end to its name, bent at the plot's edge."""
    color = QColor(end.curve.look.color)
    color.setAlphaF(0.4)
    painter.setPen(QPen(color, 1))
    corner = QPointF(rect.right(), end.y)
    if end.x < rect.right():
        painter.drawLine(QPointF(end.x + 3, end.y), corner)
    painter.drawLine(corner, to)


def _room(lines: int) -> float:
    return lines * QFontMetricsF(theme.ui_font(LABEL_SIZE, 600)).height() + 4


def _span(rect: QRectF) -> float:
    return rect.height() + 12


def spread(tops: Sequence[float], room: float, low: float, high: float) -> list[float]:
    """Ascending ``tops`` pushed apart to at least ``room`` and kept between ``low`` and ``high``.

    >>> spread([5.0, 6.0], 10.0, 0.0, 100.0)
    [5.0, 15.0]
    """
    placed: list[float] = []
    for top in tops:
        placed.append(max(top, placed[-1] + room if placed else low))
    limit = high - room
    for index in reversed(range(len(placed))):
        placed[index] = min(placed[index], limit)
        limit = placed[index] - room
    return placed


class Noted(NamedTuple):
    """A curve's figure at the step under the pointer, and the pixel it stands at."""

    curve: Curve
    text: str
    y: float


def nearest(noted: Sequence[Noted], y: float) -> list[Noted]:
    """Those of the curves nearest to the pointer, the highest first."""
    chosen = sorted(noted, key=lambda one: abs(one.y - y))[:NOTED]
    return sorted(chosen, key=lambda one: one.y)


def draw_note(
    painter: QPainter, rect: QRectF, at: QPointF, title: str, noted: Sequence[Noted]
) -> None:
    """A small card beside the pointer, inside ``rect``."""
    colors = theme.current()
    painter.setFont(theme.ui_font(11))
    metrics = QFontMetricsF(painter.font())
    texts = [f"{one.curve.title}  {one.text}" for one in noted]
    width = max(metrics.horizontalAdvance(text) for text in (title, *texts)) + 32
    height = (1 + len(texts)) * 16.0 + 10
    left = at.x() + 12 if at.x() + 12 + width < rect.right() else at.x() - 12 - width
    left = max(left, rect.left() - 30)
    top = max(min(max(at.y() - height / 2, rect.top()), rect.bottom() - height), 0.0)
    painter.setPen(QPen(colors.line, 1))
    painter.setBrush(colors.panel)
    painter.drawRoundedRect(QRectF(left, top, width, height), 6, 6)
    painter.setPen(colors.text)
    painter.drawText(QPointF(left + 8, top + 17), title)
    for index, (one, text) in enumerate(zip(noted, texts, strict=True), start=1):
        baseline = top + 17 + 16 * index
        draw_marker(painter, QPointF(left + 13, baseline - 4), one.curve.look, 3.2)
        painter.setPen(colors.text)
        painter.drawText(QPointF(left + 24, baseline), text)
