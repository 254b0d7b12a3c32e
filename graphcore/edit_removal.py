"""Edits that take away: deleting, and dissolving a node into the wire it stood on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import networkx as nx

from graphcore.diagram import Block, Diagram, Edge, Node, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.editing import (
    block_of,
    graph_of,
    inputs_of,
    is_edge,
    map_blocks,
    outputs_of,
    with_block,
    with_graph,
    without,
)


def delete(diagram: Diagram, block: str, items: Collection[str]) -> Diagram:
    """Remove nodes, with the wires that end at them, and edges.

    Where an ``Input`` or ``Output`` goes, so do the wires at that port of the block's instances.
    A node that called the module of a removed node builds its own again.
    """
    inside = block_of(diagram, block)
    edges = {item for item in items if is_edge(diagram, block, item)}
    gone = set(items) - edges
    ends = (*inside.graph.inputs(), *inside.graph.outputs())
    ports = {node.label for node in ends if node.id in gone}
    edges |= {e.id for e in inside.graph.edges.values() if {e.source.node, e.target.node} & gone}
    kept = {
        name: replace(node, same_as=None) if node.same_as in gone else node
        for name, node in without(inside.graph.nodes, gone).items()
    }
    ties = tuple(t for t in inside.graph.ties if not {t.source[0], t.target[0]} & gone)
    graph = replace(inside.graph, nodes=kept, edges=without(inside.graph.edges, edges), ties=ties)
    left = replace(inside, graph=graph, positions=without(inside.positions, gone))
    return _drop_ports(with_block(diagram, block, left), block, ports)


def dissolve(diagram: Diagram, block: str, items: Collection[str]) -> Diagram:
    """Remove nodes and heal the wire: what fed a node's first input feeds what its first output
    fed. Edges among ``items`` are removed."""
    graph = graph_of(diagram, block)
    gone = {item for item in items if not is_edge(diagram, block, item)}
    edges: dict[str, Edge] = without(graph.edges, set(items) - gone)
    for node in nx.topological_sort(nx.DiGraph(graph.networkx())):
        if node in gone:
            edges = _healed(diagram, block, graph.nodes[node], edges)
    return delete(with_graph(diagram, block, replace(graph, edges=edges)), block, gone)


def _healed(diagram: Diagram, block: str, node: Node, edges: Mapping[str, Edge]) -> dict[str, Edge]:
    """``edges`` with those that leave ``node``'s first output starting where its first input is
    fed from; copies of an edge that is there already fall away."""
    ins, outs = inputs_of(diagram, block, node), outputs_of(diagram, block, node)
    feeding = [
        e.source
        for e in edges.values()
        if ins and e.target == PortRef(node.id, ins[0].name) and EDGE_KINDS[e.kind].join == "none"
    ]
    if not feeding or not outs:
        return dict(edges)
    present = {(e.source, e.target, e.kind) for e in edges.values()}
    healed: dict[str, Edge] = {}
    for name, edge in edges.items():
        if edge.source == PortRef(node.id, outs[0].name):
            if (feeding[0], edge.target, edge.kind) in present:
                continue
            edge = replace(edge, source=feeding[0])
        healed[name] = edge
    return healed


def _drop_ports(diagram: Diagram, kind: str, ports: Collection[str]) -> Diagram:
    """Without the wires at ``ports`` of the instances of block ``kind``."""

    def change(_: str, block: Block) -> Block:
        instances = {n.id for n in block.graph.nodes.values() if n.kind == kind}
        cut = {
            edge.id
            for edge in block.graph.edges.values()
            for ref in (edge.source, edge.target)
            if ref.node in instances and ref.port in ports
        }
        if not cut:
            return block
        return replace(block, graph=replace(block.graph, edges=without(block.graph.edges, cut)))

    return map_blocks(diagram, change) if ports else diagram
