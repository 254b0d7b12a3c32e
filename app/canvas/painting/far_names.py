"""Names of blocks seen from afar: those that fit into their blocks in letters of nine pixels.

Each name is laid out once, whatever the zoom, and painted at whole pixels of the screen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QStaticText

from app.theme import ui_font

SIZE = 9
"""Pixels of the letters on the screen."""
_ASIDE = 4.0
"""Pixels that a name leaves free in its block, both sides together."""


class Named(NamedTuple):
    """A block with a name: where it is in the scene, and what is written on it in which colour.
    ``is_frame``: it is open, and its name stands in its upper left corner."""

    body: QRectF
    title: str
    ink: int
    is_frame: bool


class _Group(NamedTuple):
    """Blocks of one width with one name: what of it may be written, longest first, each with how
    many pixels it needs."""

    words: tuple[tuple[float, QStaticText], ...]
    width: float
    ink: int
    is_frame: bool
    bodies: list[QRectF]


class FarNames:
    """The names of ``blocks``, by what is written and how."""

    def __init__(self, blocks: Iterable[Named]) -> None:
        self._font = ui_font(SIZE, 600)
        metrics = QFontMetricsF(self._font)
        self._height = metrics.height()
        found: dict[tuple[str, float, int, bool], list[QRectF]] = defaultdict(list)
        for body, title, ink, is_frame in blocks:
            found[title, body.width(), ink, is_frame].append(body)
        self._groups = [
            _Group(
                tuple((metrics.horizontalAdvance(t) + _ASIDE, _laid_out(t)) for t in _parts(title)),
                width,
                ink,
                is_frame,
                bodies,
            )
            for (title, width, ink, is_frame), bodies in found.items()
        ]

    def paint(self, painter: QPainter, visible: QRectF) -> int:
        """Write the names that fit, or as many of their first words, on blocks in the part of the
        scene that is ``visible``; how many those are. The painter's transform leads from the scene
        to the device."""
        shown = painter.transform()
        zoom = shown.m11()
        painter.save()
        painter.resetTransform()
        painter.setFont(self._font)
        written = 0
        for group in self._groups:
            fitting = (pair for pair in group.words if pair[0] <= group.width * zoom)
            needed, text = next(fitting, (0.0, None))
            if text is None:
                continue
            painter.setPen(QColor.fromRgba(group.ink))
            half, aside = (needed - _ASIDE) / 2, self._height / 2
            for body in _within(group.bodies, visible, self._height / zoom):
                at = shown.map(body.topLeft() if group.is_frame else body.center())
                beside = (_ASIDE, 1.0) if group.is_frame else (-half, -aside)
                corner = QPointF(round(at.x() + beside[0]), round(at.y() + beside[1]))
                painter.drawStaticText(corner, text)
                written += 1
        painter.restore()
        return written


def _parts(title: str) -> Iterator[str]:
    """A title and what is left of it without its last words, one after the other.

    >>> list(_parts("Avg pool 2×2"))
    ['Avg pool 2×2', 'Avg pool', 'Avg']
    """
    while title:
        yield title
        title = title.rpartition(" ")[0]


def _within(bodies: Iterable[QRectF], visible: QRectF, height: float) -> list[QRectF]:
    """The ``bodies`` that are seen and at least as high as ``height``."""
    left, top, right, bottom = visible.left(), visible.top(), visible.right(), visible.bottom()
    return [
        body
        for body in bodies
        if body.left() < right
        and body.right() > left
        and body.top() < bottom
        and body.bottom() > top
        and body.height() >= height
    ]


def _laid_out(title: str) -> QStaticText:
    text = QStaticText(title)
    text.setTextFormat(Qt.TextFormat.PlainText)
    text.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    return text
