"""The runs of a diagram: found beside its file, told in a line, reopened, put in the bin."""

from __future__ import annotations

import math
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.runs.listing.run_places import fresh_run, runs_home, runs_of, twin_of
from app.runs.listing.run_summary import recipe_in_words, summarize, when_in_words
from app.runs.listing.runs_list import COLUMNS
from app.runs.listing.runs_panel import RunsPanel
from graphcore import gallery
from graphcore.spec import ParamValue
from graphcore.training.events import Evaluated, Failed, Finished, TrainingEvent
from graphcore.training.recipe import resolve_recipe
from graphcore.training.run_about import FILE, About, read_about, write_about
from graphcore.training.run_folder import RunFolder
from tests.runs.panels import (
    GOOD,
    POOR,
    STARTED,
    cells,
    click_head,
    click_line,
    line,
    make_run,
    names,
    next_run,
    type_into,
)


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
        assert (accuracy, state) == ("98.3 % / 13.9 %", "finished")
        told = line(panel, 0).toolTip(COLUMNS.index("Accuracy"))
        assert told == "with skips 98.3 %, without 13.9 %"

    def test_other_figures_stand_in_the_tips_of_loss_and_accuracy(
        self, document: Document, panel: RunsPanel
    ) -> None:
        first = {"mean_iou": 0.1}
        last = {"mean_iou": 0.71234, "perplexity": math.nan}
        tests = [Evaluated(step, 1, 0.5, 0.9, found) for step, found in ((1, first), (2, last))]
        next_run(document, STARTED, *tests)
        panel.refresh()
        for name in ("Test loss", "Accuracy"):
            told = line(panel, 0).toolTip(COLUMNS.index(name))
            assert told == "Mean IoU: 0.7123\nPerplexity: not a number"

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


def reached(accuracy: float | None, loss: float = 1.0) -> tuple[TrainingEvent, ...]:
    return (STARTED, Evaluated(176, 7, loss, accuracy), Finished(176, 4.0, loss, accuracy))


class TestTheOrder:
    @pytest.fixture
    def filled(self, document: Document, panel: RunsPanel) -> RunsPanel:
        for accuracy, loss in ((0.5, 0.7), (0.9, 2.0), (None, 0.2), (0.7, 0.4)):
            next_run(document, *reached(accuracy, loss))
        next_run(document, STARTED)
        panel.refresh()
        return panel

    @pytest.mark.parametrize(
        ("column", "clicks", "order"),
        [
            ("When", 0, "54321"),
            ("When", 1, "12345"),
            ("Accuracy", 1, "24153"),
            ("Accuracy", 2, "35142"),
            ("Test loss", 1, "34125"),
            ("Run", 1, "12345"),
        ],
    )
    def test_a_click_on_a_columns_head(
        self, filled: RunsPanel, column: str, clicks: int, order: str
    ) -> None:
        for _ in range(clicks):
            click_head(filled, column)
        shown = "".join(name.removeprefix("net-") for name in names(filled))
        # What was not measured stands at the worse end, in either order among itself.
        if column == "Accuracy":
            shown, order = shown.replace("5", "3"), order.replace("5", "3")
        assert shown == order

    def test_it_and_the_selection_stay_when_runs_come(
        self, document: Document, filled: RunsPanel
    ) -> None:
        click_head(filled, "Accuracy")
        click_line(filled, 0)
        next_run(document, *reached(0.95))
        filled.refresh()
        assert names(filled)[:2] == ["net-6", "net-2"]
        assert filled.selected is not None
        assert filled.selected.name == "net-2"


class TestTheSearch:
    @pytest.mark.parametrize(
        ("typed", "found", "count"),
        [
            ("", ["net-3", "net-2", "wider stem"], ""),
            ("adamw", ["net-2"], "1 of 3"),
            ("WIDER", ["wider stem"], "1 of 3"),
            ("overfits", ["wider stem"], "1 of 3"),
            ("stem overfits", ["wider stem"], "1 of 3"),
            ("net-1", ["wider stem"], "1 of 3"),
            ("adamw overfits", [], "0 of 3"),
            ("batch size 17", ["net-3"], "1 of 3"),
        ],
    )
    def test_every_word_must_be_in_name_notes_or_recipe(
        self, document: Document, panel: RunsPanel, typed: str, found: list[str], count: str
    ) -> None:
        first = next_run(document, *GOOD)
        write_about(first.path, About("wider stem", "It overfits\nfrom epoch 3."))
        next_run(document, *GOOD, optimizer="adamw")
        next_run(document, *POOR, batch_size=17)
        panel.refresh()
        type_into(panel.search, typed)
        assert names(panel) == found
        assert panel.found.text() == count

    def test_what_it_hides_cannot_be_deleted_by_mistake(
        self, document: Document, panel: RunsPanel
    ) -> None:
        next_run(document, *GOOD)
        panel.refresh()
        click_line(panel, 0)
        type_into(panel.search, "no such run")
        assert panel.selected is None
        assert not panel.more_button.isEnabled()
        assert not panel.delete_action.isEnabled()


class TestNameAndNotes:
    @pytest.fixture
    def runs(self, document: Document, panel: RunsPanel) -> tuple[RunFolder, RunFolder]:
        made = next_run(document, *GOOD), next_run(document, *POOR)
        panel.refresh()
        return made

    def test_f2_and_a_name(self, panel: RunsPanel, runs: tuple[RunFolder, RunFolder]) -> None:
        click_line(panel, 0)
        panel.list.setFocus()
        QTest.keyClick(panel.list, Qt.Key.Key_F2)
        QTest.keyClicks(panel.notes.name, "wider stem")
        QTest.keyClick(panel.notes.name, Qt.Key.Key_Return)
        assert read_about(runs[1].path) == About("wider stem")
        assert names(panel) == ["wider stem", "net-1"]
        assert panel.selected == runs[1]

    def test_notes_are_kept_when_another_run_is_looked_at(
        self, panel: RunsPanel, runs: tuple[RunFolder, RunFolder]
    ) -> None:
        click_line(panel, 0)
        type_into(panel.notes.notes, "diverges at 0.3")
        click_line(panel, 1)
        assert read_about(runs[1].path).notes == "diverges at 0.3"
        assert panel.notes.notes.toPlainText() == ""
        click_line(panel, 0)
        assert panel.notes.notes.toPlainText() == "diverges at 0.3"

    def test_they_are_kept_by_themselves_after_a_while(
        self, qtbot: QtBot, panel: RunsPanel, runs: tuple[RunFolder, RunFolder]
    ) -> None:
        click_line(panel, 0)
        type_into(panel.notes.notes, "still going")
        with qtbot.waitSignal(panel.notes.saved, timeout=5000):
            pass
        assert read_about(runs[1].path).notes == "still going"
        assert panel.notes.notes.toPlainText() == "still going"

    def test_what_is_being_typed_survives_a_list_read_anew(
        self, panel: RunsPanel, runs: tuple[RunFolder, RunFolder]
    ) -> None:
        click_line(panel, 0)
        type_into(panel.notes.notes, "half a sent")
        panel.refresh()
        assert panel.notes.notes.toPlainText() == "half a sent"

    def test_a_damaged_file_is_told_and_not_written_over(
        self, panel: RunsPanel, runs: tuple[RunFolder, RunFolder]
    ) -> None:
        (runs[1].path / FILE).write_text('{"colour": "red"}')
        panel.refresh()
        click_line(panel, 0)
        assert "it has no 'colour'" in panel.notes.problem.text()
        assert not panel.notes.name.isEnabled()
        assert (runs[1].path / FILE).read_text() == '{"colour": "red"}'

    def test_a_folder_that_is_gone_is_told(
        self, panel: RunsPanel, runs: tuple[RunFolder, RunFolder]
    ) -> None:
        click_line(panel, 0)
        shutil.rmtree(runs[1].path)
        type_into(panel.notes.name, "late")
        QTest.keyClick(panel.notes.name, Qt.Key.Key_Return)
        assert "cannot be written" in panel.notes.problem.text()


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

    @pytest.mark.parametrize(
        ("end", "offered"),
        [
            (Failed("the training process was killed"), True),
            (Finished(40, 1.0, 0.5, 0.9, stopped=True), True),
            (Finished(40, 1.0, 0.5, 0.9), False),
            (Failed("the loss is not a number", resumable=False), False),
            (Failed("the warm-up leaves nothing", param="warm_up"), False),
        ],
    )
    def test_resume_begins_anew_what_has_no_state(
        self, end: TrainingEvent, offered: bool, document: Document, panel: RunsPanel
    ) -> None:
        """And is not offered where it would come to the same end."""
        folder = next_run(document, end)
        folder.state_path.unlink(missing_ok=True)
        panel.refresh()
        line(panel, 0).setSelected(True)
        assert panel.resume_action.isEnabled() is offered
        assert panel.resume_action.text() == ("Resume (begins anew)" if offered else "Resume")
