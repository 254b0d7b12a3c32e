"""Whatever a run has over the steps can be plotted: the learning rate, metrics of held-out data."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from app.runs.cursor import Cursor
from app.runs.history import HeldOut, History
from app.runs.listing.comparison import Plotted
from app.runs.plots.curve_plot import CurvePlot
from app.runs.plots.curves import Curve, label_of, title_of, values_of, written
from app.runs.plots.look import RunLook
from app.runs.plots.plot_row import PlotRow
from app.runs.plots.quantity_switch import QuantitySwitch
from app.runs.session import Run, open_run
from graphcore import gallery, store
from graphcore.training.events import Evaluated
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from tests.runs.synthetic import history, records, rows_of

LOOK = RunLook(0)
TESTS = (
    HeldOut(10, 0.5, None, {"r2": -2.5, "mean_iou": 0.25}),
    HeldOut(20, 0.4, None, {"r2": 0.75, "mean_iou": 0.5}),
)


def run_with(folder: Path, metrics: dict[str, float]) -> Run:
    """A run of twenty steps that was evaluated once."""
    diagram = gallery.build("mlp-digits")
    run = RunFolder.create(folder, store.dumps(diagram), Recipe())
    rows = rows_of(("stem",))
    with run.start_steps(rows) as writer:
        writer.append(records(rows, 1, 20, lambda row, step: 1e-3))
    run.append_event(Evaluated(10, 0, 0.5, None, metrics))
    return open_run(run, "run")


def test_a_metric_stands_as_it_was_measured_last(tmp_path: Path) -> None:
    known = history(tmp_path, 30, tests=TESTS)
    values = values_of(known, "mean_iou")
    assert np.isnan(values[:9]).all()
    assert set(values[9:19].tolist()) == {0.25}
    assert set(values[19:].tolist()) == {0.5}
    assert known.quantities == ("r2", "mean_iou", "learning_rate")
    assert values_of(known, "learning_rate").tolist() == pytest.approx([0.1] * 30)


def test_an_evaluation_that_lacks_the_metric_leaves_a_gap(tmp_path: Path) -> None:
    known = history(tmp_path, 20, tests=(*TESTS[:1], HeldOut(15, 0.4, 0.5)))
    assert math.isnan(known.held_out("r2")[-1])
    assert History(known._file).quantities == ()


@pytest.mark.parametrize(
    ("quantity", "title", "value", "said"),
    [
        ("loss", "Training loss", 0.5, "0.50"),
        ("mean_iou", "Mean IoU", 0.672, "67.2 %"),
        ("bits_per_token", "Bits per token", 2.5, "2.50"),
        ("perplexity", "Perplexity", 12345.0, "1.2e4"),
        ("r2", "R²", -2.5, "-2.50"),
        ("learning_rate", "Learning rate", 3e-4, "3.0e-4"),
        ("a_new_one", "A new one", math.nan, "not a number"),
    ],
)
def test_every_quantity_has_words(quantity: str, title: str, value: float, said: str) -> None:
    assert title_of(quantity) == title
    assert written(quantity, value) == said


def test_what_a_curve_ends_with_is_not_said_to_be_of_the_batch(tmp_path: Path) -> None:
    known = history(tmp_path, 30, tests=TESTS)
    assert label_of(Curve("batch", LOOK, known), "mean_iou") == ("test 50.0 %", "")
    assert label_of(Curve("batch", LOOK, known), "learning_rate") == ("rate 0.10", "")
    assert label_of(Curve("with", LOOK, known), "mean_iou")[0] == "with 50.0 %"


@pytest.mark.parametrize(
    ("quantity", "low", "high"), [("r2", -3.0, 0.8), ("mean_iou", 0.0, 1.0), ("loss", 0.0, 2.0)]
)
def test_the_axis_holds_what_is_plotted(
    qtbot: QtBot, tmp_path: Path, quantity: str, low: float, high: float
) -> None:
    time = Cursor()
    time.extend(30, 30)
    plot = CurvePlot(time)
    qtbot.addWidget(plot)
    plot.resize(420, 260)
    plot.set_curves([Curve("batch", LOOK, history(tmp_path, 30, tests=TESTS))])
    plot.set_quantity(quantity)
    frame = plot.frame()
    assert (frame.y.low, frame.y.high) == (low, high)
    plot._hover = QPointF(frame.rect.center())
    plot.grab()


class TestTheSwitch:
    def test_it_offers_what_the_runs_have(self, qtbot: QtBot, tmp_path: Path) -> None:
        time = Cursor()
        time.extend(20, 20)
        plots = PlotRow(time)
        qtbot.addWidget(plots)
        plots.resize(1300, 320)
        plots.show()
        assert not plots.switch.more.isVisible()
        one = run_with(tmp_path / "one", {"mean_iou": 0.5})
        other = run_with(tmp_path / "other", {"r2": 0.5})
        plotted = [Plotted(run, run.title, RunLook(i)) for i, run in enumerate((one, other))]
        plots.set_runs(plotted, [one])
        titles = [action.text() for action in plots.switch.menu.actions()]
        assert titles == ["Mean IoU", "Learning rate", "R²"]
        plots.switch.menu.actions()[2].trigger()
        assert plots.curves.quantity == "r2"
        assert plots.curve_pane.title.text() == "R²"
        assert plots.switch.more.text() == "R²"
        assert plots.key.headerItem().text(1) == "R²"
        plots.grab()
        plots.set_runs(plotted[:1], [one])
        assert plots.curves.quantity == "loss", "the run that is left has no R²"
        assert plots.switch.more.text() == "More"

    def test_loss_and_accuracy_are_a_click_away(self, qtbot: QtBot) -> None:
        switch = QuantitySwitch()
        qtbot.addWidget(switch)
        chosen: list[str] = []
        switch.chosen.connect(chosen.append)
        switch.offer(("perplexity",))
        switch.choose("perplexity")
        for button in switch._group.buttons()[:2][::-1]:
            button.click()
        assert chosen == ["perplexity", "accuracy", "loss"]
        assert switch.more.text() == "More"
        assert switch.quantity == "loss"
