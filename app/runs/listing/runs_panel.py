"""The runs of the document's diagram: search, name, reopen, compare, restore, delete."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, Qt, QUrl, Signal
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
from app.runs.listing.bin import BinError, Binned, put_back, to_bin
from app.runs.listing.comparison import with_twins
from app.runs.listing.curves_dialog import CurvesDialog
from app.runs.listing.run_notes import RunNotes
from app.runs.listing.run_places import runs_of
from app.runs.listing.run_summary import RunSummary, summarize, was_written_just_now
from app.runs.listing.runs_list import RunsList
from graphcore.training.run_about import FILE as ABOUT
from graphcore.training.run_folder import RunFolder
from graphcore.training.weights.record import WEIGHTS

_EMPTY: Final = (
    "The runs of this diagram will be listed here, with their recipes and what they reached. "
    "Train starts the first."
)


class RunsPanel(QWidget):
    """``opened(RunFolder)`` asks for a run to be shown, ``compared(list[RunFolder])`` for several
    to be laid over each other, ``restore_wanted(RunFolder)`` for a diagram to be opened,
    ``train_on_wanted(Path)`` for a run that begins with these weights,
    ``evaluation_wanted(RunFolder)`` for a run's weights to be measured;
    ``counted(int)`` tells how many there are, ``deleted(list[RunFolder])`` which are gone;
    ``told(str)`` and ``offered(str, str, act)`` are words for the user, and what he may do.

    ``is_going`` tells whether a run is being trained now; the window sets it.
    """

    opened = Signal(object)
    train_on_wanted = Signal(object)
    evaluation_wanted = Signal(object)
    compared = Signal(object)
    restore_wanted = Signal(object)
    resume_wanted = Signal(object)
    deleted = Signal(object)
    told = Signal(str)
    offered = Signal(str, str, object)
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
        self.compare_button = QPushButton("Compare")
        self.more_button = QPushButton("More")
        self.restore_action = self._action("Restore the diagram", self.restore_selected)
        self.evaluate_action = self._action("Evaluate …", self.evaluate_selected)
        self.train_on_actions = {
            name: self._action(f"Train on from its {name} weights", partial(self.train_on, name))
            for name in WEIGHTS
        }
        self.resume_action = self._action("Resume", self.resume_selected)
        self.reveal_action = self._action("Show the folder", self.reveal_selected)
        self.curves_action = self._action("Save the curves as CSV …", self.save_curves)
        self.delete_action = self._action("Move to the bin", self.delete_selected)
        self.put_back_action = self._action("Put back", self.put_back)
        self._binned: list[Binned] = []
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
        """The one run that is selected."""
        return self.list.selected.folder if self.list.selected is not None else None

    @property
    def chosen(self) -> list[RunFolder]:
        """All runs that are selected, as they stand in the list."""
        return [summary.folder for summary in self.list.chosen]

    def refresh(self) -> None:
        """List the runs anew; the selection stays."""
        folders = runs_of(self._document.path, self._document.diagram)
        self.list.show_runs([self._summary(folder) for folder in folders], datetime.now())
        self.stack.setCurrentIndex(1 if folders else 0)
        self.counted.emit(len(folders))

    def open_selected(self) -> None:
        """Ask for the selected run to be shown; for several, to be compared."""
        if self.selected is not None:
            self.opened.emit(self.selected)
        else:
            self.compare_selected()

    def compare_selected(self) -> None:
        """Ask for the selected runs to be laid over each other."""
        if self.chosen:
            self.compared.emit(self.chosen)

    def save_curves(self) -> None:
        """Ask where the curves of the selected runs are to be written, and write them there."""
        if self.chosen:
            CurvesDialog(with_twins(self.chosen), self.told.emit, self).open()

    def restore_selected(self) -> None:
        """Ask for the diagram of the selected run to be opened."""
        if self.selected is not None:
            self.restore_wanted.emit(self.selected)

    def train_on(self, name: str) -> None:
        """Ask for a run that begins with the ``best`` or ``last`` weights of the selected one."""
        if self.selected is not None:
            self.train_on_wanted.emit(self.selected.path / WEIGHTS[name])

    def evaluate_selected(self) -> None:
        """Ask for the weights of the selected run to be measured."""
        if self.selected is not None:
            self.evaluation_wanted.emit(self.selected)

    def resume_selected(self) -> None:
        """Ask for the selected run to go on from its last state."""
        if self.selected is not None:
            self.resume_wanted.emit(self.selected)

    def reveal_selected(self) -> None:
        """Show the folder in the system's file manager."""
        if self.selected is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.selected.path)))

    def delete_selected(self) -> None:
        """Move the selected runs, with their twins, to the bin; what is being trained stays."""
        chosen = self.chosen
        refusal = next(filter(None, map(self._why_not, chosen)), "")
        if refusal:
            self.told.emit(refusal)
        if refusal or not chosen:
            return
        self.notes.save()
        names = [self._summary(folder).title for folder in chosen]
        self._binned = []
        gone = [folder for folder in with_twins(chosen) if self._bin(folder)]
        self.refresh()
        if not gone:
            return
        self.deleted.emit(gone)
        what = names[0] if len(names) == 1 else f"{len(names)} runs"
        if self._can_put_back:
            self.offered.emit(f"Moved {what} to the bin.", "Undo", self.put_back)
        elif self._binned:
            self.told.emit(f"Moved {what} to the bin.")
        else:
            self.told.emit(f"Deleted {what} for good.")

    @property
    def _can_put_back(self) -> bool:
        """Whether the last deletion can be taken back from here."""
        return bool(self._binned) and all(each.now is not None for each in self._binned)

    def put_back(self) -> None:
        """Take back the last deletion."""
        binned, self._binned = self._binned, []
        problems = []
        for each in binned:
            try:
                put_back(each)
            except BinError as error:
                problems.append(str(error))
        self.refresh()
        if problems:
            self.told.emit("\n".join(problems))

    def showEvent(self, event: QShowEvent) -> None:
        """Runs may have been made elsewhere meanwhile."""
        super().showEvent(event)
        self.refresh()

    def _why_not(self, folder: RunFolder) -> str:
        """Why a run cannot be deleted; "" where it can."""
        if self.is_going(folder):
            return f"{folder.name} is being trained now. Stop it before you delete it."
        if was_written_just_now(folder):
            return (
                f"{folder.name} was written to a moment ago, so another program may be training "
                "it. Stop that one, or try again in a quarter of a minute."
            )
        return ""

    def _bin(self, folder: RunFolder) -> bool:
        """Move a folder to the bin; where there is none, delete it if that is wanted. Whether it
        is gone."""
        binned = to_bin(folder.path)
        if binned is not None:
            self._binned.append(binned)
            return True
        answer = QMessageBox.warning(
            self,
            "No bin",
            f"There is no bin for {folder.path}. Delete the folder for good?",
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel,
            QMessageBox.StandardButton.Cancel,
        )
        if answer != QMessageBox.StandardButton.Yes:
            return False
        try:
            shutil.rmtree(folder.path)
        except OSError as error:
            text = f"{folder.path} could not be deleted: {error.strerror}. Close programs "
            QMessageBox.warning(self, "Delete run", text + "that use it and try again.")
            return False
        return True

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
        self.compare_button.clicked.connect(self.compare_selected)
        self.list.can_put_back = lambda: self._can_put_back
        self.list.put_back_wanted.connect(self.put_back)
        self.menu.aboutToShow.connect(self._tell_menu)
        self.notes.saved.connect(self.refresh)
        self.delete_action.setShortcut(QKeySequence.StandardKey.Delete)
        self.delete_action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        rename = self._action("Rename", self.notes.name.setFocus)
        rename.setShortcut(Qt.Key.Key_F2)
        rename.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.list.addActions([self.delete_action, rename])
        self.open_action = self._action("Open", self.open_selected)
        self.rename_action = rename
        self.menu.addActions([self.open_action, self.resume_action, rename])
        self.menu.addActions([self.restore_action, self.reveal_action])
        self.menu.addAction(self.curves_action)
        self.menu.addSeparator()
        self.menu.addActions([self.evaluate_action, *self.train_on_actions.values()])
        self.menu.addSeparator()
        self.menu.addActions([self.delete_action, self.put_back_action])
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
        head.addWidget(self.compare_button)
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
        count = len(self.list.chosen)
        self.open_button.setEnabled(count == 1)
        self.compare_button.setEnabled(count > 0)
        self.compare_button.setText(f"Compare {count}" if count > 1 else "Compare")
        self.compare_button.setToolTip(
            "Lay the selected runs over each other in the plots (Enter)"
            if count > 1
            else "Lay this run over what the plots show; Ctrl and Shift select several runs"
        )
        self.more_button.setEnabled(count > 0 or self._can_put_back)
        shown, count = self.list.shown, len(self.list.lines)
        self._tell_menu()
        self.found.setText("" if shown == count else f"{shown} of {count}")

    def _can_be_resumed(self, folder: RunFolder) -> bool:
        summary = self._summary(folder)
        if summary.state in ("finished", "damaged") or summary.is_hopeless:
            return False
        return not self.is_going(folder) and not was_written_just_now(folder)

    def _show_menu(self, at: QPoint) -> None:
        if self.chosen or self._can_put_back:
            self.menu.popup(self.list.viewport().mapToGlobal(at))

    def _tell_menu(self) -> None:
        """What can be done with as many runs as are selected."""
        count = len(self.chosen)
        for action in (self.rename_action, self.restore_action, self.reveal_action):
            action.setEnabled(count == 1)
        for name, action in (("best", self.evaluate_action), *self.train_on_actions.items()):
            action.setEnabled(count == 1 and (self.chosen[0].path / WEIGHTS[name]).is_file())
        for action in (self.open_action, self.curves_action, self.delete_action):
            action.setEnabled(count > 0)
        resumable = count == 1 and self._can_be_resumed(self.chosen[0])
        self.resume_action.setEnabled(resumable)
        anew = resumable and not self.chosen[0].state_path.exists()
        self.resume_action.setText("Resume (begins anew)" if anew else "Resume")
        self.open_action.setText("Open" if count < 2 else f"Compare {count} runs")
        self.put_back_action.setEnabled(self._can_put_back)
        names = [binned.was.name for binned in self._binned]
        self.put_back_action.setText(f"Put back {names[0]}" if len(names) == 1 else "Put back")
