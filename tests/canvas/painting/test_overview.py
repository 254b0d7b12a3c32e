"""From afar the whole picture is painted in batches, in the same places."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app.canvas.painting.far_names import FarNames, Named
from graphcore.diagram import Diagram
from graphcore.layout import arrange_diagram
from tests import diagrams as write
from tests.canvas.conftest import Hand, Open


def long_chain(blocks: int) -> Diagram:
    """A chain of so many blocks."""
    nodes = [write.node(f"n{i}", "Identity") for i in range(blocks)]
    return arrange_diagram(write.diagram(write.block(*nodes)))


def pixel(hand: Hand, node: str) -> QColor:
    """The colour a little inside the corner of a block, where no word is."""
    body = hand.canvas.diagram_scene.nodes[node].body()
    at = hand.spot(body.center()) - hand.spot(body.topLeft())
    image = hand.canvas.viewport().grab().toImage()
    place = hand.spot(body.center()) - at * 0.6
    return QColor(image.pixel(place))


def test_blocks_are_where_they_are_in_the_scene(opened: Open) -> None:
    hand = opened(long_chain(450), zoom=0.3)
    hand.canvas.focus_item("n5")
    hand.canvas.document.select([])
    look = hand.canvas.diagram_scene.look.theme
    assert pixel(hand, "n5") == look.block


def test_selected_blocks_are_framed(opened: Open) -> None:
    hand = opened(long_chain(450), zoom=0.3)
    hand.canvas.focus_item("n5")
    framed = hand.canvas.viewport().grab().toImage()
    hand.canvas.document.select([])
    assert hand.canvas.viewport().grab().toImage() != framed


def test_an_edit_is_seen(opened: Open) -> None:
    hand = opened(long_chain(450), zoom=0.3)
    hand.canvas.focus_item("n5")
    hand.canvas.document.select([])
    before = hand.canvas.viewport().grab().toImage()
    hand.canvas.document.select(["n5"])
    hand.key(Qt.Key.Key_Delete)
    assert hand.canvas.viewport().grab().toImage() != before


def test_a_rubber_band_is_seen(opened: Open) -> None:
    hand = opened(long_chain(450), zoom=0.3)
    before = hand.canvas.viewport().grab().toImage()
    hand.press(QPoint(200, 40))
    hand.move(QPoint(500, 120))
    assert hand.canvas.viewport().grab().toImage() != before


@pytest.mark.parametrize(
    ("width", "zoom", "written"), [(72, 0.44, True), (72, 0.2, False), (216, 0.2, True)]
)
def test_as_much_of_a_name_is_written_as_fits(
    qapp: object, width: int, zoom: float, written: bool
) -> None:
    body = QRectF(100, 100, width, 72)
    names = FarNames([Named(body, "Conv 3×3", 0xFF000000, is_frame=False)])
    image = QImage(100, 100, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.scale(zoom, zoom)
    assert names.paint(painter, QRectF(0, 0, 400, 400)) == written
    assert names.paint(painter, QRectF(900, 900, 400, 400)) == 0
    painter.end()
    dark = [
        (x, y) for x in range(100) for y in range(100) if image.pixelColor(x, y).lightness() < 128
    ]
    assert bool(dark) == written
    assert all(body.contains(QPointF(x, y) / zoom) for x, y in dark)


def test_names_are_seen_in_a_large_diagram(opened: Open) -> None:
    nodes = [write.node(f"n{i}", "Add") for i in range(450)]
    hand = opened(arrange_diagram(write.diagram(write.block(*nodes))), zoom=0.44)
    hand.canvas.focus_item("n5")
    hand.canvas.document.select([])
    image = hand.canvas.viewport().grab().toImage()
    body = hand.canvas.diagram_scene.nodes["n5"].body()
    middle = hand.spot(body.center())
    inks = {image.pixel(middle + QPoint(x, y)) for x in range(-8, 9) for y in range(-5, 6)}
    assert len(inks) > 1


def test_nothing_is_written_where_no_name_fits(opened: Open) -> None:
    hand = opened(long_chain(450), zoom=0.1)
    painter = QPainter(image := QImage(400, 300, QImage.Format.Format_RGB32))
    painter.setTransform(hand.canvas.viewportTransform())
    assert hand.canvas.overview.paint_names(painter, hand.canvas.viewpoint.visible()) == 0
    painter.end()
    assert not image.isNull()
