"""The pens of edges that are as thick as the gradient that flows through them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from app import gradient_scale
from app.canvas.edge_flow import FlowMark, FlowStroke
from app.canvas.painting.look import STROKES, Look, mixed

_DOTS: Final = (1.0, 1.6)
"""Of a vanished gradient, in widths of the line."""
_LEAST_DOT: Final = 1.6
"""Pixels of the screen."""
_CORE: Final = 0.4
"""How much of the width the core of an exploded gradient has."""
_PALE: Final = 0.4


def dress(pen: QPen, look: Look, kind: str, flow: FlowStroke, zoom: float) -> None:
    """Make the pen of an edge of ``kind`` tell what flows through it. Dashes are as long whatever
    the width is; dots can be told from a line however small the picture is."""
    hovered_by = pen.widthF() - STROKES[kind].width
    pen.setWidthF(flow.width + hovered_by)
    if flow.mark == "vanished":
        pen.setWidthF(max(pen.widthF(), _LEAST_DOT / zoom))
        pen.setDashPattern(list(_DOTS))
        pen.setColor(vanished_color(look))
    elif flow.mark == "unmeasured":
        pen.setStyle(Qt.PenStyle.SolidLine)
        pen.setColor(pale(look, kind))
    elif STROKES[kind].dashes:
        unit = STROKES[kind].width / pen.widthF()
        pen.setDashPattern([dash * unit for dash in STROKES[kind].dashes])


def core_pen(width: float) -> QPen:
    """Of the line inside an edge whose gradient has exploded."""
    pen = QPen(gradient_scale.EXPLODED, width * _CORE)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def mark_pen(look: Look, mark: FlowMark) -> QPen:
    """Of edges with ``mark`` that are seen from afar, where lines are a few pixels wide."""
    if mark == "vanished":
        pen = QPen(vanished_color(look), 2)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern(list(_DOTS))
        return pen
    return QPen(gradient_scale.EXPLODED, 4) if mark == "exploded" else QPen(pale(look, "flow"), 0)


def vanished_color(look: Look) -> QColor:
    """Of the dots of a vanished gradient: neutral, and easily seen."""
    return mixed(look.theme.text, look.theme.canvas, 0.8)


def pale(look: Look, kind: str) -> QColor:
    """The colour of an edge that nothing was measured on."""
    return mixed(look.color(kind), look.theme.canvas, _PALE)
