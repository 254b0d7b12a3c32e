"""What a user does to the window, as tests do it."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from app.window import MainWindow
from graphcore import edits
from graphcore.diagram import Point

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def press(window: MainWindow, key: Qt.Key, keys: Qt.KeyboardModifier = CTRL) -> None:
    """A key, wherever the keyboard is; on the canvas to begin with."""
    window.activateWindow()
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, key, keys)


def change(window: MainWindow) -> None:
    window.document.apply("Add", lambda d: edits.add_node(d, d.main, "ReLU", Point(0, 0))[0])


def answer(window: MainWindow, button: str, told: list[str] | None = None) -> None:
    """Press a button of the next message as soon as it is there."""
    timer = QTimer(window, interval=20)

    def press_button() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            return
        timer.stop()
        if told is not None:
            told.append(f"{box.text()} {box.informativeText()}")
        found = [b for b in box.buttons() if b.text().replace("&", "") == button]
        if not found:
            box.reject()
        assert found, [b.text() for b in box.buttons()]
        QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)

    timer.timeout.connect(press_button)
    timer.start()


def drop(target: QWidget, data: QMimeData) -> None:
    """Let go of ``data`` over ``target``."""
    at, none = QPointF(60, 40), Qt.KeyboardModifier.NoModifier
    how, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    entered = QDragEnterEvent(at.toPoint(), how, data, button, none)
    QApplication.sendEvent(target, entered)
    assert entered.isAccepted()
    QApplication.sendEvent(target, QDropEvent(at, how, data, button, none))


def forget_changes(window: QWidget) -> None:
    """Let the window close at the end of a test without asking."""
    assert isinstance(window, MainWindow)
    window.document.undo_stack.setClean()


def leave(window: QWidget) -> None:
    """End what runs, and let the window close without asking: a test may have failed halfway."""
    assert isinstance(window, MainWindow)
    window.train_page.clear()
    forget_changes(window)
