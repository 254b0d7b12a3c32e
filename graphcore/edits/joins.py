"""Edits that draw joining edges: from block to block, round a selection, all through one."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from graphcore.diagram import Diagram, Edge, EdgeKindName, Graph, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits.edges import connect
from graphcore.edits.editing import EditError, first_input, first_output, graph_of, input_port
from graphcore.edits.selected_chain import branch_ends, chain_of, selected_nodes, way_out
from graphcore.measures import is_chip
from graphcore.spec import ParamValue

MOST_DENSE = 24
"""Layers that one call connects densely, as many as the largest dense block of DenseNet-121."""


def add_join(
    diagram: Diagram,
    block: str,
    source: str,
    target: str,
    kind: EdgeKindName,
    **params: ParamValue,
) -> tuple[Diagram, str]:
    """Draw a joining edge from what leaves node ``source`` to what enters node ``target``.

    x is the first output of ``source``; it joins at the first input of ``target``, where the wire
    that is there already brings F(x). Returns the new edge's id. Raises EditError as
    :func:`~graphcore.edits.edges.connect` does, and where nothing feeds ``target`` yet.
    """
    start, end = first_output(diagram, block, source), first_input(diagram, block, target)
    check_fed(diagram, block, end)
    return connect(diagram, block, start, end, kind, params)


def check_fed(diagram: Diagram, block: str, end: PortRef) -> None:
    """Raise EditError where no plain wire ends at ``end``, so that nothing can be joined to."""
    graph = graph_of(diagram, block)
    variadic = input_port(diagram, block, end).variadic
    if not variadic and not any(_is_flow(edge) for edge in graph.into(*end)):
        raise EditError(
            f"Nothing feeds '{graph.nodes[end.node].label}' yet, so there is nothing to join; "
            "wire the branch first."
        )


def join_around(
    diagram: Diagram,
    block: str,
    items: Collection[str],
    kind: EdgeKindName,
    **params: ParamValue,
) -> tuple[Diagram, str]:
    """Put a joining edge round consecutive nodes: from what feeds the first to where the last
    one's output goes, so that F is the selection. Edges among ``items`` are ignored.

    Returns the new edge's id. The selection must hang together, with one value coming in and one
    wire going out. Where the last node feeds several inputs, or none, it is not known which of
    them the join is for: EditError says so and what to do.
    """
    source, target = branch_ends(diagram, block, items, kind)
    return connect(diagram, block, source, target, kind, params)


def connect_densely(
    diagram: Diagram, block: str, items: Collection[str]
) -> tuple[Diagram, tuple[str, ...]]:
    """Make a dense block of consecutive nodes (Huang et al. 2017, arXiv:1608.06993).

    Every layer is given x, what comes into the selection, and all that the layers before it made;
    where the last one's output goes, all of it arrives concatenated. A layer is a block or a
    convolution with the norm and the activation that belong to it: those before it where the
    selection begins with one (pre-activation), else those behind it. One selected layer thus gets
    ``[x, F(x)]``. Connections that are there already stay.

    Returns the ids of the new edges. Raises EditError where the nodes are no chain, where nothing
    or too much comes in or goes out, for more than :data:`MOST_DENSE` layers, and where all of
    them are connected already.
    """
    graph = graph_of(diagram, block)
    chain = chain_of(graph, selected_nodes(diagram, block, items, "dense"))
    layers = _layers(graph, chain)
    if len(layers) > MOST_DENSE:
        raise EditError(
            f"{len(layers)} layers would need {len(layers) * (len(layers) + 1) // 2} connections; "
            "put one layer into a block, with a dense connection from its input to its output, "
            "and repeat the block."
        )
    flows = _flows_between(graph, chain, layers)
    made: list[str] = []
    for place, flow in enumerate(flows):
        # Each new one goes before the others, so the earliest is drawn last: [x, f1, f2, …].
        for earlier in reversed(flows[:place]):
            ends = (earlier.source, flow.target)
            if any(e.source == ends[0] and e.kind == "dense" for e in graph.into(*ends[1])):
                continue
            diagram, edge = connect(diagram, block, *ends, "dense")
            made.append(edge)
    if not made:
        raise EditError(
            "These blocks are densely connected already; select more of them, or press Delete "
            "with the connections selected to take them out."
        )
    return diagram, tuple(made)


def _layers(graph: Graph, chain: list[str]) -> list[list[str]]:
    """The chain cut into layers, each with one node that is more than a chip."""
    before = is_chip(graph.nodes[chain[0]])
    layers: list[list[str]] = [[]]
    for node in chain:
        full = any(not is_chip(graph.nodes[member]) for member in layers[-1])
        if full and (before or not is_chip(graph.nodes[node])):
            layers.append([])
        layers[-1].append(node)
    # What follows the last full layer of a pre-activation chain belongs to nothing after it.
    if len(layers) > 1 and all(is_chip(graph.nodes[node]) for node in layers[-1]):
        rest = layers.pop()
        layers[-1] += rest
    return layers


def _flows_between(graph: Graph, chain: list[str], layers: list[list[str]]) -> list[Edge]:
    """The plain wires into the first layer, between the layers, and out of the last."""
    entering = [edge for edge in graph.into(chain[0]) if _is_flow(edge)]
    if len(entering) != 1:
        label = graph.nodes[chain[0]].label
        count = "Nothing feeds" if not entering else "Several wires feed"
        raise EditError(
            f"{count} '{label}', so it is not clear what x is; begin the selection at a block "
            "with one wire in."
        )
    between = [
        next(edge for edge in graph.into(after[0]) if _is_flow(edge) and edge.source.node == b[-1])
        for b, after in pairwise(layers)
    ]
    last = chain[-1]
    leaving = Graph(graph.nodes, {e.id: e for e in graph.out_of(last) if _is_flow(e)})
    return [*entering, *between, way_out(leaving, {last}, "dense")]


def _is_flow(edge: Edge) -> bool:
    return EDGE_KINDS[edge.kind].join == "none"
