"""Edits of a block's inputs and outputs: adding one, changing their order, wiring across a wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graphcore.diagram import (
    INPUT,
    OUTPUT,
    Block,
    Diagram,
    EdgeKindName,
    Node,
    Point,
    PortRef,
)
from graphcore.edits.edges import connect
from graphcore.edits.editing import (
    EditError,
    block_of,
    node_of,
    output_port,
    with_block,
)
from graphcore.edits.gathering import is_plain
from graphcore.edits.names import rename_in_block
from graphcore.edits.nodes import add_node
from graphcore.layers import LAYERS
from graphcore.layout import GAP
from graphcore.measures import BOX_HEIGHT, whole_cells

_ENTRY = LAYERS[INPUT].outputs[0].name
_EXIT = LAYERS[OUTPUT].inputs[0].name
_ROOM = 48
"""Between two ends that stand over each other, in pixels."""


def add_port(
    diagram: Diagram, block: str, kind: str, label: str | None = None
) -> tuple[Diagram, str]:
    """Give a block one more input or output (``kind`` is ``Input`` or ``Output``), behind the
    others; every instance has the port. Returns the new node's id."""
    return add_node(diagram, block, kind, _place(block_of(diagram, block), kind), label=label)


def _place(inside: Block, kind: str) -> Point:
    """Below the other ends on its side."""
    ends = inside.graph.inputs() if kind == INPUT else inside.graph.outputs()
    there = [inside.positions[node.id] for node in ends if node.id in inside.positions]
    if there:
        step = whole_cells(BOX_HEIGHT + _ROOM)
        return Point(there[0].x, max(at.y for at in there) + step)
    side = min if kind == INPUT else max
    x = side((at.x for at in inside.positions.values()), default=0)
    return Point(x - 2 * GAP if kind == INPUT else x + 2 * GAP, 0)


def move_port(diagram: Diagram, block: str, node: str, by: int) -> Diagram:
    """Move an input or output of a block ``by`` places among those of its side.

    The first input's size is ``in_channels`` in expressions, whichever it is: where it changes,
    expressions are written anew so that each means what it meant.
    """
    found = node_of(diagram, block, node)
    inside = block_of(diagram, block)
    ends = inside.graph.inputs() if found.kind == INPUT else inside.graph.outputs()
    names = [end.id for end in ends]
    if node not in names:
        raise EditError(f"'{found.label}' is neither an input nor an output of '{block}'.")
    to = names.index(node) + by
    if not 0 <= to < len(names):
        raise EditError(f"'{found.label}' is the {'first' if to < 0 else 'last'} already.")
    order = [name for name in names if name != node]
    order.insert(to, node)
    places = iter(order)
    nodes = {}
    for name in inside.graph.nodes:
        moved = next(places) if name in names else name
        nodes[moved] = inside.graph.nodes[moved]
    changed = replace(inside, graph=replace(inside.graph, nodes=nodes))
    if found.kind == INPUT and order[0] != names[0]:
        changed = _with_first(changed, inside.graph.nodes[names[0]], inside.graph.nodes[order[0]])
    return with_block(diagram, block, changed)


def _with_first(block: Block, was: Node, now: Node) -> Block:
    """``block`` with the names of its inputs' sizes right after another one has become first."""
    aside = "in_channels_"
    block = rename_in_block(block, "in_channels", aside)
    block = rename_in_block(block, f"{now.label}_channels", "in_channels")
    return rename_in_block(block, aside, f"{was.label}_channels")


def connect_across(
    diagram: Diagram,
    start: Sequence[str],
    source: PortRef,
    end: Sequence[str],
    target: PortRef | None,
    kind: EdgeKindName = "flow",
) -> tuple[Diagram, str]:
    """Wire ``source`` in one block to ``target`` in another, each named by the nodes that lead to
    it from the model, by way of outputs and inputs of the blocks between; returns the edge's id.

    A port that carries the value already is used again. Without a ``target`` the value only comes
    to where it can be taken from, and the id is that of the last wire. Raises EditError as
    :func:`~graphcore.edits.edges.connect` does.
    """
    _block_at(diagram, start), _block_at(diagram, end)
    shared = 0
    while shared < min(len(start), len(end)) and start[shared] == end[shared]:
        shared += 1
    value, edge = source, ""
    for depth in range(len(start), shared, -1):
        around = _block_at(diagram, start[: depth - 1])
        diagram, value, edge = _let_out(diagram, around, start[depth - 1], value)
    for depth in range(shared, len(end)):
        around = _block_at(diagram, end[:depth])
        diagram, value, edge = _let_in(diagram, around, value, end[depth])
    if target is None:
        return diagram, edge
    return connect(diagram, _block_at(diagram, end), value, target, kind)


def _block_at(diagram: Diagram, way: Sequence[str]) -> str:
    """The block that the instances ``way`` lead to. Raises EditError."""
    block = diagram.main
    for node in way:
        block = _instance(diagram, block, node).kind
    return block


def _let_in(
    diagram: Diagram, block: str, source: PortRef, instance: str
) -> tuple[Diagram, PortRef, str]:
    """Bring a value into an instance; where it is to be had inside, and the wire that brings it."""
    kind = _instance(diagram, block, instance).kind
    output_port(diagram, block, source)
    graph = diagram.blocks[block].graph
    for end in diagram.blocks[kind].graph.inputs():
        edges = graph.into(instance, end.label)
        if len(edges) == 1 and edges[0].source == source and is_plain(edges[0]):
            return diagram, PortRef(end.id, _ENTRY), edges[0].id
    diagram, made = add_port(diagram, kind, INPUT)
    label = diagram.blocks[kind].graph.nodes[made].label
    diagram, edge = connect(diagram, block, source, PortRef(instance, label))
    return diagram, PortRef(made, _ENTRY), edge


def _let_out(
    diagram: Diagram, block: str, instance: str, source: PortRef
) -> tuple[Diagram, PortRef, str]:
    """Bring a value out of an instance; where it is to be had outside, and the wire that brings
    it."""
    kind = _instance(diagram, block, instance).kind
    output_port(diagram, kind, source)
    inner = diagram.blocks[kind].graph
    for end in inner.outputs():
        edges = inner.into(end.id, _EXIT)
        if len(edges) == 1 and edges[0].source == source and is_plain(edges[0]):
            return diagram, PortRef(instance, end.label), edges[0].id
    diagram, made = add_port(diagram, kind, OUTPUT)
    diagram, edge = connect(diagram, kind, source, PortRef(made, _EXIT))
    return diagram, PortRef(instance, diagram.blocks[kind].graph.nodes[made].label), edge


def _instance(diagram: Diagram, block: str, instance: str) -> Node:
    found = node_of(diagram, block, instance)
    if found.kind not in diagram.blocks:
        raise EditError(f"'{found.label}' is a layer; a wire ends at its ports.")
    return found
