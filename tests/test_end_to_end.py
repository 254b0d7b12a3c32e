"""The main job by mouse and keys alone: from an empty canvas to a trained residual network.

Events go to the widgets of a real window and a real child process trains on the digits; nothing
is called that a user cannot reach. The document, its analysis, its code and the folder of the run
tell whether it was done.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import settings, stylesheet, theme
from app.gradient_scale import color
from app.runs.session import Run
from app.window import MainWindow
from graphcore import store
from graphcore.codegen import to_source
from graphcore.diagram import Diagram, Step, empty_diagram
from tests.app.acting import leave
from tests.app.user import NONE, User

LAYERS = ("conv1", "bn1", "conv2", "fc1")
"""What has parameters in the network that is drawn, from input to output."""

STEM = (Step("stem", 0),)


@pytest.fixture
def user(qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> User:
    """A newcomer before a fresh window."""
    stylesheet.dress(qapp)
    theme.set_scheme("light")
    settings.store().clear()
    monkeypatch.setattr(settings, "journal_folder", lambda: tmp_path / "journals")
    monkeypatch.setenv("HOME", str(tmp_path))
    window = MainWindow()
    qtbot.addWidget(window, before_close_func=leave)
    window.show()
    window.activateWindow()
    qtbot.wait(20)
    return User(window)


def draw(user: User) -> None:
    """Input, convolution, norm, ReLU, convolution and the skip round them, ReLU, pool, flatten,
    linear, output: blocks from the palette, from the popup, on a wire, at the end of a wire."""
    user.command(Qt.Key.Key_N)
    user.drag_from_palette("input", QPoint(90, 120))
    user.drag_from_palette("conv2d", QPoint(250, 120))
    user.search_on_canvas("batchnorm2d", QPoint(420, 120))
    user.search_on_canvas("relu", QPoint(540, 120))
    user.drag_from_palette("conv2d", QPoint(680, 120))
    user.drag_from_palette("relu", QPoint(90, 330))
    user.drag_from_palette("adaptiveavgpool2d", QPoint(250, 330))
    user.search_on_canvas("flatten", QPoint(420, 330))
    user.drag_from_palette("output", QPoint(760, 330))
    user.set_param("x", "shape", "N, 1, 8, 8")
    for label in ("conv1", "conv2"):
        user.set_param(label, "out_channels", "8")
        user.set_param(label, "kernel_size", "3")
        user.set_param(label, "padding", "1")
    user.set_param("pool1", "output_size", "1")
    chain = ("x", "conv1", "bn1", "relu1", "conv2", "relu2", "pool1", "flatten1")
    for source, target in pairwise(chain):
        user.drag(user.output(source), user.input(target))
    # A wire that is dropped on nothing asks what shall be there.
    user.drag(user.output("flatten1"), QPoint(540, 330))
    user.answer("linear")
    user.set_param(user.selected(), "out_features", "10")
    user.drag(user.output("fc1"), user.input("output"))
    user.command(Qt.Key.Key_L)
    user.command(Qt.Key.Key_S, NONE)
    user.drag(user.block("conv1"), user.block("relu2"))


def undo_everything(user: User) -> int:
    """Ctrl+Z until there is nothing left to undo; how often that was."""
    count = 0
    while user.window.actions_table["undo"].isEnabled():
        user.command(Qt.Key.Key_Z)
        count += 1
    return count


def colors_of(widget: QWidget) -> set[int]:
    """The colours of all pixels that ``widget`` shows."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return set(np.unique(np.frombuffer(image.constBits(), np.uint32) | 0xFF000000).tolist())


class TestTheMainJob:
    def test_draw_train_stop_undo_redo(self, user: User, qtbot: QtBot, tmp_path: Path) -> None:
        window, document = user.window, user.window.document
        draw(user)
        drawn = document.diagram
        self.judge_drawing(user)

        path = tmp_path / "drawn.skw"
        user.save_as("drawn.skw")
        assert store.read(path) == drawn
        assert document.is_clean

        user.command(Qt.Key.Key_2)
        recipe = window.train_page.recipe.recipe
        user.type_over(recipe.field("epochs"), "400")
        trained = document.diagram
        user.command(Qt.Key.Key_Return)
        run = self.watch(user, qtbot)
        user.press_button(window.header.stop)
        qtbot.waitUntil(lambda: not window.train_page.is_running, timeout=30_000)
        self.judge_run(run, trained)
        conv1 = run.history.gradients_at(window.train_page.time.step)[run.history.rows[0].instance]
        qtbot.waitUntil(
            lambda: color(conv1).rgb() in colors_of(window.train_page.panes[0]), timeout=5_000
        )
        assert run.folder.path.parent == tmp_path / "runs"

        user.command(Qt.Key.Key_1)
        assert undo_everything(user) == document.undo_stack.count()
        assert document.diagram == empty_diagram()
        assert user.canvas.diagram_scene.nodes == {}
        assert user.canvas.diagram_scene.edges == {}
        for _ in range(document.undo_stack.count()):
            user.command(Qt.Key.Key_Y)
        assert document.diagram == trained
        assert not document.undo_stack.canRedo()
        nodes, edges = user.canvas.diagram_scene.nodes, user.canvas.diagram_scene.edges
        assert nodes.keys() == trained.main_block.graph.nodes.keys()
        assert edges.keys() == trained.main_block.graph.edges.keys()

    def judge_drawing(self, user: User) -> None:
        """It is the network that was meant, without problems, and the code says so."""
        document = user.window.document
        assert user.wires() == {
            ("x", "conv1", "flow"),
            ("conv1", "bn1", "flow"),
            ("bn1", "relu1", "flow"),
            ("relu1", "conv2", "flow"),
            ("conv2", "relu2", "flow"),
            ("conv1", "relu2", "skip"),
            ("relu2", "pool1", "flow"),
            ("pool1", "flatten1", "flow"),
            ("flatten1", "fc1", "flow"),
            ("fc1", "output", "flow"),
        }
        assert document.analysis.diagnostics == ()
        assert str(document.analysis.root.outputs["output"]) == "N×10"
        source = to_source(document.diagram)
        document_source = document.current_source()
        assert document_source.text == source.text
        assert "relu2(conv2 + " in source.text or "+ identity" in source.text
        assert user.window.code.view.toPlainText().strip() == source.text.strip()

    def watch(self, user: User, qtbot: QtBot) -> Run:
        """Loss and gradients arrive and the canvas takes their colours."""
        page = user.window.train_page
        assert user.window.is_training_shown
        qtbot.waitUntil(
            lambda: page.session is not None and page.session.last_step >= 20, timeout=60_000
        )
        assert page.session is not None
        (run,) = page.session.runs
        assert np.isfinite(run.history.loss).all()
        assert [row.module for row in run.history.rows] == list(LAYERS)
        assert (run.history.gradients[-1] > 0).all()
        measured = {row.instance for row in run.history.rows}
        assert measured == {(Step(name, 0),) for name in LAYERS}
        assert user.window.status.bar.isVisible()
        return run

    def judge_run(self, run: Run, trained: Diagram) -> None:
        """The folder holds what was trained, how, and how far it came."""
        folder = run.folder
        assert store.loads(folder.diagram_text()) == trained
        assert folder.recipe().epochs == 400
        assert (folder.path / "model.py").read_text() == to_source(trained).text
        outcome = folder.outcome()
        assert outcome.state == "stopped"
        assert 20 <= outcome.steps < outcome.total_steps


class TestTheThreeCards:
    def test_removing_the_skips_shows_two_nets_and_two_curves(
        self, user: User, qtbot: QtBot
    ) -> None:
        window = user.window
        user.press_button(window.area.cards.cards["compare"])
        page = window.train_page
        qtbot.waitUntil(
            lambda: page.session is not None and page.session.last_step >= 3, timeout=90_000
        )
        assert page.session is not None
        one, other = page.session.runs
        assert one.recipe == other.recipe
        assert [run.title for run in (one, other)] == ["With skips", "Without skips"]
        user.press_button(window.header.stop)
        qtbot.waitUntil(lambda: not page.is_running, timeout=30_000)
        # Stopped at once, one may have come further; both are looked at where both have been.
        page.time.go(min(run.history.steps for run in page.session.runs))
        for pane, run in zip(page.panes, page.session.runs, strict=True):
            stem = run.history.gradients_at(page.time.step)[STEM]
            self.wait_for_color(qtbot, pane, stem)
        curves = colors_of(page.plots.curves)
        assert {ink.rgb() for ink in theme.current().run_colors[:2]} <= curves

    def wait_for_color(self, qtbot: QtBot, canvas: QWidget, rms: float) -> None:
        """The canvas can be seen and has a block in the colour of ``rms``."""
        assert canvas.isVisible()
        qtbot.waitUntil(lambda: color(rms).rgb() in colors_of(canvas), timeout=5_000)

    def test_drawing_ones_own_asks_for_the_skip_that_is_lacking(self, user: User) -> None:
        window = user.window
        user.press_button(window.area.cards.cards["draw"])
        assert "Press S" in window.area.toast.text()
        user.command(Qt.Key.Key_S, NONE)
        user.drag(user.block("relu1"), user.block("relu3"))
        assert ("relu1", "relu3", "skip") in user.wires()
        assert window.document.analysis.diagnostics == ()
