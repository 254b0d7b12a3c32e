"""The question of trust before a program of the user's is run for its data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QMessageBox, QWidget

from graphcore.training.data.arrays import DataError
from graphcore.training.data.sources.python_file import digest_of, is_program
from graphcore.training.events import Failed


class Trust:
    """What the user has trusted in this window: the very texts of programs, by digest. It is
    never in a document and never in a file."""

    def __init__(self) -> None:
        self._digests: set[str] = set()

    def ask(self, data: str, parent: QWidget | None) -> str | None:
        """The digest of the program that ``data`` names, if it may be run; empty where it names
        none; None where the user said no. Raises DataError where it cannot be read."""
        path = Path(data)
        if not is_program(path):
            return ""
        digest = digest_of(path)
        if digest in self._digests or _is_allowed(path, parent):
            self._digests.add(digest)
            return digest
        return None

    def given(self, data: str, parent: QWidget, tell: Callable[[Failed], None]) -> str | None:
        """The same; that it cannot be read is told."""
        try:
            return self.ask(data, parent) if data else ""
        except DataError as error:
            tell(Failed(str(error)))
            return None


def _is_allowed(path: Path, parent: QWidget | None) -> bool:
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Run a program for its data?")
    box.setText(f"The data {path.name} are a program.")
    box.setInformativeText(
        f"Training would run {path}, with all that you may do on this machine. Run it only if you "
        "wrote it or have read it. The question is asked again when the file changes."
    )
    run = box.addButton("Run it", QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    box.exec()
    return box.clickedButton() is run
