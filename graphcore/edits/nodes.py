"""Edits of nodes: adding, moving, setting.

Each is a pure function whose first two arguments are the diagram and the name of a block.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from graphcore.deferred import networkx as nx
from graphcore.diagram import (
    INPUT,
    MAX_NESTING,
    MAX_REPEAT,
    Diagram,
    Node,
    Point,
    name_problem,
)
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits.editing import (
    EditError,
    block_of,
    check_label,
    check_room,
    check_value,
    checked_point,
    edge_of,
    graph_of,
    inputs_of,
    is_edge,
    node_of,
    outputs_of,
    with_block,
    with_edge,
    with_graph,
    with_node,
    without,
)
from graphcore.expression import Expr
from graphcore.layers import LAYERS
from graphcore.naming import fresh_id, fresh_label, labels_in
from graphcore.ports import declared_params
from graphcore.spec import Param, ParamValue


def add_node(
    diagram: Diagram,
    block: str,
    kind: str,
    at: Point,
    *,
    label: str | None = None,
    params: Mapping[str, ParamValue] | None = None,
) -> tuple[Diagram, str]:
    """Put a layer, or an instance of the block ``kind``, at ``at``; returns the new node's id.

    Without a ``label`` the first free one of its kind is taken (``conv1``). Raises EditError for
    an unknown kind, a block that would contain itself, a bad name or an unknown parameter.
    """
    inside = block_of(diagram, block)
    check_kind(diagram, block, kind)
    check_room(inside.graph, block, 1)
    if label is None:
        label = fresh_label(kind, labels_in(inside.graph))
    else:
        check_label(inside.graph, label, block)
    for name, value in (params or {}).items():
        _find_param(declared_params(diagram, kind), name, kind)
        check_value(name, value)
    node = Node(fresh_id(label, inside.graph), kind, label, dict(params or {}))
    graph = replace(inside.graph, nodes={**inside.graph.nodes, node.id: node})
    positions = {**inside.positions, node.id: checked_point(at)}
    return with_block(diagram, block, replace(inside, graph=graph, positions=positions)), node.id


def check_kind(diagram: Diagram, block: str, kind: str) -> None:
    """Raise EditError where a node of ``kind`` cannot stand in ``block``."""
    if kind in LAYERS:
        return
    if kind not in diagram.blocks:
        raise EditError(f"There is neither a layer nor a block called '{kind}'.")
    if any(node.kind == kind for node in diagram.blocks[block].graph.nodes.values()):
        # Where one stands, another changes nothing about what contains what.
        return
    if kind == block:
        raise _contains_itself(block, kind)
    uses = block_uses(diagram)
    uses.add_edge(block, kind)
    if not nx.is_directed_acyclic_graph(uses):
        raise _contains_itself(block, kind)
    if nx.dag_longest_path_length(uses) >= MAX_NESTING:
        raise EditError(f"Blocks may be nested at most {MAX_NESTING} deep; use a flatter block.")


def _contains_itself(block: str, kind: str) -> EditError:
    return EditError(
        f"'{kind}' cannot stand in '{block}': it would contain itself. Set a repeat on the "
        "node to chain copies of it."
    )


def block_uses(diagram: Diagram) -> nx.DiGraph[str]:
    """Block -> each block that an instance in it is made of."""
    uses: nx.DiGraph[str] = nx.DiGraph()
    uses.add_nodes_from(diagram.blocks)
    uses.add_edges_from(
        (name, node.kind)
        for name, block in diagram.blocks.items()
        for node in block.graph.nodes.values()
        if node.kind in diagram.blocks
    )
    return uses


def move(diagram: Diagram, block: str, positions: Mapping[str, Point]) -> Diagram:
    """Put nodes at new places."""
    inside = block_of(diagram, block)
    for node in positions:
        node_of(diagram, block, node)
    moved = {node: checked_point(at) for node, at in positions.items()}
    if all(inside.positions.get(node) == at for node, at in moved.items()):
        return diagram
    return with_block(diagram, block, replace(inside, positions={**inside.positions, **moved}))


def set_param(diagram: Diagram, block: str, item: str, name: str, value: ParamValue) -> Diagram:
    """Set a parameter of a node or an edge.

    A value that does not suit the parameter is kept and becomes a problem at the block, so that
    typing is never lost; an unknown parameter raises EditError.
    """
    check_value(name, value)
    if is_edge(diagram, block, item):
        edge = edge_of(diagram, block, item)
        _find_param(EDGE_KINDS[edge.kind].params, name, EDGE_KINDS[edge.kind].title)
        return with_edge(diagram, block, replace(edge, params={**edge.params, name: value}))
    node = node_of(diagram, block, item)
    inputs_of(diagram, block, node)
    _find_param(declared_params(diagram, node.kind), name, node.label)
    return with_node(diagram, block, replace(node, params={**node.params, name: value}))


def reset_param(diagram: Diagram, block: str, item: str, name: str) -> Diagram:
    """Let a parameter of a node or an edge be its default again."""
    if is_edge(diagram, block, item):
        edge = edge_of(diagram, block, item)
        return with_edge(diagram, block, replace(edge, params=without(edge.params, [name])))
    node = node_of(diagram, block, item)
    return with_node(diagram, block, replace(node, params=without(node.params, [name])))


def set_input_shape(
    diagram: Diagram, block: str, node: str, shape: tuple[int | str, ...]
) -> Diagram:
    """Set the example shape of an ``Input``; a symbol seen for the first time stands for 8.

    What cannot be a symbol's name is kept and becomes a problem, as in :func:`set_param`.
    """
    found = node_of(diagram, block, node)
    if found.kind != INPUT:
        raise EditError(f"'{found.label}' is no input; only an Input has a shape of its own.")
    edited = set_param(diagram, block, node, "shape", tuple(shape))
    names = [item for item in shape if isinstance(item, str) and name_problem(item) is None]
    new = {name: 8 for name in names if name not in diagram.symbols}
    return replace(edited, symbols={**diagram.symbols, **new}) if new else edited


def set_repeat(diagram: Diagram, block: str, node: str, repeat: int | Expr) -> Diagram:
    """Chain ``repeat`` copies of a node; 1 is the node itself."""
    found = node_of(diagram, block, node)
    if isinstance(repeat, bool) or not isinstance(repeat, int | Expr):
        raise EditError(f"'{found.label}' repeats a number of times, not {repeat!r}.")
    if isinstance(repeat, int) and not 1 <= repeat <= MAX_REPEAT:
        raise EditError(f"'{found.label}' may repeat 1 to {MAX_REPEAT:,} times, not {repeat:,}.")
    ends = inputs_of(diagram, block, found) and outputs_of(diagram, block, found)
    if repeat != 1 and not ends:
        raise EditError(f"'{found.label}' cannot repeat: a copy would not feed the next one.")
    check_value("repeat", repeat)
    return with_node(diagram, block, replace(found, repeat=repeat))


def set_shared(diagram: Diagram, block: str, node: str, shared: bool) -> Diagram:
    """Let the copies of a repeated node be one module with one set of weights, or not."""
    return with_node(diagram, block, replace(node_of(diagram, block, node), shared=shared))


def set_active(
    diagram: Diagram, block: str, items: Collection[str], active: bool | Expr
) -> Diagram:
    """Switch nodes and edges off (a node passes its first input on, an edge is absent) or on."""
    check_value("active", active)
    graph = graph_of(diagram, block)
    nodes, edges = dict(graph.nodes), dict(graph.edges)
    for item in items:
        if is_edge(diagram, block, item):
            edges[item] = replace(edges[item], active=active)
        else:
            nodes[item] = replace(nodes[item], active=active)
    return with_graph(diagram, block, replace(graph, nodes=nodes, edges=edges))


def _find_param(params: tuple[Param, ...], name: str, owner: str) -> Param:
    for param in params:
        if param.name == name:
            return param
    known = ", ".join(param.name for param in params) or "none"
    raise EditError(f"'{owner}' has no parameter '{name}'; its parameters: {known}.")
