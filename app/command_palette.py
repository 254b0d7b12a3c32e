"""The command palette: any command found by typing a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

WIDTH, HEIGHT = 520, 360


@dataclass(frozen=True)
class Entry:
    """A command: where it stands, what it does, and the action itself."""

    title: str
    tip: str
    action: QAction


def ranked(entries: Sequence[Entry], typed: str) -> list[Entry]:
    """The entries that contain every typed word, those whose title has the first one before the
    rest."""
    words = typed.lower().split()
    kept = [
        entry
        for entry in entries
        if all(word in f"{entry.title} {entry.tip}".lower() for word in words)
    ]
    if not words:
        return kept
    starts = [entry for entry in kept if words[0] in entry.title.lower()]
    return starts + [entry for entry in kept if entry not in starts]


class CommandPalette(QFrame):
    """A popup below the header; Return does the chosen command, Escape closes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._window = parent
        self.setObjectName("popup")
        self.setAccessibleName("Command palette")
        self._entries: tuple[Entry, ...] = ()
        self.line = QLineEdit()
        self.line.setPlaceholderText("Type a command")
        self.line.setAccessibleName("Command")
        self.line.textChanged.connect(self._fill)
        self.line.installEventFilter(self)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setColumnWidth(0, WIDTH - 150)
        self.tree.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.tree.itemClicked.connect(self._do)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addWidget(self.line)
        layout.addWidget(self.tree)
        self.resize(WIDTH, HEIGHT)

    def ask(self, entries: Sequence[Entry]) -> None:
        """Open with these commands, in the upper middle of the window."""
        self._entries = tuple(entries)
        self.line.clear()
        self._fill("")
        corner = self._window.mapToGlobal(self._window.rect().topLeft())
        self.move(corner.x() + (self._window.width() - WIDTH) // 2, corner.y() + 88)
        self.show()
        self.line.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows move in the list, Return does."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is not None:
            self._mark(self.tree.currentIndex().row() + step)
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._do(self.tree.currentItem())
            return True
        return super().eventFilter(watched, event)

    def _fill(self, typed: str) -> None:
        self.tree.clear()
        for entry in ranked(self._entries, typed):
            keys = entry.action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            item = QTreeWidgetItem([entry.title, keys])
            item.setToolTip(0, entry.tip)
            item.setData(0, Qt.ItemDataRole.UserRole, entry)
            item.setDisabled(not entry.action.isEnabled())
            self.tree.addTopLevelItem(item)
        if not self.tree.topLevelItemCount():
            nothing = QTreeWidgetItem([f"No command has “{typed}” in it", ""])
            nothing.setDisabled(True)
            self.tree.addTopLevelItem(nothing)
        self._mark(0)

    def _mark(self, row: int) -> None:
        count = self.tree.topLevelItemCount()
        item = self.tree.topLevelItem(row % count) if count else None
        if item is not None:
            self.tree.setCurrentItem(item)

    def _do(self, item: QTreeWidgetItem | None) -> None:
        entry = item.data(0, Qt.ItemDataRole.UserRole) if item is not None else None
        if not isinstance(entry, Entry) or not entry.action.isEnabled():
            return
        self.hide()
        entry.action.trigger()
