"""Words on the canvas: sizes that stay legible when the view is small, and one line of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from app.canvas.painting.look import Look

PLAIN_FROM = 0.72
"""Zoom from which words have their plain size; below it they keep their size on the screen."""
_LINE = 1.36
"""Height of a line for a size of letters."""


class Words(NamedTuple):
    """A line of text; ``needed`` ones are shown even where they have to be cut short."""

    text: str
    font: QFont
    color: QColor
    needed: bool = False

    @property
    def height(self) -> float:
        """How much room the line takes."""
        return self.font.pixelSize() * _LINE


def fitting(look: Look, lines: Sequence[Words], width: float, height: float) -> list[Words]:
    """The first of ``lines`` that fit over each other. What is not needed is left out
    where not even its beginning fits."""
    shown: list[Words] = []
    for line in lines:
        if not line.text:
            continue
        kept = leading(look, line.text, line.font, width)
        used = sum(words.height for words in shown)
        if line.needed:
            shown.append(line)
        elif kept and used + line.height <= height:
            shown.append(line._replace(text=kept))
    return shown


def write_lines(painter: QPainter, look: Look, rect: QRectF, lines: Sequence[Words]) -> None:
    """``lines`` over each other in the middle of ``rect``."""
    top = rect.center().y() - sum(line.height for line in lines) / 2
    for line in lines:
        row = QRectF(rect.left(), top, rect.width(), line.height)
        write(painter, look, row, line.text, line.font, line.color)
        top += line.height


def metrics(look: Look, font: QFont) -> QFontMetricsF:
    """How wide text in ``font`` is; made once."""
    return look.metrics.setdefault(id(font), QFontMetricsF(font))


def leading(look: Look, text: str, font: QFont, width: float) -> str:
    """As many of the first parts of ``text``, or of its first words, as fit; "" if none does."""
    measured = metrics(look, font)
    for between in (" · ", " "):
        kept = text
        while kept and measured.horizontalAdvance(kept) > width:
            kept = kept.rpartition(between)[0]
        if kept:
            return kept
    return ""


def shortened(look: Look, text: str, font: QFont, width: float) -> str:
    """``text`` without the last of its parts, or without its last word, if that makes it fit, else
    without its middle."""
    kept = leading(look, text, font, width)
    if kept:
        return kept
    return metrics(look, font).elidedText(text, Qt.TextElideMode.ElideMiddle, width)


def write(
    painter: QPainter,
    look: Look,
    rect: QRectF,
    text: str,
    font: QFont,
    color: QColor,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignHCenter,
) -> None:
    """One line of text, cut short where it is too long."""
    text = shortened(look, text, font, rect.width())
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(rect, align | Qt.AlignmentFlag.AlignVCenter, text)
