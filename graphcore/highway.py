"""The highway view: the picture turned inside out.

Usually the branches are the trunk and a shortcut goes round them. Here the stream of shortcuts
runs straight and the branches hang off it, which is how signals and gradients see a residual
network (He et al. 2016b, Identity Mappings in Deep Residual Networks, arXiv:1603.05027).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphcore.deferred import networkx as nx
from graphcore.diagram import Diagram, Edge, Graph, Point
from graphcore.drawn_kind import drawn_kind
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.layout.levels import levels
from graphcore.layout.rows import ranks_of, rows_of
from graphcore.layout.sheet import Sheet, placed
from graphcore.layout.units import Unit, is_chain, unit_graph, units_of


def has_highway(diagram: Diagram, block: str) -> bool:
    """Whether there is anything in ``block`` that goes round something. The levels of an encoder
    and a decoder are arranged in this way already."""
    graph = diagram.blocks[block].graph
    return any(_is_stream(diagram, graph, edge) for edge in graph.edges.values())


def _is_stream(diagram: Diagram, graph: Graph, edge: Edge) -> bool:
    kind = EDGE_KINDS[drawn_kind(diagram, graph, edge)]
    return kind.join != "none" and not kind.levels


def highway(diagram: Diagram, block: str) -> Mapping[str, Point]:
    """A place for every node of ``block`` such that what a connection goes round hangs a row below
    it; as :func:`graphcore.layout.arrange` places them otherwise."""
    graph = diagram.blocks[block].graph
    units = units_of(diagram, graph)
    if is_chain(diagram, graph, units):
        ranks = {unit.head: rank for rank, unit in enumerate(units)}
        spans = _spans(diagram, graph, units)
        rows = dict(zip(ranks, levels(len(units), spans), strict=True))
    else:
        linked = unit_graph(diagram, graph, units)
        linked.remove_nodes_from([unit for unit, degree in linked.degree() if degree == 0])
        ranks, rows = ranks_of(linked), rows_of(linked, ranks_of(linked))
        rows = _hung(linked, rows)
    return placed(Sheet(diagram, graph, units, with_lanes=False), ranks, rows)


def _spans(diagram: Diagram, graph: Graph, units: Sequence[Unit]) -> list[tuple[int, int]]:
    place = {member: rank for rank, unit in enumerate(units) for member in unit.members}
    return [
        (place[edge.source.node], place[edge.target.node])
        for edge in graph.edges.values()
        if _is_stream(diagram, graph, edge)
        and edge.source.node in place
        and edge.target.node in place
    ]


def _hung(linked: nx.DiGraph[str], rows: Mapping[str, int]) -> dict[str, int]:
    """``rows`` with what connections go round below them."""
    depth = dict.fromkeys(rows, 0)
    graph: Any = linked
    for source, target, link in graph.edges(data=True):
        if link["joins"]:
            for unit in nx.descendants(graph, source) & nx.ancestors(graph, target):
                depth[unit] += 1
    places = {unit: (depth[unit], row) for unit, row in rows.items()}
    order = {place: index for index, place in enumerate(sorted(set(places.values())))}
    return {unit: order[place] for unit, place in places.items()}
