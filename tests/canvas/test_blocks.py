"""Blocks as wholes, by mouse and keys: made of a selection, taken apart, parted, cleared away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas.gestures.block_dialog import BlockDialog
from graphcore import edits
from graphcore.diagram import Diagram, Point
from graphcore.expression import Expr
from tests import diagrams as write
from tests.canvas.conftest import Hand, Open, arranged

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


def triples(*channels: int) -> Diagram:
    nodes = []
    for n, width in enumerate(channels, 1):
        nodes += [
            write.node(f"conv{n}", "Conv2d", out_channels=width, kernel_size=3, padding=1),
            write.node(f"bn{n}", "BatchNorm2d"),
            write.node(f"relu{n}", "ReLU"),
        ]
    return arranged(write.image(4), *nodes, write.node("output", "Output"))


def select(hand: Hand, *nodes: str) -> None:
    for index, node in enumerate(nodes):
        hand.click(hand.block(node), SHIFT if index else Qt.KeyboardModifier.NoModifier)


def asked(hand: Hand) -> BlockDialog:
    """Ctrl+G; the dialog that opens."""
    hand.key(Qt.Key.Key_G, CTRL)
    dialog = hand.canvas.block_dialog
    assert dialog is not None
    assert dialog.isVisible()
    return dialog


def agree(dialog: BlockDialog, name: str = "") -> None:
    if name:
        QTest.keyClick(dialog.name, Qt.Key.Key_A, CTRL)
        QTest.keyClicks(dialog.name, name)
    QTest.mouseClick(dialog.make, LEFT)


def chosen_row(hand: Hand, at: QPoint, wanted: str) -> Callable[[], None]:
    """The row of the menu of the right button that begins with ``wanted``."""
    canvas = hand.canvas
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, canvas.viewport().mapToGlobal(at))
    QApplication.sendEvent(canvas.viewport(), event)
    menu = canvas.menu
    assert menu is not None
    rows = [action for action in menu.actions() if action.text().startswith(wanted)]
    assert rows, [action.text() for action in menu.actions()]

    def choose() -> None:
        spot = menu.actionGeometry(rows[0]).center()
        QTest.mouseClick(menu, LEFT, Qt.KeyboardModifier.NoModifier, spot)

    return choose


class TestMakingABlock:
    def test_of_a_selection_under_a_name(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        select(hand, "conv1", "relu1", "conv2")
        dialog = asked(hand)
        assert dialog.name.text() == "ConvBlock"
        agree(dialog, "Body")
        (made,) = hand.canvas.document.selection
        assert hand.graph.nodes[made].kind == "Body"
        assert hand.wired("x", made)
        assert hand.wired(made, "act")
        assert hand.steps() == 1
        hand.canvas.document.undo_stack.undo()
        assert hand.canvas.document.diagram == branch

    def test_equal_parts_become_a_repeat(self, opened: Open) -> None:
        hand = opened(triples(8, 16, 24), zoom=None)
        hand.key(Qt.Key.Key_A, CTRL)
        dialog = asked(hand)
        assert dialog.way == "repeat"
        assert dialog.boxes["out_channels"].isChecked()
        assert not dialog.boxes["kernel_size"].isChecked()
        assert "3 copies" in dialog.said.text()
        agree(dialog)
        (made,) = hand.canvas.document.selection
        assert hand.graph.nodes[made].repeat == 3
        assert hand.graph.nodes[made].params == {"out_channels": Expr("8 + 8 * i")}
        assert hand.steps() == 1

    def test_other_places_that_look_the_same_can_share_it(self, opened: Open) -> None:
        hand = opened(triples(8, 16, 24), zoom=None)
        hand.canvas.document.select({"conv2", "bn2", "relu2"})
        dialog = asked(hand)
        assert not any(box.isChecked() for box in dialog.boxes.values())
        QTest.mouseClick(dialog.everywhere, LEFT, pos=QPoint(8, dialog.everywhere.height() // 2))
        assert dialog.boxes["out_channels"].isChecked()
        agree(dialog)
        assert [k for k in hand.kinds() if k not in ("Input", "Output")] == ["ConvBlock"] * 3
        widths = [n.params.get("out_channels") for n in hand.graph.nodes.values()]
        assert widths == [None, 8, 16, 24, None]

    def test_a_parameter_that_is_not_chosen_leaves_the_others_out(self, opened: Open) -> None:
        hand = opened(triples(8, 16, 8), zoom=None)
        hand.canvas.document.select({"conv1", "bn1", "relu1"})
        dialog = asked(hand)
        QTest.mouseClick(dialog.everywhere, LEFT, pos=QPoint(8, dialog.everywhere.height() // 2))
        box = dialog.boxes["out_channels"]
        QTest.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
        assert "2 places" in dialog.said.text()
        agree(dialog)
        assert hand.kinds().count("ConvBlock") == 2
        assert "conv2" in hand.graph.nodes

    def test_a_bad_name_is_said_and_cannot_be_taken(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        select(hand, "conv1", "relu1")
        dialog = asked(hand)
        for typed, said in (("Conv2d", "is a layer"), ("3x", "not a Python name"), ("", "needed")):
            QTest.keyClick(dialog.name, Qt.Key.Key_A, CTRL)
            QTest.keyClick(dialog.name, Qt.Key.Key_Delete)
            QTest.keyClicks(dialog.name, typed)
            assert said in dialog.said.text()
            assert not dialog.make.isEnabled()
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert hand.steps() == 0

    def test_what_stands_between_is_named(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        told: list[str] = []
        hand.canvas.document.refused.connect(told.append)
        select(hand, "conv1", "conv2")
        hand.key(Qt.Key.Key_G, CTRL)
        assert "'relu1' stands between" in told[0]
        assert "Select it too" in told[0]
        assert hand.steps() == 0

    def test_from_the_menu(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        chosen_row(hand, hand.block("conv2"), "Make a block")()
        assert hand.canvas.block_dialog is not None
        agree(hand.canvas.block_dialog)
        assert hand.kinds().count("ConvBlock") == 1


class TestTakingApart:
    def test_every_copy_is_written_out(self, opened: Open, nested: Diagram) -> None:
        hand = opened(nested)
        select(hand, "stage")
        hand.key(Qt.Key.Key_G, CTRL | SHIFT)
        assert hand.kinds().count("BatchNorm2d") == 6
        assert hand.canvas.document.selection == {
            id for id, n in hand.graph.nodes.items() if id not in ("x", "stem", "output")
        }
        places = hand.canvas.diagram_scene.block.positions
        assert len(set(places.values())) == len(places), "nothing stands on anything"
        assert hand.steps() == 1
        hand.canvas.document.undo_stack.undo()
        assert hand.canvas.document.diagram == nested

    def test_a_layer_has_nothing_inside(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        told: list[str] = []
        hand.canvas.document.refused.connect(told.append)
        select(hand, "conv1")
        hand.key(Qt.Key.Key_G, CTRL | SHIFT)
        assert "is a layer and has nothing inside" in told[0]

    def test_from_the_menu(self, opened: Open, nested: Diagram) -> None:
        hand = opened(edits.set_repeat(nested, "Net", "stage", 1))
        chosen_row(hand, hand.block("stage"), "Explode")()
        assert "conv1" in hand.graph.nodes


def test_one_instance_is_parted_from_the_others(opened: Open, nested: Diagram) -> None:
    two, other = edits.add_node(nested, "Net", "Residual", Point(0, 240))
    hand = opened(edits.set_param(two, "Net", other, "width", 8))
    chosen_row(hand, hand.block("stage"), "Make unique (the other place keeps Residual)")()
    assert hand.graph.nodes["stage"].kind == "Residual2"
    assert hand.graph.nodes[other].kind == "Residual"
    assert hand.steps() == 1
