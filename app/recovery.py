"""Keeps the edit journal, so that a crash costs at most the last edit."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.document import Document
from graphcore.journal import Journal, Recovery, abandoned

DELAY = 150
"""Milliseconds from an edit to its note; a drag is noted once in this time."""


class JournalKeeper(QObject):
    """Notes every edit of ``document`` in ``folder``. ``failed(message)``, once, where the disk
    refuses."""

    failed = Signal(str)

    def __init__(self, document: Document, folder: Path) -> None:
        super().__init__(document)
        self._document = document
        self._folder = folder
        self._has_failed = False
        self._journal = Journal(folder, document.diagram, document.path)
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self.note)
        document.changed.connect(self._note_soon)

    def note(self) -> None:
        """Write down what has changed."""
        self._timer.stop()
        if self._document.is_clean and self._journal.file is None:
            return  # An undo back to the saved state is noted, or a crash would bring it back.
        try:
            self._journal.record(self._document.diagram)
        except OSError as error:
            if not self._has_failed:
                self._has_failed = True
                self.failed.emit(
                    f"Edits cannot be noted for recovery in {self._folder}: {error.strerror}. "
                    "Save often, or make room on the disk."
                )

    def begin(self) -> None:
        """The document is another one, or was saved: what was noted is not needed any more."""
        self._timer.stop()
        self._journal.discard()
        self._journal = Journal(self._folder, self._document.diagram, self._document.path)

    def adopt(self, recovery: Recovery) -> None:
        """Go on with what a crash left behind."""
        self._timer.stop()
        self._journal.discard()
        self._journal = recovery.adopt()

    def discard(self) -> None:
        """The document is closed and its edits are not wanted."""
        self._timer.stop()
        self._journal.discard()

    def left_behind(self) -> tuple[Recovery, ...]:
        """What crashes left behind, the latest first."""
        if not self._folder.is_dir():
            return ()
        return abandoned(self._folder)

    def _note_soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()
