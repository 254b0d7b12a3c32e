"""Questions about what leads where, asked of networkx."""

from __future__ import annotations

from typing import Any

from graphcore.deferred import networkx as nx
from graphcore.diagram import Graph


def upstream(graph: Graph, node: str) -> frozenset[str]:
    """``node`` and everything that leads to it."""
    linked: Any = graph.networkx()
    return frozenset({node, *nx.ancestors(linked, node)}) if node in linked else frozenset()


def downstream(graph: Graph, node: str) -> frozenset[str]:
    """``node`` and everything that it leads to."""
    linked: Any = graph.networkx()
    return frozenset({node, *nx.descendants(linked, node)}) if node in linked else frozenset()


def between(graph: Graph, source: str, target: str) -> frozenset[str]:
    """What a skip from ``source`` to ``target`` goes round."""
    return downstream(graph, source) & upstream(graph, target) - {source, target}
