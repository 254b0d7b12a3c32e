"""Edits of a block's inputs and outputs: adding one, changing their order, wiring across a wall."""

from __future__ import annotations

from dataclasses import replace

from graphcore.diagram import (
    INPUT,
    OUTPUT,
    Block,
    Diagram,
    EdgeKindName,
    Graph,
    Node,
    Point,
    PortRef,
)
from graphcore.edit_edges import connect
from graphcore.edit_names import rename_in_block
from graphcore.edit_nodes import add_node
from graphcore.editing import (
    EditError,
    block_of,
    input_port,
    node_of,
    output_port,
    with_block,
)
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


def connect_into(
    diagram: Diagram,
    block: str,
    source: PortRef,
    instance: str,
    target: PortRef,
    kind: EdgeKindName = "flow",
) -> tuple[Diagram, str]:
    """Wire a value of ``block`` to ``target`` inside one of its instances, by way of a new input of
    that block; returns the id of the edge inside.

    An input that the value enters by already is used again. Raises EditError as
    :func:`~graphcore.edit_edges.connect` does.
    """
    found = _instance(diagram, block, instance)
    output_port(diagram, block, source)
    input_port(diagram, found.kind, target)
    entry = _known_entry(diagram, block, source, instance)
    if entry is None:
        diagram, entry = add_port(diagram, found.kind, INPUT)
        label = diagram.blocks[found.kind].graph.nodes[entry].label
        diagram, _ = connect(diagram, block, source, PortRef(instance, label))
    return connect(diagram, found.kind, PortRef(entry, _ENTRY), target, kind)


def connect_out_of(
    diagram: Diagram,
    block: str,
    instance: str,
    source: PortRef,
    target: PortRef,
    kind: EdgeKindName = "flow",
) -> tuple[Diagram, str]:
    """Wire ``source`` inside an instance to ``target`` in ``block``, by way of an output; returns
    the id of the edge outside. An output that the value leaves by already is used again."""
    found = _instance(diagram, block, instance)
    output_port(diagram, found.kind, source)
    input_port(diagram, block, target)
    inner = diagram.blocks[found.kind].graph
    leaving = _known_exit(inner, source)
    if leaving is None:
        diagram, leaving = add_port(diagram, found.kind, OUTPUT)
        diagram, _ = connect(diagram, found.kind, source, PortRef(leaving, _EXIT))
    label = diagram.blocks[found.kind].graph.nodes[leaving].label
    return connect(diagram, block, PortRef(instance, label), target, kind)


def _instance(diagram: Diagram, block: str, instance: str) -> Node:
    found = node_of(diagram, block, instance)
    if found.kind not in diagram.blocks:
        raise EditError(f"'{found.label}' is a layer; a wire ends at its ports.")
    return found


def _known_entry(diagram: Diagram, block: str, source: PortRef, instance: str) -> str | None:
    """The Input of the instance's block that ``source`` alone, and plainly, feeds."""
    graph = diagram.blocks[block].graph
    kind = graph.nodes[instance].kind
    for end in diagram.blocks[kind].graph.inputs():
        edges = graph.into(instance, end.label)
        if len(edges) == 1 and edges[0].source == source and edges[0].kind == "flow":
            return end.id
    return None


def _known_exit(inner: Graph, source: PortRef) -> str | None:
    for end in inner.outputs():
        edges = inner.into(end.id, _EXIT)
        if len(edges) == 1 and edges[0].source == source and edges[0].kind == "flow":
            return end.id
    return None
