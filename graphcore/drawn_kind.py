"""The kind as which an edge is drawn."""

from __future__ import annotations

from graphcore.diagram import INPUT, Diagram, Edge, EdgeKindName, Graph
from graphcore.edge_kinds import EDGE_KINDS


def drawn_kind(diagram: Diagram, graph: Graph, edge: Edge) -> EdgeKindName:
    """The kind as which ``edge`` of ``graph`` is drawn: its own, but a plain wire into a block of
    which every edge inside joins in one way is drawn in that way, so that a U-Net whose levels are
    blocks still looks like one."""
    kind, seen = edge.kind, set[str]()
    while EDGE_KINDS[kind].join == "none":
        target = graph.nodes.get(edge.target.node)
        block = diagram.blocks.get(target.kind) if target is not None else None
        if target is None or block is None or target.kind in seen:
            return "flow"
        seen.add(target.kind)
        port = edge.target.port
        graph = block.graph
        inside = [e for e in graph.edges.values() if _comes_from(graph, e, port)]
        kinds = {e.kind for e in inside}
        if len(kinds) != 1:
            return "flow"
        edge, kind = inside[0], inside[0].kind
        if EDGE_KINDS[kind].join == "none" and len(inside) > 1:
            return "flow"
    return kind


def _comes_from(graph: Graph, edge: Edge, port: str) -> bool:
    """Whether ``edge`` leaves the input of its block that is called ``port``."""
    source = graph.nodes.get(edge.source.node)
    return source is not None and source.kind == INPUT and source.label == port
