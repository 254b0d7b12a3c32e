"""Moving aside what stands in the way of blocks that an edit has made wider.

The width of a block follows from its words and its copies: a longer label, another repeat, a unit
more inside. Whoever changes those did not ask for two blocks on top of each other.
"""

from __future__ import annotations

from dataclasses import replace

from graphcore.diagram import Block, Diagram, Node, Point
from graphcore.layout import GAP
from graphcore.measures import BOX_HEIGHT, node_size


def with_room_for_growth(before: Diagram, after: Diagram) -> Diagram:
    """``after`` with what follows a block that is wider than it was ``before`` moved to the right,
    as far as the gap that was there, or the usual one, needs."""
    blocks = {
        name: _spread(before, after, before.blocks[name], block) if name in before.blocks else block
        for name, block in after.blocks.items()
    }
    if all(blocks[name] is block for name, block in after.blocks.items()):
        return after
    return replace(after, blocks=blocks)


def _spread(before: Diagram, after: Diagram, old: Block, new: Block) -> Block:
    """``new`` with room for those of its nodes that have grown, from left to right."""
    was = old.graph.nodes
    grown: list[tuple[str, int, int]] = []
    for id, node in new.graph.nodes.items():
        if id not in was or (was[id] is node and node.kind not in after.blocks):
            continue
        if old.positions.get(id) != new.positions.get(id, object()):
            continue
        width, wide = _width(before, was[id]), _width(after, node)
        if wide > width:
            grown.append((id, width, wide))
    for id, width, wide in sorted(grown, key=lambda item: new.positions[item[0]].x):
        new = _with_room(new, id, width, wide)
    return new


def _with_room(block: Block, node: str, width: int, wide: int) -> Block:
    at = block.positions[node]
    beside = [
        place.x
        for other, place in block.positions.items()
        if other != node and place.x >= at.x + width and abs(place.y - at.y) < BOX_HEIGHT
    ]
    if not beside:
        return block
    limit = min(beside)
    lacking = at.x + wide + min(GAP, limit - at.x - width) - limit
    if lacking <= 0:
        return block
    places = {
        id: Point(place.x + lacking, place.y) if place.x >= limit else place
        for id, place in block.positions.items()
    }
    return replace(block, positions=places)


def _width(diagram: Diagram, node: Node) -> int:
    return node_size(diagram, node)[0]
