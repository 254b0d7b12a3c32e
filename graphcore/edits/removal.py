"""Edits that take away: deleting, and dissolving a node into the wire it stood on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from graphcore.diagram import Block, Diagram, Edge, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits.editing import (
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
from graphcore.edits.scales import without_idle_scales


def delete(diagram: Diagram, block: str, items: Collection[str]) -> Diagram:
    """Remove nodes, with the wires that end at them, and edges.

    Where an ``Input`` or ``Output`` goes, so do the wires at that port of the block's instances.
    A node that called the module of a removed node builds its own again. The scales of a branch
    go with the last edge that is joined to it.
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
    graph = without_idle_scales(inside.graph, graph)
    left = replace(inside, graph=graph, positions=without(inside.positions, gone))
    return _drop_ports(with_block(diagram, block, left), block, ports)


def dissolve(diagram: Diagram, block: str, items: Collection[str]) -> Diagram:
    """Remove nodes and heal the wire: what fed a node's first input feeds what its first output
    fed. Edges among ``items`` are removed, and so is a healed edge that is there already, and a
    skip that is left with nothing to go round."""
    graph = graph_of(diagram, block)
    gone = {item for item in items if not is_edge(diagram, block, item)}
    edges: dict[str, Edge] = without(graph.edges, set(items) - gone)
    feeds = _feeds(diagram, block, gone, edges)
    present = {(edge.source, edge.target, edge.kind) for edge in edges.values()}
    healed: set[tuple[PortRef, PortRef]] = set()
    for name, edge in tuple(edges.items()):
        source = _followed(edge.source, feeds)
        if source == edge.source or edge.target.node in gone:
            continue
        if (source, edge.target, edge.kind) in present:
            del edges[name]
        else:
            edges[name] = replace(edge, source=source)
            present.add((source, edge.target, edge.kind))
            healed.add((source, edge.target))
    edges = without(edges, _round_nothing(edges, healed))
    healed_graph = without_idle_scales(graph, replace(graph, edges=edges))
    return delete(with_graph(diagram, block, healed_graph), block, gone)


def _round_nothing(
    edges: Mapping[str, Edge], healed: Collection[tuple[PortRef, PortRef]]
) -> list[str]:
    """The adding edges at ``healed`` places to which a wire brings the same value."""
    there = [edge for edge in edges.values() if (edge.source, edge.target) in healed]
    plain = {(e.source, e.target) for e in there if EDGE_KINDS[e.kind].join == "none"}
    return [
        edge.id
        for edge in there
        if EDGE_KINDS[edge.kind].join == "add" and (edge.source, edge.target) in plain
    ]


def _feeds(
    diagram: Diagram, block: str, gone: Collection[str], edges: Mapping[str, Edge]
) -> dict[PortRef, PortRef]:
    """The first output of each node of ``gone`` -> what feeds its first input."""
    arriving = {
        edge.target: edge.source
        for edge in edges.values()
        if edge.target.node in gone and EDGE_KINDS[edge.kind].join == "none"
    }
    feeds: dict[PortRef, PortRef] = {}
    for name in gone:
        node = diagram.blocks[block].graph.nodes[name]
        ins, outs = inputs_of(diagram, block, node), outputs_of(diagram, block, node)
        if ins and outs and PortRef(name, ins[0].name) in arriving:
            feeds[PortRef(name, outs[0].name)] = arriving[PortRef(name, ins[0].name)]
    return feeds


def _followed(source: PortRef, feeds: Mapping[PortRef, PortRef]) -> PortRef:
    """Where a value comes from when the nodes that ``feeds`` leads through are not there."""
    seen: set[PortRef] = set()
    while source in feeds and source not in seen:  # A file may hold a circle.
        seen.add(source)
        source = feeds[source]
    return source


def _drop_ports(diagram: Diagram, kind: str, ports: set[str]) -> Diagram:
    """Without the wires and scales at ``ports`` of the instances of block ``kind``."""

    def change(_: str, block: Block) -> Block:
        instances = {n.id for n in block.graph.nodes.values() if n.kind == kind}
        cut = {
            edge.id
            for edge in block.graph.edges.values()
            for ref in (edge.source, edge.target)
            if ref.node in instances and ref.port in ports
        }
        scaled = {
            name: replace(node, scales=without(node.scales, ports))
            for name, node in block.graph.nodes.items()
            if name in instances and node.scales.keys() & ports
        }
        if not cut and not scaled:
            return block
        nodes = {**block.graph.nodes, **scaled} if scaled else block.graph.nodes
        edges = without(block.graph.edges, cut)
        graph = replace(block.graph, nodes=nodes, edges=edges)
        return replace(block, graph=without_idle_scales(block.graph, graph))

    return map_blocks(diagram, change) if ports else diagram
