"""Figures of all layers from input to output: zeros, deviations, how far weights move."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.runs.cursor import Cursor
from app.runs.listing.comparison import Plotted
from app.runs.plots.depth_figures import SPREAD, UPDATES, ZEROS, DepthKind
from app.runs.plots.depth_order import outputs_of
from app.runs.plots.depth_pane import TITLES, DepthPane, Shown
from app.runs.plots.depth_view import DepthView
from app.runs.plots.look import RunLook
from app.runs.session import Run
from graphcore import gallery
from graphcore.diagram import Instance, Step
from graphcore.training.measuring.edge_paths import EdgeRow
from graphcore.training.run_folder import RunFolder
from tests.runs.edge_runs import replayed, steady, write_run
from tests.runs.synthetic import rows_of

ROWS = rows_of(("stem", "stage1.0.conv1", "head"))


def by_relu(row: EdgeRow, step: int) -> tuple[float, ...]:
    """The deviation is 2, the mean −0.5; later steps have more zeros."""
    return (1e-2, 0.5, 0.1, -0.5, 2.0, 0.4 + step / 100)


def with_updates(folder: RunFolder, ratios: dict[int, list[float]]) -> RunFolder:
    """The folder with a file that tells how far weights moved."""
    with folder.start_updates(ROWS) as writer:
        for step, row in ratios.items():
            writer.write(step, np.array(row, dtype=np.float32))
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run that was measured at steps 1 and 21."""
    net = gallery.build("resnet20-digits")
    folder = write_run(tmp_path / "run", net, by_relu, (0, 20))
    return replayed(with_updates(folder, {0: [1e-3, 1e-2, math.nan], 20: [1e-8, math.inf, 1e-4]}))


def view_of(qtbot: QtBot, run: Run, kind: DepthKind, step: int = 30) -> tuple[DepthView, Cursor]:
    """A view of one run at a step of sixty."""
    time = Cursor()
    time.extend(60, 60)
    time.go(step)
    view = DepthView(time)
    qtbot.addWidget(view)
    view.resize(360, 500)
    view.set_runs([Plotted(run, "batch", RunLook(0))])
    view.set_kind(kind)
    return view, time


def test_layers_stand_in_the_order_in_which_values_pass_them() -> None:
    net = gallery.build("resnet20-digits")
    edges: dict[Instance, list[str]] = {(): list(net.main_block.graph.edges)}
    copy = (Step("stage1", 1),)
    edges[copy] = list(net.blocks["Residual"].graph.edges)
    edges[(Step("stage1", 0),)] = edges[copy]
    names = [one.name for one in outputs_of(net, edges)]
    assert names[0] == "stem"
    assert names.index("stage1.0.conv1") < names.index("stage1.0.relu2")
    assert names.index("stage1.0.relu2") < names.index("stage1.1.conv1") < names.index("stage2")
    assert len(names) == len(set(names)), "each output once, however many edges leave it"
    (conv1,) = (one for one in outputs_of(net, edges) if one.name == "stage1.1.conv1")
    assert conv1.layer == (Step("stage1", 1), Step("conv1", 0))


class TestFigures:
    def test_zeros_are_those_of_the_last_measurement(self, qtbot: QtBot, run: Run) -> None:
        view, time = view_of(qtbot, run, ZEROS)
        assert view.step == 21
        assert {round(marker.figure.value, 6) for marker in view.markers()} == {0.6}
        time.go(20)
        assert view.step == 1
        assert {round(marker.figure.value, 6) for marker in view.markers()} == {0.4}

    def test_the_mean_stands_hollow_beside_the_deviation(self, qtbot: QtBot, run: Run) -> None:
        view, _ = view_of(qtbot, run, SPREAD)
        marker = view.markers()[0]
        frame = view.frame(view.names())
        assert marker.at.x() == pytest.approx(frame.px(2.0))
        assert marker.beside is not None
        assert marker.beside.x() == pytest.approx(frame.px(0.5))
        told = view.figure_at(marker.at)
        assert told == "batch: stem, step 21: deviation 2, mean −0.5"

    def test_updates_off_the_axis_stand_at_its_ends(self, qtbot: QtBot, run: Run) -> None:
        view, time = view_of(qtbot, run, UPDATES)
        frame = view.frame(view.names())
        assert view.names() == ["stem", "stage1.0.conv1", "head"]
        places = [(marker.at.x(), marker.off) for marker in view.markers()]
        assert places == [
            (frame.rect.left(), True),
            (frame.rect.right(), True),
            (pytest.approx(frame.px(1e-4)), False),
        ]
        assert "not a finite number" in view.figure_at(view.markers()[1].at)
        time.go(5)
        assert len(view.markers()) == 2, "what was not measured is not drawn"

    def test_a_layer_is_chosen_by_a_press(self, qtbot: QtBot, run: Run) -> None:
        view, _ = view_of(qtbot, run, UPDATES)
        chosen: list[Instance] = []
        view.chosen.connect(chosen.append)
        at = view.markers()[2].at.toPoint()
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at + QPoint(60, 60))
        assert chosen == [ROWS[2].instance]
        assert view.figure_at(QPointF(at) + QPointF(60, 60)) == ""


def test_without_figures_it_says_what_they_are_and_how_to_get_them(
    qtbot: QtBot, tmp_path: Path
) -> None:
    net = gallery.build("resnet20-digits")
    run = replayed(write_run(tmp_path / "run", net, steady(1e-2), (0,)))
    view, _ = view_of(qtbot, run, UPDATES)
    assert "how far the optimizer moves the weights" in view.empty_text()
    assert "train it again" in view.empty_text()
    view.set_runs([])
    assert "Train a diagram" in view.empty_text()
    view.set_kind(ZEROS)
    assert "dead" in view.empty_text()
    view.grab()


@pytest.mark.parametrize("shown", list(TITLES))
@pytest.mark.parametrize("width", [160, 260, 420])
def test_every_view_is_chosen_and_drawn(qtbot: QtBot, run: Run, shown: Shown, width: int) -> None:
    time = Cursor()
    time.extend(60, 60)
    pane = DepthPane(time)
    qtbot.addWidget(pane)
    pane.resize(width, 280)
    pane.show()
    pane.set_runs([Plotted(run, "batch", RunLook(0))])
    pane.show_view(shown)
    assert pane.shown == shown
    current = pane.stack.currentWidget()
    assert current is not None
    assert current.isVisible()
    assert pane.chooser.currentText() == TITLES[shown][0]
    steps = {"gradients": "Step 60, input to output", "histogram": "Histogram"}
    assert pane.title.text() == steps.get(shown, "Step 21, input to output")
    pane.grab()
