"""Adding blocks: by the search popup, from the palette, behind the selection."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from graphcore.diagram import Diagram, empty_diagram
from tests.canvas.conftest import Open

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
MOUSE = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


class TestAdd:
    def test_double_click_on_empty_canvas_searches_and_adds_there(self, opened: Open) -> None:
        hand = opened(empty_diagram())
        hand.double_click(QPoint(300, 200))
        hand.answer("conv2d")
        assert hand.kinds() == ["Conv2d"]
        (item,) = hand.canvas.diagram_scene.nodes.values()
        assert (hand.spot(item.body().center()) - QPoint(300, 200)).manhattanLength() <= 24

    @pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Space])
    def test_tab_or_space_too(self, opened: Open, key: Qt.Key) -> None:
        hand = opened(empty_diagram())
        hand.key(key)
        hand.answer("linear")
        assert hand.kinds() == ["Linear"]

    def test_escape_closes_the_search(self, opened: Open) -> None:
        hand = opened(empty_diagram())
        hand.key(Qt.Key.Key_Tab)
        QTest.keyClick(hand.canvas.popup.search, Qt.Key.Key_Escape)
        assert not hand.canvas.popup.isVisible()
        assert hand.kinds() == []

    def test_arrows_choose_in_the_list(self, opened: Open) -> None:
        hand = opened(empty_diagram())
        hand.key(Qt.Key.Key_Tab)
        popup = hand.canvas.popup
        hand.type("conv", popup.search)
        QTest.keyClick(popup.search, Qt.Key.Key_Down)
        wanted = popup.list.item(1).text()
        QTest.keyClick(popup.search, Qt.Key.Key_Return)
        assert hand.kinds() == [wanted]

    def test_behind_the_selected_block_and_wired_to_it(self, opened: Open) -> None:
        hand = opened(empty_diagram())
        for kind in ("Input", "Conv2d", "BatchNorm2d", "Output"):
            hand.canvas.add(kind)
        assert hand.kinds() == ["Input", "Conv2d", "BatchNorm2d", "Output"]
        assert len(hand.graph.edges) == 3
        bodies = [item.body() for item in hand.canvas.diagram_scene.nodes.values()]
        assert [b.left() for b in bodies] == sorted(b.left() for b in bodies)
        assert bodies[1].right() == bodies[2].left()

    def test_on_the_wire_of_the_selected_block(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.click(hand.block("relu1"))
        hand.canvas.add("Dropout")
        (new,) = hand.canvas.document.selection
        assert hand.wired("relu1", new)
        assert hand.wired(new, "conv2")

    def test_dropped_from_the_palette(self, opened: Open) -> None:
        hand = opened(empty_diagram())
        assert hand.dropped("Conv2d", QPoint(400, 300))
        assert hand.kinds() == ["Conv2d"]

    def test_dropped_on_a_wire_it_is_inserted_with_room(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        assert hand.dropped("Conv2d", hand.wire("relu1", "conv2"))
        (new,) = hand.canvas.document.selection
        assert hand.wired("relu1", new)
        assert hand.wired(new, "conv2")
        bodies = [item.body() for item in hand.canvas.diagram_scene.nodes.values()]
        assert not any(a.intersects(b) for a in bodies for b in bodies if a is not b)
        assert hand.canvas.document.undo_stack.index() == 1


def test_an_empty_canvas_says_how_to_begin(opened: Open) -> None:
    hand = opened(empty_diagram())
    blank = hand.canvas.grab().toImage()
    hand.canvas.add("Input")
    hand.canvas.document.undo_stack.undo()
    assert hand.canvas.grab().toImage() == blank
    hand.canvas.document.read_only = True
    assert hand.canvas.grab().toImage() != blank
