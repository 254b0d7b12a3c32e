"""Keeping the order of execution and registration through an edit that changes the graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graphcore.diagram import OUTPUT, Graph
from graphcore.ordering import order_of


def ordered(graph: Graph, wanted: Sequence[str]) -> Graph:
    """``graph`` so that its nodes run and register as ``wanted``, which has to be a topological
    order of them. Nodes that stand right already are left where they are; inputs and outputs keep
    their order among each other, which is that of the block's ports."""
    if order_of(graph)[0] == tuple(wanted):
        return graph
    place = {name: index for index, name in enumerate(wanted)}
    for ends in (graph.inputs(), graph.outputs()):
        slots = sorted(place[node.id] for node in ends)
        if [place[node.id] for node in ends] != slots and ends[0].kind == OUTPUT:
            # Outputs have nothing behind them: the last places take them in their own order.
            last = len(graph.nodes)
            place |= {node.id: last + index for index, node in enumerate(ends)}
    nodes = {name: graph.nodes[name] for name in sorted(graph.nodes, key=place.__getitem__)}
    return replace(graph, nodes=nodes)
