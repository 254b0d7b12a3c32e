"""Somebody at the window with a mouse and a keyboard, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QModelIndex, QPoint, QPointF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
)

from app.fields import Field, NumberField, TextField
from app.inspector.pages import NodePage
from app.palette import LAYER_MIME
from app.window import MainWindow
from tests.app.acting import CTRL
from tests.canvas.conftest import Hand

NONE = Qt.KeyboardModifier.NoModifier


class User(Hand):
    """A hand on the window's canvas that reaches the rest of the window as well."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window.canvas)
        self.window = window
        self._dragged = ""
        self._watch_drags()

    def spot(self, at: QPointF) -> QPoint:
        """A place of the scene, once the window shows what was done last: nobody aims sooner."""
        QApplication.processEvents()
        return super().spot(at)

    def drag_from_palette(self, typed: str, to: QPoint) -> str:
        """Search the palette, drag its first row to a place on the canvas; the new block's id."""
        palette = self.window.palette_panel
        self.command(Qt.Key.Key_F, CTRL)
        QTest.keyClicks(palette.search, typed)
        view, row = palette.list, palette.list.model().index(0, 0)
        at = view.visualRect(row).center()
        self._dragged = ""
        QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, NONE, at)
        for step in (QPoint(8, 2), QPoint(30, 6), QPoint(60, 8)):
            QTest.mouseMove(view.viewport(), at + step)
        QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, NONE, at + QPoint(60, 8))
        assert self._dragged, "the drag has begun"
        assert self.dropped(self._dragged, to)
        return self.selected()

    def search_on_canvas(self, typed: str, at: QPoint) -> str:
        """Double click on the canvas, search, take the first offer; the new block's id."""
        self.double_click(at)
        self.answer(typed)
        return self.selected()

    def selected(self) -> str:
        """The one block or wire that is selected."""
        (item,) = self.window.document.selection
        return item

    def command(self, key: Qt.Key, keys: Qt.KeyboardModifier = CTRL) -> None:
        """The key of a command, given on the canvas or on the Train workspace."""
        # A window manager does this once a dialog is closed; there is none without a screen.
        self.window.activateWindow()
        assert QTest.qWaitForWindowActive(self.window)
        front = self.canvas if self.canvas.isVisible() else self.window.train_page
        front.setFocus()
        QTest.keyClick(front, key, keys)

    def press_button(self, button: QAbstractButton) -> None:
        """A click on a button that can be seen."""
        assert button.isVisible()
        assert button.isEnabled()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def set_param(self, block: str, name: str, text: str) -> None:
        """Select a block, type over one of its parameters in the inspector and leave the field."""
        self.click(self.block(block))
        page = self.window.inspector.page
        assert isinstance(page, NodePage)
        assert page.id == block
        self.type_over(page.form.field(name), text)

    def type_over(self, field: Field, text: str) -> None:
        """Replace what stands in a field, and leave it with Return."""
        assert isinstance(field, NumberField | TextField)
        line: QLineEdit = field.line
        assert line.isVisible()
        QTest.mouseClick(line, Qt.MouseButton.LeftButton)
        QTest.keyClick(line, Qt.Key.Key_A, CTRL)
        QTest.keyClicks(line, text)
        QTest.keyClick(line, Qt.Key.Key_Return)

    def save_as(self, name: str) -> None:
        """Ctrl+S, and a name in the dialog, which shows the home folder first."""
        timer = QTimer(self.window, interval=20)

        def type_name() -> None:
            dialog = QApplication.activeModalWidget()
            if not isinstance(dialog, QFileDialog):
                return
            timer.stop()
            line = dialog.findChild(QLineEdit, "fileNameEdit")
            assert line is not None
            line.selectAll()
            QTest.keyClicks(line, name)
            box = dialog.findChild(QDialogButtonBox)
            assert box is not None

            self.press_button(box.button(QDialogButtonBox.StandardButton.Save))

        timer.timeout.connect(type_name)
        timer.start()
        self.command(Qt.Key.Key_S)
        timer.stop()

    def _watch_drags(self) -> None:
        """Without a screen Qt drags nothing anywhere: what a drag carries is taken down, and
        :meth:`drag_from_palette` drops it."""
        model = self.window.palette_panel.model
        carry = model.mimeData

        def carry_and_note(indexes: Sequence[QModelIndex]) -> QMimeData:
            data = carry(indexes)
            self._dragged = bytes(data.data(LAYER_MIME).data()).decode()
            return data

        model.mimeData = carry_and_note  # type: ignore[method-assign]
