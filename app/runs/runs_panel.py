"""The runs of the document's diagram: reopen, reveal, delete."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from PySide6.QtCore import QFile, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.document import Document
from app.runs.run_places import runs_of, twin_of
from app.runs.run_summary import RunSummary, recipe_in_words, summarize, when_in_words
from graphcore.training.run_folder import RunFolder

COLUMNS: Final = ("Run", "When", "Recipe", "Steps", "Test loss", "Test accuracy", "State")
_EMPTY: Final = (
    "The runs of this diagram will be listed here, with their recipes and what they reached. "
    "Train starts the first."
)
_FIGURES: Final = (3, 4, 5)
_FOLDER: Final = Qt.ItemDataRole.UserRole


class RunsPanel(QWidget):
    """``opened(RunFolder)`` asks for a run to be shown; ``counted(int)`` tells how many
    there are."""

    opened = Signal(object)
    counted = Signal(int)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._summaries: dict[tuple[str, int], RunSummary] = {}
        self.list = QTreeWidget()
        self._set_up_list()
        self.open_button = QPushButton("Open")
        self.reveal_button = QPushButton("Show folder")
        self.delete_button = QPushButton("Delete …")
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
        document.path_changed.connect(self.refresh)
        self.refresh()

    @property
    def selected(self) -> RunFolder | None:
        """The run that is selected."""
        items = self.list.selectedItems()
        return items[0].data(0, _FOLDER) if items else None

    def refresh(self) -> None:
        """List the runs anew; the selection stays."""
        kept = self.selected
        folders = runs_of(self._document.path, self._document.diagram)
        self.list.clear()
        now = datetime.now()
        for folder in folders:
            item = QTreeWidgetItem(self.list, _cells(self._summary(folder), now))
            item.setData(0, _FOLDER, folder)
            _dress(item, self._summary(folder))
            item.setSelected(kept is not None and folder.path == kept.path)
        self.stack.setCurrentIndex(1 if folders else 0)
        self._enable()
        self.counted.emit(len(folders))

    def open_selected(self) -> None:
        """Ask for the selected run to be shown."""
        if self.selected is not None:
            self.opened.emit(self.selected)

    def reveal_selected(self) -> None:
        """Show the folder in the system's file manager."""
        if self.selected is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.selected.path)))

    def delete_selected(self) -> None:
        """Move the run, with its twin, to the bin, once the user has confirmed it."""
        folder = self.selected
        if folder is None:
            return
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
        what = f"{folder.name} and its twin without skips" if pair else folder.name
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
        """The summary, read again only where the run has told more since."""
        log = folder.events_path
        key = (str(folder.path), log.stat().st_mtime_ns if log.exists() else 0)
        if key not in self._summaries:
            self._summaries[key] = summarize(folder)
        return self._summaries[key]

    def _set_up_list(self) -> None:
        self.list.setHeaderLabels(COLUMNS)
        self.list.setRootIsDecorated(False)
        self.list.setStyleSheet("QTreeView::item { padding: 5px 7px; border-radius: 0; }")
        self.list.setUniformRowHeights(True)
        self.list.setAllColumnsShowFocus(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.setAccessibleName("Runs")
        for column in _FIGURES:
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            self.list.headerItem().setTextAlignment(column, right)
        header = self.list.header()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.list.itemSelectionChanged.connect(self._enable)
        self.list.itemActivated.connect(self.open_selected)
        self.list.customContextMenuRequested.connect(self._show_menu)
        delete = QAction("Delete …", self.list)
        delete.setShortcut(QKeySequence.StandardKey.Delete)
        delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        delete.triggered.connect(self.delete_selected)
        self.list.addAction(delete)

    def _page(self) -> QWidget:
        self.open_button.clicked.connect(self.open_selected)
        self.reveal_button.clicked.connect(self.reveal_selected)
        self.delete_button.clicked.connect(self.delete_selected)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(16, 6, 16, 10)
        buttons.setSpacing(8)
        for button in (self.open_button, self.reveal_button, self.delete_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        return page

    def _enable(self) -> None:
        for button in (self.open_button, self.reveal_button, self.delete_button):
            button.setEnabled(self.selected is not None)

    def _show_menu(self, at: QPoint) -> None:
        if self.selected is None:
            return
        menu = QMenu(self)
        menu.addAction("Open", self.open_selected)
        menu.addAction("Show folder", self.reveal_selected)
        menu.addSeparator()
        menu.addAction("Delete …", self.delete_selected)
        menu.exec(self.list.viewport().mapToGlobal(at))


def _cells(summary: RunSummary, now: datetime) -> Sequence[str]:
    name = summary.folder.name + (" · pair" if summary.is_pair else "")
    recipe = recipe_in_words(summary.recipe) if summary.recipe is not None else ""
    loss = f"{summary.loss:.3g}" if summary.loss is not None else "–"
    accuracy = _percent(summary.accuracy)
    if summary.twin_accuracy is not None:
        accuracy += f" · without {_percent(summary.twin_accuracy)}"
    when = when_in_words(summary.when, now)
    return [name, when, recipe, f"{summary.steps:,}", loss, accuracy, summary.state]


def _percent(share: float | None) -> str:
    return f"{share * 100:.1f} %" if share is not None else "–"


def _dress(item: QTreeWidgetItem, summary: RunSummary) -> None:
    for column in _FIGURES:
        item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    item.setToolTip(0, str(summary.folder.path))
    item.setToolTip(1, f"{summary.when:%Y-%m-%d %H:%M:%S}")
    if summary.recipe is not None:
        values = summary.recipe.values().items()
        told = "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in values)
        item.setToolTip(2, told)
    item.setToolTip(len(COLUMNS) - 1, summary.message)
