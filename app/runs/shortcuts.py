"""The shortcuts of a net from input to output, each where it is added to what its branch made."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from graphcore.deferred import networkx as nx
from graphcore.diagram import Block, Diagram, Instance
from graphcore.edge_kinds import EDGE_KINDS


class Shortcut(NamedTuple):
    """A shortcut of one block instance, and a name for it: ``stage1.3``."""

    name: str
    instance: Instance
    edge: str


def shortcuts_of(
    diagram: Diagram, edges: Mapping[Instance, Collection[str]]
) -> tuple[Shortcut, ...]:
    """Those of the ``edges`` that add, by instance, in the order in which values pass them."""
    orders = {name: _order(block) for name, block in diagram.blocks.items()}
    copied = _repeated(edges)
    found: list[tuple[list[tuple[int, int]], Shortcut]] = []
    for instance, names in edges.items():
        block, place, path = diagram.main, list[tuple[int, int]](), list[str]()
        for depth, step in enumerate(instance):
            node = diagram.blocks[block].graph.nodes[step.node]
            place.append((orders[block][step.node], step.copy))
            path.append(node.label)
            if (instance[:depth], step.node) in copied:
                path.append(str(step.copy))
            block = node.kind
        graph = diagram.blocks[block].graph
        adding = [name for name in names if EDGE_KINDS[graph.edges[name].kind].join == "add"]
        for name in adding:
            target = graph.edges[name].target.node
            # Where a block has one shortcut only, the block's name says which is meant.
            alone = len(adding) == 1 and path
            words = ".".join(path if alone else [*path, graph.nodes[target].label])
            at = [*place, (orders[block][target], 0)]
            found.append((at, Shortcut(words, instance, name)))
    return tuple(shortcut for _, shortcut in sorted(found))


def _order(block: Block) -> dict[str, int]:
    """The place of every node in the order of execution."""
    return {node: at for at, node in enumerate(nx.topological_sort(block.graph.networkx()))}


def _repeated(edges: Collection[Instance]) -> set[tuple[Instance, str]]:
    """The nodes that more than one copy is known of, with the instance that they are in."""
    return {
        (instance[:depth], step.node)
        for instance in edges
        for depth, step in enumerate(instance)
        if step.copy
    }
