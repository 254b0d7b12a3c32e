"""What is selected, read as a branch: one value comes in, one wire goes out."""

from __future__ import annotations

from collections.abc import Collection

from graphcore.deferred import networkx as nx
from graphcore.diagram import Diagram, Edge, Graph, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits.editing import EditError, graph_of, node_of


def branch_ends(
    diagram: Diagram, block: str, items: Collection[str], kind: str
) -> tuple[PortRef, PortRef]:
    """Where an edge of ``kind`` round the selected nodes begins, and where it ends.

    Raises EditError where the selection does not hang together, or more than one value comes in
    or more than one wire goes out.
    """
    graph = graph_of(diagram, block)
    inside = selected_nodes(diagram, block, items, kind)
    if not _hang_together(graph, inside):
        raise EditError("The selected blocks are not consecutive; select a chain of wired blocks.")
    return _entry(graph, inside, kind), way_out(graph, inside, kind).target


def selected_nodes(
    diagram: Diagram, block: str, items: Collection[str], kind: str
) -> frozenset[str]:
    """The nodes among ``items``, edges left out. Raises EditError where there are none."""
    edges = graph_of(diagram, block).edges
    inside = frozenset(node_of(diagram, block, item).id for item in items if item not in edges)
    if not inside:
        raise EditError(
            f"Select the consecutive blocks that the {EDGE_KINDS[kind].word} connection is to go "
            "round."
        )
    return inside


def chain_of(graph: Graph, inside: frozenset[str]) -> list[str]:
    """The nodes ``inside`` in the order of the wires, which lead from each to the next.

    Raises EditError where they fork, meet or do not hang together.
    """
    linked: nx.DiGraph[str] = nx.DiGraph()
    linked.add_nodes_from(node for node in graph.nodes if node in inside)
    for edge in graph.edges.values():
        ends = (edge.source.node, edge.target.node)
        if EDGE_KINDS[edge.kind].join == "none" and inside.issuperset(ends):
            linked.add_edge(*ends)
    degrees = (*linked.in_degree(), *linked.out_degree())
    forks = any(degree > 1 for _, degree in degrees)
    if forks or not nx.is_directed_acyclic_graph(linked) or not nx.is_weakly_connected(linked):
        raise EditError(
            "The selected blocks are no chain; select blocks that plain wires lead through one "
            "after the other."
        )
    return list(nx.topological_sort(linked))


def way_out(graph: Graph, inside: Collection[str], kind: str) -> Edge:
    """The one wire that leaves the selection."""
    leaving = [
        e for e in graph.edges.values() if e.source.node in inside and e.target.node not in inside
    ]
    if not leaving:
        last = [node for node in graph.nodes if node in inside and not graph.out_of(node)][-1]
        raise EditError(
            f"'{graph.nodes[last].label}' feeds nothing, so there is nowhere to bring x; wire it "
            "to the next block, or leave it out of the selection."
        )
    if len(leaving) > 1:
        names = " and ".join(
            dict.fromkeys(f"'{graph.nodes[e.target.node].label}'" for e in leaving)
        )
        word = EDGE_KINDS[kind].word
        raise EditError(
            f"The selection feeds {names}, and such a connection ends at one input; drag with the "
            f"{word} tool to the one you mean, or select up to a block with a single wire out."
        )
    return leaving[0]


def _hang_together(graph: Graph, inside: Collection[str]) -> bool:
    piece: nx.Graph[str] = nx.Graph()
    piece.add_nodes_from(inside)
    ends = ((edge.source.node, edge.target.node) for edge in graph.edges.values())
    piece.add_edges_from((a, b) for a, b in ends if a in inside and b in inside)
    return nx.is_connected(piece)


def _entry(graph: Graph, inside: Collection[str], kind: str) -> PortRef:
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
            f"in, or drag with the {EDGE_KINDS[kind].word} tool from the block you mean."
        )
    return sources[0]
