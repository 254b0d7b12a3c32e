"""Opening, saving and exporting, and the questions that keep work from being lost."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from app import settings
from app.document import Document
from app.recovery import JournalKeeper
from graphcore import store
from graphcore.diagnostics import DiagramError
from graphcore.diagram import Diagram, empty_diagram
from graphcore.spec import Refused
from graphcore.store import SUFFIX, StoreError, replace_file

if TYPE_CHECKING:
    from graphcore.exchange.formats import Written
    from graphcore.journal import Recovery

FILTER = f"Skipwright diagrams (*{SUFFIX})"


class Files(QObject):
    """The document's life on the disk. ``told(message)`` says in passing what was done.

    ``is_running`` tells whether a run would end with the diagram, ``begins_with`` with which
    weights the next one begins if they are not drawn; the window sets both.
    """

    told = Signal(str)
    opened = Signal()

    def __init__(self, document: Document, journal: JournalKeeper, window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._journal = journal
        self._window = window
        self._seen: tuple[Path, bytes] | None = None
        """The file that was read or written last, and a digest of what it held then."""
        self.is_running: Callable[[], bool] = lambda: False
        self.begins_with: Callable[[], Path | None] = lambda: None

    def new(self) -> bool:
        """Begin with an empty diagram; whether the user agreed."""
        return self.show_diagram(empty_diagram())

    def show_diagram(self, diagram: Diagram) -> bool:
        """Begin with ``diagram``, which no file holds; whether the user agreed."""
        if not self.may_leave():
            return False
        self._document.new(diagram)
        self._journal.begin()
        self.opened.emit()
        return True

    def restore_run(self, folder: Path) -> bool:
        """Begin with the diagram that the run in ``folder`` trained, as a new document; whether
        the user agreed."""
        try:
            diagram = store.read(folder / "diagram.skw")
        except (StoreError, OSError) as error:
            self._complain(f"The diagram of {folder.name} cannot be opened", str(error))
            return False
        if not self.show_diagram(diagram):
            return False
        self.told.emit(f"The diagram of {folder.name}, as a new document")
        return True

    def choose_and_open(self) -> None:
        """Ask for a file and open it."""
        if not self.may_leave():
            return
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open a diagram", str(self._folder()), FILTER
        )
        if name:
            self._open(Path(name))

    def open(self, path: Path) -> bool:
        """Open a file, if the user lets the present diagram go; whether it is open now."""
        return self.may_leave() and self._open(path)

    def _open(self, path: Path) -> bool:
        try:
            notice = self._document.open(path)
        except (StoreError, OSError) as error:
            self._complain(f"{path.name} cannot be opened", str(error))
            return False
        self._journal.begin()
        settings.remember_file(path)
        self._seen = path, _digest(path)
        self.opened.emit()
        if notice:
            self.told.emit(notice)
        return True

    def save(self) -> bool:
        """Save the document; whether it is on the disk now."""
        path = self._document.path
        return self.save_as() if path is None else self._save(path)

    def save_as(self) -> bool:
        """Ask for a name and save the document under it; whether it is on the disk now."""
        start = self._document.path or self._folder() / f"{self._document.diagram.main}{SUFFIX}"
        name, _ = QFileDialog.getSaveFileName(self._window, "Save as", str(start), FILTER)
        if not name:
            return False
        path = Path(name)
        return self._save(path if path.suffix else path.with_suffix(SUFFIX))

    def _save(self, path: Path) -> bool:
        if self._document.read_only and path == self._document.path:
            self._complain(
                f"{path.name} is open for reading only",
                "A newer version of Skipwright made it; save under another name.",
            )
            return False
        if self._is_changed_outside(path) and not self._may_overwrite(path):
            return False
        try:
            self._document.save(path)
        except (StoreError, OSError) as error:
            self._complain(f"{path.name} cannot be saved", str(error))
            return False
        self._journal.begin()
        settings.remember_file(path)
        self._seen = path, _digest(path)
        self.told.emit(f"Saved {path.name}")
        return True

    def export(self) -> None:
        """Ask for a name and write the code there."""
        try:
            source = self._document.current_source()
        except DiagramError as error:
            self._complain("There is no code yet", f"The diagram has errors:\n{error}")
            return
        stem = self._document.path.stem if self._document.path else source.class_name.lower()
        start = self._folder() / f"{stem.replace('-', '_')}.py"
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Export the code", str(start), "Python (*.py)"
        )
        if not name:
            return
        path = Path(name)
        path = path if path.suffix else path.with_suffix(".py")
        try:
            replace_file(path, source.text.encode())
        except OSError as error:
            self._complain(f"{path.name} cannot be written", str(error))
            return
        self.told.emit(f"Wrote {source.class_name} to {path.name}")

    def export_experiment(self) -> None:
        """Ask for a folder and write the network, its training and a notebook there."""
        # Loaded when it is wanted: the window is painted before the data sets' packages are read.
        from graphcore.exchange.experiment import ExportError
        from graphcore.exchange.formats import EXPERIMENT, write_down
        from graphcore.training.data.arrays import DataError
        from graphcore.training.recipe import resolve_recipe
        from graphcore.training.weights.record import title_of

        diagram = self._document.diagram
        try:
            written = EXPERIMENT.write(diagram, resolve_recipe(diagram.recipe))
        except DiagramError as error:
            self._complain("There is no code yet", f"The diagram has errors:\n{error}")
            return
        except (DataError, ExportError, Refused) as error:
            self._complain("The experiment cannot be written", str(error))
            return
        name = QFileDialog.getExistingDirectory(
            self._window, "Export the experiment to a folder", str(self._folder())
        )
        if not name or not self._may_replace(Path(name), written):
            return
        try:
            write_down(written, Path(name))
        except OSError as error:
            self._complain(f"{Path(name).name} cannot be written to", str(error))
            return
        weights = self.begins_with()
        instead = f", not with {title_of(weights)}" if weights is not None else ""
        self.told.emit(
            f"Wrote {', '.join(written.files)} to {Path(name).name}; it begins with random weights"
            f"{instead}"
        )

    def _may_replace(self, folder: Path, written: Written) -> bool:
        """Whether no other file is lost, or the user does not want it."""
        others = [str(path.name) for path in written.replaces(folder)]
        if not others:
            return True
        box = QMessageBox(self._window)
        box.setObjectName("replace")
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(f"<b>{html.escape(folder.name)} has other files of these names.</b>")
        box.setInformativeText(f"What is in {html.escape(', '.join(others))} is lost.")
        replace = box.addButton("Replace", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        return box.clickedButton() is replace

    def may_leave(self) -> bool:
        """Whether the present diagram may be let go: nothing runs that the user wants to go on,
        and it is saved, or the user does not want it."""
        if self.is_running() and not self._may_stop():
            return False
        if self._document.is_clean:
            return True
        box = QMessageBox(self._window)
        box.setObjectName("unsaved")
        box.setIcon(QMessageBox.Icon.Warning)
        path = self._document.path
        name = path.name if path is not None else self._document.diagram.main
        box.setText(f"<b>{html.escape(name)} has changes that are not saved.</b>")
        box.setInformativeText("Without saving they are lost.")
        box.setStandardButtons(
            QMessageBox.StandardButton.Save
            | QMessageBox.StandardButton.Discard
            | QMessageBox.StandardButton.Cancel
        )
        box.setDefaultButton(QMessageBox.StandardButton.Save)
        answer = box.exec()
        if answer == QMessageBox.StandardButton.Save:
            return self.save()
        return answer == QMessageBox.StandardButton.Discard

    def _is_changed_outside(self, path: Path) -> bool:
        """Whether somebody else, such as a second window, wrote the document's file meanwhile."""
        if self._seen is None or path != self._document.path or path != self._seen[0]:
            return False
        return path.exists() and _digest(path) != self._seen[1]

    def _may_overwrite(self, path: Path) -> bool:
        box = QMessageBox(self._window)
        box.setObjectName("changed_outside")
        box.setIcon(QMessageBox.Icon.Warning)
        name = html.escape(path.name)
        box.setText(f"<b>{name} was changed by another window or program.</b>")
        box.setInformativeText(
            "Saving here overwrites what was saved there. Save as… keeps both, under two names."
        )
        overwrite = box.addButton("Overwrite", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        return box.clickedButton() is overwrite

    def _may_stop(self) -> bool:
        box = QMessageBox(self._window)
        box.setObjectName("running")
        box.setIcon(QMessageBox.Icon.Question)
        box.setText("<b>A run is going on.</b>")
        box.setInformativeText("It ends here; what it has reached stays in its folder.")
        stop = box.addButton("End the run", QMessageBox.ButtonRole.AcceptRole)
        box.addButton("Let it run", QMessageBox.ButtonRole.RejectRole)
        box.exec()
        return box.clickedButton() is stop

    def offer_recovery(self) -> None:
        """Ask about work that a crash left behind, one piece after another, until one is restored;
        returns at once."""
        try:
            found = self._journal.left_behind()
        except OSError as error:
            self.told.emit(f"Work left behind by a crash cannot be looked for: {error}")
            return
        self._ask_about(list(found))

    def _ask_about(self, found: list[Recovery]) -> None:
        if not found:
            return
        recovery, *others = found
        box = QMessageBox(self._window)
        box.setObjectName("recovery")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        name = recovery.path.name if recovery.path is not None else recovery.diagram.main
        from datetime import datetime

        when = datetime.fromtimestamp(recovery.modified).strftime("%d %B, %H:%M")
        box.setText(f"<b>{html.escape(name)} was not saved when Skipwright ended.</b>")
        box.setInformativeText(f"The last edit was made on {when}.")
        restore = box.addButton("Restore", QMessageBox.ButtonRole.AcceptRole)
        discard = box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton("Ask again next time", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(restore)

        def take_answer() -> None:
            chosen = box.clickedButton()
            if chosen is restore and self._restore(recovery):
                for other in others:
                    other.leave()
                return
            if chosen is discard:
                recovery.discard()
            else:
                recovery.leave()
            self._ask_about(others)

        box.finished.connect(take_answer)
        box.open()

    def _restore(self, recovery: Recovery) -> bool:
        """Go on with lost work in place of the present diagram; whether the user agreed."""
        if not self.may_leave():
            return False
        self._document.restore(recovery.diagram, recovery.path)
        self._journal.adopt(recovery)
        self.opened.emit()
        return True

    def fill_recent(self, menu: QMenu) -> None:
        """Put the recent files into ``menu``."""
        menu.clear()
        for path in settings.recent_files():
            action = menu.addAction(path.name)
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, path=path: self.open(path))
        if menu.isEmpty():
            menu.addAction("Files that you open or save will be here").setEnabled(False)
            return
        menu.addSeparator()
        menu.addAction("Forget these").triggered.connect(settings.forget_files)

    def _folder(self) -> Path:
        if self._document.path is not None:
            return self._document.path.parent
        recent = settings.recent_files()
        return recent[0].parent if recent else Path.home()

    def _complain(self, title: str, reason: str) -> None:
        box = QMessageBox(self._window)
        box.setObjectName("complaint")
        box.setIcon(QMessageBox.Icon.Critical)
        box.setText(f"<b>{html.escape(title)}</b>")
        box.setInformativeText(html.escape(reason))
        box.exec()


def _digest(path: Path) -> bytes:
    """A digest of a file; of one that cannot be read, nothing."""
    # It loads OpenSSL, which the first paint does not wait for.
    import hashlib

    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b""
