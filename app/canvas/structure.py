"""Questions about what leads where, asked of networkx."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from graphcore.deferred import networkx as nx
from graphcore.diagram import Graph, PortRef
from graphcore.edge_kinds import EDGE_KINDS


def upstream(graph: Graph, node: str) -> frozenset[str]:
    """``node`` and everything that leads to it."""
    linked: Any = graph.networkx()
    return frozenset({node, *nx.ancestors(linked, node)}) if node in linked else frozenset()


def downstream(graph: Graph, node: str) -> frozenset[str]:
    """``node`` and everything that it leads to."""
    linked: Any = graph.networkx()
    return frozenset({node, *nx.descendants(linked, node)}) if node in linked else frozenset()


def joining(graph: Graph, port: PortRef) -> frozenset[str]:
    """The edges into ``port`` that are joined to its flow."""
    there = graph.into(*port)
    return frozenset(edge.id for edge in there if EDGE_KINDS[edge.kind].join != "none")


def emphasis(
    graph: Graph, selection: frozenset[str], drawn: Mapping[str, str]
) -> tuple[dict[str, str], frozenset[str]]:
    """With nothing but joining edges selected: the nodes that they go round, each with the kind of
    one that does, and the joining edges that stand back. Nothing otherwise. Wires that are
    ``drawn`` as a joining kind, because they join behind a wall, are such edges too."""
    joins = {id: e.kind for id, e in graph.edges.items() if EDGE_KINDS[e.kind].join != "none"}
    kinds = {**joins, **{id: kind for id, kind in drawn.items() if id in graph.edges}}
    if not selection or not selection <= kinds.keys():
        return {}, frozenset()
    return gone_round(graph, {id: kinds[id] for id in selection}), frozenset(kinds) - selection


def gone_round(graph: Graph, edges: Mapping[str, str]) -> dict[str, str]:
    """The nodes that ``edges`` go round, each with the kind of an edge that does."""
    linked: Any = graph.networkx()
    found: dict[str, str] = {}
    # Many dense edges share their ends: what is behind and before each is asked once.
    behind: dict[str, frozenset[str]] = {}
    before: dict[str, frozenset[str]] = {}
    for name, kind in edges.items():
        edge = graph.edges[name]
        source, target = edge.source.node, edge.target.node
        if source not in behind:
            behind[source] = frozenset(nx.descendants(linked, source))
        if target not in before:
            before[target] = frozenset(nx.ancestors(linked, target))
        found.update(dict.fromkeys(behind[source] & before[target], kind))
    return found


def between(graph: Graph, source: str, target: str) -> frozenset[str]:
    """What a skip from ``source`` to ``target`` goes round."""
    return downstream(graph, source) & upstream(graph, target) - {source, target}


def leaving(graph: Graph, nodes: Collection[str]) -> set[str]:
    """The edges that leave ``nodes``."""
    return (
        {edge.id for edge in graph.edges.values() if edge.source.node in nodes} if nodes else set()
    )
