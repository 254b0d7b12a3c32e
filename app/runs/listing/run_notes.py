"""What a run is called and what is to be remembered of it, written into its folder as it is
typed."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.runs.listing.run_summary import RunSummary
from graphcore.training.run_about import LONGEST, About, AboutError, write_about

SAVE_MS: Final = 600
"""After the last key until what was typed is written."""


class RunNotes(QWidget):
    """``saved()`` follows each change that was written."""

    saved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: RunSummary | None = None
        self._written = ("", "")
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the run")
        self.name.setMaxLength(LONGEST["name"])
        self.begun = QLabel()
        self.begun.setObjectName("hint")
        self.begun.setWordWrap(True)
        self.notes = QPlainTextEdit()
        self.notes.setObjectName("notes")
        self.notes.setAccessibleName("Notes on the run")
        self.notes.setTabChangesFocus(True)
        self.problem = QLabel()
        self.problem.setObjectName("wrong")
        self.problem.setWordWrap(True)
        self._timer = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._timer.timeout.connect(self.save)
        self.name.textEdited.connect(lambda _: self._timer.start())
        self.name.editingFinished.connect(self.save)
        self.notes.textChanged.connect(self._timer.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addWidget(self.name)
        column.addWidget(self.begun)
        column.addWidget(self.notes, 1)
        column.addWidget(self.problem)
        self.show_run(None)

    def show_run(self, run: RunSummary | None) -> None:
        """Show what is said about ``run``; what was typed about another one is written first."""
        same = run is not None and self._run is not None and run.folder == self._run.folder
        if same and self._typed() != self._written:
            return  # the list was read anew while somebody types
        self.save()
        self._run = run
        about = run.about if run is not None else About()
        self._written = (about.name, about.notes)
        with QSignalBlocker(self.name), QSignalBlocker(self.notes):
            if self.name.text() != about.name:
                self.name.setText(about.name)
            if self.notes.toPlainText() != about.notes:
                self.notes.setPlainText(about.notes)
        self.name.setPlaceholderText(run.folder.name if run is not None else "Name")
        self.notes.setPlaceholderText("Notes: what you tried, what you saw" if run else "")
        self._tell(run.about_problem if run is not None else "")
        self.begun.setText(run.begun_words if run is not None else "")
        self.begun.setVisible(bool(self.begun.text()))
        for field in (self.name, self.notes):
            field.setEnabled(run is not None and not run.about_problem)

    def save(self) -> None:
        """Write what was typed, if anything was."""
        self._timer.stop()
        typed = self._typed()
        if self._run is None or typed == self._written:
            return
        try:
            name, notes = typed
            write_about(self._run.folder.path, About(name.strip(), notes))
        except AboutError as error:
            self._tell(str(error))
            return
        self._written = typed
        self._tell("")
        self.saved.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing that was typed is lost."""
        super().hideEvent(event)
        self.save()

    def _typed(self) -> tuple[str, str]:
        return self.name.text(), self.notes.toPlainText()

    def _tell(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
