"""Where things stand when nodes become a block, or a block becomes nodes again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from graphcore.deferred import networkx as nx
from graphcore.diagram import Block, Diagram, Graph, Node, Point
from graphcore.layout import GAP, arrange
from graphcore.measures import GRID, is_end, node_size, whole_cells


def is_arranged(diagram: Diagram, block: str) -> bool:
    """Whether the nodes of a block stand as they would be arranged: then they may be again."""
    return dict(diagram.blocks[block].positions) == dict(arrange(diagram, block))


def placed_inside(diagram: Diagram, around: Block, made: Block) -> Mapping[str, Point]:
    """The places of a new block's nodes: those that came along stand as they stood, the ends to
    both sides of them; where there are several ends, everything is arranged."""
    kept = {name: around.positions[name] for name in made.graph.nodes if name in around.positions}
    inputs, outputs = made.graph.inputs(), made.graph.outputs()
    came = [node for node in made.graph.nodes.values() if node not in (*inputs, *outputs)]
    unplaced = any(node.id not in kept for node in came)
    if len(inputs) > 1 or len(outputs) > 1 or unplaced:
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


def spread_out(
    diagram: Diagram,
    block: str,
    node: Node,
    graph: Graph,
    copied: Sequence[Mapping[str, str]],
) -> Mapping[str, Point]:
    """The places of ``graph``, in which copies of what is inside ``node`` stand in its place, side
    by side; ``copied`` says what became of the definition's nodes in each. What follows moves on to
    make room; a node that was made for a join stands before its copy."""
    around, definition = diagram.blocks[block], diagram.blocks[node.kind]
    places = {name: at for name, at in around.positions.items() if name != node.id}
    at = around.positions.get(node.id, Point(0, 0))
    inner = definition.positions
    if not definition.graph.nodes.keys() <= inner.keys():
        inner = arrange(diagram, node.kind)
    came = [n for n in definition.graph.nodes.values() if not is_end(n)]
    left, right = span(diagram, came, inner) if came else (0, 0)
    base = inner[came[0].id].y if came else 0
    x, moved = at.x, dict[str, Point]()
    order = {name: index for index, name in enumerate(graph.nodes)}
    known = places.keys() | {name for ids in copied for name in ids.values()}
    loose = [name for name in graph.nodes if name not in known]
    for ids in copied:
        first = min((order[name] for name in ids.values()), default=0)
        while loose and order[loose[0]] < first:
            moved[loose[0]] = Point(x, at.y)
            x += node_size(diagram, graph.nodes[loose.pop(0)])[0] + GAP
        moved |= {
            ids[n.id]: Point(x + inner[n.id].x - left, at.y + inner[n.id].y - base) for n in came
        }
        x += right - left + GAP
        for name in ids.values():
            if name not in moved:
                moved[name] = Point(x, at.y)
                x += node_size(diagram, graph.nodes[name])[0] + GAP
    width = node_size(diagram, node)[0]
    growth = whole_cells(max(0, x - GAP - at.x - width))
    shifted = moved_behind(around.graph, {**places, node.id: at}, node.id, at.x + width, growth)
    return {**places, **shifted, **moved}


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
