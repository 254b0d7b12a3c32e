"""Giving a join a node of its own, where what it happened at goes away."""

from __future__ import annotations

from dataclasses import replace

from graphcore.diagram import Edge, Graph, Node, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.naming import fresh_id, fresh_label, labels_in

_KIND = "Identity"


def is_plain(edge: Edge) -> bool:
    """Whether ``edge`` hands the value on and does nothing else."""
    return EDGE_KINDS[edge.kind].join == "none" and edge.active is True and not edge.scales


def joins(graph: Graph, ref: PortRef) -> bool:
    """Whether more happens at an input than that one value arrives."""
    arriving = graph.into(*ref)
    scales = graph.nodes[ref.node].scales.get(ref.port)
    return bool(scales) or len(arriving) > 1 or not all(map(is_plain, arriving))


def gathered(graph: Graph, ref: PortRef) -> Graph:
    """``graph`` with what is joined at ``ref`` joined in a node before it, which then feeds it."""
    node = graph.nodes[ref.node]
    label = fresh_label(_KIND, labels_in(graph))
    chain = node.scales.get(ref.port, ())
    made = Node(fresh_id(label, graph), _KIND, label, scales={"x": chain} if chain else {})
    left = {port: scales for port, scales in node.scales.items() if port != ref.port}
    nodes: dict[str, Node] = {}
    for name, other in graph.nodes.items():
        if name == ref.node:
            nodes[made.id] = made
        nodes[name] = replace(node, scales=left) if name == ref.node and chain else other
    edges = {
        name: replace(edge, target=PortRef(made.id, "x")) if edge.target == ref else edge
        for name, edge in graph.edges.items()
    }
    grown = Graph(nodes, edges, graph.ties)
    return with_flow(grown, PortRef(made.id, "y"), ref)


def with_flow(graph: Graph, source: PortRef, target: PortRef) -> Graph:
    """``graph`` with one more plain wire, behind the others."""
    name = fresh_id(f"{source.node}-{target.node}", graph)
    return replace(graph, edges={**graph.edges, name: Edge(name, source, target)})
