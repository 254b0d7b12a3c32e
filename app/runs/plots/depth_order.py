"""Block instances in the order in which values pass them, with their names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from graphcore.deferred import networkx as nx
from graphcore.diagram import INPUT, Block, Diagram, Graph, Instance, Step

Order = list[tuple[int, int]]
"""Sorts places from input to output: nodes and copies on the way inwards."""


class Place(NamedTuple):
    """A block instance: where it stands, the labels on the way to it, and what is inside."""

    at: Order
    path: list[str]
    instance: Instance
    graph: Graph
    ranks: Mapping[str, int]

    def order_of(self, node: str) -> Order:
        """Where a node inside it stands."""
        return [*self.at, (self.ranks[node], 0)]


class LayerOutput(NamedTuple):
    """What a layer gives: its name and instance (of a repeated one the first copy), and an edge
    that brings it on, of the block instance that it is in."""

    name: str
    layer: Instance
    instance: Instance
    edge: str


def places(diagram: Diagram, instances: Collection[Instance]) -> Iterator[Place]:
    """The place of each of the ``instances``."""
    orders = {name: _order(block) for name, block in diagram.blocks.items()}
    copied = _repeated(instances)
    for instance in instances:
        block, at, path = diagram.main, Order(), list[str]()
        for depth, step in enumerate(instance):
            node = diagram.blocks[block].graph.nodes[step.node]
            at.append((orders[block][step.node], step.copy))
            path.append(node.label)
            if (instance[:depth], step.node) in copied:
                path.append(str(step.copy))
            block = node.kind
        yield Place(at, path, instance, diagram.blocks[block].graph, orders[block])


def outputs_of(
    diagram: Diagram, edges: Mapping[Instance, Collection[str]]
) -> tuple[LayerOutput, ...]:
    """The outputs of all layers that one of the ``edges``, by instance, brings on, in the order in
    which values pass them. What comes in through a block's wall is another layer's."""
    found: list[tuple[Order, LayerOutput]] = []
    for place in places(diagram, edges):
        known: set[tuple[str, str]] = set()
        for edge in edges[place.instance]:
            source = place.graph.edges[edge].source
            node = place.graph.nodes[source.node]
            if node.kind == INPUT or (source.node, source.port) in known:
                continue
            known.add((source.node, source.port))
            name = ".".join([*place.path, node.label])
            layer = (*place.instance, Step(source.node, 0))
            output = LayerOutput(name, layer, place.instance, edge)
            found.append((place.order_of(source.node), output))
    return tuple(output for _, output in sorted(found))


def _order(block: Block) -> dict[str, int]:
    """The place of every node in the order of execution."""
    return {node: at for at, node in enumerate(nx.topological_sort(block.graph.networkx()))}


def _repeated(instances: Collection[Instance]) -> set[tuple[Instance, str]]:
    """The nodes that more than one copy is known of, with the instance that they are in."""
    return {
        (instance[:depth], step.node)
        for instance in instances
        for depth, step in enumerate(instance)
        if step.copy
    }
