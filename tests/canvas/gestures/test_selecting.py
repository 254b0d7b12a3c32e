"""Gestures, by real mouse and key events: what is dragged is what happens, in one undo step."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from graphcore import edits
from graphcore.diagram import Diagram, Point
from tests.canvas.conftest import Open

SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
MIDDLE = Qt.MouseButton.MiddleButton


class TestSelect:
    def test_a_click_selects_and_a_click_on_nothing_clears(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        hand.click(hand.block("conv1"))
        assert hand.canvas.document.selection == {"conv1"}
        hand.click(hand.block("conv2"))
        assert hand.canvas.document.selection == {"conv2"}
        hand.click(hand.empty())
        assert hand.canvas.document.selection == frozenset()

    def test_a_wire_is_selected_by_its_line(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.click(hand.wire("x", "conv1"))
        assert hand.canvas.document.selection == {hand.edge("x", "conv1").id}

    @pytest.mark.parametrize("keys", [SHIFT, CTRL])
    def test_with_shift_or_ctrl_it_adds_and_takes_out(
        self, opened: Open, branch: Diagram, keys: Qt.KeyboardModifier
    ) -> None:
        hand = opened(branch)
        hand.click(hand.block("conv1"))
        hand.click(hand.block("conv2"), keys)
        assert hand.canvas.document.selection == {"conv1", "conv2"}
        hand.click(hand.block("conv1"), keys)
        assert hand.canvas.document.selection == {"conv2"}

    def test_a_rubber_band_takes_what_it_touches(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        start = hand.block("conv1") + QPoint(-100, -90)
        hand.drag(start, hand.block("conv2") + QPoint(0, 0))
        assert {"conv1", "relu1", "conv2"} <= hand.canvas.document.selection
        assert "x" not in hand.canvas.document.selection
        assert not hand.canvas.preview.is_shown

    def test_escape_takes_a_rubber_band_back(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.click(hand.block("act"))
        hand.press(hand.block("conv1") + QPoint(-100, -90))
        hand.move(hand.block("conv2"))
        hand.key(Qt.Key.Key_Escape)
        assert hand.canvas.document.selection == frozenset()
        assert not hand.canvas.preview.is_shown

    def test_all(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.key(Qt.Key.Key_A, CTRL)
        assert hand.canvas.document.selection == {*hand.graph.nodes, *hand.graph.edges}


class TestMove:
    def test_a_block_is_dragged_with_the_chips_behind_it(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        before = dict(branch.blocks["Net"].positions)
        start = hand.block("conv1")
        hand.drag(start, start + QPoint(0, 96))
        after = hand.canvas.diagram_scene.block.positions
        moved = {id for id in after if after[id] != before[id]}
        assert moved == {"conv1", "relu1"}
        assert after["conv1"] == (before["conv1"].x, before["conv1"].y + 96)
        assert hand.steps() == 1

    def test_it_snaps_to_the_grid(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        start = hand.block("conv1")
        hand.drag(start, start + QPoint(31, 101))
        at = hand.canvas.diagram_scene.block.positions["conv1"]
        assert (at.x % 24, at.y % 24) == (0, 0)

    def test_with_alt_it_stands_where_it_is_let_go(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        before = branch.blocks["Net"].positions["conv1"]
        start = hand.block("conv1")
        hand.press(start, ALT)
        hand.move(start + QPoint(40, 101))
        hand.release(start + QPoint(40, 101), ALT)
        at = hand.canvas.diagram_scene.block.positions["conv1"]
        assert at == (before.x + 40, before.y + 101)

    def test_the_selection_moves_together(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.click(hand.block("x"))
        hand.click(hand.block("conv2"), SHIFT)
        start = hand.block("conv2")
        hand.drag(start, start + QPoint(0, 120))
        after, before = hand.canvas.diagram_scene.block.positions, branch.blocks["Net"].positions
        assert {id for id in after if after[id] != before[id]} == {"x", "conv2", "act"}
        assert hand.steps() == 1

    def test_escape_puts_it_back(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        start = hand.block("conv1")
        hand.press(start)
        hand.move(start + QPoint(0, 120))
        assert hand.block("conv1") != start
        hand.key(Qt.Key.Key_Escape)
        assert hand.block("conv1") == start
        hand.release(start + QPoint(0, 120))
        assert hand.steps() == 0

    def test_a_loose_block_dropped_on_a_wire_is_put_into_it(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        hand.canvas.document.apply(
            "Add", lambda d: edits.add_node(d, "Net", "Tanh", Point(0, 168))[0]
        )
        hand.drag(hand.block("tanh1"), hand.wire("relu1", "conv2"))
        assert {("relu1", "tanh1", "flow"), ("tanh1", "conv2", "flow")} <= hand.wires()
        assert ("relu1", "conv2", "flow") not in hand.wires()
        assert hand.steps() == 2
        bodies = [item.body() for item in hand.canvas.diagram_scene.nodes.values()]
        assert not any(a.intersects(b) for a in bodies for b in bodies if a is not b)


def test_an_undo_in_the_middle_of_a_drag_ends_it(opened: Open, branch: Diagram) -> None:
    hand = opened(branch)
    hand.canvas.add("Linear")
    (new,) = hand.canvas.document.selection
    start = hand.block(new)
    hand.press(start)
    hand.move(start + QPoint(0, 60))
    hand.canvas.document.undo_stack.undo()
    assert not hand.canvas.gestures.is_running
    hand.move(start + QPoint(0, 90))
    hand.release(start + QPoint(0, 90))
    assert hand.canvas.document.diagram is branch


class TestSkip:
    def test_from_block_to_block_telling_what_it_becomes(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        hand.key(Qt.Key.Key_S)
        assert hand.canvas.tool == "skip"
        hand.press(hand.block("x"))
        hand.move(hand.block("act"))
        scene = hand.canvas.diagram_scene
        tinted = {id for id, item in scene.nodes.items() if item.state.tinted}
        assert tinted == {"conv1", "relu1", "conv2"}
        assert hand.canvas.preview.label.text().startswith("identity")
        assert ("x", "act", "skip") not in hand.wires()
        hand.release(hand.block("act"))
        assert ("x", "act", "skip") in hand.wires()
        (drawn,) = hand.canvas.document.selection
        assert hand.graph.edges[drawn].kind == "skip"
        assert not hand.canvas.preview.is_shown
        assert hand.canvas.tool == "select"
        assert hand.steps() == 1

    def test_a_projection_is_told_with_its_reason(self, opened: Open, branch: Diagram) -> None:

        hand = opened(edits.set_param(branch, "Net", "conv2", "out_channels", 8))
        hand.key(Qt.Key.Key_S)
        hand.press(hand.block("x"))
        hand.move(hand.block("act"))
        first, *why = hand.canvas.preview.label.text().splitlines()
        assert first == "projection 1×1"
        assert why
        hand.key(Qt.Key.Key_Escape)
        assert hand.steps() == 0

    def test_drawn_from_the_end_it_is_the_same(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.key(Qt.Key.Key_S)
        hand.drag(hand.block("act"), hand.block("x"))
        assert ("x", "act", "skip") in hand.wires()

    def test_round_nothing_it_says_why_not(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.key(Qt.Key.Key_S)
        hand.press(hand.block("x"))
        hand.move(hand.block("conv1"))
        assert "round nothing" in hand.canvas.preview.label.text()
        assert hand.canvas.preview.label.property("tone") == "bad"
        hand.release(hand.block("conv1"))
        assert hand.steps() == 0

    def test_s_with_a_selection_puts_one_round_it(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.click(hand.block("conv1"))
        hand.click(hand.block("relu1"), SHIFT)
        hand.click(hand.block("conv2"), SHIFT)
        hand.key(Qt.Key.Key_S)
        assert ("x", "act", "skip") in hand.wires()
        assert hand.canvas.tool == "select"
        assert hand.canvas.document.selection == {"downsample"}
        assert hand.steps() == 1

    def test_s_with_one_block_selected_takes_the_tool(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.click(hand.block("conv2"))
        hand.key(Qt.Key.Key_S)
        assert hand.canvas.tool == "skip"
        assert hand.steps() == 0


class TestPan:
    def test_the_middle_button_drags_the_paper(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        before = hand.block("conv1")
        hand.press(QPoint(600, 300), button=MIDDLE)
        hand.move(QPoint(650, 320))
        hand.release(QPoint(650, 320), button=MIDDLE)
        assert hand.block("conv1") == before + QPoint(50, 20)

    def test_while_a_wire_is_held(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.canvas.document.select([hand.edge("x", "conv1").id])
        hand.key(Qt.Key.Key_Delete)
        hand.press(hand.output("x"))
        hand.move(hand.output("x") + QPoint(30, 60))
        before = hand.block("conv1")
        at = hand.output("x") + QPoint(30, 60)
        hand.press(at, button=MIDDLE)
        hand.move(at + QPoint(60, 40))
        hand.release(at + QPoint(60, 40), button=MIDDLE)
        assert hand.block("conv1") == before + QPoint(60, 40)
        assert hand.canvas.preview.is_shown
        hand.move(hand.input("conv1"))
        hand.release(hand.input("conv1"))
        assert hand.wired("x", "conv1")

    def test_space_while_a_wire_is_held(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.canvas.document.select([hand.edge("x", "conv1").id])
        hand.key(Qt.Key.Key_Delete)
        hand.press(hand.output("x"))
        at = hand.output("x") + QPoint(30, 60)
        hand.move(at)
        before = hand.block("conv1")
        QTest.keyPress(hand.canvas, Qt.Key.Key_Space)
        hand.move(at + QPoint(50, 30))
        QTest.keyRelease(hand.canvas, Qt.Key.Key_Space)
        assert hand.block("conv1") != before
        assert hand.canvas.preview.is_shown
        hand.move(hand.input("conv1"))
        hand.release(hand.input("conv1"))
        assert hand.wired("x", "conv1")

    def test_space_and_a_drag_too_and_it_opens_nothing(self, opened: Open, branch: Diagram) -> None:

        hand = opened(branch)
        before = hand.block("conv1")
        QTest.keyPress(hand.canvas, Qt.Key.Key_Space)
        hand.drag(QPoint(600, 300), QPoint(640, 330))
        QTest.keyRelease(hand.canvas, Qt.Key.Key_Space)
        assert hand.block("conv1") == before + QPoint(40, 30)
        assert not hand.canvas.popup.isVisible()
        assert hand.canvas.document.selection == frozenset()
