"""The Train workspace: the diagram coloured by its gradients above the plots, one time cursor."""

from __future__ import annotations

import gc
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from app.busy import busy
from app.canvas.openings import Openings
from app.document import Document
from app.runs.banner import FailureBanner
from app.runs.children.client import WORKER
from app.runs.children.warm import WarmChildren
from app.runs.cursor import Cursor
from app.runs.listing.comparison import name_of, offers
from app.runs.listing.run_places import both_of
from app.runs.lower_part import LowerPart
from app.runs.panes import CanvasPane, canvas_side
from app.runs.pictured import color_panes, mark_failure, title_panes
from app.runs.plots.color_bar import ColorBar
from app.runs.session import Run, Session
from app.runs.setup.recipe_form import RecipePanel
from app.runs.setup.samples_view import SamplesDialog
from app.runs.setup.starting import open_session, prepare, threads_for
from app.runs.setup.trust import Trust
from app.runs.stage import Stage
from graphcore.training.events import Failed
from graphcore.training.run_folder import RunFolder

COLOR_MS = 60
"""Between two colourings of the canvases."""


class TrainPage(QWidget):
    """Trains the diagram of ``document``, alone or as the pair with and without skips.

    ``state_changed()``; ``progress(text, fraction)``; ``failed(Failed)``;
    ``gradients_changed(mapping)`` is the root mean square by instance at the cursor, of the run
    with skips; ``show_block(Instance | None, Definition | None)`` asks for a block to be shown in
    the Design workspace; ``runs_changed()`` follows a new run folder or a run's end,
    ``shown_changed()`` another choice of runs; ``runs_wanted()`` asks for the list of all runs.
    """

    state_changed = Signal()
    progress = Signal(str, float)
    failed = Signal(object)
    gradients_changed = Signal(object)
    show_block = Signal(object, object)
    runs_changed = Signal()
    shown_changed = Signal()
    runs_wanted = Signal()

    def __init__(
        self,
        document: Document,
        parent: QWidget | None = None,
        *,
        command: tuple[str, ...] = WORKER,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self.time = Cursor(self)
        self.stage = Stage(self.time, self)
        self.warm_children = WarmChildren(self, command=command)
        self.banner = FailureBanner()
        self.openings = Openings(self)
        """What is open in place is open in both canvases, so that they compare."""
        self.panes = (
            CanvasPane(document.diagram, self.openings),
            CanvasPane(document.diagram, self.openings),
        )
        self.color_bar = ColorBar()
        self.below = LowerPart(self.time)
        self.scrubber = self.below.head.scrubber
        self.recipe_button = self.below.head.recipe_button
        self.plots = self.below.plots
        self.recipe = RecipePanel(document)
        self.trust = Trust()
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self._color_timer = QTimer(self, singleShot=True, interval=COLOR_MS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._arrange()
        self._connect()
        self._show_runs()
        self._share_height(1)

    @property
    def is_running(self) -> bool:
        """Whether a run goes on, a paused one included."""
        return self.session is not None and self.session.is_running

    @property
    def is_paused(self) -> bool:
        """Whether all that goes on is paused."""
        return self.session is not None and self.session.is_paused

    @property
    def is_pair(self) -> bool:
        """Whether the pair with and without skips is shown."""
        return self.session is not None and self.session.is_pair

    @property
    def session(self) -> Session | None:
        """The runs that are shown, as far as there are any."""
        return self.stage.session

    def trains(self, folder: RunFolder) -> bool:
        """Whether the run in ``folder``, or its twin, goes on."""
        return any(run.is_going and run.folder.path in both_of(folder) for run in self.stage.runs)

    def warm(self) -> None:
        """Start children in the background, so that a run begins when it is asked for."""
        self.warm_children.warm()

    def start(self, compare: bool = False) -> None:
        """Train the diagram, with ``compare`` its plain twin at the same time; or tell why not."""
        if self.is_running:
            return
        self.banner.dismiss()
        data = str(self._document.diagram.recipe.get("data", ""))
        trusted = self.trust.given(data, self, self._tell)
        if trusted is None:
            return
        weights = self.recipe.weights.chosen
        prepared = prepare(self._document, compare=compare, weights=weights)
        if isinstance(prepared, Failed):
            self._tell(prepared)
            self.banner.is_refusal = True
            self.progress.emit("not started", -1)
            return
        gc.unfreeze()
        if compare:
            self.stage.take(Session(prepared))
        else:
            self.stage.take_beside_compared(prepared)
        self._train(prepared, trusted)

    def resume(self, folder: RunFolder | None = None) -> None:
        """Go on from the last state of what is pictured, or of the runs in ``folder``; what has
        none begins anew."""
        if folder is not None:
            self.open_run(folder)
        runs = [run for run in self.stage.pictured if run.can_be_resumed]
        if self.is_running or not runs:
            return
        trusted = self.trust.given(runs[0].recipe.data, self, self._tell)
        if trusted is not None:
            self.banner.dismiss()
            self._train(runs, trusted, resume=True)

    def _train(self, runs: Sequence[Run], trusted: str, *, resume: bool = False) -> None:
        clients = [self.warm_children.take() for _ in runs]
        assert self.session is not None
        # What lives now need not be looked at by the garbage collector while the window is busy
        # with plots: a full collection takes it longer than a picture may.
        gc.freeze()
        self.session.start(runs, clients, threads_for(len(runs)), trusted, resume=resume)
        # Of what begins no step was made, however far others came.
        self.stage.extend()
        self.progress.emit("starting", 0.0)
        self.state_changed.emit()
        self.runs_changed.emit()

    def pause(self) -> None:
        """Hold what goes on, or let it go on."""
        if self.session is not None:
            self.session.pause()

    def stop(self) -> None:
        """End what goes on after the step that it is at."""
        if self.session is not None:
            self.session.stop()

    def open_run(self, folder: RunFolder) -> None:
        """Show a run that was made before, with its twin where it has one."""
        if self.is_running:
            told = "A run is going on. Stop it before you open another, or compare the two."
            self._tell(Failed(told))
            return
        self.banner.dismiss()
        opened = open_session(folder)
        if isinstance(opened, Failed):
            self._tell(opened)
            return
        self.stage.take(Session(opened))
        for run in opened:
            if run.failed is not None:
                self._notice_failure(run, run.failed)
        self.state_changed.emit()

    def compare(self, folders: Sequence[RunFolder]) -> None:
        """Lay these runs over each other, with what goes on now where something does.

        Those that cannot be read are told of, and left out.
        """
        self.banner.dismiss()
        with busy():
            problems = self.stage.compare(folders)
        if problems:
            self._tell(Failed("\n".join(problems)))

    def clear(self) -> None:
        """End what goes on and show no run, as when another diagram is opened."""
        self.banner.dismiss()
        self.recipe.weights.choose(None)
        self.stage.take(None)
        self.state_changed.emit()

    def shutdown(self) -> None:
        """Leave no child behind; for the end of the window."""
        self.warm_children.close()
        if self.session is not None:
            self.session.close()

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody watches."""
        super().showEvent(event)
        self.stage.set_watched(True)
        if self.stage.is_comparison:
            # A run may have been given another name meanwhile.
            self._show_runs()
        self._preview()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody watches."""
        super().hideEvent(event)
        self.stage.set_watched(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space plays; arrows, Page keys, Home and End move the cursor."""
        if event.key() == Qt.Key.Key_Space:
            self.scrubber.toggle()
        else:
            self.scrubber.track.keyPressEvent(event)

    def _offer_runs(self) -> None:
        """Fill the menu of runs that can be laid over those that are shown."""
        self.below.head.offer(offers(self._document, self.stage.runs))

    def _switch_run(self, folder: RunFolder, on: bool) -> None:
        if on:
            self.compare([*(run.folder for run in self.stage.runs), folder])
        else:
            self.stage.leave_out([folder])

    def _show_runs(self) -> None:
        runs, pictured = self.stage.runs, self.stage.pictured
        self.below.show_runs(runs, pictured)
        if self.panes[1].isHidden() == (len(pictured) > 1):
            self._share_height(len(pictured))
        self.panes[1].setVisible(len(pictured) > 1)
        for pane, run in zip(self.panes, pictured, strict=False):
            pane.show_diagram(run.diagram)
            pane.clear_figures()
        self._title_panes()
        self._preview()
        self._color_soon()
        self.shown_changed.emit()
        self.state_changed.emit()

    def _title_panes(self) -> None:
        among_others = len(self.stage.runs) > len(self.stage.pictured)
        title_panes(self.panes, self.stage.pictured, among_others=among_others)

    def _preview(self) -> None:
        """Without a run, show the diagram that would be trained."""
        if self.session is None and self.isVisible():
            self.panes[0].preview(self._document.diagram)

    def _grow(self) -> None:
        self.below.refresh()
        self._color_soon()

    def _notice_state(self) -> None:
        assert self.session is not None
        self._title_panes()
        if not self.session.is_running:
            gc.unfreeze()
            self.stage.extend()
            self.runs_changed.emit()
            self.progress.emit(*self.session.progress())
            self.warm_children.warm()
        self._offer_resume()
        self.state_changed.emit()

    def _notice_failure(self, run: Run, failure: Failed) -> None:
        if self.stage.is_comparison:
            self._tell(failure, name_of(run.folder))
        else:
            self._tell(failure, run.title if len(self.stage.runs) > 1 else "")
        mark_failure(self.panes, self.stage.pictured, run, failure)

    def _tell(self, failure: Failed, title: str = "") -> None:
        self.banner.tell(failure, title)
        self._offer_resume()
        if failure.param:
            self.recipe_button.setChecked(True)
            self.recipe.recipe.show_refusal(failure.param, failure.message)
        self.failed.emit(failure)

    def _offer_resume(self) -> None:
        runs = [run for run in self.stage.pictured if run.can_be_resumed]
        self.banner.offer_resume(bool(runs), anew=all(run.begins_anew for run in runs))

    def _color(self) -> None:
        """Colour the canvases as the net was at the cursor."""
        if self.session is None:
            return
        color_panes(self.panes, self.stage.pictured, self.time.step)
        first = self.session.pictured[0].history
        self.gradients_changed.emit(first.gradients_at(first.step_at(self.time.step)))

    def _show_samples(self) -> None:
        """Show samples of the recipe's data, read in a child."""
        form = self.recipe.recipe
        if form.info is not None:
            SamplesDialog(form.info, form.demand, self).open()

    def _color_soon(self) -> None:
        if not self._color_timer.isActive():
            self._color_timer.start()

    def _connect(self) -> None:
        self.time.moved.connect(self._color_soon)
        self._color_timer.timeout.connect(self._color)
        self._document.changed.connect(self._preview)
        self.banner.show_block.connect(self.show_block)
        self.banner.resume_asked.connect(self.resume)
        one, other = (pane.document for pane in self.panes)
        one.place_changed.connect(lambda: other.enter(one.instance))
        other.place_changed.connect(lambda: one.enter(other.instance))
        self.plots.depth_pane.listen_to(self.panes)
        self.recipe_button.toggled.connect(self.recipe.setVisible)
        self.stage.changed.connect(self._show_runs)
        self.stage.grew.connect(self._grow)
        self.stage.state_changed.connect(self._notice_state)
        self.stage.progressed.connect(lambda told: self.progress.emit(told.text, told.fraction))
        self.stage.failed.connect(self._notice_failure)
        self.plots.chosen.connect(self.stage.choose)
        self.plots.left_out.connect(lambda run: self.stage.leave_out([run.folder]))
        self.below.head.menu_opens.connect(self._offer_runs)
        self.below.head.switched.connect(self._switch_run)
        self.below.head.all_wanted.connect(self.runs_wanted)
        self.recipe.recipe.preview_asked.connect(self._show_samples)
        self._document.changed.connect(self.banner.forget_refusal)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.shutdown)

    def _arrange(self) -> None:
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(canvas_side(self.panes, self.color_bar))
        self.splitter.addWidget(self.below)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.splitter, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(column, 1)
        row.addWidget(self.recipe)

    def _share_height(self, canvases: int) -> None:
        """Give a pair of canvases more of the height than one; the user may drag it elsewhere."""
        upper = 530 if canvases > 1 else 400
        self.splitter.setSizes([upper, 1000 - upper])
