"""From afar the whole picture is painted in batches, in the same places."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

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
