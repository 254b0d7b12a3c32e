"""The chips of what scales a branch: on its wire, in order, right before the (+)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QPainter, QPen

from app import gradient_scale
from app.canvas.painting.look import Look
from app.canvas.painting.words import metrics, write
from app.canvas.placing.edge_routing import JOIN_OFFSET, Corner
from graphcore.diagram import Edge, Graph
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.results import BlockResult
from graphcore.scale_words import CHIP_GAP, chip_text, chip_width

HEIGHT = 20.0
SHORT = 4
"""So many letters are a sign and its value, which say nothing one without the other."""
_JOIN_RADIUS = 8.0
_LEAST = 6.0
"""Between a chip and what it stands beside."""


class ScaleChip(NamedTuple):
    """One scale as it is drawn: its label, its words, whether there is a join for it to act at,
    its gradient where one was measured, and whether the block that it belongs to is selected."""

    label: str
    text: str
    active: bool = True
    value: float | None = None
    selected: bool = False


def branch_chips(
    graph: Graph,
    edge: Edge,
    result: BlockResult | None,
    values: Mapping[str, tuple[float | None, ...]],
    selection: Collection[str],
) -> tuple[ScaleChip, ...]:
    """The chips on a wire that brings F to a join; none on any other. ``values`` are the measured
    gradients by item, those of scales by their labels."""
    if EDGE_KINDS[edge.kind].join != "none" or edge.target.node not in graph.nodes:
        return ()
    chain = graph.nodes[edge.target.node].scales.get(edge.target.port, ())
    if not chain:
        return ()
    copies = result.nodes.get(edge.target.node, ()) if result is not None else ()
    found = copies[0].scales.get(edge.target.port, ()) if copies else ()
    return tuple(
        ScaleChip(
            scale.label,
            chip_text(scale, found[i].args if i < len(found) else None),
            active=bool(found),
            value=next(iter(values.get(scale.label, ())), None),
            selected=edge.target.node in selection,
        )
        for i, scale in enumerate(chain)
    )


def scaled_wires(graph: Graph, node: str) -> list[str]:
    """The wires with chips of the scales of ``node``."""
    scales = graph.nodes[node].scales if node in graph.nodes else {}
    into = (edge for port in scales for edge in graph.into(node, port))
    return [edge.id for edge in into if EDGE_KINDS[edge.kind].join == "none"]


def shortcut_words(edge: Edge, result: BlockResult | None) -> str:
    """What the chip of a joining edge says of its scales: ``· γ  drop 0.2``."""
    found = result.edges.get(edge.id) if result is not None else None
    known = found.scales if found is not None else ()
    words = (
        chip_text(scale, known[i].args if i < len(known) else None)
        for i, scale in enumerate(edge.scales)
    )
    return "  ".join(words)


def chip_rects(corners: Sequence[Corner], chips: Sequence[ScaleChip]) -> list[QRectF]:
    """Where each chip stands: on the level stretch nearest to the join that is long enough, or,
    where there is none, above the join, the last one lowest."""
    if not chips:
        return []
    widths = [chip_width(chip.text) for chip in chips]
    length = sum(widths) + CHIP_GAP * (len(chips) - 1)
    for left, right, y in _stretches(corners):
        if right - left >= length:
            lefts = accumulate((width + CHIP_GAP for width in widths), initial=right - length)
            ends = zip(lefts, widths, strict=False)
            return [QRectF(at, y - HEIGHT / 2, width, HEIGHT) for at, width in ends]
    far, y = corners[-1][0] - JOIN_OFFSET + _JOIN_RADIUS, corners[-1][1]
    lowest = y - _JOIN_RADIUS - _LEAST - HEIGHT
    tops = [lowest - step * (HEIGHT + 2) for step in reversed(range(len(chips)))]
    return [QRectF(far - w, top, w, HEIGHT) for w, top in zip(widths, tops, strict=True)]


def _stretches(corners: Sequence[Corner]) -> Iterator[tuple[float, float, float]]:
    """The room on each level stretch, from the join backwards: from where, to where, at which
    height."""
    end = corners[-1][0] - JOIN_OFFSET - _JOIN_RADIUS - _LEAST
    for (left, y), (right, level) in reversed(list(pairwise(corners))):
        if y == level:
            yield left + _LEAST, min(end, right - _LEAST), y


def chip_at(corners: Sequence[Corner], chips: Sequence[ScaleChip], at: QPointF) -> str:
    """The label of the chip that is there, or ""."""
    rects = zip(chips, chip_rects(corners, chips), strict=True)
    return next((chip.label for chip, rect in rects if rect.contains(at)), "")


def paint_chips(
    painter: QPainter,
    look: Look,
    corners: Sequence[Corner],
    chips: Sequence[ScaleChip],
    zoom: float,
) -> None:
    """Paint the chips of a wire; from afar with larger letters, and so many words as fit."""
    before = painter.opacity()
    for chip, rect in zip(chips, chip_rects(corners, chips), strict=True):
        painter.setOpacity(before if chip.active else before * 0.45)
        _paint_chip(painter, look, rect, chip, zoom)
    painter.setOpacity(before)


def _paint_chip(painter: QPainter, look: Look, rect: QRectF, chip: ScaleChip, zoom: float) -> None:
    ground, ink = look.theme.canvas, look.theme.text
    if chip.value is not None:
        ground = gradient_scale.color(chip.value)
        ink = gradient_scale.text_color_on(ground)
    painter.setPen(QPen(look.theme.selection, 2.0) if chip.selected else QPen(look.theme.flow, 1.2))
    painter.setBrush(ground)
    painter.drawRoundedRect(rect, HEIGHT / 2, HEIGHT / 2)
    inner = rect.adjusted(4, 0, -4, 0)
    write(painter, look, inner, chip.text, chip_font(look, chip.text, inner.width(), zoom), ink)


def chip_font(look: Look, text: str, width: float, zoom: float) -> QFont:
    """The largest font, up to the one that is legible at ``zoom``, in which all of a short text
    fits: of "· ½" nothing may be left out. A text of several words is cut instead."""
    fonts = look.tags_at(zoom)
    if len(text) > SHORT:
        return fonts[0]
    fitting = (font for font in fonts if metrics(look, font).horizontalAdvance(text) <= width)
    return next(fitting, fonts[0])
