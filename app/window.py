"""The window: puts the panels together. They do not know each other; here they meet."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import settings
from app.actions import Actions
from app.canvas import gestures
from app.canvas.first_sight import open_at_first_sight
from app.canvas_area import CanvasArea
from app.code_panel import CodePanel
from app.commands import Commands
from app.document import Document
from app.header import Header
from app.inspector import Inspector
from app.lower_panels import TabbedPanels
from app.palette import Palette
from app.status_line import StatusLine
from graphcore import gallery
from graphcore.diagram import Definition, Instance

if TYPE_CHECKING:
    from app.engine_client import EngineClient
    from app.files import Files
    from app.gallery_page import GalleryPage
    from app.outline import Outline
    from app.problems_panel import ProblemsPanel
    from app.recovery import JournalKeeper
    from app.runs.setup.weights_chooser import WeightsChooser
    from app.runs.train_page import TrainPage
    from app.summary_panel import SummaryPanel

FIRST = "resnet20-digits"
"""What the window opens on without a file."""
WARM_DELAY = 60
"""Milliseconds after the window is there until the rest is made ready."""

ENGINE_DELAY = 6_000
"""Milliseconds until the engine follows: the children that train import torch first."""


class MainWindow(QMainWindow):
    """The whole program on the screen.

    ``path`` is a file to open; without one a live example is there. Children are started in the
    background once the window can be seen, unless ``warm`` is false.
    """

    def __init__(self, path: Path | None = None, *, warm: bool = True) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAcceptDrops(True)
        self.setMinimumSize(1024, 640)
        self.resize(1440, 900)
        self._warms = warm
        self._was_seen = False
        self._path_to_open = path
        self._train_page: TrainPage | None = None
        self._engine: EngineClient | None = None
        first = gallery.build(FIRST) if path is None else None
        self.document = Document(first, self)
        self.document.hold_source()
        self.actions_table = Actions(self)
        self._make_panels()
        self._assemble()
        self.commands = Commands(self, self)
        self._connect()
        self._tell_title()
        self.area.show_cards(path is None and settings.shows_first_minute())
        geometry = settings.geometry()
        if geometry is not None:
            self.restoreGeometry(geometry)

    def _make_panels(self) -> None:
        document = self.document
        self.header = Header(document, self.actions_table)
        self.palette_panel = Palette(document)
        self.area = CanvasArea(document)
        self.canvas = self.area.canvas
        self.inspector = Inspector(document)
        self.code = CodePanel(document)
        self.status = StatusLine(document)
        self.side = TabbedPanels("Palette")
        self.side.add("Layers", self.palette_panel, "Layers and blocks to add (Ctrl+F)")
        self.side.add_later("Gallery", lambda: self.gallery, "Models to begin with (Ctrl+Shift+N)")
        self.side.add_later("Outline", lambda: self.outline, "The diagram in words")
        self.panels = TabbedPanels("Panels")
        self.panels.add("Code", self.code, "The PyTorch code, in step with the diagram")
        self.panels.add_later(
            "Problems", lambda: self.problems, "What is wrong, where, and how to mend it"
        )
        self.panels.add_later("Summary", lambda: self.summary, "Shapes and sizes, layer by layer")

    def _assemble(self) -> None:
        self.middle = _splitter(Qt.Orientation.Vertical, self.area, self.panels)
        self.middle.setStretchFactor(0, 1)
        self.middle.setSizes([560, 250])
        self.design = _splitter(Qt.Orientation.Horizontal, self.side, self.middle, self.inspector)
        self.design.setStretchFactor(1, 1)
        self.design.setSizes([224, 930, 288])
        self.side.setMinimumWidth(200)
        self.inspector.setMinimumWidth(264)
        self.spaces = QStackedWidget()
        self.spaces.addWidget(self.design)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.spaces, 1)
        column.addWidget(self.status)
        self.setCentralWidget(whole)
        recent = self.actions_table.fill(self.menuBar())["recent"]
        recent.setToolTipsVisible(True)
        recent.aboutToShow.connect(lambda: self.files.fill_recent(recent))

    def _connect(self) -> None:
        document = self.document
        document.path_changed.connect(self._tell_title)
        document.clean_changed.connect(self._tell_title)
        document.changed.connect(lambda before, after: self._tell_title())
        self.palette_panel.chosen.connect(self.canvas.add)
        self.palette_panel.help_wanted.connect(self.commands.explain_kind)
        self.palette_panel.left.connect(self.canvas.setFocus)
        self.canvas.scale_chosen.connect(self.inspector.show_scale)
        self.code.save_wanted.connect(lambda: self.files.export())
        document.analysed.connect(self._tell_problems)
        self._tell_problems()
        self.area.step_chosen.connect(self._take_step)
        self.area.steps_dismissed.connect(lambda: settings.remember_first_minute(False))

    # Files and the journal come with the first turn of the event loop after the first paint, before
    # the user can have changed anything.

    @cached_property
    def journal(self) -> JournalKeeper:
        """Notes the edits against a crash."""
        from app.recovery import JournalKeeper

        journal = JournalKeeper(self.document, settings.journal_folder())
        journal.failed.connect(self.area.toast.tell)
        return journal

    @cached_property
    def files(self) -> Files:
        """The document's life on the disk."""
        from app.files import Files

        files = Files(self.document, self.journal, self)
        files.is_running = self._is_running
        files.begins_with = self._begins_with
        files.told.connect(self.area.toast.tell)
        files.opened.connect(self._on_opened)
        return files

    # What stands behind a tab is imported and made when the tab is first in front: the first paint
    # does not wait for what it does not show.

    @cached_property
    def gallery(self) -> GalleryPage:
        """The models to begin with."""
        from app.gallery_page import GalleryPage

        page = GalleryPage()
        page.chosen.connect(lambda name, diagram: self.files.show_diagram(diagram))
        page.failed.connect(self.area.toast.tell)
        return page

    @cached_property
    def outline(self) -> Outline:
        """The diagram in words."""
        from app.outline import Outline

        return Outline(self.document)

    @cached_property
    def problems(self) -> ProblemsPanel:
        """What is wrong with the diagram."""
        from app.problems_panel import ProblemsPanel

        return ProblemsPanel(self.document)

    @cached_property
    def summary(self) -> SummaryPanel:
        """The table of layers, with what the engine says."""
        from app.engine_answers import EngineAnswers
        from app.summary_panel import SummaryPanel

        panel = SummaryPanel(self.document)
        answers = EngineAnswers(self.document, self.engine, panel.tell_answer)
        panel.check_wanted.connect(answers.ask)
        return panel

    @property
    def engine(self) -> EngineClient:
        """The child that holds torch; it is started when it is first asked or warmed."""
        if self._engine is None:
            from app.engine_client import EngineClient

            self._engine = EngineClient(self)
        return self._engine

    @property
    def is_training_shown(self) -> bool:
        """Whether the Train workspace is in front."""
        return self.spaces.currentWidget() is not self.design

    @property
    def train_page(self) -> TrainPage:
        """The Train workspace, made when it is first wanted."""
        if self._train_page is None:
            # Plots and numpy are imported with it, which the first paint does not wait for.
            from app.runs.train_page import TrainPage

            page = TrainPage(self.document)
            self.spaces.addWidget(page)
            page.state_changed.connect(self._on_run_state)
            page.progress.connect(self.status.tell_progress)
            page.failed.connect(lambda: self.status.tell_progress("run failed", -1))
            page.show_block.connect(self._show_block)
            self._train_page = page
            self._add_runs_panel(page)
        return self._train_page

    def _begins_with(self) -> Path | None:
        return None if self._train_page is None else self.train_page.recipe.weights.chosen

    def _is_running(self) -> bool:
        return self._train_page is not None and self._train_page.is_running

    def show_workspace(self, *, training: bool) -> None:
        """Bring Design or Train to the front."""
        self.spaces.setCurrentWidget(self.train_page if training else self.design)
        self.header.tell_workspace(training=training)
        self.commands.tell_workspace(training=training)
        (self.train_page if training else self.canvas).setFocus()

    def train(self, *, compare: bool) -> None:
        """Train the diagram, or the pair with and without skips."""
        if self.train_page.is_running:
            return
        self.show_workspace(training=True)
        self.train_page.start(compare)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin at the canvas."""
        super().showEvent(event)
        if not self._was_seen:
            self.canvas.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Once the window is seen, open the file, look for lost work, make the rest ready: all of
        that loads what the first picture can do without."""
        super().paintEvent(event)
        if not self._was_seen:
            self._was_seen = True
            QTimer.singleShot(0, self._begin)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close, unless there is work that the user wants to keep."""
        if not self.files.may_leave():
            event.ignore()
            return
        self.journal.discard()
        settings.remember_geometry(self.saveGeometry())
        if self._train_page is not None:
            self._train_page.shutdown()
        if self._engine is not None:
            self._engine.close()
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a diagram that is dragged from a folder."""
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the diagram."""
        path = _dropped(event)
        if path is not None:
            event.acceptProposedAction()
            self.files.open(path)

    def _begin(self) -> None:
        self.document.write_source_soon()
        if self._path_to_open is not None and not self.files.open(self._path_to_open):
            self.document.new(gallery.build(FIRST))
        self.files.offer_recovery()
        if self._warms:
            QTimer.singleShot(WARM_DELAY, self._warm)

    def _warm(self) -> None:
        gestures.warm()
        self.train_page.warm()
        QTimer.singleShot(ENGINE_DELAY, self._warm_engine)

    def _warm_engine(self) -> None:
        if self.isVisible():
            self.engine.warm()

    def _on_opened(self) -> None:
        self.area.show_cards(False)
        self.show_workspace(training=False)
        if self._train_page is not None:
            self._train_page.clear()
        self.area.lay_out()
        open_at_first_sight(self.canvas)

    def _on_run_state(self) -> None:
        page = self.train_page
        self.header.tell_run(running=page.is_running, paused=page.is_paused, pair=page.is_pair)
        self.commands.tell_run(running=page.is_running)
        if not page.is_running:
            self.status.end_progress()

    def _take_step(self, name: str) -> None:
        """One of the three cards was chosen."""
        if name == "draw":
            self.commands.draw_your_own()
        else:
            self.train(compare=name == "compare")

    def _show_block(self, instance: Instance | None, definition: Definition | None) -> None:
        """Show where a run failed."""
        self.show_workspace(training=False)
        if instance:
            self.document.enter(instance[:-1])
            self.document.select([instance[-1].node])
        elif definition is not None:
            self.document.reveal(definition)

    def _add_runs_panel(self, page: TrainPage) -> None:
        from app.runs.listing.runs_panel import RunsPanel

        panel = RunsPanel(self.document)
        panel.opened.connect(self._open_run)
        panel.resume_wanted.connect(self._resume_run)
        panel.restore_wanted.connect(lambda folder: self.files.restore_run(folder.path))
        panel.compared.connect(self._compare_runs)
        panel.train_on_wanted.connect(self._train_on)
        panel.evaluation_wanted.connect(self._evaluate)
        panel.deleted.connect(page.stage.leave_out)
        panel.told.connect(self.area.toast.tell)
        panel.offered.connect(self.area.toast.offer)
        panel.is_going = page.trains
        page.runs_changed.connect(panel.refresh)
        page.shown_changed.connect(lambda: panel.list.show_looks(page.below.looks))
        page.runs_wanted.connect(self.actions_table["show_runs"].trigger)
        panel.counted.connect(lambda count: self.panels.tell_count("Runs", count))
        self.panels.add("Runs", panel, "Runs of this diagram that were made before")

    def _open_run(self, folder: object) -> None:
        self.show_workspace(training=True)
        self.train_page.open_run(folder)  # type: ignore[arg-type]

    def choose_weights(self) -> None:
        """Ask for trained weights that the next run is to begin with."""
        self._show_weights().choose_file()

    def _train_on(self, weights: object) -> None:
        """Let the next run begin with these weights, and show what of them fits."""
        self._show_weights().choose(weights)  # type: ignore[arg-type]

    def _show_weights(self) -> WeightsChooser:
        self.show_workspace(training=True)
        self.train_page.recipe_button.setChecked(True)
        return self.train_page.recipe.weights

    def _evaluate(self, folder: object) -> None:
        """Measure a run's weights on held-out data."""
        from app.runs.listing.evaluation_dialog import EvaluationDialog

        EvaluationDialog(folder, self.train_page.trust.ask, self).open()  # type: ignore[arg-type]

    def _resume_run(self, folder: object) -> None:
        self.show_workspace(training=True)
        self.train_page.resume(folder)  # type: ignore[arg-type]

    def _compare_runs(self, folders: object) -> None:
        self.show_workspace(training=True)
        self.train_page.compare(folders)  # type: ignore[arg-type]

    def _tell_problems(self) -> None:
        self.panels.tell_count("Problems", len(self.document.analysis.diagnostics))

    def _tell_title(self) -> None:
        path = self.document.path
        name = path.name if path is not None else self.document.diagram.main
        self.setWindowTitle(f"{name}[*] – Skipwright")
        self.setWindowModified(not self.document.is_clean)


def _splitter(orientation: Qt.Orientation, *widgets: QWidget) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    for widget in widgets:
        splitter.addWidget(widget)
    return splitter


def _dropped(event: QDropEvent) -> Path | None:
    """The diagram among what is dropped."""
    from graphcore.store import SUFFIX

    paths = (Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
    return next((path for path in paths if path.suffix == SUFFIX), None)
