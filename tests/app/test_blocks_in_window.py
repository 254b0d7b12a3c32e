"""Blocks from the window: keys, menu and palette of commands lead to the same."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.window import MainWindow
from graphcore import edits, gallery
from tests.app.user import User

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def user(window: MainWindow) -> User:
    window.document.new(gallery.build("resnet20-digits"))
    window.canvas.fit()
    return User(window)


def test_take_apart_and_make_a_block_of_it_again(user: User) -> None:
    document = user.window.document
    before = document.diagram
    document.select({"stage2"})
    user.command(Qt.Key.Key_G, CTRL | SHIFT)
    assert sum(n.kind == "Conv2d" for n in document.diagram.main_block.graph.nodes.values()) == 7
    assert document.analysis.ok
    user.command(Qt.Key.Key_G, CTRL)
    dialog = user.canvas.block_dialog
    assert dialog is not None
    assert dialog.isVisible()
    assert dialog.name.text() == "ResidualBlock"
    assert dialog.way == "repeat"
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    (made,) = document.selection
    again = document.diagram.main_block.graph.nodes[made]
    assert (again.kind, again.repeat) == ("ResidualBlock", 3)
    assert document.analysis.ok
    user.command(Qt.Key.Key_Z)
    user.command(Qt.Key.Key_Z)
    assert document.diagram == before


def test_the_command_palette_knows_the_verbs(user: User) -> None:
    user.window.actions_table["commands"].trigger()
    palette = user.window.commands.palette
    assert palette is not None
    for typed, wanted in (
        ("make a block", "Make a block of the selection…"),
        ("explode", "Explode the block"),
        ("unique", "Make unique"),
        ("unused", "Delete unused blocks"),
    ):
        palette.line.clear()
        QTest.keyClicks(palette.line, typed)
        first = palette.tree.topLevelItem(0)
        assert first is not None
        assert first.text(0) == wanted
    palette.close()


def test_unused_blocks_are_cleared_away(user: User) -> None:
    document, action = user.window.document, user.window.actions_table["remove_unused"]
    document.apply("Define", lambda d: edits.add_block(d, "Spare"))
    action.trigger()
    assert "Spare" not in document.diagram.blocks
    action.trigger()
    assert "Every block is used" in user.window.area.toast.text()
