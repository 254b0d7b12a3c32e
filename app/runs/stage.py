"""Which runs the Train workspace shows: they come, go, and are laid over each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from app.runs.cursor import Cursor
from app.runs.listing.comparison import runs_to_compare
from app.runs.listing.run_places import both_of
from app.runs.session import Run, Session
from graphcore.training.run_folder import RunFolder


class Stage(QObject):
    """Holds the session that is shown and takes the time cursor along with it.

    ``changed()``: other runs are shown, or the layers of another one; ``grew()``: there are new
    steps. ``state_changed()``, ``progressed(Progress)`` and ``failed(Run, Failed)`` are those of
    the session.
    """

    changed = Signal()
    grew = Signal()
    state_changed = Signal()
    progressed = Signal(object)
    failed = Signal(object, object)

    def __init__(self, cursor: Cursor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session: Session | None = None
        self._cursor = cursor
        self._watched = False

    @property
    def runs(self) -> tuple[Run, ...]:
        """All that are shown."""
        return self.session.runs if self.session is not None else ()

    @property
    def pictured(self) -> tuple[Run, ...]:
        """Those whose layers are shown."""
        return self.session.pictured if self.session is not None else ()

    @property
    def is_comparison(self) -> bool:
        """Whether runs are laid over each other, of which one is chosen."""
        return self.session is not None and self.session.is_comparison

    def take(self, session: Session | None) -> None:
        """Show ``session`` in place of the one before, which leaves no child behind."""
        before, self.session = self.session, session
        self._cursor.reset()
        if before is not None:
            before.close()
            before.deleteLater()
        if session is not None:
            session.setParent(self)
            session.grew.connect(self.extend)
            session.state_changed.connect(self.state_changed)
            session.progressed.connect(self.progressed)
            session.failed.connect(self.failed)
            session.set_watched(self._watched)
        self.changed.emit()
        self.extend()

    def take_beside_compared(self, runs: Sequence[Run]) -> None:
        """Show runs that are about to begin; those of a comparison go on being seen."""
        kept: tuple[Run, ...] = ()
        if self.session is not None and self.session.is_comparison:
            kept = self.session.runs
            self.session.give_up(kept)
        self.take(Session((*runs, *kept)))

    def compare(self, folders: Sequence[RunFolder]) -> list[str]:
        """Lay these runs over each other, with what goes on now where something does; why others
        cannot be shown."""
        runs, problems = runs_to_compare(self.runs, folders)
        self._show(runs)
        return problems

    def leave_out(self, folders: Sequence[RunFolder]) -> None:
        """Show these and their twins no more, unless they go on."""
        gone = [path for folder in folders for path in both_of(folder)]
        left = [run for run in self.runs if run.is_going or run.folder.path not in gone]
        if len(left) < len(self.runs):
            self._show(left)

    def choose(self, run: Run) -> None:
        """Show the layers of this one of the runs that are compared."""
        if self.session is not None and run is not self.session.chosen:
            self.session.chosen = run
            self.changed.emit()

    def extend(self) -> None:
        """Take the cursor along with the runs that go on."""
        if self.session is not None:
            self._cursor.extend(self.session.last_step, self.session.total_steps)
            self.grew.emit()

    def set_watched(self, watched: bool) -> None:
        """Look at what comes often only while somebody sees it."""
        self._watched = watched
        if self.session is not None:
            self.session.set_watched(watched)

    def _show(self, runs: Sequence[Run]) -> None:
        if self.session is not None and any(run in self.runs for run in runs):
            self.session.show_runs(runs)
            self.changed.emit()
            self.extend()
        else:
            self.take(Session(runs) if runs else None)
