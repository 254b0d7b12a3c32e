"""Making one block of several pieces that look alike, its parameters what they differ in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from graphcore.diagram import Diagram, Node, PortRef
from graphcore.edits.alike import Candidate, Piece, progression
from graphcore.edits.blocks import add_block_param
from graphcore.edits.editing import (
    EditError,
    graph_of,
    inputs_of,
    outputs_of,
    with_block,
    with_graph,
    with_node,
    without,
)
from graphcore.edits.grouping import group
from graphcore.edits.removal import delete
from graphcore.expression import Expr
from graphcore.naming import fresh_block
from graphcore.spec import ParamValue, Port


def group_alike(
    diagram: Diagram,
    block: str,
    pieces: Sequence[Piece],
    name: str,
    parameters: Sequence[Candidate] = (),
    *,
    repeat: bool = False,
) -> tuple[Diagram, tuple[str, ...]]:
    """Make ``pieces`` instances of one new block called ``name`` with these parameters; returns the
    instances' ids.

    The values of a candidate stand in the order of ``pieces``. With ``repeat`` the instances, which
    have to follow each other, become one node with as many copies. Raises EditError as
    :func:`~graphcore.edits.grouping.group` does, and where no expression says what the copies
    differ in.
    """
    edited = diagram
    ids: list[str] = []
    for place, piece in enumerate(pieces):
        spoken = _with_names(edited, block, piece, parameters)
        kind = name if place == 0 else fresh_block(name, spoken)
        edited, node = group(spoken, block, piece, kind)
        if place == 0:
            for candidate in parameters:
                edited = add_block_param(edited, name, candidate.param)
        else:
            edited = _as_the_first(edited, block, node, name)
        made = edited.blocks[block].graph.nodes[node]
        given = {c.param.name: c.values[place] for c in parameters}
        edited = with_node(edited, block, replace(made, params={**made.params, **given}))
        ids.append(node)
    if repeat and len(ids) > 1:
        return repeated(edited, block, ids), tuple(ids[:1])
    return edited, tuple(ids)


def _with_names(
    diagram: Diagram, block: str, piece: Piece, parameters: Sequence[Candidate]
) -> Diagram:
    """``diagram`` with the candidates' values in ``piece`` replaced by their names."""
    for candidate in parameters:
        for index, name in candidate.spots:
            node = diagram.blocks[block].graph.nodes[piece[index]]
            params = {**node.params, name: Expr(candidate.param.name)}
            diagram = with_node(diagram, block, replace(node, params=params))
    return diagram


def _as_the_first(diagram: Diagram, block: str, node: str, name: str) -> Diagram:
    """Let ``node`` be an instance of the block ``name``, which is like its own, and drop that."""
    found = diagram.blocks[block].graph.nodes[node]
    first = replace(found, kind=name)
    inputs = _ports(inputs_of(diagram, block, found), inputs_of(diagram, block, first))
    outputs = _ports(outputs_of(diagram, block, found), outputs_of(diagram, block, first))
    graph = graph_of(diagram, block)
    edges = {
        key: replace(
            edge,
            source=_at(edge.source, node, outputs),
            target=_at(edge.target, node, inputs),
        )
        if node in (edge.source.node, edge.target.node)
        else edge
        for key, edge in graph.edges.items()
    }
    nodes = {**graph.nodes, node: first}
    edited = with_graph(diagram, block, replace(graph, nodes=nodes, edges=edges))
    return replace(edited, blocks=without(edited.blocks, [found.kind]))


def _ports(old: Sequence[Port], new: Sequence[Port]) -> Mapping[str, str]:
    return {a.name: b.name for a, b in zip(old, new, strict=True)}


def _at(ref: PortRef, node: str, ports: Mapping[str, str]) -> PortRef:
    return PortRef(node, ports[ref.port]) if ref.node == node else ref


def repeated(diagram: Diagram, block: str, nodes: Sequence[str]) -> Diagram:
    """One node with a copy for each of ``nodes``, which are instances of one block that feed each
    other in turn; what they differ in becomes an expression in the copy ``i``."""
    graph = graph_of(diagram, block)
    first, last = graph.nodes[nodes[0]], nodes[-1]
    params: dict[str, ParamValue] = {}
    for key in dict.fromkeys(key for node in nodes for key in graph.nodes[node].params):
        values = [_given(diagram, graph.nodes[node], key) for node in nodes]
        params[key] = progression(values)
        if params[key] is None and values[0] is not None:
            raise EditError(
                f"No short expression says '{key}' of each copy "
                f"({', '.join(map(str, values))}); make instances of one block instead."
            )
    one = replace(first, params=params, repeat=len(nodes))
    edges = {
        key: replace(edge, source=PortRef(first.id, edge.source.port))
        if edge.source.node == last
        else edge
        for key, edge in graph.edges.items()
    }
    inside = replace(graph, nodes={**graph.nodes, first.id: one}, edges=edges)
    block_ = replace(diagram.blocks[block], graph=inside)
    return delete(with_block(diagram, block, block_), block, set(nodes[1:]))


def _given(diagram: Diagram, node: Node, name: str) -> ParamValue:
    default = next(p.default for p in diagram.blocks[node.kind].params if p.name == name)
    return node.params.get(name, default)
