"""Edits of skip connections: drawing one, putting one round a selection, taking all out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from graphcore.deferred import networkx as nx
from graphcore.diagram import Block, Diagram, Edge, Graph, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edit_edges import connect
from graphcore.editing import (
    EditError,
    first_input,
    first_output,
    graph_of,
    input_port,
    map_blocks,
    node_of,
)
from graphcore.spec import ParamValue


def add_skip(
    diagram: Diagram, block: str, source: str, target: str, **params: ParamValue
) -> tuple[Diagram, str]:
    """Draw a skip from what leaves node ``source`` to what enters node ``target``.

    x is the first output of ``source``; it is added at the first input of ``target``, where the
    wire that is there already brings F(x). Returns the new edge's id. Raises EditError as
    :func:`~graphcore.edit_edges.connect` does, and where nothing feeds ``target`` yet.
    """
    start, end = first_output(diagram, block, source), first_input(diagram, block, target)
    graph = graph_of(diagram, block)
    variadic = input_port(diagram, block, end).variadic
    if not variadic and not any(EDGE_KINDS[e.kind].join == "none" for e in graph.into(*end)):
        raise EditError(
            f"Nothing feeds '{graph.nodes[target].label}' yet, so there is nothing to add to; "
            "wire the branch first."
        )
    return connect(diagram, block, start, end, "skip", params)


def skip_around(
    diagram: Diagram, block: str, items: Collection[str], **params: ParamValue
) -> tuple[Diagram, str]:
    """Put a skip round consecutive nodes: from what feeds the first to where the last one's
    output goes, so that F is the selection. Edges among ``items`` are ignored.

    Returns the new edge's id. The selection must hang together, with one value coming in and one
    wire going out. Where the last node feeds several inputs, or none, it is not known which of
    them the sum is for: EditError says so and what to do.
    """
    graph = graph_of(diagram, block)
    inside = _selected_nodes(diagram, block, items)
    if not _hang_together(graph, inside):
        raise EditError("The selected blocks are not consecutive; select a chain of wired blocks.")
    source = _entry(graph, inside)
    leave = _exit(graph, inside)
    return connect(diagram, block, source, leave.target, "skip", params)


def without_skips(diagram: Diagram) -> Diagram:
    """The plain twin: the same diagram with every adding edge, in every block, switched off."""

    def change(_: str, block: Block) -> Block:
        edges = {
            name: replace(edge, active=False)
            for name, edge in block.graph.edges.items()
            if EDGE_KINDS[edge.kind].join == "add" and edge.active is not False
        }
        if not edges:
            return block
        return replace(block, graph=replace(block.graph, edges={**block.graph.edges, **edges}))

    return map_blocks(diagram, change)


def _selected_nodes(diagram: Diagram, block: str, items: Collection[str]) -> set[str]:
    edges = graph_of(diagram, block).edges
    inside = {node_of(diagram, block, item).id for item in items if item not in edges}
    if not inside:
        raise EditError("Select the consecutive blocks that the skip is to go round.")
    return inside


def _hang_together(graph: Graph, inside: set[str]) -> bool:
    piece: nx.Graph[str] = nx.Graph()
    piece.add_nodes_from(inside)
    ends = ((edge.source.node, edge.target.node) for edge in graph.edges.values())
    piece.add_edges_from((a, b) for a, b in ends if a in inside and b in inside)
    return nx.is_connected(piece)


def _entry(graph: Graph, inside: set[str]) -> PortRef:
    """The one value that comes into the selection."""
    entering = [e for e in graph.edges.values() if e.target.node in inside]
    sources = list(dict.fromkeys(e.source for e in entering if e.source.node not in inside))
    if not sources:
        first = next(node for node in graph.nodes if node in inside and not graph.into(node))
        raise EditError(
            f"Nothing feeds '{graph.nodes[first].label}', so there is no x to carry round; "
            "wire something to it, or leave it out of the selection."
        )
    if len(sources) > 1:
        names = " and ".join(f"'{graph.nodes[source.node].label}'" for source in sources)
        raise EditError(
            f"Several values come into the selection, from {names}; select blocks with one way "
            "in, or drag with the skip tool from the block you mean."
        )
    return sources[0]


def _exit(graph: Graph, inside: set[str]) -> Edge:
    """The one wire that leaves the selection."""
    leaving = [
        e for e in graph.edges.values() if e.source.node in inside and e.target.node not in inside
    ]
    if not leaving:
        last = [node for node in graph.nodes if node in inside and not graph.out_of(node)][-1]
        raise EditError(
            f"'{graph.nodes[last].label}' feeds nothing, so there is nowhere to add x; wire it "
            "to the next block, or leave it out of the selection."
        )
    if len(leaving) > 1:
        names = " and ".join(f"'{graph.nodes[e.target.node].label}'" for e in leaving)
        raise EditError(
            f"The selection feeds {names}, and a skip ends at one input; drag with the skip tool "
            "to the one you mean, or select up to a block with a single wire out."
        )
    return leaving[0]
