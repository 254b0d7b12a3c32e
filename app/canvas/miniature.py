"""The inside of a collapsed block in small: a cell a copy, or a cell a layer, and its skips."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from app import gradient_scale
from app.canvas.look import Look
from graphcore.deferred import networkx as nx
from graphcore.diagram import Block, Diagram, Node
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.measures import is_chip, is_end
from graphcore.results import BlockResult

MOST_CELLS = 24
"""More copies than this are drawn as this many, the middle left out."""


@dataclass(frozen=True)
class Arc:
    """A joining edge over the cells ``first`` to ``last``."""

    first: int
    last: int
    kind: str


@dataclass(frozen=True)
class Miniature:
    """What is painted: so many cells, the arcs over them, and the inner node each cell stands for
    (none where a cell is a copy). ``left_out`` copies in the middle have no cell."""

    cells: int
    arcs: tuple[Arc, ...]
    nodes: tuple[str, ...] = ()
    left_out: int = 0


def miniature(
    diagram: Diagram, node: Node, copies: int, body: BlockResult | None = None
) -> Miniature:
    """The miniature of ``node``, which is an instance of a block; ``body`` is the analysis of its
    first copy, where it is known which of its edges take part."""
    block = diagram.blocks[node.kind]
    if copies == 1:
        return _inside(block, body)
    shown = min(copies, MOST_CELLS)
    kinds = dict.fromkeys(
        edge.kind
        for edge in block.graph.edges.values()
        if _is_joining(edge.kind) and _is_active(edge.id, edge.active, body)
    )
    arcs = tuple(Arc(cell, cell, kind) for cell in range(shown) for kind in kinds)
    return Miniature(shown, arcs, left_out=copies - shown)


def _inside(block: Block, body: BlockResult | None) -> Miniature:
    """A cell for every layer that is neither an end nor attached to another."""
    graph = block.graph
    linked = graph.networkx()
    try:
        written = {id: index for index, id in enumerate(graph.nodes)}
        order = list(nx.lexicographical_topological_sort(linked, key=written.__getitem__))
    except nx.NetworkXUnfeasible:
        order = list(graph.nodes)
    units = [id for id in order if not is_chip(graph.nodes[id]) and not is_end(graph.nodes[id])]
    units = units or [id for id in order if not is_end(graph.nodes[id])]
    place = {id: index for index, id in enumerate(order)}
    arcs: list[Arc] = []
    for edge in graph.edges.values():
        if not _is_joining(edge.kind) or not _is_active(edge.id, edge.active, body):
            continue
        start, end = place.get(edge.source.node, -1), place.get(edge.target.node, -1)
        inside = [i for i, id in enumerate(units) if start < place[id] < end]
        if inside:
            arcs.append(Arc(inside[0], inside[-1], edge.kind))
    if len(units) > MOST_CELLS:
        return Miniature(MOST_CELLS, (), tuple(units[:MOST_CELLS]), len(units) - MOST_CELLS)
    return Miniature(max(len(units), 1), tuple(arcs), tuple(units))


def _is_joining(kind: str) -> bool:
    return EDGE_KINDS[kind].join != "none"


def _is_active(edge: str, active: object, body: BlockResult | None) -> bool:
    if body is not None and edge in body.edges:
        return body.edges[edge].active
    return active is not False


def paint_miniature(
    painter: QPainter,
    look: Look,
    area: QRectF,
    picture: Miniature,
    values: Sequence[float | None] = (),
) -> None:
    """Paint ``picture`` into ``area``; ``values`` are the gradients of its cells, if measured."""
    pitch = min(area.width() / picture.cells, 30.0)
    width = min(pitch * 0.66, 18.0)
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
    """Half ellipses from just before the first cell to just behind the last."""
    left, pitch, width = cells
    reach = (pitch - width) * 0.36
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for arc in arcs:
        start = left + arc.first * pitch - reach
        end = left + arc.last * pitch + width + reach
        rise = middle - top - 1.5
        if arc.first == arc.last:
            rise = min(rise, 15.0)
        path = QPainterPath(QPointF(start, middle))
        path.arcTo(QRectF(start, middle - rise, end - start, 2 * rise), 180, -180)
        painter.setPen(look.pen(arc.kind, wider=-0.5))
        painter.drawPath(path)


def _paint_gap(painter: QPainter, look: Look, at: QPointF, height: float) -> None:
    """Three dots in the middle, for the copies that have no cell."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.theme.block)
    painter.drawRect(QRectF(at.x() - 11, at.y() - height, 22, 2 * height))
    painter.setBrush(look.theme.muted)
    for offset in (-6, 0, 6):
        painter.drawEllipse(QPointF(at.x() + offset, at.y()), 1.4, 1.4)
