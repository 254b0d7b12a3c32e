"""Editing a shared block: how many copies change is said, and one click keeps it to one place."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.toast import Toast
from app.window import MainWindow
from graphcore import edits, gallery
from graphcore.diagram import Step
from graphcore.expression import Expr


@pytest.fixture
def inside(window: MainWindow) -> MainWindow:
    """The window in the first copy of stage2 of ResNet-20."""
    window.document.new(gallery.build("resnet20-digits"))
    window.document.enter((Step("stage2", 0),))
    return window


def widen(window: MainWindow, value: int = 5) -> None:
    block = window.document.block
    window.document.apply("Set", lambda d: edits.set_param(d, block, "conv1", "kernel_size", value))


def click_link(toast: Toast) -> None:
    """Click on the last words of the toast, wherever the line is broken."""
    width, height = toast.width(), toast.height()
    shown: list[str] = []
    toast.linkHovered.connect(shown.append)
    for y in range(height - 6, 6, -4):
        for x in range(width - 8, 8, -6):
            QTest.mouseMove(toast, QPoint(x, y))
            if shown and shown[-1]:
                QTest.mouseClick(toast, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
                return
    raise AssertionError("there is no link")


def test_the_copies_are_counted_once_a_visit(inside: MainWindow) -> None:
    widen(inside)
    toast = inside.area.toast
    assert toast.isVisible()
    assert "all 9 copies of Residual, in 3 places" in toast.text()
    toast.hide()
    widen(inside, 7)
    assert not toast.isVisible(), "it has been said"


def test_one_click_keeps_the_change_to_this_place(inside: MainWindow) -> None:
    document = inside.document
    before = document.diagram.blocks["Residual"]
    widen(inside)
    widen(inside, 7)
    click_link(inside.area.toast)
    assert not inside.area.toast.isVisible()
    assert document.block == "Residual2"
    assert document.diagram.blocks["Residual"] == before
    assert document.diagram.blocks["Residual2"].graph.nodes["conv1"].params["kernel_size"] == 7
    kinds = [n.kind for n in document.diagram.main_block.graph.nodes.values()]
    assert [k for k in kinds if k.startswith("Residual")] == ["Residual", "Residual2", "Residual"]
    document.undo_stack.undo()
    assert document.block == "Residual"


def test_copies_of_one_place_have_nothing_to_part(inside: MainWindow) -> None:
    document = inside.document
    document.apply("Part", lambda d: edits.make_unique(d, "ResNet20", "stage2")[0])
    widen(inside)
    assert inside.area.toast.text() == "This changed all 3 copies of Residual2."


def test_nothing_is_said_of_moving_blocks_or_of_taking_back(inside: MainWindow) -> None:
    document, toast = inside.document, inside.area.toast
    document.apply("Move", lambda d: edits.move(d, "Residual", {"conv1": (0, 240)}))  # type: ignore[dict-item]
    assert not toast.isVisible()
    widen(inside)
    toast.hide()
    document.leave()
    document.undo_stack.undo()
    assert not toast.isVisible()


def test_what_is_not_shared_is_changed_in_silence(inside: MainWindow) -> None:
    inside.document.leave()
    inside.document.apply(
        "Set", lambda d: edits.set_repeat(d, d.main, "stage2", Expr("depth // 6"))
    )
    assert not inside.area.toast.isVisible()
