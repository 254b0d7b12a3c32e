"""The runs of the document's diagram: search, name, reopen, restore, delete."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from typing import Final

from PySide6.QtCore import QFile, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.document import Document
from app.runs.run_notes import RunNotes
from app.runs.run_places import runs_of, twin_of
from app.runs.run_summary import RunSummary, summarize
from app.runs.runs_list import RunsList
from graphcore.training.run_about import FILE as ABOUT
from graphcore.training.run_folder import RunFolder

_EMPTY: Final = (
    "The runs of this diagram will be listed here, with their recipes and what they reached. "
    "Train starts the first."
)


class RunsPanel(QWidget):
    """``opened(RunFolder)`` asks for a run to be shown, ``restore_wanted(RunFolder)`` for its
    diagram to be opened; ``counted(int)`` tells how many there are.

    ``is_going`` tells whether a run is being trained now; the window sets it.
    """

    opened = Signal(object)
    restore_wanted = Signal(object)
    counted = Signal(int)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.is_going: Callable[[RunFolder], bool] = lambda folder: False
        self._summaries: dict[tuple[object, ...], RunSummary] = {}
        self.list = RunsList()
        self.notes = RunNotes()
        self.search = QLineEdit()
        self.found = QLabel()
        self.open_button = QPushButton("Open")
        self.more_button = QPushButton("More")
        self.restore_action = self._action("Restore the diagram", self.restore_selected)
        self.reveal_action = self._action("Show the folder", self.reveal_selected)
        self.delete_action = self._action("Delete …", self.delete_selected)
        self.menu = QMenu(self)
        empty = QLabel(_EMPTY)
        empty.setObjectName("empty")
        empty.setWordWrap(True)
        empty.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.stack = QStackedWidget()
        self.stack.addWidget(empty)
        self.stack.addWidget(self._page())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self._connect()
        self.refresh()

    @property
    def selected(self) -> RunFolder | None:
        """The run that is selected."""
        return self.list.selected.folder if self.list.selected is not None else None

    def refresh(self) -> None:
        """List the runs anew; the selection stays."""
        folders = runs_of(self._document.path, self._document.diagram)
        self.list.show_runs([self._summary(folder) for folder in folders], datetime.now())
        self.stack.setCurrentIndex(1 if folders else 0)
        self.counted.emit(len(folders))

    def open_selected(self) -> None:
        """Ask for the selected run to be shown."""
        if self.selected is not None:
            self.opened.emit(self.selected)

    def restore_selected(self) -> None:
        """Ask for the diagram of the selected run to be opened."""
        if self.selected is not None:
            self.restore_wanted.emit(self.selected)

    def reveal_selected(self) -> None:
        """Show the folder in the system's file manager."""
        if self.selected is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.selected.path)))

    def delete_selected(self) -> None:
        """Move the run, with its twin, to the bin, once the user has confirmed it."""
        folder = self.selected
        if folder is None:
            return
        if self.is_going(folder):
            text = f"{folder.name} is being trained now. Stop it before you delete it."
            QMessageBox.information(self, "Delete run", text)
            return
        self.notes.save()
        twin = RunFolder(twin_of(folder.path))
        folders = [folder, twin] if twin.holds_a_run else [folder]
        if self._confirms(folder, pair=len(folders) > 1):
            for each in folders:
                self._delete(each)
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Runs may have been made elsewhere meanwhile."""
        super().showEvent(event)
        self.refresh()

    def _confirms(self, folder: RunFolder, *, pair: bool) -> bool:
        name = self._summary(folder).title
        called = folder.name if name == folder.name else f"{name} ({folder.name})"
        what = f"{called} and its twin without skips" if pair else called
        answer = QMessageBox.question(
            self,
            "Delete run",
            f"Move {what} to the bin? Weights, figures and code of the run go with it.",
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel,
            QMessageBox.StandardButton.Cancel,
        )
        return answer == QMessageBox.StandardButton.Yes

    def _delete(self, folder: RunFolder) -> None:
        if QFile.moveToTrash(str(folder.path)):
            return
        answer = QMessageBox.warning(
            self,
            "No bin",
            f"There is no bin for {folder.path}. Delete the folder for good?",
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel,
            QMessageBox.StandardButton.Cancel,
        )
        if answer == QMessageBox.StandardButton.Yes:
            try:
                shutil.rmtree(folder.path)
            except OSError as error:
                text = f"{folder.path} could not be deleted: {error.strerror}. Close programs "
                QMessageBox.warning(self, "Delete run", text + "that use it and try again.")

    def _summary(self, folder: RunFolder) -> RunSummary:
        """The summary, read again only where the run or its user has told more since."""
        files = (folder.events_path, folder.path / ABOUT)
        times = (file.stat().st_mtime_ns if file.exists() else 0 for file in files)
        key = (str(folder.path), *times)
        if key not in self._summaries:
            self._summaries[key] = summarize(folder)
        return self._summaries[key]

    def _connect(self) -> None:
        self._document.path_changed.connect(self.refresh)
        self.list.itemSelectionChanged.connect(self._follow)
        self.list.itemActivated.connect(self.open_selected)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.search.textChanged.connect(self.list.search)
        self.open_button.clicked.connect(self.open_selected)
        self.notes.saved.connect(self.refresh)
        self.delete_action.setShortcut(QKeySequence.StandardKey.Delete)
        self.delete_action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        rename = self._action("Rename", self.notes.name.setFocus)
        rename.setShortcut(Qt.Key.Key_F2)
        rename.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.list.addActions([self.delete_action, rename])
        self.menu.addActions([self._action("Open", self.open_selected), rename])
        self.menu.addActions([self.restore_action, self.reveal_action])
        self.menu.addSeparator()
        self.menu.addAction(self.delete_action)
        self.more_button.setMenu(self.menu)

    def _action(self, text: str, does: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(lambda: does())
        return action

    def _page(self) -> QWidget:
        self.search.setPlaceholderText("Search names, notes, recipes")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search the runs")
        self.found.setObjectName("hint")
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 6)
        head.setSpacing(8)
        head.addWidget(self.search, 1)
        head.addWidget(self.found)
        head.addStretch(1)
        head.addWidget(self.open_button)
        head.addWidget(self.more_button)
        beside = QSplitter(Qt.Orientation.Horizontal)
        beside.setHandleWidth(1)
        beside.setChildrenCollapsible(False)
        beside.addWidget(self.list)
        beside.addWidget(self.notes)
        beside.setStretchFactor(0, 1)
        beside.setSizes([740, 200])
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(beside, 1)
        return page

    def _follow(self) -> None:
        """What is selected is what the notes and the buttons are about."""
        self.notes.show_run(self.list.selected)
        chosen = self.selected is not None
        for part in (self.open_button, self.more_button):
            part.setEnabled(chosen)
        shown, count = self.list.shown, len(self.list.lines)
        self.found.setText("" if shown == count else f"{shown} of {count}")

    def _show_menu(self, at: QPoint) -> None:
        if self.selected is not None:
            self.menu.popup(self.list.viewport().mapToGlobal(at))
