"""Edits of wires: connecting, inserting on one, re-plugging an end, changing its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from graphcore.deferred import networkx as nx
from graphcore.diagram import EMPTY, Diagram, Edge, EdgeKindName, Graph, Point, PortRef
from graphcore.edge_kinds import EDGE_KINDS, EdgeKind
from graphcore.edits.editing import (
    EditError,
    check_value,
    edge_of,
    first_input,
    first_output,
    graph_of,
    input_port,
    output_port,
    spliced,
    with_graph,
    without,
)
from graphcore.edits.nodes import add_node
from graphcore.edits.scales import carried_scales, without_idle_scales
from graphcore.naming import fresh, fresh_id, labels_in
from graphcore.spec import ParamValue


def connect(
    diagram: Diagram,
    block: str,
    source: PortRef,
    target: PortRef,
    kind: EdgeKindName = "flow",
    params: Mapping[str, ParamValue] | None = None,
) -> tuple[Diagram, str]:
    """Wire an output port to an input port; returns the new edge's id.

    A flow edge into an occupied input takes the place of the one there (an input that takes any
    number gets one more). A concatenating edge goes before the others at its port: ``[x, new]``.
    Raises EditError for a cycle, a duplicate, adding and concatenating on one port, or a join at
    an input that takes any number.
    """
    graph = graph_of(diagram, block)
    given = _checked_params(_edge_kind(kind), params or {})
    _check_ends(diagram, block, graph, source, target, kind)
    label = _edge_label(graph, kind)
    edge_id = fresh_id(label or f"{source.node}-{target.node}", graph)
    edge = Edge(edge_id, source, target, kind, label, given)
    occupant = _occupant(diagram, block, graph, target) if _is_flow(kind) else None
    if occupant is not None:
        edges = without(spliced(graph.edges, occupant.id, edge_id, edge), [occupant.id])
    else:
        concat = EDGE_KINDS[kind].join == "concat"
        first = next((e.id for e in graph.into(*target)), None) if concat else None
        edges = spliced(graph.edges, first, edge_id, edge)
    return with_graph(diagram, block, replace(graph, edges=edges)), edge_id


def insert_on_edge(
    diagram: Diagram, block: str, edge: str, kind: str, at: Point
) -> tuple[Diagram, str]:
    """Put a new node on a wire; returns the node's id.

    The wire keeps its kind and its place at its target and now starts at the node, which a new
    flow edge feeds. So a node put on a skip acts on its shortcut.
    """
    old = edge_of(diagram, block, edge)
    edited, node = add_node(diagram, block, kind, at)
    entry, leave = first_input(edited, block, node), first_output(edited, block, node)
    graph = graph_of(edited, block)
    feed = Edge(fresh_id(f"{old.source.node}-{node}", graph), old.source, entry)
    edges = spliced(graph.edges, edge, feed.id, feed)
    edges[edge] = replace(old, source=leave)
    return with_graph(edited, block, replace(graph, edges=edges)), node


def reconnect(
    diagram: Diagram,
    block: str,
    edge: str,
    *,
    source: PortRef | None = None,
    target: PortRef | None = None,
) -> Diagram:
    """Plug one or both ends of an edge elsewhere; its id, name and parameters stay.

    A flow edge takes the place of one that is at its new target. The scales on F go with the last
    joining edge of its old one. Raises EditError as :func:`connect` does.
    """
    old = edge_of(diagram, block, edge)
    moved = replace(old, source=source or old.source, target=target or old.target)
    if moved == old:
        return diagram
    graph = graph_of(diagram, block)
    others = replace(graph, edges=without(graph.edges, [edge]))
    _check_ends(diagram, block, others, moved.source, moved.target, moved.kind)
    edges = {**graph.edges, edge: moved}
    occupant = _occupant(diagram, block, others, moved.target) if _is_flow(old.kind) else None
    if occupant is not None:
        edges = without(edges, [occupant.id])
    rewired = replace(graph, edges=edges)
    if not _is_flow(old.kind):
        rewired = carried_scales(graph, rewired, old.target, moved.target)
    return with_graph(diagram, block, rewired)


def set_edge_kind(diagram: Diagram, block: str, edge: str, kind: EdgeKindName) -> Diagram:
    """Make an edge another kind; parameters that the kind does not have fall away, and where
    nothing is joined any more, so do scales. One that concatenates now goes before the others at
    its port, as a new one would.

    Raises EditError where a second flow edge or two ways of joining would meet at one input.
    """
    old = edge_of(diagram, block, edge)
    if old.kind == kind:
        return diagram
    _edge_kind(kind)
    graph = graph_of(diagram, block)
    others = replace(graph, edges=without(graph.edges, [edge]))
    if _is_flow(kind) and _occupant(diagram, block, others, old.target) is not None:
        raise EditError(
            f"{_place(graph, old.target)} already has a wire; delete that one first, or draw the "
            "new wire over it."
        )
    _check_ends(diagram, block, others, old.source, old.target, kind)
    changed = as_kind(others, old, kind)
    edges = {**graph.edges, edge: changed}
    if EDGE_KINDS[kind].join == "concat" != EDGE_KINDS[old.kind].join:
        first = next((e.id for e in others.into(*old.target)), None)
        edges = spliced(others.edges, first, edge, changed)
    return with_graph(diagram, block, without_idle_scales(graph, replace(graph, edges=edges)))


def as_kind(graph: Graph, edge: Edge, kind: EdgeKindName) -> Edge:
    """``edge``, which is not in ``graph``, as another kind: with the parameters that both have,
    with its name where it joins as before, with its scales where it joins."""
    known = {param.name for param in EDGE_KINDS[kind].params}
    params = {name: value for name, value in edge.params.items() if name in known}
    joins_alike = EDGE_KINDS[kind].join == EDGE_KINDS[edge.kind].join
    label = edge.label if joins_alike else _edge_label(graph, kind)
    scales = () if _is_flow(kind) else edge.scales
    return replace(edge, kind=kind, label=label, params=params, scales=scales)


def _edge_kind(kind: str) -> EdgeKind:
    if kind not in EDGE_KINDS:
        raise EditError(f"There is no kind of wire '{kind}'; kinds: {', '.join(EDGE_KINDS)}.")
    return EDGE_KINDS[kind]


def _is_flow(kind: str) -> bool:
    return EDGE_KINDS[kind].join == "none"


def _edge_label(graph: Graph, kind: str) -> str:
    """The label of a new edge of a kind that may build something; other kinds have none."""
    builds = EDGE_KINDS[kind].join == "add"
    return fresh(EDGE_KINDS[kind].stem, labels_in(graph)) if builds else ""


def _checked_params(kind: EdgeKind, params: Mapping[str, ParamValue]) -> Mapping[str, ParamValue]:
    known = [param.name for param in kind.params]
    for name, value in params.items():
        if name not in known:
            raise EditError(
                f"A {kind.title.lower()} has no parameter '{name}'; its parameters: "
                f"{', '.join(known) or 'none'}."
            )
        check_value(name, value)
    return dict(params) if params else EMPTY


def _occupant(diagram: Diagram, block: str, graph: Graph, target: PortRef) -> Edge | None:
    """The flow edge that a new one at ``target`` would replace."""
    if input_port(diagram, block, target).variadic:
        return None
    return next((edge for edge in graph.into(*target) if _is_flow(edge.kind)), None)


def check_join(
    diagram: Diagram, block: str, others: Graph, source: PortRef, target: PortRef, kind: str
) -> None:
    """Raise EditError where an edge from ``source`` cannot stand beside ``others`` at ``target``.
    Whether it would close a circle is not asked."""
    output_port(diagram, block, source)
    port = input_port(diagram, block, target)
    place = _place(others, target)
    there = others.into(*target)
    same = next((e for e in there if e.source == source and e.kind == kind), None)
    if same is not None:
        off = "; it is switched off, so switch it on instead" if same.active is False else ""
        raise EditError(f"{_place(others, source)} is already wired to {place} like this{off}.")
    join = EDGE_KINDS[kind].join
    if join != "none":
        if port.variadic:
            raise EditError(
                f"{place} takes any number of wires, so nothing is joined there; draw a plain wire."
            )
        _check_join(place, source, there, join)


def _check_ends(
    diagram: Diagram, block: str, others: Graph, source: PortRef, target: PortRef, kind: str
) -> None:
    """Raise EditError where an edge from ``source`` to ``target`` cannot join ``others``."""
    check_join(diagram, block, others, source, target, kind)
    if _reaches(others, target.node, source.node):
        raise EditError(
            f"A wire from {_place(others, source)} to {_place(others, target)} would close a "
            "circle; wires run from input to output only. Set a repeat to apply a block again."
        )


def _reaches(graph: Graph, start: str, end: str) -> bool:
    """Whether ``end`` is ``start`` or lies behind it. Needs no edge's kind or id, so it asks a
    plain graph, which is quicker to make than :meth:`Graph.networkx`."""
    links: nx.DiGraph[str] = nx.DiGraph()
    links.add_nodes_from((start, end))
    links.add_edges_from((edge.source.node, edge.target.node) for edge in graph.edges.values())
    return nx.has_path(links, start, end)


def _check_join(place: str, source: PortRef, there: tuple[Edge, ...], join: str) -> None:
    joins = {EDGE_KINDS[edge.kind].join for edge in there} - {"none", join}
    if joins:
        raise EditError(
            f"{place} would add and concatenate at once; put a layer Add or Concat before it and "
            "wire one of the two there, or change all that is joined there at once: click on the "
            "circle before the block."
        )
    if join == "add" and any(e.source == source and _is_flow(e.kind) for e in there):
        raise EditError(
            f"This skip would go round nothing: the wire already brings the same value to {place}. "
            "Start at an earlier block, or select the blocks to go round and press S."
        )


def _place(graph: Graph, ref: PortRef) -> str:
    return f"'{graph.nodes[ref.node].label}'"
