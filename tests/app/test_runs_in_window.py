"""From the list of runs to the plots and back, in the whole window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.runs.listing.runs_panel import RunsPanel
from app.window import MainWindow
from graphcore import gallery
from graphcore.training.run_folder import RunFolder
from tests.runs.kept_runs import kept
from tests.runs.panels import CTRL, click_line

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def runs(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[RunFolder]:
    """Three runs of a saved diagram, in the list that is in front."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    window.document.new(gallery.build("mlp-digits"))
    window.document.save(tmp_path / "net.skw")
    made = [kept(window.document, steps) for steps in (20, 30, 40)]
    window.actions_table["show_runs"].trigger()
    return made


def panel(window: MainWindow) -> RunsPanel:
    (found,) = window.findChildren(RunsPanel)
    return found


def test_two_runs_are_compared_and_carry_their_looks_in_the_list(
    window: MainWindow, runs: list[RunFolder]
) -> None:
    listed = panel(window)
    click_line(listed, 0)
    click_line(listed, 2, CTRL)
    QTest.mouseClick(listed.compare_button, LEFT)
    page = window.train_page
    assert window.is_training_shown
    assert page.session is not None
    assert [run.folder for run in page.session.runs] == [runs[2], runs[0]]
    window.actions_table["show_runs"].trigger()
    assert not window.is_training_shown
    marked = [not line.icon(0).isNull() for line in listed.list.lines]
    assert marked == [True, False, True]


def test_keys_move_the_one_cursor_of_compared_runs_for_every_view(
    qtbot: QtBot, window: MainWindow, runs: list[RunFolder]
) -> None:
    listed = panel(window)
    listed.list.setFocus()
    QTest.keyClick(listed.list, Qt.Key.Key_A, CTRL)
    QTest.keyClick(listed.list, Qt.Key.Key_Return)
    page = window.train_page
    assert (page.time.step, page.time.total) == (40, 40)
    for key, step in ((Qt.Key.Key_Home, 1), (Qt.Key.Key_Right, 2), (Qt.Key.Key_PageUp, 4)):
        QTest.keyClick(page, key)
        assert page.time.step == step
    assert page.scrubber.track.value() == 4
    assert page.plots.depth_pane.title.text() == "Step 4, input to output"
    lines = [page.plots.key.topLevelItem(row) for row in range(3)]
    assert [line.text(1) for line in lines if line is not None] == ["0.50"] * 3
    edges = page.panes[0].view.diagram_scene.edges.values()
    qtbot.waitUntil(lambda: all(item.state.flow is not None for item in edges), timeout=5_000)


def test_a_click_on_a_plot_gives_it_the_keys_of_the_cursor(
    window: MainWindow, runs: list[RunFolder]
) -> None:
    page = window.train_page
    window.show_workspace(training=True)
    page.compare(runs)
    page.panes[0].view.setFocus()
    plot = page.plots.curves
    at = QPointF(plot.frame().px(20), plot.frame().rect.center().y()).toPoint()
    QTest.mouseClick(plot, LEFT, pos=at)
    QTest.keyClick(plot, Qt.Key.Key_Left)
    assert page.time.step == 19


def test_what_was_deleted_leaves_the_plots_and_comes_back_by_a_click(
    window: MainWindow, runs: list[RunFolder]
) -> None:
    window.train_page.compare(runs)
    window.actions_table["show_runs"].trigger()
    listed = panel(window)
    click_line(listed, 1)
    listed.list.setFocus()
    QTest.keyClick(listed.list, Qt.Key.Key_Delete)
    session = window.train_page.session
    assert session is not None
    assert [run.folder for run in session.runs] == [runs[0], runs[2]]
    assert not runs[1].path.exists()
    toast = window.area.toast
    assert "Moved net-2 to the bin." in toast.text()
    toast.linkActivated.emit("act")
    assert runs[1].holds_a_run
    assert [line.text(0) for line in listed.list.lines] == ["net-3", "net-2", "net-1"]
