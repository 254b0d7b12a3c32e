"""A run's weights are measured in a child: figures, progress, cancelling, other data."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.document import Document
from app.runs.listing.evaluation_dialog import EvaluationDialog
from app.runs.listing.run_places import twin_of
from app.runs.listing.runs_panel import RunsPanel
from graphcore.training.run_folder import RunFolder
from graphcore.training.weights.record import WEIGHTS
from tests.runs.panels import GOOD, POOR, make_run, next_run
from tests.runs.weights_answers import command


def shown(
    qtbot: QtBot, run: RunFolder, scenario: str, *, trusts: str | None = ""
) -> EvaluationDialog:
    def trusted(data: str, parent: QWidget) -> str | None:
        return trusts

    dialog = EvaluationDialog(run, trusted, command=command(scenario))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def figures(dialog: EvaluationDialog) -> dict[str, str]:
    return {name: label.text() for name, label in dialog.figures.items()}


def test_figures_are_taken_anew(qtbot: QtBot, document: Document) -> None:
    dialog = shown(qtbot, next_run(document, *GOOD), "evaluate")
    for _ in range(2):
        qtbot.waitUntil(lambda: not dialog.child.is_busy)
        expected = {"loss": "0.25", "accuracy": "93.03 %", "mean_iou": "0.5"}
        assert figures(dialog) == expected
        dialog.weights.setCurrentIndex(1)
        dialog.weights.activated.emit(1)
        assert figures(dialog) == {}
    qtbot.waitUntil(lambda: not dialog.child.is_busy)


def test_it_tells_how_far_it_is_and_is_cancelled(qtbot: QtBot, document: Document) -> None:
    dialog = shown(qtbot, next_run(document, *GOOD), "hang")
    qtbot.waitUntil(lambda: dialog.told.text() == "1 of 359 samples")
    assert dialog.bar.isVisible()
    assert dialog.start_button.text() == "Cancel"
    assert not dialog.data.isEnabled()
    dialog.start_button.click()
    assert not dialog.child.is_busy
    assert not dialog.bar.isVisible()
    assert (dialog.told.text(), dialog.start_button.text()) == ("Cancelled.", "Evaluate")


def test_closing_leaves_no_child(qtbot: QtBot, document: Document) -> None:
    dialog = shown(qtbot, next_run(document, *GOOD), "hang")
    assert dialog.child.is_busy
    dialog.close_button.click()
    assert not dialog.child.is_busy


def test_why_there_are_no_figures(qtbot: QtBot, document: Document) -> None:
    dialog = shown(qtbot, next_run(document, *GOOD), "refuse")
    qtbot.waitUntil(lambda: not dialog.child.is_busy)
    assert dialog.told.text() == "W.pt has nothing for this network."
    assert dialog.told.objectName() == "wrong"
    assert figures(dialog) == {}


def test_other_data(
    qtbot: QtBot, document: Document, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dialog = shown(qtbot, next_run(document, *GOOD), "evaluate")
    qtbot.waitUntil(lambda: not dialog.child.is_busy)
    path = str(tmp_path / "other.npz")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (path, ""))
    dialog.data.activated.emit(1)
    qtbot.waitUntil(lambda: not dialog.child.is_busy)
    assert dialog.data.currentText() == "other.npz"
    assert f"held-out samples of {path};" in dialog.told.text()


def test_of_a_pair_either_network(qtbot: QtBot, document: Document) -> None:
    run = next_run(document, *GOOD)
    alone = shown(qtbot, run, "whose")
    qtbot.waitUntil(lambda: not alone.child.is_busy)
    assert not alone.network.isVisible()
    make_run(twin_of(run.path), document, POOR)
    dialog = shown(qtbot, run, "whose")
    assert dialog.network.isVisible()
    for index, name in ((0, "net-1"), (1, "net-1-without-skips")):
        qtbot.waitUntil(lambda: not dialog.child.is_busy)
        dialog.network.setCurrentIndex(index)
        dialog.network.activated.emit(index)
        qtbot.waitUntil(lambda: not dialog.child.is_busy)
        assert dialog.told.text() == f"{name.capitalize()}."


def test_a_program_that_is_not_trusted_is_not_run(qtbot: QtBot, document: Document) -> None:
    dialog = shown(qtbot, next_run(document, *GOOD), "hang", trusts=None)
    assert not dialog.child.is_busy
    assert dialog.told.text() == "The program that gives the data was not run."


class TestTheListOfRuns:
    def test_asks_for_both(self, qtbot: QtBot, document: Document, panel: RunsPanel) -> None:
        run = next_run(document, *GOOD)
        for name in ("best", "last"):
            (run.path / WEIGHTS[name]).write_bytes(b"weights")
        panel.refresh()
        panel.list.setCurrentItem(panel.list.lines[0])
        with qtbot.waitSignal(panel.evaluation_wanted) as evaluation:
            panel.evaluate_action.trigger()
        assert evaluation.args == [run]
        for name, action in panel.train_on_actions.items():
            with qtbot.waitSignal(panel.train_on_wanted) as wanted:
                action.trigger()
            assert wanted.args == [run.path / WEIGHTS[name]]

    def test_offers_neither_where_no_weights_were_saved(
        self, document: Document, panel: RunsPanel
    ) -> None:
        next_run(document, *GOOD)
        panel.refresh()
        panel.list.setCurrentItem(panel.list.lines[0])
        actions = [panel.evaluate_action, *panel.train_on_actions.values()]
        assert not any(action.isEnabled() for action in actions)
