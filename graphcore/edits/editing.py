"""What every edit is made of: finding a thing or refusing, and putting it back changed.

Replacing copies the mappings on the way down to the change and shares everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from graphcore.diagram import (
    MAX_NODES,
    Block,
    Diagram,
    Edge,
    Graph,
    Node,
    Point,
    PortRef,
    name_problem,
)
from graphcore.naming import labels_in
from graphcore.ports import input_ports, output_ports
from graphcore.spec import ParamValue, Port
from graphcore.values import value_problem

T = TypeVar("T")

MAX_COORDINATE = 1_000_000
"""How far from the origin a node may stand, in pixels."""


class EditError(ValueError):
    """The edit would make something that cannot be; the message says what, where and how to
    mend it."""


def block_of(diagram: Diagram, block: str) -> Block:
    """The block of that name. Raises EditError."""
    if block not in diagram.blocks:
        raise EditError(f"There is no block '{block}'; blocks: {', '.join(diagram.blocks)}.")
    return diagram.blocks[block]


def graph_of(diagram: Diagram, block: str) -> Graph:
    """The inside of the block of that name. Raises EditError."""
    return block_of(diagram, block).graph


def node_of(diagram: Diagram, block: str, node: str) -> Node:
    """The node of that id. Raises EditError."""
    nodes = graph_of(diagram, block).nodes
    if node not in nodes:
        raise EditError(f"'{block}' has no node '{node}'; it may have been deleted.")
    return nodes[node]


def edge_of(diagram: Diagram, block: str, edge: str) -> Edge:
    """The edge of that id. Raises EditError."""
    edges = graph_of(diagram, block).edges
    if edge not in edges:
        raise EditError(f"'{block}' has no wire '{edge}'; it may have been deleted.")
    return edges[edge]


def is_edge(diagram: Diagram, block: str, item: str) -> bool:
    """Whether ``item`` is an edge; False for a node. Raises EditError where it is neither."""
    graph = graph_of(diagram, block)
    if item not in graph.edges:
        node_of(diagram, block, item)
    return item in graph.edges


def inputs_of(diagram: Diagram, block: str, node: Node) -> tuple[Port, ...]:
    """The input ports of ``node``. Raises EditError for a kind that does not exist."""
    _check_kind(diagram, block, node)
    return input_ports(diagram, node)


def outputs_of(diagram: Diagram, block: str, node: Node) -> tuple[Port, ...]:
    """The output ports of ``node``. Raises EditError for a kind that does not exist."""
    _check_kind(diagram, block, node)
    return output_ports(diagram, node)


def input_port(diagram: Diagram, block: str, target: PortRef) -> Port:
    """The input port that ``target`` names. Raises EditError."""
    node = node_of(diagram, block, target.node)
    return _port(inputs_of(diagram, block, node), target.port, node, "input")


def output_port(diagram: Diagram, block: str, source: PortRef) -> Port:
    """The output port that ``source`` names. Raises EditError."""
    node = node_of(diagram, block, source.node)
    return _port(outputs_of(diagram, block, node), source.port, node, "output")


def first_output(diagram: Diagram, block: str, node: str) -> PortRef:
    """The first output port of a node. Raises EditError where it has none."""
    found = node_of(diagram, block, node)
    ports = outputs_of(diagram, block, found)
    if not ports:
        raise EditError(f"'{found.label}' has no output; start at a block before it.")
    return PortRef(node, ports[0].name)


def first_input(diagram: Diagram, block: str, node: str) -> PortRef:
    """The first input port of a node. Raises EditError where it has none."""
    found = node_of(diagram, block, node)
    ports = inputs_of(diagram, block, found)
    if not ports:
        raise EditError(f"'{found.label}' takes no input; end at a block behind it.")
    return PortRef(node, ports[0].name)


def with_block(diagram: Diagram, name: str, block: Block) -> Diagram:
    """``diagram`` with the block of that name replaced or added at the end."""
    return replace(diagram, blocks={**diagram.blocks, name: block})


def with_graph(diagram: Diagram, block: str, graph: Graph) -> Diagram:
    """``diagram`` with the inside of a block replaced."""
    return with_block(diagram, block, replace(diagram.blocks[block], graph=graph))


def with_node(diagram: Diagram, block: str, node: Node) -> Diagram:
    """``diagram`` with the node of the same id replaced, in its place."""
    graph = diagram.blocks[block].graph
    return with_graph(diagram, block, replace(graph, nodes={**graph.nodes, node.id: node}))


def with_edge(diagram: Diagram, block: str, edge: Edge) -> Diagram:
    """``diagram`` with the edge of the same id replaced, in its place."""
    graph = diagram.blocks[block].graph
    return with_graph(diagram, block, replace(graph, edges={**graph.edges, edge.id: edge}))


def without(mapping: Mapping[str, T], keys: Iterable[str]) -> dict[str, T]:
    """A copy of ``mapping`` that lacks ``keys``."""
    gone = frozenset(keys)
    return {key: value for key, value in mapping.items() if key not in gone}


def spliced(mapping: Mapping[str, T], before: str | None, key: str, value: T) -> dict[str, T]:
    """A copy of ``mapping`` with ``key`` put right before the key ``before`` (None: last)."""
    if before is None:
        return {**mapping, key: value}
    result: dict[str, T] = {}
    for old, kept in mapping.items():
        if old == before:
            result[key] = value
        result[old] = kept
    return result


def map_blocks(diagram: Diagram, change: Callable[[str, Block], Block]) -> Diagram:
    """``diagram`` with every block replaced by what ``change(name, block)`` returns; blocks that
    come back as they are stay shared, and so does the diagram if all do."""
    blocks = {name: change(name, block) for name, block in diagram.blocks.items()}
    if all(blocks[name] is block for name, block in diagram.blocks.items()):
        return diagram
    return replace(diagram, blocks=blocks)


def check_name(name: str) -> None:
    """Raise EditError where ``name`` cannot become a name in the code."""
    problem = name_problem(name)
    if problem is not None:
        raise EditError(f"{problem[0].upper()}{problem[1:]}.")


def check_label(graph: Graph, label: str, block: str) -> None:
    """Raise EditError where ``label`` is no name or is taken in ``graph``."""
    check_name(label)
    if label in labels_in(graph):
        raise EditError(f"'{block}' already has something called '{label}'; take another name.")


def check_value(name: str, value: ParamValue) -> None:
    """Raise EditError where ``value`` could not be kept in a file."""
    problem = value_problem(value)
    if problem is not None:
        raise EditError(f"'{name}' cannot have this value: {problem}.")


def check_room(graph: Graph, block: str, more: int) -> None:
    """Raise EditError where ``more`` nodes would not fit into the block."""
    if len(graph.nodes) + more > MAX_NODES:
        raise EditError(
            f"'{block}' would have more than {MAX_NODES:,} nodes; use a repeat or a block instead."
        )


def checked_point(at: tuple[int, int]) -> Point:
    """``at`` with whole pixels. Raises EditError for a place far outside."""
    x, y = round(at[0]), round(at[1])
    if max(abs(x), abs(y)) > MAX_COORDINATE:
        raise EditError(f"A block cannot stand beyond {MAX_COORDINATE:,} pixels from the origin.")
    return Point(x, y)


def _check_kind(diagram: Diagram, block: str, node: Node) -> None:
    try:
        input_ports(diagram, node)
    except KeyError as error:
        raise EditError(
            f"'{node.label}' in '{block}' is of the kind '{node.kind}', which does not exist; "
            "delete it or put another block in its place."
        ) from error


def _port(ports: tuple[Port, ...], name: str, node: Node, side: str) -> Port:
    for port in ports:
        if port.name == name:
            return port
    names = ", ".join(port.name for port in ports)
    hint = f"it has {names}" if names else f"it has no {side}s"
    raise EditError(f"'{node.label}' has no {side} '{name}'; {hint}.")
