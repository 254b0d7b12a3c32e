"""Gestures, by real mouse and key events: what is dragged is what happens, in one undo step."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from graphcore import edits
from graphcore.diagram import Diagram, Point
from tests.canvas.conftest import Hand, Open

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


class TestOccupied:
    """A second wire into an occupied input asks what it should do."""

    def ask(self, hand: Hand) -> list[str]:
        hand.drag(hand.output("x"), hand.input("act"))
        assert hand.canvas.menu is not None
        return [action.text() for action in hand.canvas.menu.actions()]

    def choose(self, hand: Hand, index: int) -> None:
        assert hand.canvas.menu is not None
        hand.canvas.menu.actions()[index].trigger()

    def test_replace_or_add_with_what_each_gives(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.canvas.document.apply(
            "Apart", lambda d: edits.move(d, "Net", {"act": Point(600, 120)})
        )
        assert self.ask(hand) == ["Replace   → 4×8×8", "Add (skip)   identity"]
        assert ("x", "act", "flow") not in hand.wires()

    @pytest.mark.parametrize(("index", "kind"), [(0, "flow"), (1, "skip")])
    def test_the_choice_is_one_step(
        self, opened: Open, branch: Diagram, index: int, kind: str
    ) -> None:
        hand = opened(branch)
        self.ask(hand)
        self.choose(hand, index)
        assert ("x", "act", kind) in hand.wires()
        assert (("conv2", "act", "flow") in hand.wires()) == (kind == "skip")
        assert hand.steps() == 1


class TestReplug:
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
        assert not any(item.state.tinted for item in scene.nodes.values())
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


class TestPan:
    def test_the_middle_button_drags_the_paper(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        before = hand.block("conv1")
        hand.press(QPoint(600, 300), button=MIDDLE)
        hand.move(QPoint(650, 320))
        hand.release(QPoint(650, 320), button=MIDDLE)
        assert hand.block("conv1") == before + QPoint(50, 20)

    def test_space_and_a_drag_too_and_it_opens_nothing(self, opened: Open, branch: Diagram) -> None:

        hand = opened(branch)
        before = hand.block("conv1")
        QTest.keyPress(hand.canvas, Qt.Key.Key_Space)
        hand.drag(QPoint(600, 300), QPoint(640, 330))
        QTest.keyRelease(hand.canvas, Qt.Key.Key_Space)
        assert hand.block("conv1") == before + QPoint(40, 30)
        assert not hand.canvas.popup.isVisible()
        assert hand.canvas.document.selection == frozenset()
