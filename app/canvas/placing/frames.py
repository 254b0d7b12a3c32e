"""The frame of a block that is open in place: how large it is and where its ports are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF

from app.canvas.painting.look import Look
from graphcore.diagram import Graph, Node
from graphcore.measures import Size

if TYPE_CHECKING:
    from app.canvas.placing.geometry import Geometry

HEAD = 30.0
"""Height of the line that names the block."""
_SIDE, _BELOW = 16.0, 18.0
_ROOM = (8.0, 14.0)
"""Kept free round the inside, for rings and words that stand out."""
_EMPTY = QRectF(0, -36, 216, 72)
_BUTTONS = 214.0
"""For the triangle, and for the copy that is shown with its arrows."""

Ends = Mapping[str, tuple[float, float]]
Stub = tuple[tuple[float, float], tuple[float, float]]


class Opening(NamedTuple):
    """Size of a frame; where its ports are, measured from the middle of its left edge; where the
    origin of the inside is; the wires from the ports to the ends inside; how far below the frame's
    middle the trunk runs."""

    size: Size
    inset: tuple[float, float]
    inputs: Ends
    outputs: Ends
    stubs: tuple[Stub, ...]
    level: float


class FrameLook(NamedTuple):
    """What a frame shows besides what every block does. ``focused``: edits act in it."""

    kind: str
    opening: Opening
    copy: int = 0
    copies: int = 1
    focused: bool = False


def opening_of(look: Look, node: Node, inside: Geometry, graph: Graph) -> Opening:
    """The frame round what ``inside`` places, which are the nodes of ``graph``."""
    bounds = inside.bounds()
    content = _EMPTY
    if bounds is not None:
        corner, far = QPointF(bounds.left, bounds.top), QPointF(bounds.right, bounds.bottom)
        across, down = _ROOM
        content = QRectF(corner, far).adjusted(-across, -down, across, down)
    frame = content.adjusted(-_SIDE, -HEAD, _SIDE, _BELOW)
    title = QFontMetricsF(look.title).horizontalAdvance(node.label)
    kind = QFontMetricsF(look.text).horizontalAdvance(node.kind)
    width = math.ceil(max(frame.width(), title + kind + _BUTTONS))
    height = math.ceil(frame.height() / 2) * 2
    middle = frame.top() + height / 2
    inputs, outputs, stubs = _ends(inside, graph, QPointF(frame.left(), middle), float(width))
    first = next(iter(inputs.values()), next(iter(outputs.values()), (0.0, 0.0)))
    return Opening((width, height), (-frame.left(), -middle), inputs, outputs, stubs, first[1])


def _ends(
    inside: Geometry, graph: Graph, origin: QPointF, width: float
) -> tuple[Ends, Ends, tuple[Stub, ...]]:
    """Ports on the frame by the labels of the ends inside, level with them, and what joins them."""
    inputs: dict[str, tuple[float, float]] = {}
    outputs: dict[str, tuple[float, float]] = {}
    stubs: list[Stub] = []
    for ends, ports, edge in ((graph.inputs(), inputs, 0.0), (graph.outputs(), outputs, width)):
        for end in ends:
            x, y = inside.positions[end.id]
            near = x if edge == 0.0 else x + inside.nodes[end.id].size[0]
            ports[end.label] = (edge, y - origin.y())
            stubs.append((ports[end.label], (near - origin.x(), y - origin.y())))
    return inputs, outputs, tuple(stubs)
