"""Where things stand when nodes become a block, or a block becomes nodes again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from graphcore.deferred import networkx as nx
from graphcore.diagram import Block, Diagram, Graph, Node, Point
from graphcore.layout import GAP, arrange
from graphcore.measures import GRID, node_size, whole_cells


def placed_inside(diagram: Diagram, around: Block, made: Block) -> Mapping[str, Point]:
    """The places of a new block's nodes: those that came along stand as they stood, the ends to
    both sides of them; where there are several ends, everything is arranged."""
    kept = {name: around.positions[name] for name in made.graph.nodes if name in around.positions}
    inputs, outputs = made.graph.inputs(), made.graph.outputs()
    came = [node for node in made.graph.nodes.values() if node not in (*inputs, *outputs)]
    if len(inputs) > 1 or len(outputs) > 1 or len(kept) < len(came):
        scratch = replace(diagram, blocks={**diagram.blocks, "": made})
        return arrange(scratch, "")
    left, right = span(diagram, came, kept)
    first = made.graph.out_of(inputs[0].id)[0].target.node
    last = made.graph.into(outputs[0].id)[0].source.node
    width = whole_cells(node_size(diagram, inputs[0])[0])
    return {
        inputs[0].id: Point(left - GAP - width, kept[first].y),
        **kept,
        outputs[0].id: Point(whole_cells(right + GAP), kept[last].y),
    }


def closed_up(
    diagram: Diagram, around: Block, graph: Graph, chosen: Collection[str], made: str
) -> Mapping[str, Point]:
    """The places outside: the new node where the first of its nodes stood, and what follows moved
    up to it, if nothing else stands in that room."""
    at = around.positions
    places = {name: point for name, point in at.items() if name not in chosen}
    came = [around.graph.nodes[name] for name in chosen if name in at]
    if not came:
        return places
    left, right = span(diagram, came, at)
    first = min(came, key=lambda node: (at[node.id].x, at[node.id].y))
    places[made] = Point(left, at[first.id].y)
    spare = right - left - node_size(diagram, graph.nodes[made])[0]
    return {**places, **moved_behind(graph, places, made, right, -(spare // GRID) * GRID)}


def moved_behind(
    graph: Graph, places: Mapping[str, Point], node: str, beyond: int, by: int
) -> dict[str, Point]:
    """The places of what comes after ``node`` and stands to the right of ``beyond``, moved by
    ``by``; nothing, where something else stands among it that would be run into."""
    behind = nx.descendants(graph.networkx(), node)
    start = places[node].x
    others = [name for name in places if name != node and name not in behind]
    if by < 0 and any(places[name].x > start for name in others):
        return {}
    return {
        name: Point(places[name].x + by, places[name].y)
        for name in places
        if name in behind and places[name].x >= beyond - GRID
    }


def span(diagram: Diagram, nodes: Iterable[Node], places: Mapping[str, Point]) -> tuple[int, int]:
    """From the left of the first to the right of the last of ``nodes``."""
    ends = [(places[node.id].x, places[node.id].x + node_size(diagram, node)[0]) for node in nodes]
    return min(left for left, _ in ends), max(right for _, right in ends)
