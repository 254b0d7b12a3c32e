"""Edits of a join as a whole: the order of its operands, its kind, a caption on one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graphcore.diagram import Diagram, EdgeKindName, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits.edges import as_kind, check_join
from graphcore.edits.editing import (
    EditError,
    check_label,
    edge_of,
    graph_of,
    with_edge,
    with_graph,
    without,
)


def reorder_operands(
    diagram: Diagram, block: str, target: PortRef, order: Sequence[str]
) -> Diagram:
    """Let the edges into ``target`` be joined in another order; ``order`` names all of them.

    They change places among themselves, so edges of other ports stay where they are. Raises
    EditError where ``order`` is not a permutation of them.
    """
    graph = graph_of(diagram, block)
    there = [edge.id for edge in graph.into(*target)]
    if sorted(order) != sorted(there):
        raise EditError(
            f"The operands of this join are {', '.join(there) or 'none'}; a new order has to name "
            "each of them once."
        )
    if list(order) == there:
        return diagram
    following = iter(order)
    names = [next(following) if name in there else name for name in graph.edges]
    edges = {name: graph.edges[name] for name in names}
    return with_graph(diagram, block, replace(graph, edges=edges))


def move_operand(diagram: Diagram, block: str, edge: str, steps: int) -> Diagram:
    """Move an edge by ``steps`` places (negative: forward) among those that end where it ends; at
    the first or the last place it stays there."""
    target = edge_of(diagram, block, edge).target
    order = [one.id for one in graph_of(diagram, block).into(*target)]
    at = order.index(edge)
    order.insert(min(max(at + steps, 0), len(order) - 1), order.pop(at))
    return reorder_operands(diagram, block, target, order)


def set_edge_label(diagram: Diagram, block: str, edge: str, label: str) -> Diagram:
    """Give a joining edge a name, which stands on it and in the code where it builds something.

    "" takes the name of a concatenating edge away. Raises EditError for a plain wire, for a name
    that is taken or no name, and for "" on a skip, whose projection needs one.
    """
    old = edge_of(diagram, block, edge)
    kind = EDGE_KINDS[old.kind]
    if old.label == label:
        return diagram
    if not kind.stem:
        raise EditError("A plain wire builds nothing, so it has no name.")
    if not label and kind.join == "add":
        raise EditError(f"A {kind.word} needs a name for its projection, such as '{kind.stem}'.")
    if label:
        check_label(graph_of(diagram, block), label, block)
    return with_edge(diagram, block, replace(old, label=label))


def set_join_kind(diagram: Diagram, block: str, target: PortRef, kind: EdgeKindName) -> Diagram:
    """Make all joining edges of a port another joining kind at once, so that adding becomes
    concatenating or the other way round. They keep their order; from adding to concatenating they
    go before the flow, as new ones would.

    Raises EditError for a kind that does not join, and where two of them would become one.
    """
    if kind not in EDGE_KINDS or EDGE_KINDS[kind].join == "none":
        raise EditError(
            "A join is made of connections that add or concatenate; choose such a kind."
        )
    graph = graph_of(diagram, block)
    there = graph.into(*target)
    joining = [edge for edge in there if EDGE_KINDS[edge.kind].join != "none"]
    if all(edge.kind == kind for edge in joining):
        return diagram
    made = replace(graph, edges=without(graph.edges, [edge.id for edge in joining]))
    for edge in joining:
        check_join(diagram, block, made, edge.source, target, kind)
        made = replace(made, edges={**made.edges, edge.id: as_kind(made, edge, kind)})
    edges = {name: made.edges[name] for name in graph.edges}
    changed = with_graph(diagram, block, replace(graph, edges=edges))
    if EDGE_KINDS[kind].join != "concat" or EDGE_KINDS[joining[0].kind].join == "concat":
        return changed
    flows = [edge.id for edge in there if edge not in joining]
    return reorder_operands(changed, block, target, [*(e.id for e in joining), *flows])
