"""Asks which curves of runs are to be written as CSV, and where; then writes them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QMessageBox,
    QProgressDialog,
    QVBoxLayout,
    QWidget,
)

from app.runs.listing.comparison import names_of
from graphcore.training.curves import NamedRun, write_file, write_steps, write_tests
from graphcore.training.measuring.step_file import StepFileError
from graphcore.training.run_folder import RunFolder, RunFolderError

PATIENCE_MS: Final = 500
"""What is done sooner shows no progress."""
TESTS: Final = "-held-out"
"""What the name of the file of held-out figures has behind that of the steps'."""


class CurvesDialog(QDialog):
    """``tell(str)`` is told what was written."""

    def __init__(
        self,
        folders: Sequence[RunFolder],
        tell: Callable[[str], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._runs = [
            NamedRun(name, folder) for name, folder in zip(names_of(folders), folders, strict=True)
        ]
        self._tell = tell
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Save the curves")
        count = len(folders)
        what = "of the run" if count == 1 else f"of the {count} runs"
        text = QLabel(f"Loss, accuracy and learning rate at every step {what}, as CSV.")
        text.setWordWrap(True)
        self.gradients = QCheckBox("The gradient of every layer as well (RMS, as it is plotted)")
        self.tests = QCheckBox("The held-out figures, in a file of their own")
        self.tests.setChecked(True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setText("Save …")
        self.buttons.accepted.connect(self._choose)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        for widget in (text, self.gradients, self.tests, self.buttons):
            column.addWidget(widget)

    def _choose(self) -> None:
        home = self._runs[0].folder.path.parent.parent
        stem = self._runs[0].folder.name if len(self._runs) == 1 else "curves"
        name, _ = QFileDialog.getSaveFileName(
            self, "Save the curves", str(home / f"{stem}.csv"), "CSV (*.csv)"
        )
        if not name:
            return
        path = Path(name)
        path = path if path.suffix else path.with_suffix(".csv")
        beside = path.with_name(f"{path.stem}{TESTS}{path.suffix}")
        if self.tests.isChecked() and beside.exists() and not self._may_replace(beside):
            return
        steps = partial(write_steps, self._runs, gradients=self.gradients.isChecked())
        work = [write_file(path, steps)]
        files = [path.name]
        if self.tests.isChecked():
            work.append(write_file(beside, partial(write_tests, self._runs)))
            files.append(beside.name)
        Writing(work, lambda: self._tell(f"Wrote {' and '.join(files)}"), self.parentWidget())
        self.accept()

    def _may_replace(self, path: Path) -> bool:
        answer = QMessageBox.question(
            self,
            "Save the curves",
            f"{path.name} exists as well. Replace it?",
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel,
            QMessageBox.StandardButton.Cancel,
        )
        return answer == QMessageBox.StandardButton.Yes


class Writing(QProgressDialog):
    """Does ``work``, one piece after another and a bit at a time, and shows how far it is where it
    takes long; ``done`` follows. Cancel leaves no half of a file."""

    def __init__(
        self,
        work: Sequence[Generator[float]],
        done: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Writing the curves …", "Cancel", 0, 1000, parent)
        self._work = list(work)
        self._done = done
        self._count = max(len(work), 1)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Save the curves")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumDuration(PATIENCE_MS)
        self.setAutoReset(False)
        self.setValue(0)
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._advance)
        self.canceled.connect(self._give_up)
        self._timer.start()

    def _advance(self) -> None:
        if not self._work:
            self._end()
            self._done()
            return
        try:
            share = next(self._work[0], None)
        except (OSError, RunFolderError, StepFileError) as error:
            self._give_up()
            QMessageBox.warning(
                self.parentWidget(), "Save the curves", f"The curves cannot be written: {error}."
            )
            return
        if share is None:
            del self._work[0]
            share = 0.0
        done = self._count - len(self._work)
        self.setValue(min(round(1000 * (done + share) / self._count), 999))

    def _give_up(self) -> None:
        for piece in self._work:
            piece.close()
        self._work = []
        self._end()

    def _end(self) -> None:
        self._timer.stop()
        self.close()
        self.deleteLater()
