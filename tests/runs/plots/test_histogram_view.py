"""Histograms asked for in the window: of a run that goes on, of one that is over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.document import Document
from app.runs.listing.comparison import Plotted
from app.runs.plots.histogram_chart import HistogramChart, charts_in, short
from app.runs.plots.histogram_view import HistogramView
from app.runs.plots.look import RunLook
from app.runs.session import Run, new_run, open_run
from app.runs.train_page import TrainPage
from graphcore import edits, gallery
from graphcore.diagram import Instance, Step
from graphcore.training.events import HistogramTaken
from graphcore.training.measuring.distribution import BINS, Distribution
from graphcore.training.recipe import resolve_recipe
from tests.runs.conftest import MakePage

STEM: Instance = (Step("stem", 0),)
FC: Instance = (Step("fc", 0),)
FC1: Instance = (Step("fc1", 0),)


def waiting_page(qtbot: QtBot, make_page: MakePage) -> TrainPage:
    """A run that has made ten steps and answers questions."""
    page = make_page("answering")
    page.start()
    qtbot.waitUntil(lambda: page.time.step == 10, timeout=20_000)
    return page


def names(charts: tuple[HistogramChart, ...]) -> list[str]:
    return [chart.name for chart in charts]


class TestARunThatGoesOn:
    def test_a_press_on_a_layer_takes_its_histograms(
        self, qtbot: QtBot, make_page: MakePage
    ) -> None:
        page = waiting_page(qtbot, make_page)
        pane, heat_map = page.plots.depth_pane, page.plots.heat_maps[0]
        pane.show_view("histogram")
        assert "Press a layer" in pane.histogram.picture.accessibleDescription()
        heat_map.grab()
        frame = heat_map.frame()
        at = QPointF(frame.px(4.5), frame.py(1.5)).toPoint()
        QTest.mouseClick(heat_map, Qt.MouseButton.LeftButton, pos=at)
        qtbot.waitUntil(lambda: pane.histogram.step() == 10, timeout=10_000)
        assert pane.histogram.layer == FC
        assert pane.histogram.name.text() == "fc"
        assert pane.title.text() == "After step 10"
        described = pane.histogram.picture.accessibleDescription()
        assert "weights, mean 0.1, deviation 0.5, n = 8" in described
        assert "output, 2 not finite, mean 0.4" in described
        assert "25\u00a0% dead" in described
        page.stop()

    def test_take_asks_again_and_a_chosen_layer_is_asked_only_when_it_is_seen(
        self, qtbot: QtBot, make_page: MakePage
    ) -> None:
        page = waiting_page(qtbot, make_page)
        assert page.session is not None
        (run,) = page.session.runs
        pane = page.plots.depth_pane
        pane.choose(STEM)
        assert run.histograms.waiting == set()
        pane.show_view("histogram")
        qtbot.waitUntil(lambda: STEM in run.histograms.taken, timeout=10_000)
        first = run.histograms.taken[STEM]
        QTest.mouseClick(pane.histogram.take_button, Qt.MouseButton.LeftButton)
        assert run.histograms.waiting == {STEM}
        qtbot.waitUntil(lambda: not run.histograms.waiting, timeout=10_000)
        assert run.histograms.taken[STEM] is not first
        page.stop()

    @pytest.mark.parametrize("whose", ["heat map", "canvas"])
    def test_a_menu_asks_for_the_histogram(
        self, qtbot: QtBot, make_page: MakePage, whose: str
    ) -> None:
        page = waiting_page(qtbot, make_page)
        pane = page.plots.depth_pane
        if whose == "heat map":
            heat_map = page.plots.heat_maps[0]
            heat_map.grab()
            frame = heat_map.frame()
            at = QPointF(frame.px(4.5), frame.py(0.5)).toPoint()
            reason = QContextMenuEvent.Reason.Mouse
            event = QContextMenuEvent(reason, at, heat_map.mapToGlobal(at))
            QApplication.sendEvent(heat_map, event)
            (menu,) = heat_map.findChildren(QMenu)
            words, layer = "Histogram of stem", STEM
        else:
            view = page.panes[0].view
            center = view.mapFromScene(view.diagram_scene.nodes["fc1"].body().center())
            reason = QContextMenuEvent.Reason.Mouse
            event = QContextMenuEvent(reason, center, view.mapToGlobal(center))
            QApplication.sendEvent(view.viewport(), event)
            assert view.menu is not None
            menu, words, layer = view.menu, "Histogram", FC1
        (action,) = (one for one in menu.actions() if one.text() == words)
        action.trigger()
        menu.close()
        assert pane.shown == "histogram"
        assert pane.histogram.layer == layer
        page.stop()

    def test_a_block_selected_in_the_diagram_is_chosen(
        self, qtbot: QtBot, make_page: MakePage
    ) -> None:
        page = waiting_page(qtbot, make_page)
        page.panes[0].document.select({"fc1"})
        assert page.plots.depth_pane.histogram.layer == FC1
        page.stop()


def test_a_real_run_answers_and_is_read_from_its_weights_when_it_is_over(
    qtbot: QtBot, make_page: MakePage, document: Document
) -> None:
    document.apply("Epochs", lambda d: edits.set_recipe(d, "epochs", 400))
    page = make_page()
    page.start()
    qtbot.waitUntil(lambda: page.time.step > 3, timeout=60_000)
    assert page.session is not None
    (run,) = page.session.runs
    page.pause()
    page.plots.depth_pane.show_histogram(FC1)
    qtbot.waitUntil(lambda: FC1 in run.histograms.taken, timeout=30_000)
    taken = run.histograms.taken[FC1]
    assert [one.name for one in taken.distributions] == ["weights", "gradients", "output"]
    page.stop()
    qtbot.waitUntil(lambda: not page.is_running, timeout=60_000)
    reopened = open_run(run.folder, "again")
    assert reopened.histograms.taken[FC1] == taken, "what was asked stays with the run"
    reopened.ask_histogram(FC1)
    answer = reopened.histograms.taken[FC1]
    assert [one.name for one in answer.distributions] == ["weights"]
    assert answer.message.startswith("The last weights of the run, as saved.")
    assert answer.distributions[0].count == taken.distributions[0].count


def run_in(folder: Path) -> Run:
    diagram = gallery.build("mlp-digits")
    return new_run(folder, "a run", diagram, resolve_recipe(diagram.recipe))


def test_who_has_saved_nothing_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    view = HistogramView()
    qtbot.addWidget(view)
    view.resize(300, 240)
    view.show()
    view.set_runs([Plotted(run_in(tmp_path / "run"), "batch", RunLook(0))])
    view.choose(FC1)
    assert "saved no weights" in view.picture.accessibleDescription()
    assert view.take_button.text() == "Read weights"
    view.grab()


def distribution(low: float, high: float, counts: Callable[[int], int]) -> Distribution:
    filled = tuple(counts(index) for index in range(BINS))
    return Distribution("weights", low, high, filled, sum(filled), 0.1, 0.2, 0.0, 0)


class TestTheDrawing:
    def pair(self, tmp_path: Path) -> tuple[HistogramChart, ...]:
        made = []
        for slot, (low, high) in enumerate(((-1.0, 1.0), (-0.5, 3.0))):
            plotted = Plotted(
                run_in(tmp_path / f"{slot}"), ("with", "without")[slot], RunLook(slot)
            )
            known = distribution(low, high, lambda index: index)
            made.append((plotted, HistogramTaken(3, STEM, "stem", (known,))))
        return charts_in(made)

    def test_both_of_a_pair_share_an_axis(self, tmp_path: Path) -> None:
        (chart,) = self.pair(tmp_path)
        assert chart.ends == (-1.0, 3.0)
        assert [one.title for one in chart.ones] == ["with", "without"]

    @pytest.mark.parametrize("logarithmic", [False, True])
    @pytest.mark.parametrize("size", [(120, 60), (300, 240)])
    def test_the_pointer_reads_an_interval(
        self, qtbot: QtBot, tmp_path: Path, logarithmic: bool, size: tuple[int, int]
    ) -> None:
        view = HistogramView()
        qtbot.addWidget(view)
        view.picture.resize(*size)
        view.picture.set_logarithmic(logarithmic)
        view.picture.show_charts(self.pair(tmp_path), "words")
        (box,) = view.picture.boxes()
        told = view.picture.figure_at(QPointF(box.right() - 1, box.center().y()))
        assert "without: 2.9 to 3: 63 of 2,016" in told
        view.picture.grab()


@pytest.mark.parametrize(
    ("value", "written"), [(-0.0123, "−0.012"), (9.3e-5, "9.3e−5"), (3.0, "3"), (1e9, "1e9")]
)
def test_numbers_are_short(value: float, written: str) -> None:
    assert short(value) == written
