"""The runs of a diagram: found beside its file, told in a line, reopened, put in the bin."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QFile, QStandardPaths, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from app.document import Document
from app.runs.run_places import fresh_run, runs_home, runs_of, twin_of
from app.runs.run_summary import recipe_in_words, summarize, when_in_words
from app.runs.runs_panel import RunsPanel
from graphcore import gallery, store
from graphcore.spec import ParamValue
from graphcore.training.events import Evaluated, Failed, Finished, Started, TrainingEvent
from graphcore.training.recipe import resolve_recipe
from graphcore.training.run_folder import RunFolder

STARTED = Started("run", "cpu", 1, 8, 176, 1000, "Net")
GOOD = (STARTED, Evaluated(176, 7, 0.06, 0.983), Finished(176, 4.0, 0.06, 0.983))
POOR = (STARTED, Evaluated(176, 7, 1.9, 0.139), Finished(176, 4.0, 1.9, 0.139))


def make_run(
    path: Path, document: Document, events: tuple[TrainingEvent, ...], **recipe: ParamValue
) -> RunFolder:
    folder = RunFolder.create(path, store.dumps(document.diagram), resolve_recipe(recipe))
    for event in events:
        folder.append_event(event)
    return folder


def next_run(document: Document, *events: TrainingEvent, **recipe: ParamValue) -> RunFolder:
    return make_run(fresh_run(document.path, document.diagram), document, events, **recipe)


@pytest.fixture
def panel(qtbot: QtBot, document: Document) -> RunsPanel:
    made = RunsPanel(document)
    qtbot.addWidget(made)
    made.resize(900, 260)
    made.show()
    return made


def line(panel: RunsPanel, row: int) -> QTreeWidgetItem:
    item = panel.list.topLevelItem(row)
    assert item is not None
    return item


def cells(panel: RunsPanel, row: int) -> list[str]:
    item = line(panel, row)
    return [item.text(column) for column in range(item.columnCount())]


class TestWhereRunsLive:
    def test_beside_the_file(self, document: Document, tmp_path: Path) -> None:
        assert fresh_run(document.path, document.diagram) == tmp_path / "runs" / "net-1"

    def test_among_the_programs_data_where_there_is_no_file(self, qtbot: QtBot) -> None:
        document = Document(gallery.build("mlp-digits"))
        place = QStandardPaths.StandardLocation.GenericDataLocation
        assert runs_home(None).is_relative_to(QStandardPaths.writableLocation(place))
        assert fresh_run(None, document.diagram).name == "MLP-1"

    def test_the_newest_first_and_none_of_another_diagram(self, document: Document) -> None:
        for _ in range(11):
            next_run(document, *GOOD)
        home = runs_home(document.path)
        make_run(home / "network-1", document, GOOD)
        (home / "net-99").mkdir()
        names = [run.name for run in runs_of(document.path, document.diagram)]
        assert names == [f"net-{number}" for number in range(11, 0, -1)]

    def test_a_twin_is_no_run_of_its_own(self, document: Document) -> None:
        first = next_run(document, *GOOD)
        make_run(twin_of(first.path), document, POOR)
        assert runs_of(document.path, document.diagram) == (first,)


class TestARunInALine:
    def test_the_pair(self, document: Document, panel: RunsPanel) -> None:
        first = next_run(document, *GOOD)
        make_run(twin_of(first.path), document, POOR)
        panel.refresh()
        name, _, recipe, steps, loss, accuracy, state = cells(panel, 0)
        assert (name, recipe, steps, loss) == ("net-1 · pair", "default recipe", "176", "0.06")
        assert (accuracy, state) == ("98.3 % · without 13.9 %", "finished")

    @pytest.mark.parametrize(
        ("events", "state"),
        [
            ((), "unfinished"),
            ((STARTED,), "unfinished"),
            ((STARTED, Finished(3, 1.0, None, None, stopped=True)), "stopped"),
            ((STARTED, Failed("the loss is not a number")), "failed"),
            ((STARTED, Failed("killed"), STARTED), "unfinished"),
        ],
    )
    def test_how_it_ended(
        self, document: Document, events: tuple[TrainingEvent, ...], state: str
    ) -> None:
        assert summarize(next_run(document, *events)).state == state

    def test_the_end_of_a_long_log_is_enough(self, document: Document) -> None:
        folder = next_run(document, *GOOD[:1])
        with folder.events_path.open("a") as file:
            file.write("x" * 200_000 + "\n")
        for event in GOOD[1:]:
            folder.append_event(event)
        assert summarize(folder).accuracy == 0.983

    def test_a_damaged_recipe_is_told(self, document: Document) -> None:
        folder = next_run(document, *GOOD)
        folder.recipe_path.write_text("{")
        assert summarize(folder).state == "damaged"

    @pytest.mark.parametrize(
        ("recipe", "words"),
        [
            ({}, "default recipe"),
            ({"optimizer": "adamw", "epochs": 20}, "adamw · 20 epochs"),
            ({"data": "/home/me/flowers.npz", "seed": 3}, "flowers.npz · seed 3"),
            ({"learning_rate": 0.003, "steps": 50}, "learning rate 0.003 · 50 steps"),
        ],
    )
    def test_only_what_differs_of_the_recipe(
        self, recipe: dict[str, ParamValue], words: str
    ) -> None:
        assert recipe_in_words(resolve_recipe(recipe)) == words

    @pytest.mark.parametrize(
        ("when", "words"),
        [
            (datetime(2026, 11, 24, 9, 5), "09:05"),
            (datetime(2026, 3, 2, 14, 30), "2 Mar 14:30"),
            (datetime(2025, 3, 2, 14, 30), "2 Mar 2025"),
        ],
    )
    def test_when(self, when: datetime, words: str) -> None:
        assert when_in_words(when, datetime(2026, 11, 24, 20, 0)) == words


class TestThePanel:
    def test_without_runs_it_says_what_will_be_there(self, panel: RunsPanel) -> None:
        assert panel.stack.currentIndex() == 0

    def test_it_counts(self, document: Document, panel: RunsPanel) -> None:
        counts: list[int] = []
        panel.counted.connect(counts.append)
        next_run(document, *GOOD)
        next_run(document, *GOOD)
        panel.refresh()
        assert counts == [2]

    def test_a_run_is_opened(self, document: Document, panel: RunsPanel) -> None:
        folder = next_run(document, *GOOD)
        panel.refresh()
        asked: list[RunFolder] = []
        panel.opened.connect(asked.append)
        assert not panel.open_button.isEnabled()
        line(panel, 0).setSelected(True)
        QTest.mouseClick(panel.open_button, Qt.MouseButton.LeftButton)
        assert asked == [folder]

    @pytest.mark.parametrize("confirmed", [True, False])
    def test_a_run_goes_to_the_bin_with_its_twin_once_that_is_confirmed(
        self,
        document: Document,
        panel: RunsPanel,
        monkeypatch: pytest.MonkeyPatch,
        confirmed: bool,
    ) -> None:
        folder = next_run(document, *GOOD)
        twin = make_run(twin_of(folder.path), document, POOR)
        panel.refresh()
        binned: list[str] = []

        def move(path: str) -> bool:
            binned.append(path)
            return True

        answer = QMessageBox.StandardButton.Yes if confirmed else QMessageBox.StandardButton.Cancel
        monkeypatch.setattr(QMessageBox, "question", lambda *args: answer)
        monkeypatch.setattr(QFile, "moveToTrash", move)
        line(panel, 0).setSelected(True)
        panel.delete_selected()
        assert binned == ([str(folder.path), str(twin.path)] if confirmed else [])

    def test_without_a_bin_it_is_deleted_only_when_that_is_wanted(
        self, document: Document, panel: RunsPanel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = next_run(document, *GOOD)
        panel.refresh()
        yes = QMessageBox.StandardButton.Yes
        monkeypatch.setattr(QMessageBox, "question", lambda *args: yes)
        monkeypatch.setattr(QMessageBox, "warning", lambda *args: yes)
        monkeypatch.setattr(QFile, "moveToTrash", lambda path: False)
        line(panel, 0).setSelected(True)
        panel.delete_selected()
        assert not folder.path.exists()
        assert panel.stack.currentIndex() == 0
