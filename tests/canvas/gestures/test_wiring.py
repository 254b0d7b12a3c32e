"""Gestures with wires, by real mouse events: drawn, dropped on nothing, replaced, re-plugged."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas.gestures.add_popup import AddPopup
from graphcore import edits
from graphcore.diagram import Diagram, Point
from tests.canvas.conftest import Hand, Open

SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
MIDDLE = Qt.MouseButton.MiddleButton


class TestWire:
    def test_from_port_to_port(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.canvas.document.select([hand.edge("x", "conv1").id])
        hand.key(Qt.Key.Key_Delete)
        hand.drag(hand.output("x"), hand.input("conv1"))
        assert ("x", "conv1", "flow") in hand.wires()
        assert hand.steps() == 2

    def test_dropped_on_a_block_it_takes_its_free_input(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        hand.canvas.document.select([hand.edge("x", "conv1").id])
        hand.key(Qt.Key.Key_Delete)
        hand.drag(hand.output("x"), hand.block("conv1"))
        assert ("x", "conv1", "flow") in hand.wires()

    def test_backwards_from_a_free_input(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.canvas.document.select([hand.edge("x", "conv1").id])
        hand.key(Qt.Key.Key_Delete)
        hand.drag(hand.input("conv1"), hand.output("x"))
        assert ("x", "conv1", "flow") in hand.wires()

    def test_while_it_is_held_what_fits_is_lit_and_the_shape_follows(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        hand.press(hand.output("x"))
        hand.move(hand.output("x") + QPoint(10, 120))
        scene = hand.canvas.diagram_scene
        assert [port.mark for port in scene.nodes["conv2"].state.inputs] == ["fits"]
        assert scene.nodes["x"].state.outputs[0].mark != "fits"
        assert hand.canvas.preview.label.text() == "4×8×8"
        hand.move(hand.input("conv2") + QPoint(-5, 4))
        assert [port.mark for port in scene.nodes["conv2"].state.inputs] == ["near"]
        hand.key(Qt.Key.Key_Escape)
        assert [port.mark for port in scene.nodes["conv2"].state.inputs] == ["hidden"]
        assert not hand.canvas.preview.is_shown
        assert hand.steps() == 0

    def test_what_would_close_a_circle_is_not_lit(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.press(hand.output("conv2"))
        hand.move(hand.empty())
        assert hand.canvas.diagram_scene.nodes["conv1"].state.inputs[0].mark != "fits"
        hand.key(Qt.Key.Key_Escape)

    def test_held_over_what_would_close_a_circle_it_says_so_and_is_not_drawn(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        refused: list[str] = []
        hand.canvas.document.refused.connect(refused.append)
        hand.press(hand.output("conv2"))
        hand.move(hand.block("conv1") - QPoint(8, 0))
        hand.move(hand.block("conv1"))
        told = "conv1 feeds conv2: a wire back to it would close a circle"
        assert hand.canvas.preview.label.text() == told
        hand.release(hand.block("conv1"))
        assert refused == [told]
        assert hand.steps() == 0
        assert not [
            w for w in QApplication.topLevelWidgets() if w.isVisible() and isinstance(w, AddPopup)
        ]

    def test_let_go_on_the_block_where_it_starts_it_is_not_drawn(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        hand.drag(hand.output("conv1"), hand.block("conv1"))
        assert hand.steps() == 0
        assert QApplication.activePopupWidget() is None

    def test_zoom_and_pan_while_it_is_held(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.canvas.document.select([hand.edge("x", "conv1").id])
        hand.key(Qt.Key.Key_Delete)
        hand.press(hand.output("x"))
        hand.move(hand.output("x") + QPoint(20, 60))
        hand.wheel(hand.output("x") + QPoint(20, 60), -240)
        assert hand.canvas.zoom < 1
        assert hand.canvas.preview.is_shown
        hand.move(hand.input("conv1"))
        hand.release(hand.input("conv1"))
        assert ("x", "conv1", "flow") in hand.wires()

    def test_dropped_on_nothing_it_offers_what_fits_and_connects_it(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        hand.drag(hand.output("conv1"), hand.block("conv1") + QPoint(60, 200))
        popup = hand.canvas.popup
        assert popup.isVisible()
        offered = {popup.list.item(row).text() for row in range(popup.list.count())}
        assert "Conv2d" in offered
        assert "Conv3d" not in offered
        assert "Input" not in offered
        hand.type("maxpool2", popup.search)

        QTest.keyClick(popup.search, Qt.Key.Key_Return)
        added = next(n for n in hand.graph.nodes.values() if n.kind == "MaxPool2d")
        assert ("conv1", added.id, "flow") in hand.wires()
        assert hand.canvas.document.selection == {added.id}
        assert hand.steps() == 1

    def test_alt_and_a_click_on_a_port_removes_its_wires(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        hand.click(hand.output("x"), ALT)
        assert not {wire for wire in hand.wires() if wire[0] == "x"}
        assert hand.steps() == 1

    def test_with_the_wire_tool_from_anywhere_on_a_block(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        hand.canvas.document.select([hand.edge("x", "conv1").id])
        hand.key(Qt.Key.Key_Delete)
        hand.key(Qt.Key.Key_W)
        hand.drag(hand.block("x"), hand.block("conv1"))
        assert ("x", "conv1", "flow") in hand.wires()


def test_a_wire_dropped_where_it_already_is_changes_nothing(opened: Open, branch: Diagram) -> None:
    hand = opened(branch)
    hand.drag(hand.output("x"), hand.block("conv1"))
    assert hand.canvas.menu is None
    assert hand.steps() == 0


class TestOccupied:
    """A second wire into an occupied input asks what it should do."""

    def ask(self, hand: Hand) -> list[str]:
        hand.drag(hand.output("x"), hand.input("act"))
        assert hand.canvas.menu is not None
        return [action.text() for action in hand.canvas.menu.actions()]

    def choose(self, hand: Hand, index: int) -> None:
        assert hand.canvas.menu is not None
        hand.canvas.menu.actions()[index].trigger()

    def test_replace_add_or_concat_with_what_each_gives(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        hand.canvas.document.apply(
            "Apart", lambda d: edits.move(d, "Net", {"act": Point(600, 120)})
        )
        assert self.ask(hand) == [
            "&Replace\t4×8×8",
            "&Add\t4×8×8 · identity",
            "&Concat\t8×8×8 · 4 + 4",
        ]
        assert ("x", "act", "flow") not in hand.wires()

    def test_what_cannot_be_is_off_and_says_why(self, opened: Open, branch: Diagram) -> None:
        hand = opened(edits.set_param(branch, "Net", "conv2", "stride", 2))
        self.ask(hand)
        assert hand.canvas.menu is not None
        replace, add, concat = hand.canvas.menu.actions()
        assert (replace.isEnabled(), add.isEnabled(), concat.isEnabled()) == (True, True, False)
        assert concat.text() == "&Concat\tsizes differ: N×4×8×8 and N×4×4×4"
        assert "choose how to align them" in concat.toolTip()
        assert hand.canvas.menu.toolTipsVisible()

    def test_adding_where_something_is_concatenated_is_off(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(edits.add_join(branch, "Net", "conv1", "act", "dense")[0])
        self.ask(hand)
        assert hand.canvas.menu is not None
        _, add, concat = hand.canvas.menu.actions()
        assert not add.isEnabled()
        assert "would add and concatenate at once" in add.toolTip()
        assert concat.text() == "&Concat\t12×8×8 · 4 + 4 + 4"

    @pytest.mark.parametrize(
        ("key", "kind"), [(Qt.Key.Key_R, "flow"), (Qt.Key.Key_A, "skip"), (Qt.Key.Key_C, "dense")]
    )
    def test_a_letter_chooses(self, opened: Open, branch: Diagram, key: Qt.Key, kind: str) -> None:
        hand = opened(branch)
        self.ask(hand)
        assert hand.canvas.menu is not None
        QTest.keyClick(hand.canvas.menu, key)
        assert ("x", "act", kind) in hand.wires()
        assert hand.steps() == 1

    def test_the_first_is_chosen_by_return_and_others_by_arrows(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        self.ask(hand)
        assert hand.canvas.menu is not None
        for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
            QTest.keyClick(hand.canvas.menu, key)
        assert ("x", "act", "dense") in hand.wires()
        hand.canvas.document.undo_stack.undo()
        assert hand.canvas.document.diagram is branch

    def test_with_the_encoder_decoder_tool_concat_draws_its_kind_and_aligns(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(edits.set_param(branch, "Net", "conv2", "padding", 0))
        hand.key(Qt.Key.Key_E)
        hand.drag(hand.output("x") + QPoint(4, 0), hand.input("act"))
        self.choose(hand, 2)
        assert ("x", "act", "encoder_decoder") in hand.wires()
        assert hand.edge("x", "act").params == {"align": "crop"}

    @pytest.mark.parametrize(("index", "kind"), [(0, "flow"), (1, "skip"), (2, "dense")])
    def test_the_choice_is_one_step(
        self, opened: Open, branch: Diagram, index: int, kind: str
    ) -> None:
        hand = opened(branch)
        self.ask(hand)
        self.choose(hand, index)
        assert ("x", "act", kind) in hand.wires()
        assert (("conv2", "act", "flow") in hand.wires()) == (kind != "flow")
        assert hand.steps() == 1


class TestReplug:
    def test_dropped_where_it_would_close_a_circle_it_stays(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        wires = hand.wires()
        end = hand.input("conv2")
        hand.drag(end, hand.block("x"))
        assert hand.wires() == wires
        assert hand.steps() == 0

    def test_the_end_of_a_wire_is_taken_to_another_input(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        hand.canvas.document.select([hand.edge("act", "output").id])
        hand.key(Qt.Key.Key_Delete)
        hand.drag(hand.input("conv2"), hand.input("output"))
        assert ("relu1", "output", "flow") in hand.wires()
        assert ("relu1", "conv2", "flow") not in hand.wires()
        assert hand.steps() == 2

    @pytest.mark.parametrize(
        ("key", "kind"), [(Qt.Key.Key_R, "flow"), (Qt.Key.Key_A, "skip"), (Qt.Key.Key_C, "dense")]
    )
    def test_taken_to_an_input_that_has_a_wire_it_asks(
        self, opened: Open, branch: Diagram, key: Qt.Key, kind: str
    ) -> None:
        hand = opened(branch)
        hand.drag(hand.input("conv2"), hand.input("output"))
        assert hand.canvas.menu is not None
        assert hand.steps() == 0
        QTest.keyClick(hand.canvas.menu, key)
        assert ("relu1", "output", kind) in hand.wires()
        assert ("relu1", "conv2", "flow") not in hand.wires()
        assert (("act", "output", "flow") in hand.wires()) == (kind != "flow")
        assert hand.steps() == 1

    def test_dropped_on_nothing_it_is_removed(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.drag(hand.input("conv2"), hand.block("conv2") + QPoint(0, 180))
        assert ("relu1", "conv2", "flow") not in hand.wires()
        assert hand.steps() == 1

    def test_dropped_where_it_was_nothing_changes(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.press(hand.input("conv2"))
        hand.move(hand.block("conv2") + QPoint(0, 150))
        assert not hand.canvas.diagram_scene.edges[hand.edge("relu1", "conv2").id].isVisible()
        hand.move(hand.input("conv2"))
        hand.release(hand.input("conv2"))
        assert hand.canvas.diagram_scene.edges[hand.edge("relu1", "conv2").id].isVisible()
        assert hand.steps() == 0

    def test_the_beginning_of_a_skip_is_taken_to_another_output(
        self, opened: Open, branch: Diagram
    ) -> None:

        hand = opened(edits.add_skip(branch, "Net", "x", "act")[0])
        corners = hand.canvas.diagram_scene.edges["downsample"].state.corners
        near_start = hand.spot(QPointF(*corners[0]) + QPointF(13, 9))
        hand.drag(near_start, hand.output("relu1"))
        assert ("relu1", "act", "skip") in hand.wires()
        assert ("x", "act", "skip") not in hand.wires()
