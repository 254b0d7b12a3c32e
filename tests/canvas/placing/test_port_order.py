"""The inputs of a block stand as their wires come, so that no wire crosses another there."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from app.canvas.placing.geometry import Geometry
from app.canvas.placing.port_order import coming, rank_of
from graphcore import edits, gallery
from graphcore.diagram import Diagram, Point
from tests.canvas.placing.test_geometry import follow

Corner = tuple[float, float]


def placed(diagram: Diagram, name: str) -> Geometry:
    """The geometry of a block as it stands when it is entered."""
    geometry = Geometry()
    for node in diagram.blocks[name].graph.nodes.values():
        geometry.measure(diagram, node)
    geometry.update(diagram, diagram.blocks[name])
    return geometry


def crossings(diagram: Diagram, name: str) -> list[tuple[str, str]]:
    """Pairs of wires of a block of which an upright piece of one crosses a level piece of the
    other."""
    routes = placed(diagram, name).routes
    return [
        (a, b)
        for a, b in combinations(sorted(routes), 2)
        if any(
            _cross(one, other)
            for one in pairwise(routes[a].corners)
            for other in pairwise(routes[b].corners)
        )
    ]


def _cross(one: tuple[Corner, Corner], other: tuple[Corner, Corner]) -> bool:
    for (a, b), (c, d) in ((one, other), (other, one)):
        upright, is_level = a[0] == b[0], c[1] == d[1]
        if upright and is_level and min(c[0], d[0]) < a[0] < max(c[0], d[0]):
            return min(a[1], b[1]) < c[1] < max(a[1], b[1])
    return False


@pytest.mark.parametrize(
    ("starts", "comes"),
    [
        ({"a": [0.0], "b": [0.0]}, {"a": 0, "b": 0}),
        ({"a": [200.0], "b": [12.0]}, {"a": 1, "b": 0}),
        ({"a": [0.0], "b": [-200.0]}, {"a": 0, "b": -1}),
        ({"a": [], "b": [-200.0]}, {"b": -1}),
        ({"a": [200.0, -200.0]}, {"a": -1}),
    ],
)
def test_a_wire_comes_from_above_from_below_or_level(
    starts: dict[str, list[float]], comes: dict[str, int]
) -> None:
    assert coming(starts, 0.0) == comes


@pytest.mark.parametrize("template", ["unet", "unet-bn", "unet-shapes", "vit-b-16", "vit-digits"])
def test_no_wire_crosses_another(template: str) -> None:
    diagram = gallery.build(template)
    assert crossings(diagram, diagram.main) == []


def test_a_skip_that_leads_to_the_next_line_stays_clear_of_the_trunk() -> None:
    """The third skip of a Conformer's layer: outside the trunk's way back, then below it."""
    diagram = gallery.build("conformer")
    assert crossings(diagram, "ConformerLayer") == []
    edges = diagram.blocks["ConformerLayer"].graph.edges.values()
    leaving = [edge for edge in edges if edge.source.node == "after_attn"]
    routes = placed(diagram, "ConformerLayer").routes
    trunk, skip = (
        routes[next(edge.id for edge in leaving if (edge.kind == "skip") is joins)]
        for joins in (False, True)
    )
    assert skip.around.right > trunk.around.right
    assert trunk.lane is not None
    assert skip.lane is not None
    assert trunk.lane < skip.lane < skip.corners[-1][1]


@pytest.mark.parametrize("up", ["up1", "up2", "up3", "up4"])
def test_the_skip_of_a_u_net_enters_above_what_rises(up: str) -> None:
    diagram = gallery.build("unet")
    inputs = placed(diagram, diagram.main).nodes[up].inputs
    assert list(inputs) == ["x", "encoded"], "the order of the ports is the model's"
    assert (rank_of(inputs, "x"), rank_of(inputs, "encoded")) == (1, 0)


def test_the_inputs_follow_a_block_that_is_moved() -> None:
    diagram = gallery.build("unet")
    geometry = placed(diagram, diagram.main)
    high = Point(geometry.positions["down4"].x, geometry.positions["up1"].y - 300)
    moved = edits.move(diagram, diagram.main, {"down4": high})
    follow(geometry, diagram, moved)
    assert rank_of(geometry.nodes["up1"].inputs, "x") == 0
    follow(geometry, moved, diagram)
    assert rank_of(geometry.nodes["up1"].inputs, "x") == 1
    assert geometry.routes == placed(diagram, diagram.main).routes
