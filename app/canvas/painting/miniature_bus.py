"""Copies that concatenate, in small: one line over all of them that thickens from copy to copy,
with a tap behind each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPen

from app.canvas.miniature import Arc
from app.canvas.painting.look import Look
from graphcore.edge_kinds import EDGE_KINDS

_THIN = 1.4
_THICK = 4.2
_GAP = 1.6
"""Between the pieces of the line, which stand for its dashes."""
_HIGH = 12.0
"""How far above the middle of the cells the line runs at most."""


def bus_runs(arcs: Sequence[Arc]) -> tuple[list[list[Arc]], list[Arc]]:
    """The arcs of a kind that is drawn as a bus which follow each other, in runs of two or more,
    and all other arcs.

    >>> dense = [Arc(0, 1, "dense"), Arc(1, 2, "dense"), Arc(3, 4, "dense")]
    >>> bus_runs(dense) == ([dense[:2]], dense[2:])
    True
    """
    runs: list[list[Arc]] = []
    for arc in sorted(arcs, key=lambda arc: arc.start):
        if not EDGE_KINDS[arc.kind].bus:
            continue
        run = next((r for r in runs if r[-1].end == arc.start and r[-1].kind == arc.kind), None)
        if run is None:
            runs.append([arc])
        else:
            run.append(arc)
    long = [run for run in runs if len(run) > 1]
    taken = [arc for run in long for arc in run]
    return long, [arc for arc in arcs if arc not in taken]


def paint_run(
    painter: QPainter, look: Look, run: Sequence[Arc], across: tuple[float, float], room: float
) -> None:
    """Paint a run over cells whose middles are at y = 0 and ``across[1]`` apart, the first of them
    beginning at x = ``across[0]``; the line may rise by ``room``."""
    left, pitch = across
    high = -min(room, _HIGH)
    thin = QPen(look.color(run[0].kind), 1.2)
    first = left + run[0].start * pitch
    painter.setPen(thin)
    painter.drawLine(QPointF(first, 0), QPointF(first, high))
    for place, arc in enumerate(run):
        start, end = left + arc.start * pitch, left + arc.end * pitch
        thickness = _THIN + (_THICK - _THIN) * place / (len(run) - 1)
        painter.setPen(QPen(look.color(arc.kind), thickness))
        painter.drawLine(QPointF(start + _GAP / 2, high), QPointF(end - _GAP / 2, high))
        painter.setPen(thin)
        painter.drawLine(QPointF(end, high), QPointF(end, 0))
