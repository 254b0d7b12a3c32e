"""Every block of every model of the gallery is a picture in which nothing is in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise

import pytest
from PySide6.QtCore import QRectF, QSize
from pytestqt.qtbot import QtBot

from app import theme
from app.canvas.first_sight import open_at_first_sight
from app.canvas.painting.node_painter import RIM, box_lines, title_of
from app.canvas.painting.words import metrics, shortened
from app.canvas.placing.edge_routing import Box
from app.canvas.placing.geometry import Geometry
from app.canvas.view import CanvasView
from app.document import Document
from graphcore import gallery
from graphcore.diagram import Diagram
from graphcore.measures import CHIP_WIDTH, NAME_ROOM, node_size

CANVAS = QSize(925, 500)
"""What the panels leave of a window of 1440×900."""

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


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Callable[[str], CanvasView]]:
    """Shows a template as it opens, on a canvas that lives until the last of its events."""
    theme.load_fonts()
    kept: list[CanvasView] = []

    def show(template: str) -> CanvasView:
        canvas = CanvasView(Document(gallery.build(template)))
        kept.append(canvas)
        qtbot.addWidget(canvas)
        canvas.resize(CANVAS)
        canvas.show()
        open_at_first_sight(canvas)
        return canvas

    yield show
    kept.clear()


@pytest.mark.parametrize("template", ["vgg16", "vgg16-bn", "vgg19", "vgg19-bn", "gpt2", "vit-b-16"])
def test_no_title_is_cut_within_a_word_or_touches_the_rim(
    shown: Callable[[str], CanvasView], template: str
) -> None:
    canvas = shown(template)
    look = canvas.diagram_scene.look
    font = look.title_at(canvas.zoom)
    for sheet in canvas.diagram_scene.sheets.values():
        for id, item in sheet.nodes.items():
            face, width = item.state.face, item.state.size[0]
            if face.miniature is None and not face.is_chip and width > CHIP_WIDTH:
                name = title_of(look, face, width, canvas.zoom)
                assert face.title.startswith(name), f"{id}: {face.title} is cut to {name}"
                assert metrics(look, font).horizontalAdvance(name) <= width - RIM, id


@pytest.mark.parametrize("template", ["bert-base", "gpt2", "gpt-chars", "vit-b-16", "vgg19-bn"])
def test_every_input_and_output_is_named(shown: Callable[[str], CanvasView], template: str) -> None:
    canvas = shown(template)
    sheet = next(iter(canvas.diagram_scene.sheets.values()))
    look, zoom = canvas.diagram_scene.look, canvas.zoom
    for item in sheet.nodes.values():
        face, (width, height) = item.state.face, item.state.size
        if face.is_end:
            lines = box_lines(look, face, QRectF(0, 0, width, height), zoom, look.theme.text)
            assert face.label in [line.text for line in lines]


@pytest.mark.parametrize("template", ["resnet50", "unet", "unet-bn", "gpt2"])
def test_it_fits_the_window_with_every_name_legible(
    shown: Callable[[str], CanvasView], template: str
) -> None:
    canvas = shown(template)
    scene, look = canvas.diagram_scene, canvas.diagram_scene.look
    assert canvas.viewpoint.visible().contains(scene.content_rect())
    assert look.title_at(canvas.zoom).pixelSize() * canvas.zoom >= 9
    for sheet in scene.sheets.values():
        for id, item in sheet.nodes.items():
            face, width = item.state.face, item.state.size[0]
            if not face.is_chip and id not in sheet.insides and width > CHIP_WIDTH:
                title = look.title_at(canvas.zoom)
                name = shortened(look, face.title, title, width - 4)
                assert face.title.startswith(name), f"{face.title} is cut to {name}"


@pytest.mark.parametrize(
    "template",
    [
        "vgg16",
        "vgg19-bn",
        "densenet121",
        "efficientnet-b0",
        "impala",
        "gpt2",
        "gpt-chars",
        "vit-b-16",
        "bert-base",
        "encoder-pre-ln",
        "encoder-post-ln",
        "conformer",
    ],
)
def test_nothing_is_in_the_way_of_what_is_open_at_first_sight(
    shown: Callable[[str], CanvasView], template: str
) -> None:
    scene = shown(template).diagram_scene
    for sheet in scene.sheets.values():
        bodies = {id: item.body() for id, item in sheet.nodes.items()}
        for (one, a), (other, b) in combinations(bodies.items(), 2):
            inner = a.adjusted(1, 1, -1, -1)
            assert not inner.intersects(b.adjusted(1, 1, -1, -1)), f"{one} lies over {other}"
        for id, route in sheet.geometry.routes.items():
            edge = sheet.block.graph.edges[id]
            for node, body in bodies.items():
                if node in (edge.source.node, edge.target.node):
                    continue
                box = Box(body.left(), body.top(), body.right(), body.bottom())
                for start, end in pairwise(route.corners):
                    assert not meets(box, start, end), f"{id} runs through {node}"
