"""What the Train workspace shows: one run, a pair, or runs to compare; live or replayed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.runs.children.client import RunClient, RunState
from app.runs.edge_history import EdgeHistory
from app.runs.history import HeldOut, History
from app.runs.listing.run_places import twin_of
from app.runs.pace_history import PaceHistory
from app.runs.plots.histograms import Histograms
from app.runs.progress import Progress, ending_of, progress_of
from app.runs.update_history import UpdateHistory
from graphcore.diagram import Diagram, Instance
from graphcore.training.events import (
    Evaluated,
    Failed,
    Finished,
    HistogramTaken,
    Started,
    StepDone,
    Telemetry,
    TrainingEvent,
    WeightsTaken,
)
from graphcore.training.measuring.step_file import StepFileError
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from graphcore.training.weights.record import WeightsRecord, write_record

WATCHED_MS: Final = 40
"""Between two looks at a growing step file while somebody watches."""
UNWATCHED_MS: Final = 500


class Run(QObject):
    """One run: its folder, its diagram, what it has told and its figures so far."""

    told = Signal(object)
    state_changed = Signal()

    def __init__(
        self,
        title: str,
        folder: RunFolder,
        diagram: Diagram,
        recipe: Recipe,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = title
        self.folder = folder
        self.diagram = diagram
        self.recipe = recipe
        self.history = History(folder.step_file())
        self.edges = EdgeHistory(folder.edge_file())
        self.updates = UpdateHistory(folder.update_file())
        self.pace = PaceHistory()
        self.histograms = Histograms()
        self.client: RunClient | None = None
        self.weights: WeightsTaken | None = None
        self.started: Started | None = None
        self.newest: StepDone | None = None
        self.evaluated: Evaluated | None = None
        self.failed: Failed | None = None
        self.finished: Finished | None = None

    @property
    def state(self) -> RunState:
        """Where the run stands; one that is only replayed is over."""
        if self.client is not None:
            return self.client.state
        return RunState.FAILED if self.failed is not None else RunState.FINISHED

    @property
    def is_going(self) -> bool:
        """Whether more is to come."""
        return self.state not in (RunState.FINISHED, RunState.FAILED)

    @property
    def remark(self) -> str:
        """With which weights it began, where they were not drawn."""
        return self.weights.message if self.weights is not None else ""

    @property
    def total_steps(self) -> int:
        """How many steps it was to make; 0 while that is not known."""
        return self.started.steps if self.started is not None else 0

    @property
    def can_be_resumed(self) -> bool:
        """Whether it is over before its end, and can go on or, where it left no state, begin anew.
        Its recipe is its own, so what is refused for that would be refused again."""
        if self.is_going or (self.finished is not None and not self.finished.stopped):
            return False
        return self.failed is None or (self.failed.resumable and not self.failed.param)

    @property
    def begins_anew(self) -> bool:
        """Whether it has no state to go on from."""
        return not self.folder.state_path.exists()

    def train(
        self, client: RunClient, threads: int | None, trusted: str = "", *, resume: bool = False
    ) -> None:
        """Let ``client`` train it, from its last state if it is to ``resume``; ``trusted`` is the
        digest of a program that it may run."""
        client.setParent(self)
        client.event_arrived.connect(self.take)
        client.state_changed.connect(lambda _: self.state_changed.emit())
        self.client = client
        client.train(self.folder.path, threads=threads, trusted=trusted, resume=resume)

    def replay(self) -> None:
        """Take in all that the folder holds.

        Raises RunFolderError, StepFileError or OSError.
        """
        for event in self.folder.events():
            self.take(event)
        self.pull()

    def pull(self) -> int:
        """Take in the figures that were written since; how many steps and measurements those are.

        Raises StepFileError or OSError.
        """
        return self.history.pull() + self.edges.pull() + self.updates.pull()

    def take(self, event: TrainingEvent) -> None:
        """Keep what an event tells."""
        match event:
            case WeightsTaken():
                self.weights = event
            case Started():
                self.started, self.failed, self.finished = event, None, None
                # What there is of a run before, this one writes again.
                self.history.begin_again(event.step)
                self.edges.begin_again()
                self.updates.begin_again()
            case StepDone():
                self.newest = event
            case Telemetry():
                self.pace.add(event)
            case HistogramTaken():
                self.histograms.add(event)
            case Evaluated():
                self.evaluated = event
                self.history.tests.append(_held_out(event))
            case Failed():
                self.failed = event
            case Finished():
                self.finished = event
        if isinstance(event, Failed | Finished):
            # Who asked too late is answered with what was saved.
            for layer in tuple(self.histograms.waiting):
                self._read_saved(layer)
        self.told.emit(event)

    def ask_histogram(self, layer: Instance) -> None:
        """Have the histograms of a layer taken before the next step; of a run that is over read
        its weights as they were saved. The answer is told like any event."""
        if self.client is not None and self.client.ask_histogram(layer):
            self.histograms.waiting.add(layer)
        elif self.is_going:
            self.take(HistogramTaken(0, layer, "", (), "The run has not begun; ask again."))
        else:
            self._read_saved(layer)

    def _read_saved(self, layer: Instance) -> None:
        from graphcore.training.weights.saved import saved_histogram

        steps, folder = self.history.steps, self.folder.checkpoints
        self.take(saved_histogram(folder, self.diagram, layer, steps))


def _held_out(event: Evaluated) -> HeldOut:
    return HeldOut(event.step, event.loss, event.accuracy, event.metrics)


class Session(QObject):
    """Runs that are seen together: one, the pair with and without skips, or several to compare.

    ``grew()`` follows new steps or tests, ``state_changed()`` a run's beginning or end,
    ``progressed(Progress)`` what the status bar should say; ``failed(Run, Failed)`` a fault.
    """

    grew = Signal()
    state_changed = Signal()
    progressed = Signal(object)
    failed = Signal(object, object)

    def __init__(self, runs: Sequence[Run], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runs: tuple[Run, ...] = ()
        self.chosen = runs[0]
        """The run whose layers are shown where one of several is."""
        self._timer = QTimer(self, interval=WATCHED_MS)
        self._timer.timeout.connect(self.look)
        self.show_runs(runs)

    @property
    def is_pair(self) -> bool:
        """Whether it is the pair with and without skips, and nothing else."""
        if len(self.runs) != 2:
            return False
        one, other = (run.folder.path for run in self.runs)
        return twin_of(one) == other

    @property
    def is_comparison(self) -> bool:
        """Whether runs are laid over each other, of which one is chosen."""
        return len(self.runs) > 1 and not self.is_pair

    @property
    def pictured(self) -> tuple[Run, ...]:
        """The runs of which every layer is shown: both of a pair, else the one chosen."""
        return self.runs if self.is_pair else (self.chosen,)

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Show these, of which some may be shown already; the others go."""
        before, self.runs = self.runs, tuple(runs)
        for run in before:
            if run not in self.runs:
                if run.client is not None:
                    run.client.close()
                run.deleteLater()
        for run in self.runs:
            if run not in before:
                run.setParent(self)
                run.told.connect(lambda event, run=run: self._notice(run, event))
                run.state_changed.connect(self._notice_state)
        if self.chosen not in self.runs:
            self.chosen = self.runs[0]

    def give_up(self, runs: Sequence[Run]) -> None:
        """Let another session have these, which are over."""
        for run in runs:
            run.told.disconnect()
            run.state_changed.disconnect()
            run.setParent(None)
        self.runs = tuple(run for run in self.runs if run not in runs)

    @property
    def is_running(self) -> bool:
        """Whether more is to come of any run (of a paused one, too)."""
        return any(run.is_going for run in self.runs)

    @property
    def is_paused(self) -> bool:
        """Whether every run that goes on is paused."""
        going = [run for run in self.runs if run.is_going]
        return bool(going) and all(run.state is RunState.PAUSED for run in going)

    @property
    def last_step(self) -> int:
        """The last step that every run that goes on has made, so that a pair is seen at one step;
        when all are over, the last one that any has made."""
        going = [run.history.steps for run in self.runs if run.is_going]
        return min(going) if going else max(run.history.steps for run in self.runs)

    @property
    def total_steps(self) -> int:
        """The number of steps that the longest run will have."""
        return max((run.total_steps for run in self.runs), default=0)

    def start(
        self,
        runs: Sequence[Run],
        clients: Sequence[RunClient],
        threads: int | None,
        trusted: str = "",
        *,
        resume: bool = False,
    ) -> None:
        """Train these of the runs, each in its own child, all at once, or ``resume`` them;
        ``trusted`` is the digest of a program that they may run for their data."""
        self._timer.start()
        for run, client in zip(runs, clients, strict=True):
            run.train(client, threads, trusted, resume=resume)

    def pause(self) -> None:
        """Hold all runs, or let them go on where they are held."""
        held = self.is_paused
        for run in self.runs:
            if run.client is not None and run.client.state.is_active:
                run.client.resume() if held else run.client.pause()

    def stop(self) -> None:
        """End all runs after the step that they make now."""
        for run in self.runs:
            if run.client is not None and run.is_going:
                run.client.stop()

    def close(self) -> None:
        """Leave no child behind."""
        self._timer.stop()
        for run in self.runs:
            if run.client is not None:
                run.client.close()

    def set_watched(self, watched: bool) -> None:
        """Look at the files often only while somebody sees what they hold."""
        self._timer.setInterval(WATCHED_MS if watched else UNWATCHED_MS)

    def look(self) -> None:
        """Take in the steps that were written since the last look."""
        # What was made before does not grow; twenty such runs need not be asked.
        new = sum(self._pull(run) for run in self.runs if run.client is not None)
        if new:
            self.grew.emit()

    def _pull(self, run: Run) -> int:
        try:
            return run.pull()
        except (StepFileError, OSError) as error:
            self._timer.stop()
            self.failed.emit(run, Failed(f"The figures of the run cannot be read: {error}"))
            return 0

    def _notice(self, run: Run, event: TrainingEvent) -> None:
        if isinstance(event, Failed):
            self.failed.emit(run, event)
        elif isinstance(event, WeightsTaken):
            self.state_changed.emit()
        elif isinstance(event, Evaluated | Telemetry | HistogramTaken):
            self.grew.emit()
        elif isinstance(event, Started | StepDone):
            self.progressed.emit(self.progress())

    def progress(self) -> Progress:
        """How far the session is, or how it ended."""
        trained = [run for run in self.runs if run.client is not None] or self.runs
        sound = [run for run in trained if run.failed is None]
        if not sound:
            return Progress("failed", 1.0)
        if not self.is_running:
            steps = max(run.history.steps for run in sound)
            return ending_of([run.finished for run in sound], steps)
        return progress_of([(run.started, run.newest, run.history.steps) for run in sound])

    def _notice_state(self) -> None:
        self.look()
        if not self.is_running:
            self._timer.stop()
        self.state_changed.emit()


def open_run(folder: RunFolder, title: str) -> Run:
    """A run as its folder tells it. Raises RunFolderError, StoreError, StepFileError, OSError."""
    from graphcore import store

    run = Run(title, folder, store.loads(folder.diagram_text()), folder.recipe())
    run.replay()
    return run


def new_run(
    path: Path, title: str, diagram: Diagram, recipe: Recipe, weights: Path | None = None
) -> Run:
    """A run that is about to begin, its folder made at ``path``, with ``weights`` where they are
    not drawn. Raises RunFolderError and OSError."""
    from graphcore import store

    folder = RunFolder.create(path, store.dumps(diagram), recipe)
    if weights is not None:
        write_record(folder.path, WeightsRecord(str(weights)))
    return Run(title, folder, diagram, recipe)
