"""Pens, brushes and fonts of the canvas, made once for a theme."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPen

from app.theme import Theme, mono_font, ui_font


class Stroke(NamedTuple):
    """How a kind of edge is drawn: the theme's fields of its colours, its width and dashes."""

    color: str
    text: str
    width: float = 2.0
    dashes: tuple[float, ...] = ()


STROKES: Mapping[str, Stroke] = MappingProxyType(
    {
        "flow": Stroke("flow", "muted"),
        "skip": Stroke("skip", "skip_text", 2.2),
        "dense": Stroke("dense", "dense_text", 2.2, (4, 2.5)),
        "encoder_decoder": Stroke("encoder", "encoder_text", 2.2, (5, 2, 1, 2)),
    }
)
"""Colour and stroke by the name of the edge's kind."""


class Look:
    """The theme as painters need it."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.outline = QPen(theme.block_line, 1.2)
        self.outline_hovered = QPen(theme.text, 1.6)
        self.outline_inactive = QPen(theme.block_line, 1.2, Qt.PenStyle.DashLine)
        self.outline_selected = QPen(theme.selection, 2.2)
        self.outline_measured = QPen(mixed(theme.text, theme.canvas, 0.45), 1.2)
        self.hairline = QPen(theme.line, 1.0)
        self.card = QPen(mixed(theme.block_line, theme.canvas, 0.55), 1.0)
        self.chip_outline = QPen(mixed(theme.block_line, theme.canvas, 0.7), 1.1)
        self.title = ui_font(13, 600)
        self.text = ui_font(11)
        self.caption = mono_font(11)
        self.small = mono_font(10)
        self.tag = ui_font(11, 600)
        self.metrics: dict[int, QFontMetricsF] = {}
        self.turned = 0.0
        """How far the picture is turned inside out; see the highway view."""

    def tint(self, kind: str) -> QColor:
        """Laid over the blocks that an edge of ``kind`` goes round."""
        color = self.color(kind)
        color.setAlphaF(0.16)
        return color

    @cached_property
    def selection_fill(self) -> QColor:
        """Inside the rubber band."""
        color = QColor(self.theme.selection)
        color.setAlphaF(0.06)
        return color

    @cached_property
    def hatching(self) -> QBrush:
        """Over a gradient that has vanished."""
        return QBrush(QColor(150, 140, 165), Qt.BrushStyle.BDiagPattern)

    def pen(self, kind: str, *, wider: float = 0.0) -> QPen:
        """The pen of a kind of edge."""
        stroke = STROKES[kind]
        pen = QPen(self.color(kind), stroke.width + wider)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if stroke.dashes:
            pen.setDashPattern(list(stroke.dashes))
        return pen

    def color(self, kind: str) -> QColor:
        """The colour of a kind of edge."""
        return QColor(getattr(self.theme, STROKES[kind].color))

    def text_color(self, kind: str) -> QColor:
        """The colour of words about a kind of edge."""
        return QColor(getattr(self.theme, STROKES[kind].text))

    def title_at(self, zoom: float) -> QFont:
        """The titles' font: larger in the scene where the view is small, so that a name keeps at
        least 9 pixels on the screen down to a quarter of its size."""
        return _font(_legible(13, 9.05, zoom), 600)

    def chip_at(self, zoom: float) -> QFont:
        """The font of a chip's name, likewise, as far as a chip is wide."""
        return _font(min(_legible(10, 9.05, zoom), 18), 500)

    def tag_at(self, zoom: float) -> QFont:
        """The font in the chips of wires, likewise, as far as a chip is high."""
        return _font(min(_legible(11, 9.05, zoom), 16), 600)

    def tags_at(self, zoom: float) -> list[QFont]:
        """That font and all smaller ones down to the plain one."""
        largest = self.tag_at(zoom).pixelSize()
        return [_font(size, 600) for size in range(largest, 10, -1)]

    def text_at(self, zoom: float) -> QFont:
        """The font of what stands below a block, likewise."""
        return _font(_legible(11, 8.0, zoom), 400)

    def count_at(self, zoom: float) -> QFont:
        """The font that counts the copies of a block, legible as names are."""
        return _font(_legible(11, 9.05, zoom), 400)

    def note_at(self, zoom: float) -> QFont:
        """The font of what is told of a wire, likewise as far as there is room for it."""
        return _font(min(_legible(NOTE_SIZES[0], 7.5, zoom), NOTE_SIZES[-1]), 400)

    def caption_at(self, zoom: float) -> QFont:
        """The font of captions, likewise."""
        return _font(_legible(11, 8.0, zoom), 0)

    def small_at(self, zoom: float) -> QFont:
        """The font of labels, likewise."""
        return _font(_legible(10, 7.5, zoom), 0)


NOTE_SIZES = (10, 15)
_LARGEST = 36
_fonts: dict[tuple[int, int], QFont] = {}


def _legible(size: int, least: float, zoom: float) -> int:
    """The size in the scene that is ``size``, or ``least`` pixels on the screen if that is more."""
    return min(_LARGEST, max(size, math.ceil(least / zoom)))


def _font(size: int, weight: int) -> QFont:
    """The interface's font in a weight; weight 0 is the one of shapes and code."""
    if (size, weight) not in _fonts:
        _fonts[size, weight] = ui_font(size, weight) if weight else mono_font(size)
    return _fonts[size, weight]


def mixed(a: QColor, b: QColor, share: float) -> QColor:
    """``share`` of ``a`` and the rest of ``b``."""
    parts = zip(a.getRgb()[:3], b.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(share * x + (1 - share) * y) for x, y in parts))
