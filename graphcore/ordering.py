"""The one order of a graph: of execution and of registration."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from graphcore.deferred import networkx as nx
from graphcore.diagram import Edge, Graph

Order = tuple[tuple[str, ...], tuple[str, ...]]

_MOST_KEPT = 256
_kept: OrderedDict[int, tuple[Mapping[str, Edge], tuple[str, ...], Order]] = OrderedDict()


def order_of(graph: Graph) -> Order:
    """The nodes in topological order, ties broken by the order of the nodes, and those on cycles.

    An edit of a parameter leaves the edges the same object, so the order is kept by identity.
    """
    nodes = tuple(graph.nodes)
    kept = _kept.get(id(graph.edges))
    if kept is not None and kept[0] is graph.edges and kept[1] == nodes:
        return kept[2]
    order = _order(graph)
    _kept[id(graph.edges)] = (graph.edges, nodes, order)
    while len(_kept) > _MOST_KEPT:
        _kept.popitem(last=False)
    return order


def _order(graph: Graph) -> Order:
    place = {node: index for index, node in enumerate(graph.nodes)}
    if _in_order(graph, place):
        return tuple(graph.nodes), ()
    whole: nx.DiGraph[str] = nx.DiGraph()
    whole.add_nodes_from(graph.nodes)
    whole.add_edges_from(
        (edge.source.node, edge.target.node)
        for edge in graph.edges.values()
        if edge.source.node in place and edge.target.node in place
    )
    try:
        return tuple(nx.lexicographical_topological_sort(whole, place.__getitem__)), ()
    except nx.NetworkXUnfeasible:
        cyclic = {
            node
            for component in nx.strongly_connected_components(whole)
            for node in component
            if len(component) > 1 or whole.has_edge(node, node)
        }
    acyclic = whole.subgraph(set(graph.nodes) - cyclic)
    order = nx.lexicographical_topological_sort(acyclic, place.__getitem__)
    return tuple(order), tuple(sorted(cyclic, key=place.__getitem__))


def _in_order(graph: Graph, place: Mapping[str, int]) -> bool:
    """Whether the nodes already stand in topological order, as those of most diagrams do; then it
    is the order, since no other breaks ties by fewer exchanges."""
    return all(
        place.get(edge.source.node, -1) < place.get(edge.target.node, len(place))
        for edge in graph.edges.values()
    )
