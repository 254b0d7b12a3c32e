"""Keys, renaming in place, and the menu of the right button."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.canvas.gestures.tools import TOOLS
from graphcore import edits
from graphcore.diagram import Diagram, Point, empty_diagram
from tests.canvas.conftest import Hand, Open

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
MOUSE = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


class TestKeys:
    @pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
    def test_delete(self, opened: Open, branch: Diagram, key: Qt.Key) -> None:
        hand = opened(branch)
        hand.click(hand.block("conv2"))
        hand.key(key)
        assert "conv2" not in hand.graph.nodes

    def test_ctrl_delete_lets_the_wire_run_on(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.click(hand.block("conv2"))
        hand.key(Qt.Key.Key_Delete, CTRL)
        assert hand.wired("relu1", "act")

    def test_duplicate_is_selected_and_stands_apart(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.click(hand.block("conv1"))
        hand.key(Qt.Key.Key_D, CTRL)
        (new,) = hand.canvas.document.selection
        assert hand.graph.nodes[new].kind == "Conv2d"
        positions = hand.canvas.diagram_scene.block.positions
        assert positions[new] != positions["conv1"]

    def test_copy_and_paste_by_text(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.click(hand.block("conv1"))
        hand.click(hand.block("relu1"), SHIFT)
        hand.key(Qt.Key.Key_C, CTRL)
        assert '"format"' in QGuiApplication.clipboard().text()
        other = opened(empty_diagram())
        other.key(Qt.Key.Key_V, CTRL)
        assert other.kinds() == ["Conv2d", "ReLU"]
        assert len(other.graph.edges) == 1
        assert other.canvas.document.selection == other.graph.nodes.keys()

    def test_cut_takes_away_what_paste_brings_back(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.click(hand.block("output"))
        hand.key(Qt.Key.Key_X, CTRL)
        assert "Output" not in hand.kinds()
        hand.key(Qt.Key.Key_V, CTRL)
        assert "Output" in hand.kinds()

    def test_what_is_no_diagram_is_not_pasted_and_said_so(
        self, opened: Open, branch: Diagram, qtbot: QtBot
    ) -> None:
        hand = opened(branch)
        QGuiApplication.clipboard().setText("hello")
        with qtbot.waitSignal(hand.canvas.document.refused) as told:
            hand.key(Qt.Key.Key_V, CTRL)
        assert "clipboard" in str(told.args)
        assert hand.canvas.document.diagram is branch

    def test_bypass_and_back(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.click(hand.block("relu1"))
        hand.key(Qt.Key.Key_B, CTRL)
        assert hand.graph.nodes["relu1"].active is False
        assert not hand.canvas.diagram_scene.nodes["relu1"].state.face.active
        hand.key(Qt.Key.Key_B, CTRL)
        assert hand.graph.nodes["relu1"].active is True

    def test_arrange(self, opened: Open, branch: Diagram) -> None:
        moved = edits.move(branch, "Net", {"conv2": Point(0, 600)})
        hand = opened(moved)
        hand.key(Qt.Key.Key_L, CTRL)
        assert hand.canvas.diagram_scene.block.positions == branch.blocks["Net"].positions

    @pytest.mark.parametrize(
        ("key", "tool"),
        [
            (Qt.Key.Key_W, "wire"),
            (Qt.Key.Key_S, "skip"),
            (Qt.Key.Key_D, "dense"),
            (Qt.Key.Key_E, "encoder_decoder"),
            (Qt.Key.Key_V, "select"),
        ],
    )
    def test_tools(self, opened: Open, branch: Diagram, key: Qt.Key, tool: str) -> None:
        hand = opened(branch)
        hand.key(key)
        assert hand.canvas.tool == tool
        hand.key(Qt.Key.Key_Escape)
        assert hand.canvas.tool == "select"

    def test_a_tool_that_does_not_exist_is_refused(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        with pytest.raises(ValueError, match=", ".join(TOOLS)):
            hand.canvas.tool = "lasso"

    def test_arrows_walk_along_the_wires(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        seen: list[str] = []
        for key in ("Right", "Right", "Right", "Left"):
            hand.key(getattr(Qt.Key, f"Key_{key}"))
            seen += hand.canvas.document.selection
        assert seen == ["x", "conv1", "relu1", "conv1"]

    def test_tab_walks_on_once_something_is_selected(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.click(hand.block("conv1"))
        hand.key(Qt.Key.Key_Tab)
        assert hand.canvas.document.selection == {"relu1"}
        hand.key(Qt.Key.Key_Backtab, SHIFT)
        assert hand.canvas.document.selection == {"conv1"}

    def test_alt_shows_all_shapes_while_it_is_held(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        edges = hand.canvas.diagram_scene.edges.values()
        QTest.keyPress(hand.canvas, Qt.Key.Key_Alt)
        assert all(edge.state.shape_shows for edge in edges)
        QTest.keyRelease(hand.canvas, Qt.Key.Key_Alt)
        assert not any(edge.state.shape_shows for edge in edges)


class TestRename:
    def field(self, hand: Hand) -> QLineEdit:
        """The field that F2 opens on conv1."""
        hand.click(hand.block("conv1"))
        hand.key(Qt.Key.Key_F2)
        assert hand.canvas.renaming.isVisible()
        return hand.canvas.renaming

    def test_return_takes_the_name(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        field = self.field(hand)
        hand.type("stem", field)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert hand.graph.nodes["conv1"].label == "stem"
        assert not field.isVisible()

    def test_escape_keeps_the_old_one(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        field = self.field(hand)
        hand.type("stem", field)
        QTest.keyClick(field, Qt.Key.Key_Escape)
        assert hand.graph.nodes["conv1"].label == "conv1"

    def test_a_name_that_cannot_be_says_why_and_changes_nothing(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        field = self.field(hand)
        told: list[str] = []
        hand.canvas.document.refused.connect(told.append)
        hand.type("class", field)
        assert "Python" in field.toolTip()
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert hand.graph.nodes["conv1"].label == "conv1"
        assert "Python" in told[0]


class TestMenu:
    def texts(self, hand: Hand, at: QPoint) -> list[str]:
        """The titles of the menu that a right click opens."""
        event = QContextMenuEvent(
            QContextMenuEvent.Reason.Mouse, at, hand.canvas.viewport().mapToGlobal(at)
        )
        QApplication.sendEvent(hand.canvas.viewport(), event)
        assert hand.canvas.menu is not None
        return [a.text().split("\t")[0] for a in hand.canvas.menu.actions() if a.text()]

    def test_on_a_block(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        texts = self.texts(hand, hand.block("conv1"))
        assert {"Rename", "Copy", "Delete", "Bypass", "Skip round this block"} <= set(texts)
        assert hand.canvas.document.selection == {"conv1"}

    def test_on_the_empty_canvas(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        assert {"Paste", "Arrange", "Select all"} <= set(self.texts(hand, hand.empty()))

    def test_a_problem_brings_its_fixes_first(self, opened: Open, branch: Diagram) -> None:
        skipped = edits.add_skip(branch, "Net", "x", "act")[0]
        skipped = edits.set_param(skipped, "Net", "conv2", "out_channels", 6)
        skipped = edits.set_param(skipped, "Net", "downsample", "shortcut", "identity")
        hand = opened(edits.arrange(skipped, "Net"))
        texts = self.texts(hand, hand.wire("x", "act", 0.1))
        assert texts[0] == "Use a projection"
        assert hand.canvas.menu is not None
        hand.canvas.menu.actions()[0].trigger()
        assert hand.canvas.document.analysis.ok
        assert hand.canvas.document.undo_stack.index() == 1
