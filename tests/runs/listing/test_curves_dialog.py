"""Saving the curves of runs from the list: what is asked, what is written, what is given up."""

from __future__ import annotations

import csv
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.document import Document
from app.runs.listing.curves_dialog import CurvesDialog, Writing
from app.runs.listing.runs_panel import RunsPanel
from tests.runs.kept_runs import kept
from tests.runs.panels import CTRL, click_line

LEFT = Qt.MouseButton.LeftButton

Choose = Callable[[Path], None]


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Choose:
    """Says which file the system's dialog gives back."""

    def choose(path: Path) -> None:
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(path), ""))

    return choose


@pytest.fixture
def panel_of_two(document: Document, panel: RunsPanel) -> RunsPanel:
    """Two runs, both selected."""
    kept(document, 3)
    kept(document, 2)
    panel.refresh()
    click_line(panel, 1)
    click_line(panel, 0, CTRL)
    return panel


def dialog(panel: RunsPanel) -> CurvesDialog:
    panel.curves_action.trigger()
    (found,) = panel.findChildren(CurvesDialog)
    return found


def press(found: CurvesDialog, button: QDialogButtonBox.StandardButton) -> None:
    QTest.mouseClick(found.buttons.button(button), LEFT)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


SAVE = QDialogButtonBox.StandardButton.Save


class TestSaving:
    def test_the_selected_runs_and_their_held_out_figures_beside(
        self, qtbot: QtBot, panel_of_two: RunsPanel, tmp_path: Path, choose: Choose
    ) -> None:
        told: list[str] = []
        panel_of_two.told.connect(told.append)
        choose(tmp_path / "mine")
        press(dialog(panel_of_two), SAVE)
        qtbot.waitUntil(lambda: bool(told), timeout=10_000)
        assert told == ["Wrote mine.csv and mine-held-out.csv"]
        lines = read(tmp_path / "mine.csv")
        assert [(line["run"], line["step"]) for line in lines] == [
            *(("net-2", step) for step in "12"),
            *(("net-1", step) for step in "123"),
        ]
        assert [*lines[0]] == ["run", "step", "loss", "accuracy", "learning_rate"]
        tests = read(tmp_path / "mine-held-out.csv")
        assert [line["accuracy"] for line in tests] == ["0.75", "0.75"]

    def test_gradients_are_written_where_they_are_asked_for(
        self, qtbot: QtBot, panel_of_two: RunsPanel, tmp_path: Path, choose: Choose
    ) -> None:
        choose(tmp_path / "mine.csv")
        found = dialog(panel_of_two)
        for box in (found.gradients, found.tests):
            box.setFocus()
            QTest.keyClick(box, Qt.Key.Key_Space)
        with qtbot.waitSignal(panel_of_two.told, timeout=10_000):
            press(found, SAVE)
        (first, *_) = read(tmp_path / "mine.csv")
        assert float(first["gradient_rms.fc"]) == pytest.approx(1e-3)
        assert not (tmp_path / "mine-held-out.csv").exists()

    def test_without_a_name_nothing_happens(
        self, panel_of_two: RunsPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: ("", ""))
        found = dialog(panel_of_two)
        press(found, SAVE)
        assert found.isVisible()
        assert not list(tmp_path.glob("*.csv"))

    def test_a_second_file_is_not_replaced_unasked(
        self,
        panel_of_two: RunsPanel,
        tmp_path: Path,
        choose: Choose,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        (tmp_path / "mine-held-out.csv").write_text("precious")
        choose(tmp_path / "mine.csv")
        no = QMessageBox.StandardButton.Cancel
        monkeypatch.setattr(QMessageBox, "question", lambda *args: no)
        press(dialog(panel_of_two), SAVE)
        assert (tmp_path / "mine-held-out.csv").read_text() == "precious"
        assert not (tmp_path / "mine.csv").exists()

    def test_a_folder_that_cannot_be_written_is_told(
        self,
        qtbot: QtBot,
        panel_of_two: RunsPanel,
        tmp_path: Path,
        choose: Choose,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        told: list[str] = []
        monkeypatch.setattr(QMessageBox, "warning", lambda *args: told.append(args[2]))
        choose(tmp_path / "nowhere" / "mine.csv")
        press(dialog(panel_of_two), SAVE)
        qtbot.waitUntil(lambda: bool(told), timeout=10_000)
        assert "cannot be written" in told[0]


class TestALongTable:
    def test_it_shows_how_far_it_is_and_can_be_given_up(self, qtbot: QtBot) -> None:
        closed: list[int] = []

        def endless() -> Generator[float]:
            try:
                while True:
                    yield 0.25
            finally:
                closed.append(1)

        done: list[int] = []
        writing = Writing([endless()], lambda: done.append(1))
        qtbot.waitUntil(lambda: writing.isVisible(), timeout=10_000)
        assert writing.value() == 250
        QTest.mouseClick(writing.findChildren(QPushButton)[0], LEFT)
        assert closed == [1]
        assert done == []
