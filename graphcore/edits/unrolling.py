"""A repeated instance of a block written out as one node a copy."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from graphcore.diagram import Diagram, Graph, Node, PortRef
from graphcore.edits.editing import (
    EditError,
    check_room,
    graph_of,
    inputs_of,
    outputs_of,
    with_graph,
)
from graphcore.edits.gathering import gathered, joins, with_flow
from graphcore.edits.rewriting import node_with, with_values
from graphcore.naming import FreshLabels, fresh_id, labels_in

MOST_NODES = 256
"""Nodes that one explosion may put into a block."""


def unroll(diagram: Diagram, block: str, node: Node, count: int) -> tuple[Diagram, tuple[str, ...]]:
    """Replace a repeated instance by a node for each of its ``count`` copies, chained as the copies
    are; returns their ids.

    Expressions in ``i`` and ``n`` become numbers. What is joined at a further input, which every
    copy is given, is joined once, in a node of its own. Raises EditError where the copies are one
    module, or where they would be too many.
    """
    _check_count(diagram, block, node, count)
    if node.repeat == 1:
        return diagram, (node.id,)
    check_room(graph_of(diagram, block), block, count)
    first, *others = [port.name for port in inputs_of(diagram, block, node)]
    graph = graph_of(diagram, block)
    for port in others:
        if joins(graph, PortRef(node.id, port)):
            graph = gathered(graph, PortRef(node.id, port))
    copies = _copies(graph, node, count, first)
    carried = outputs_of(diagram, block, node)[0].name
    graph = _wired(graph, copies, first, carried, others)
    return with_graph(diagram, block, graph), tuple(made.id for made in copies)


def _check_count(diagram: Diagram, block: str, node: Node, count: int) -> None:
    if node.shared and node.repeat != 1:
        raise EditError(
            f"The copies of '{node.label}' are one module with one set of weights; written out "
            "they would be several. Switch 'shared' off first."
        )
    inside = len(diagram.blocks[node.kind].graph.nodes)
    if count * inside > MOST_NODES:
        raise EditError(
            f"'{node.label}' is {count:,} × {inside} blocks, too many for '{block}': at most "
            f"{MOST_NODES} are written out at once. Lower the number of copies, or keep the block."
        )


def _copies(graph: Graph, node: Node, count: int, first: str) -> list[Node]:
    labels = FreshLabels(labels_in(graph) - {node.label})
    node = graph.nodes[node.id]
    names = {node.id, *graph.nodes, *graph.edges}
    copies: list[Node] = []
    for copy in range(count):
        label = labels.take(node.label)
        # The first keeps the id, so that what is wired to it stays as it is.
        name = node.id if copy == 0 else fresh_id(label, Graph(dict.fromkeys(names, node)))
        names.add(name)
        # F is scaled where it comes in, which is before the first copy.
        scales = {p: chain for p, chain in node.scales.items() if copy == 0 or p != first}
        plain = replace(node, id=name, label=label, repeat=1, copy_names="{i}", scales=scales)
        copies.append(node_with(plain, partial(with_values, values={"i": copy, "n": count})))
    return copies


def _wired(
    graph: Graph, copies: Sequence[Node], first: str, carried: str, others: Sequence[str]
) -> Graph:
    """The copies in the place of the node they come from, each fed by the one before it."""
    start, last = copies[0].id, copies[-1].id
    nodes: dict[str, Node] = {}
    for name, node in graph.nodes.items():
        nodes.update({made.id: made for made in copies} if name == start else {name: node})
    edges = {
        name: replace(edge, source=PortRef(last, edge.source.port))
        if edge.source.node == start
        else edge
        for name, edge in graph.edges.items()
    }
    wired = Graph(nodes, edges, graph.ties)
    for before, after in itertools.pairwise(copies):
        wired = with_flow(wired, PortRef(before.id, carried), PortRef(after.id, first))
    for port in others:
        for edge in graph.into(start, port):
            for made in copies[1:]:
                wired = with_flow(wired, edge.source, PortRef(made.id, port))
    return wired
