"""A whole model in small, by the painters of the canvas: a cell a layer, a miniature a block.

It needs no analysis, so that a page full of them opens at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath

from app.canvas.miniature import Miniature, miniature
from app.canvas.painting.look import Look
from app.canvas.painting.miniature_painter import paint_cell, paint_miniature
from graphcore.containers import containers
from graphcore.diagram import Block, Diagram, Node
from graphcore.drawn_kind import drawn_kind
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.layout.levels import levels
from graphcore.layout.units import units_of
from graphcore.measures import expected_copies, is_end

MOST_COPIES = 6
"""More copies than this look like this many."""
_GAP = 5.0
_WIDEST = 20.0
"""Of a plain cell."""
_CELL = 10.0
_ARCS = 15.0
"""Above the line of the cells."""


class Part(NamedTuple):
    """A layer, or a block with its miniature; ``weight`` is how wide it is and ``level`` how far
    down it stands."""

    weight: float
    level: int = 0
    picture: Miniature | None = None


class Thumbnail(NamedTuple):
    """The parts of a model in a row, and the connections over them: from which to which, and of
    what kind."""

    parts: tuple[Part, ...]
    over: tuple[tuple[int, int, str], ...] = ()


def thumbnail(diagram: Diagram) -> Thumbnail:
    """What is to be painted for ``diagram``."""
    block = diagram.main_block
    opened = set(containers(diagram))
    nodes: list[Node] = []
    place: dict[str, int] = {}
    for unit in units_of(diagram, block.graph):
        place.update(dict.fromkeys(unit.members, len(nodes)))
        head = block.graph.nodes[unit.head]
        nodes += _inside(diagram, head) if head.id in opened else [head]
    over = tuple(
        (place[edge.source.node], place[edge.target.node], drawn_kind(diagram, block.graph, edge))
        for edge in block.graph.edges.values()
    )
    over = tuple(span for span in over if EDGE_KINDS[span[2]].join != "none")
    deep = [(start, end) for start, end, kind in over if EDGE_KINDS[kind].levels]
    depths = levels(len(nodes), deep)
    parts = tuple(_part(diagram, node, depths[i]) for i, node in enumerate(nodes))
    return Thumbnail(parts, over)


def _inside(diagram: Diagram, node: Node) -> list[Node]:
    """What a block is made of, its ends left out."""
    block: Block = diagram.blocks[node.kind]
    heads = (block.graph.nodes[unit.head] for unit in units_of(diagram, block.graph))
    return [head for head in heads if not is_end(head)]


def _part(diagram: Diagram, node: Node, level: int) -> Part:
    if node.kind not in diagram.blocks:
        return Part(1.0, level)
    picture = miniature(diagram, node, min(expected_copies(diagram, node), MOST_COPIES))
    if not picture.arcs and picture.cells <= 2:
        return Part(1.0, level)
    return Part(min(max(1.6, 0.75 * picture.cells), 6.0), level, picture)


def paint_thumbnail(painter: QPainter, look: Look, size: QSize, model: Thumbnail) -> None:
    """Paint ``model`` in the middle of ``size``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    weights = sum(part.weight for part in model.parts)
    room = size.width() - 4 - _GAP * (len(model.parts) - 1)
    unit = min(room / max(weights, 1.0), _WIDEST)
    deepest = max(part.level for part in model.parts) if model.parts else 0
    drop = (size.height() - _CELL - 6) / deepest if deepest else 0.0
    top = 3 + _CELL / 2 if deepest else (size.height() + _ARCS) / 2
    x = (size.width() - weights * unit - _GAP * (len(model.parts) - 1)) / 2
    boxes: list[QRectF] = []
    for part in model.parts:
        middle = top + drop * part.level
        boxes.append(QRectF(x, middle - _CELL / 2, part.weight * unit, _CELL))
        x += part.weight * unit + _GAP
    _paint_trunk(painter, look, boxes)
    for start, end, kind in model.over:
        _paint_over(painter, look, boxes[start], boxes[end], kind)
    for part, box in zip(model.parts, boxes, strict=True):
        if part.picture is None or deepest:
            paint_cell(painter, look, box, None, radius=min(3.0, box.width() / 4))
        else:
            area = box.adjusted(0, -_ARCS, 0, 1)
            paint_miniature(painter, look, area, part.picture)


def _paint_trunk(painter: QPainter, look: Look, boxes: Sequence[QRectF]) -> None:
    painter.setPen(look.pen("flow", wider=-0.8))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    path = QPainterPath()
    for before, after in pairwise(boxes):
        start, end = before.center(), after.center()
        between = (before.right() + after.left()) / 2
        path.moveTo(start)
        path.lineTo(between, start.y())
        path.lineTo(between, end.y())
        path.lineTo(end)
    painter.drawPath(path)


def _paint_over(painter: QPainter, look: Look, source: QRectF, target: QRectF, kind: str) -> None:
    """A connection: level where its ends are and what it goes round lies deeper, else an arc."""
    start, end = QPointF(source.right(), source.center().y()), target.center()
    painter.setPen(look.pen(kind, wider=-0.8))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if EDGE_KINDS[kind].levels:
        painter.drawLine(start, QPointF(target.left(), start.y()))
        return
    path = QPainterPath(start)
    rise = min(_ARCS, (end.x() - start.x()) / 2)
    path.arcTo(QRectF(start.x(), start.y() - rise, end.x() - start.x(), 2 * rise), 180, -180)
    painter.drawPath(path)
