"""The Train workspace: the diagram coloured by its gradients above the plots, one time cursor."""

from __future__ import annotations

import gc
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.canvas.openings import Openings
from app.document import Document
from app.runs.banner import FailureBanner
from app.runs.children import WarmChildren
from app.runs.client import WORKER
from app.runs.color_bar import ColorBar
from app.runs.cursor import Cursor
from app.runs.empty import EmptyPlots
from app.runs.pace_strip import PaceStrip
from app.runs.panes import CanvasPane
from app.runs.plot_row import PlotRow
from app.runs.recipe_form import RecipePanel
from app.runs.run_places import twin_of
from app.runs.samples_view import SamplesDialog
from app.runs.scrubber import Scrubber
from app.runs.session import Run, Session
from app.runs.starting import open_session, prepare, threads_for
from app.runs.trust import Trust
from graphcore.training.arrays import DataError
from graphcore.training.events import Failed
from graphcore.training.run_folder import RunFolder

COLOR_MS = 60
"""Between two colourings of the canvases."""


class TrainPage(QWidget):
    """Trains the diagram of ``document``, alone or as the pair with and without skips.

    ``state_changed()``; ``progress(text, fraction)``; ``failed(Failed)``;
    ``gradients_changed(mapping)`` is the root mean square by instance at the cursor, of the run
    with skips; ``show_block(Instance | None, Definition | None)`` asks for a block to be shown in
    the Design workspace; ``runs_changed()`` follows a new run folder or a run's end.
    """

    state_changed = Signal()
    progress = Signal(str, float)
    failed = Signal(object)
    gradients_changed = Signal(object)
    show_block = Signal(object, object)
    runs_changed = Signal()

    def __init__(
        self,
        document: Document,
        parent: QWidget | None = None,
        *,
        command: tuple[str, ...] = WORKER,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self.session: Session | None = None
        self.time = Cursor(self)
        self.warm_children = WarmChildren(self, command=command)
        self.banner = FailureBanner()
        self.openings = Openings(self)
        """What is open in place is open in both canvases, so that they compare."""
        self.panes = (
            CanvasPane(document.diagram, self.openings),
            CanvasPane(document.diagram, self.openings),
        )
        self.color_bar = ColorBar()
        self.scrubber = Scrubber(self.time)
        self.plots = PlotRow(self.time)
        self.pace = PaceStrip(self.time)
        self.empty = EmptyPlots()
        self.recipe = RecipePanel(document)
        self._trust = Trust()
        self.recipe_button = QToolButton()
        self.stack = QStackedWidget()
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

    def trains(self, folder: RunFolder) -> bool:
        """Whether the run in ``folder``, or its twin, goes on."""
        runs = self.session.runs if self.session is not None else ()
        return any(run.is_going and run.folder.path in _both(folder) for run in runs)

    def warm(self) -> None:
        """Start children in the background, so that a run begins when it is asked for."""
        self.warm_children.warm()

    def start(self, compare: bool = False) -> None:
        """Train the diagram as it is; with ``compare`` its plain twin as well, at the same time.

        What keeps it from beginning is told like any failure.
        """
        if self.is_running:
            return
        self.banner.dismiss()
        trusted = self._trusted()
        if trusted is None:
            return
        prepared = prepare(self._document, compare=compare)
        if isinstance(prepared, Failed):
            self._tell(prepared)
            return
        self._take(Session(prepared, self))
        clients = [self.warm_children.take() for _ in prepared]
        assert self.session is not None
        # What lives now need not be looked at by the garbage collector while the window is busy
        # with plots: a full collection takes it longer than a picture may.
        gc.freeze()
        self.session.start(clients, threads_for(len(prepared)), trusted)
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
            self._tell(Failed("A run is going on; stop it before you open another."))
            return
        self.banner.dismiss()
        opened = open_session(folder)
        if isinstance(opened, Failed):
            self._tell(opened)
            return
        self._take(Session(opened, self))
        for run in opened:
            if run.failed is not None:
                self._notice_failure(run, run.failed)
        self.state_changed.emit()

    def clear(self) -> None:
        """End what goes on and show no run, as when another diagram is opened."""
        self.banner.dismiss()
        self._take(None)
        self.state_changed.emit()

    def shutdown(self) -> None:
        """Leave no child behind; for the end of the window."""
        self.warm_children.close()
        if self.session is not None:
            self.session.close()

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody watches."""
        super().showEvent(event)
        if self.session is not None:
            self.session.set_watched(True)
        self._preview()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody watches."""
        super().hideEvent(event)
        if self.session is not None:
            self.session.set_watched(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space plays; arrows, Page keys, Home and End move the cursor."""
        if event.key() == Qt.Key.Key_Space:
            self.scrubber.toggle()
        else:
            self.scrubber.track.keyPressEvent(event)

    def _take(self, session: Session | None) -> None:
        """Show ``session`` in place of the one before, which leaves no child behind."""
        before, self.session = self.session, session
        self.time.reset()
        gc.unfreeze()
        if before is not None:
            before.close()
            before.deleteLater()
        if session is not None:
            session.grew.connect(self._grow)
            session.state_changed.connect(self._notice_state)
            session.progressed.connect(lambda told: self.progress.emit(told.text, told.fraction))
            session.failed.connect(self._notice_failure)
            session.set_watched(self.isVisible())
        self._show_runs()
        self._grow()

    def _show_runs(self) -> None:
        runs: tuple[Run, ...] = self.session.runs if self.session is not None else ()
        self.plots.set_runs(runs)
        self.pace.set_runs(runs)
        self.stack.setCurrentWidget(self.plots if runs else self.empty)
        self.scrubber.setVisible(bool(runs))
        self.recipe_button.setChecked(not runs)
        if self.panes[1].isHidden() == (len(runs) > 1):
            self._share_height(len(runs))
        self.panes[1].setVisible(len(runs) > 1)
        for pane, run in zip(self.panes, runs, strict=False):
            pane.show_diagram(run.diagram)
            pane.set_title(run.title)
            pane.clear_figures()
        self._preview()

    def _preview(self) -> None:
        """Without a run, show the diagram that would be trained."""
        if self.session is None and self.isVisible():
            self.panes[0].show_diagram(self._document.diagram)
            self.panes[0].set_title(self._document.diagram.main)
            self.panes[0].clear_figures()

    def _grow(self) -> None:
        if self.session is not None:
            self.time.extend(self.session.last_step, self.session.total_steps)
            self.plots.refresh()
            self.pace.refresh()
            self._color_soon()

    def _notice_state(self) -> None:
        assert self.session is not None
        if not self.session.is_running:
            gc.unfreeze()
            self.runs_changed.emit()
            self.progress.emit(*self.session.progress())
            self.warm_children.warm()
        self.state_changed.emit()

    def _notice_failure(self, run: Run, failure: Failed) -> None:
        pair = self.session is not None and self.session.is_pair
        self._tell(failure, run.title if pair else "")

    def _tell(self, failure: Failed, title: str = "") -> None:
        self.banner.tell(failure, title)
        if failure.param:
            self.recipe_button.setChecked(True)
            self.recipe.recipe.show_refusal(failure.param, failure.message)
        self.failed.emit(failure)

    def _trusted(self) -> str | None:
        """The digest of the program that may be run for its data; None where the user says no."""
        data = str(self._document.diagram.recipe.get("data", ""))
        try:
            return self._trust.ask(data, self) if data else ""
        except DataError as error:
            self._tell(Failed(str(error)))
            return None

    def _color(self) -> None:
        """Colour the canvases as the net was at the cursor."""
        if self.session is None:
            return
        for pane, run in zip(self.panes, self.session.runs, strict=False):
            pane.set_gradients(run.history.gradients_at(self.time.step))
            pane.set_flows(run.edges.at(self.time.step))
        first = self.session.runs[0].history
        self.gradients_changed.emit(first.gradients_at(self.time.step))

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
        one, other = (pane.document for pane in self.panes)
        one.place_changed.connect(lambda: other.enter(one.instance))
        other.place_changed.connect(lambda: one.enter(other.instance))
        self.recipe_button.toggled.connect(self.recipe.setVisible)
        self.recipe.recipe.preview_asked.connect(self._show_samples)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.shutdown)

    def _arrange(self) -> None:
        canvases = QSplitter(Qt.Orientation.Vertical)
        canvases.setHandleWidth(1)
        for pane in self.panes:
            canvases.addWidget(pane)
        upper = QWidget()
        upper.setObjectName("canvas_side")
        beside = QHBoxLayout(upper)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(0)
        beside.addWidget(canvases, 1)
        beside.addWidget(self.color_bar)
        self.stack.addWidget(self.plots)
        self.stack.addWidget(self.empty)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(upper)
        self.splitter.addWidget(self._lower())
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

    def _lower(self) -> QWidget:
        """The scrubber over the plots."""
        self.recipe_button.setObjectName("small")
        self.recipe_button.setText("Recipe")
        self.recipe_button.setCheckable(True)
        self.recipe_button.setToolTip("Data, optimizer, epochs … of the next run")
        head = QHBoxLayout()
        head.setContentsMargins(0, 7, 14, 3)
        head.addWidget(self.scrubber, 1)
        head.addStretch(0)
        head.addWidget(self.recipe_button)
        lower = QWidget()
        lower.setObjectName("panel")
        lower.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.stack, 1)
        column.addWidget(self.pace)
        return lower


def _both(folder: RunFolder) -> tuple[Path, Path]:
    return folder.path, twin_of(folder.path)
