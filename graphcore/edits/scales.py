"""Edits of scales: the layers that act on a branch, or on a shortcut, before the two are joined.

A scale is addressed by its label, which is unique in its block.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from graphcore.diagram import NO_SCALES, Diagram, Edge, Graph, PortRef, Scale, Scales
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits.editing import (
    EditError,
    check_label,
    check_name,
    check_value,
    edge_of,
    graph_of,
    input_port,
    is_edge,
    node_of,
    with_edge,
    with_node,
    without,
)
from graphcore.layers import LAYERS
from graphcore.naming import fresh, labels_in
from graphcore.spec import ParamValue
from graphcore.values import MAX_ITEMS


class ScalePlace(NamedTuple):
    """A chain of scales: on F at an input ``port`` of the node ``item``, or with no ``port`` on
    what the edge ``item`` brings."""

    item: str
    port: str = ""


def can_scale(kind: str) -> bool:
    """Whether a layer takes one value and gives one, as a scale has to."""
    spec = LAYERS.get(kind)
    return (
        spec is not None
        and spec.is_plain_module
        and len(spec.inputs) == 1
        and not spec.inputs[0].variadic
        and len(spec.outputs) == 1
    )


def scales_at(graph: Graph, place: ScalePlace) -> Scales:
    """The scales of one chain, in the order in which they act."""
    if place.item in graph.edges:
        return graph.edges[place.item].scales
    return graph.nodes[place.item].scales.get(place.port, ())


def find_scale(graph: Graph, label: str) -> tuple[ScalePlace, int] | None:
    """The chain that the scale called ``label`` stands in and where in it, or None."""
    for node in graph.nodes.values():
        for port, chain in node.scales.items():
            for index, scale in enumerate(chain):
                if scale.label == label:
                    return ScalePlace(node.id, port), index
    for edge in graph.edges.values():
        for index, scale in enumerate(edge.scales):
            if scale.label == label:
                return ScalePlace(edge.id), index
    return None


def add_scale(
    diagram: Diagram,
    block: str,
    place: ScalePlace,
    kind: str,
    *,
    params: Mapping[str, ParamValue] | None = None,
    stem: str = "",
    at: int | None = None,
) -> tuple[Diagram, str]:
    """Let a layer act on F, or on a shortcut, before it is joined; returns the scale's label.

    It stands behind the others of the chain, or at index ``at``. Its label is ``stem``, or that of
    its kind, made unique. Raises EditError where nothing is joined there or the layer cannot scale.
    """
    graph = graph_of(diagram, block)
    _check_joins(diagram, block, place)
    if not can_scale(kind):
        raise EditError(
            f"'{kind}' cannot scale a branch: it has to be a layer that takes one value and gives "
            "one. Put it on the wire as a block instead."
        )
    for name, value in (params or {}).items():
        _check_param(kind, name, value)
    chain = scales_at(graph, place)
    if len(chain) == MAX_ITEMS:
        raise EditError(f"There are {MAX_ITEMS} scales here already; remove one first.")
    label = fresh(stem or LAYERS[kind].stem, labels_in(graph))
    check_name(label)
    where = len(chain) if at is None else max(0, min(at, len(chain)))
    scale = Scale(kind, label, dict(params or {}))
    return _with_chain(diagram, block, place, (*chain[:where], scale, *chain[where:])), label


def remove_scale(diagram: Diagram, block: str, label: str) -> Diagram:
    """Take a scale away."""
    place, index = _found(diagram, block, label)
    chain = scales_at(graph_of(diagram, block), place)
    return _with_chain(diagram, block, place, (*chain[:index], *chain[index + 1 :]))


def move_scale(diagram: Diagram, block: str, label: str, to: int) -> Diagram:
    """Let a scale be the one of index ``to`` in its chain; beyond its ends it goes to the end."""
    place, index = _found(diagram, block, label)
    chain = list(scales_at(graph_of(diagram, block), place))
    moved = chain.pop(index)
    chain.insert(max(0, to), moved)
    return _with_chain(diagram, block, place, tuple(chain))


def set_scale_param(
    diagram: Diagram, block: str, label: str, name: str, value: ParamValue
) -> Diagram:
    """Set a parameter of a scale. A value that does not suit is kept and becomes a problem, as
    with a node; an unknown parameter raises EditError."""

    def change(scale: Scale) -> Scale:
        _check_param(scale.kind, name, value)
        return replace(scale, params={**scale.params, name: value})

    return _with_scale(diagram, block, label, change)


def rename_scale(diagram: Diagram, block: str, label: str, new: str) -> Diagram:
    """Give a scale another label: the name of its attribute in the code."""
    if new == label:
        return diagram
    _found(diagram, block, label)
    check_label(graph_of(diagram, block), new, block)
    return _with_scale(diagram, block, label, lambda scale: replace(scale, label=new))


def without_idle_scales(before: Graph, after: Graph) -> Graph:
    """``after`` without the scales of branches that joined something before and join nothing now:
    they would do nothing, unseen, and keep their labels from being used."""
    nodes = {}
    for node in after.nodes.values():
        idle = [
            port
            for port in node.scales
            if not _joins_at(after, node.id, port) and _joins_at(before, node.id, port)
        ]
        if idle:
            nodes[node.id] = replace(node, scales=without(node.scales, idle) or NO_SCALES)
    return replace(after, nodes={**after.nodes, **nodes}) if nodes else after


def carried_scales(before: Graph, after: Graph, old: PortRef, new: PortRef) -> Graph:
    """``after``, in which a joining edge ends at ``new`` instead of ``old``: the scales on F go
    with the last one that joined there, unless F has scales of its own at the new place."""
    left, entered = after.nodes[old.node], after.nodes[new.node]
    chain = left.scales.get(old.port, ())
    moves = chain and not _joins_at(after, *old) and not entered.scales.get(new.port)
    if moves:
        scales = {**entered.scales, new.port: chain}
        after = replace(after, nodes={**after.nodes, new.node: replace(entered, scales=scales)})
    return without_idle_scales(before, after)


def joins_at(graph: Graph, node: str) -> Collection[str]:
    """The input ports of a node at which an edge joins, in the order of the edges."""
    edges = graph.into(node)
    return dict.fromkeys(edge.target.port for edge in edges if _is_joining(edge))


def _joins_at(graph: Graph, node: str, port: str) -> bool:
    return any(_is_joining(edge) for edge in graph.into(node, port))


def _is_joining(edge: Edge) -> bool:
    return EDGE_KINDS[edge.kind].join != "none"


def _check_joins(diagram: Diagram, block: str, place: ScalePlace) -> None:
    """Raise EditError where a scale at ``place`` would act on nothing that is joined."""
    graph = graph_of(diagram, block)
    if is_edge(diagram, block, place.item):
        edge = edge_of(diagram, block, place.item)
        if not _is_joining(edge):
            source, target = (graph.nodes[end.node].label for end in (edge.source, edge.target))
            raise EditError(
                f"The wire '{source}' → '{target}' joins nothing, so there is no shortcut to "
                "scale; put the layer on it as a block, or make it a skip."
            )
        return
    node = node_of(diagram, block, place.item)
    input_port(diagram, block, PortRef(place.item, place.port))
    if not _joins_at(graph, place.item, place.port):
        raise EditError(
            f"Nothing is joined at '{node.label}', so there is no branch to scale; draw a skip to "
            "it first, or put the layer before it as a block."
        )


def _check_param(kind: str, name: str, value: ParamValue) -> None:
    spec = LAYERS.get(kind)
    if spec is None or name not in spec.by_name:
        known = ", ".join(spec.by_name) if spec and spec.by_name else "none"
        raise EditError(f"'{kind}' has no parameter '{name}'; its parameters: {known}.")
    check_value(name, value)


def _found(diagram: Diagram, block: str, label: str) -> tuple[ScalePlace, int]:
    found = find_scale(graph_of(diagram, block), label)
    if found is None:
        raise EditError(f"'{block}' has no scale called '{label}'; it may have been removed.")
    return found


def _with_scale(
    diagram: Diagram, block: str, label: str, change: Callable[[Scale], Scale]
) -> Diagram:
    place, index = _found(diagram, block, label)
    chain = scales_at(graph_of(diagram, block), place)
    changed = (*chain[:index], change(chain[index]), *chain[index + 1 :])
    return _with_chain(diagram, block, place, changed)


def _with_chain(diagram: Diagram, block: str, place: ScalePlace, chain: Scales) -> Diagram:
    graph = graph_of(diagram, block)
    if place.item in graph.edges:
        return with_edge(diagram, block, replace(graph.edges[place.item], scales=chain))
    node = graph.nodes[place.item]
    others = without(node.scales, [place.port])
    # The order of the ports stays, so that the file changes in one line.
    scales = {**node.scales, place.port: chain} if chain else others
    return with_node(diagram, block, replace(node, scales=scales or NO_SCALES))
