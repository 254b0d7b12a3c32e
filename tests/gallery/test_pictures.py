"""Every block of every model of the gallery is a picture in which nothing is in the way."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from app.canvas.edge_routing import Box
from app.canvas.geometry import Geometry
from graphcore import gallery
from graphcore.diagram import Diagram
from graphcore.measures import NAME_ROOM, node_size

BLOCKS = sorted(
    {(name, block) for name in gallery.TEMPLATES for block in gallery.build(name).blocks}
)


def geometry_of(diagram: Diagram, block: str) -> Geometry:
    """Where the canvas draws everything of ``block``."""
    geometry = Geometry()
    inside = diagram.blocks[block]
    for node in inside.graph.nodes.values():
        geometry.measure(diagram, node)
    geometry.update(diagram, inside)
    return geometry


def boxes_of(diagram: Diagram, block: str, geometry: Geometry) -> dict[str, Box]:
    """What every block covers, its name included."""
    found: dict[str, Box] = {}
    for id, node in diagram.blocks[block].graph.nodes.items():
        (x, y), (width, height) = geometry.positions[id], node_size(diagram, node)
        name = NAME_ROOM if node.kind in diagram.blocks else 0
        found[id] = Box(x, y - height / 2, x + width, y + height / 2 + name)
    return found


def meets(box: Box, start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Whether a level or upright line runs through ``box``, its rim excepted."""
    (ax, ay), (bx, by) = start, end
    across = min(ax, bx) < box.right - 1 and max(ax, bx) > box.left + 1
    return across and min(ay, by) < box.bottom - 1 and max(ay, by) > box.top + 1


@pytest.mark.parametrize(("template", "block"), BLOCKS)
def test_nothing_is_in_the_way(template: str, block: str) -> None:
    diagram = gallery.build(template)
    geometry = geometry_of(diagram, block)
    boxes = boxes_of(diagram, block, geometry)
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        apart = a.right <= b.left or b.right <= a.left or a.bottom <= b.top or b.bottom <= a.top
        assert apart, f"{one} overlaps {other}"
    for id, edge in diagram.blocks[block].graph.edges.items():
        if id in geometry.touching:
            continue
        for node, box in boxes.items():
            if node in (edge.source.node, edge.target.node):
                continue
            for start, end in pairwise(geometry.routes[id].corners):
                assert not meets(box, start, end), f"{id} runs through {node}"
