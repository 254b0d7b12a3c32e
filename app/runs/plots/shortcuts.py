"""The shortcuts of a net from input to output, each where it is added to what its branch made."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from app.runs.plots.depth_order import Order, places
from graphcore.diagram import Diagram, Instance
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
    found: list[tuple[Order, Shortcut]] = []
    for place in places(diagram, edges):
        graph, names = place.graph, edges[place.instance]
        adding = [name for name in names if EDGE_KINDS[graph.edges[name].kind].join == "add"]
        for name in adding:
            target = graph.edges[name].target.node
            # Where a block has one shortcut only, the block's name says which is meant.
            alone = len(adding) == 1 and place.path
            words = ".".join(place.path if alone else [*place.path, graph.nodes[target].label])
            found.append((place.order_of(target), Shortcut(words, place.instance, name)))
    return tuple(shortcut for _, shortcut in sorted(found))
