"""The size of a block on the paper and where its ports are: closed, open in place, or as a gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from app.canvas.placing.frames import Opening
from app.canvas.placing.spreading import Covered, Room
from graphcore.diagram import Diagram, Node, Point
from graphcore.layers import LAYERS
from graphcore.measures import Size, is_end, node_size, port_offsets
from graphcore.ports import input_ports, output_ports
from graphcore.spec import Port

GATE = (12, 26)
"""The size of an Input or Output inside an open block: its wire comes from the frame."""


class NodeMeasures(NamedTuple):
    """Size of a node, where its ports are from the middle of its left edge, which inputs must be
    wired, and whether its name stands below it. ``set_back`` is how far to the right of the
    document's place it is shown."""

    size: Size
    inputs: Mapping[str, tuple[float, float]]
    outputs: Mapping[str, tuple[float, float]]
    required: frozenset[str]
    is_named: bool
    set_back: int = 0


def measured(diagram: Diagram, node: Node, *, ends_as_gates: bool = False) -> NodeMeasures:
    """The measures of ``node`` as the document has it."""
    ins, outs = _ports(diagram, node)
    size, set_back = node_size(diagram, node), 0
    if ends_as_gates and is_end(node):
        # An Input ends where its box would, so that its wire is no longer than it was.
        set_back = 0 if ins else size[0] - GATE[0]
        size = GATE
    return NodeMeasures(
        size,
        _spots(ins, 0.0),
        _spots(outs, float(size[0])),
        frozenset(port.name for port in ins if not port.optional),
        node.kind in diagram.blocks,
        set_back,
    )


def framed(closed: NodeMeasures, opening: Opening) -> NodeMeasures:
    """The measures of a block that is open in place."""
    return NodeMeasures(
        opening.size, opening.inputs, opening.outputs, closed.required, is_named=False
    )


def level(closed: NodeMeasures, opening: Opening) -> float:
    """How far the middle of a frame is below the middle of its box, the trunk being level."""
    ports = (*closed.inputs.values(), *closed.outputs.values())
    return (ports[0][1] if ports else 0.0) - opening.level


def covered(closed: NodeMeasures, at: Point) -> Covered:
    """What the box of a block at ``at`` covers."""
    width, height = closed.size
    return Covered(at.x, at.y - height / 2, at.x + width, at.y + height / 2)


def room(closed: NodeMeasures, opening: Opening) -> Room:
    """How much further than its box the frame of a block reaches."""
    width, height = closed.size
    frame_width, frame_height = opening.size
    more, lower = (frame_height - height) / 2, level(closed, opening)
    return Room(max(0.0, frame_width - width), max(0.0, more - lower), max(0.0, more + lower))


def _ports(diagram: Diagram, node: Node) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    if node.kind not in LAYERS and node.kind not in diagram.blocks:
        return (), ()
    return input_ports(diagram, node), output_ports(diagram, node)


def _spots(ports: tuple[Port, ...], x: float) -> dict[str, tuple[float, float]]:
    offsets = port_offsets(len(ports))
    return {port.name: (x, float(dy)) for port, dy in zip(ports, offsets, strict=True)}
