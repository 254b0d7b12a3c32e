"""The Train workspace: from a diagram to a run that can be watched, stopped and told about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.canvas.edge_flow import FlowStroke, flow_stroke
from app.document import Document
from app.runs.children.client import RunState
from app.runs.listing.run_places import runs_of
from app.runs.train_page import TrainPage
from graphcore import edits, gallery
from graphcore.diagram import Definition, Instance, Step
from graphcore.training.events import Evaluated, Failed
from graphcore.training.measuring.edge_paths import EdgeRow
from graphcore.training.run_folder import RunFolder
from tests.runs.conftest import MakePage
from tests.runs.edge_runs import write_run


def wait_for_the_end(qtbot: QtBot, page: TrainPage) -> None:
    qtbot.waitUntil(lambda: page.session is not None and not page.is_running, timeout=60_000)


class TestARealRun:
    def test_it_is_trained_seen_kept_and_reopened(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        document.apply("Epochs", lambda d: edits.set_recipe(d, "epochs", 2))
        page = make_page()
        told: list[tuple[str, float]] = []
        page.progress.connect(lambda text, share: told.append((text, share)))
        page.start()
        assert page.is_running
        wait_for_the_end(qtbot, page)

        assert page.banner.isHidden()
        assert page.session is not None
        (run,) = page.session.runs
        assert run.finished is not None
        assert run.history.steps == run.total_steps == run.finished.steps
        assert [test.epoch for test in _evaluations(run.folder)] == [0, 1]
        assert told[-1][1] == 1.0

        (folder,) = runs_of(document.path, document.diagram)
        page.clear()
        page.open_run(folder)
        assert page.session is not None
        (again,) = page.session.runs
        assert again.history.steps == run.history.steps
        assert again.history.loss.tolist() == run.history.loss.tolist()
        assert not page.is_running

    def test_the_pair_is_trained_at_once_on_the_same_seed(
        self, qtbot: QtBot, make_page: MakePage, tmp_path: Path
    ) -> None:
        document = Document(gallery.build("resnet20-digits", width=8))
        document.save(tmp_path / "resnet.skw")
        document.apply("Steps", lambda d: edits.set_recipe(d, "steps", 4))
        page = make_page(of=document)
        page.start(compare=True)
        wait_for_the_end(qtbot, page)

        assert page.session is not None
        with_skips, plain = page.session.runs
        assert [run.title for run in page.session.runs] == ["With skips", "Without skips"]
        assert with_skips.finished is not None
        assert plain.finished is not None
        assert plain.diagram == edits.without_skips(with_skips.diagram)
        assert with_skips.recipe == plain.recipe
        assert {row.module for row in plain.history.rows} < {
            row.module for row in with_skips.history.rows
        }
        assert not page.panes[1].isHidden()

    def test_data_that_cannot_be_read_is_told_in_plain_words(
        self, qtbot: QtBot, make_page: MakePage, document: Document, tmp_path: Path
    ) -> None:
        missing = str(tmp_path / "gone.npz")
        document.apply("Data", lambda d: edits.set_recipe(d, "data", missing))
        page = make_page()
        page.start()
        wait_for_the_end(qtbot, page)
        assert "gone.npz does not exist" in page.banner.message.text()


class TestWidthsOfWires:
    def strokes(self, page: TrainPage, pane: int = 0) -> set[FlowStroke | None]:
        edges = page.panes[pane].view.diagram_scene.edges.values()
        return {item.state.flow for item in edges}

    def test_a_real_run_draws_them_as_it_goes_and_when_it_is_reopened(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        document.apply("Steps", lambda d: edits.set_recipe(d, "steps", 25))
        page = make_page()
        page.start()
        wait_for_the_end(qtbot, page)
        assert page.session is not None
        (run,) = page.session.runs
        assert run.edges.steps == (1, 21)
        qtbot.waitUntil(lambda: self.strokes(page) != {None}, timeout=5_000)
        live = self.strokes(page)
        widths = [stroke.width for stroke in live if stroke is not None and not stroke.mark]
        assert widths
        assert all(1.0 <= width <= 8.0 for width in widths)

        page.clear()
        assert self.strokes(page) == {None}
        page.open_run(run.folder)
        qtbot.waitUntil(lambda: self.strokes(page) == live, timeout=5_000)

    def test_they_are_those_of_the_last_measurement_up_to_the_cursor(
        self, qtbot: QtBot, make_page: MakePage, tmp_path: Path
    ) -> None:
        net = gallery.build("resnet20-digits")

        def figure(row: EdgeRow, step: int) -> tuple[float, ...]:
            return ((1e-4, 0.0, 1e-1)[step // 20], 0.5, 0.1, 0.0, 1.0, 0.5)

        page = make_page()
        page.open_run(write_run(tmp_path / "run", net, figure, (0, 20, 40)))
        wanted = {
            60: flow_stroke(1e-1),
            40: FlowStroke(2.0, "vanished"),
            20: flow_stroke(1e-4),
        }
        for step, stroke in wanted.items():
            page.time.go(step)
            qtbot.waitUntil(partial(self.shows, page, stroke), timeout=5_000)

    def shows(self, page: TrainPage, stroke: FlowStroke) -> bool:
        return self.strokes(page) == {stroke}


def _evaluations(folder: RunFolder) -> list[Evaluated]:
    return [event for event in folder.events() if isinstance(event, Evaluated)]


class TestOneCursorForAll:
    def test_live_it_follows_the_run_and_colours_the_canvas(
        self, qtbot: QtBot, make_page: MakePage
    ) -> None:
        page = make_page("training")
        seen: list[Mapping[Instance, float]] = []
        page.gradients_changed.connect(seen.append)
        page.start()
        wait_for_the_end(qtbot, page)
        assert (page.time.step, page.time.total, page.time.is_live) == (40, 40, True)
        qtbot.waitUntil(lambda: bool(seen) and (Step("fc", 0),) in seen[-1], timeout=5_000)
        assert seen[-1][(Step("stem", 0),)] == pytest.approx(1e-2)
        assert seen[-1][(Step("fc", 0),)] == pytest.approx(1e-3)

    def test_keys_move_it_and_end_returns_to_live(self, qtbot: QtBot, make_page: MakePage) -> None:
        page = make_page("training")
        page.start()
        wait_for_the_end(qtbot, page)
        QTest.keyClick(page, Qt.Key.Key_Left)
        assert (page.time.step, page.time.is_live) == (39, False)
        QTest.keyClick(page, Qt.Key.Key_Home)
        assert page.time.step == 1
        assert page.plots.depth_pane.title.text() == "Step 1, input to output"
        QTest.keyClick(page, Qt.Key.Key_End)
        assert (page.time.step, page.time.is_live) == (40, True)

    def test_both_canvases_show_the_same_place(
        self, qtbot: QtBot, make_page: MakePage, tmp_path: Path
    ) -> None:
        document = Document(gallery.build("resnet20-digits"))
        document.save(tmp_path / "resnet.skw")
        page = make_page("training", document)
        page.start(compare=True)
        wait_for_the_end(qtbot, page)
        inside = (Step("stage2", 1),)
        page.panes[1].document.enter(inside)
        assert page.panes[0].document.instance == inside
        page.panes[0].document.leave()
        assert page.panes[1].document.instance == ()
        one, other = (pane.view.diagram_scene for pane in page.panes)
        page.panes[0].view.toggle("stage2", one.root)
        one.step_copy(one.sheets[("stage2",)], 1)
        assert other.sheets[("stage2",)].place.instance == inside


class TestStopAndPause:
    def test_stop_keeps_what_was_done(self, qtbot: QtBot, make_page: MakePage) -> None:
        page = make_page("patient")
        page.start()
        qtbot.waitUntil(lambda: page.time.step == 10, timeout=20_000)
        page.pause()
        assert page.is_paused
        page.pause()
        assert not page.is_paused
        page.stop()
        wait_for_the_end(qtbot, page)
        assert page.session is not None
        assert page.session.runs[0].state is RunState.FINISHED
        assert page.session.last_step == 10
        assert page.banner.isHidden()

    def test_a_second_start_while_it_runs_changes_nothing(
        self, qtbot: QtBot, make_page: MakePage
    ) -> None:
        page = make_page("patient")
        page.start()
        session = page.session
        page.start(compare=True)
        assert page.session is session

    def test_another_run_cannot_be_opened_meanwhile(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        page = make_page("patient")
        page.start()
        (folder,) = runs_of(document.path, document.diagram)
        page.open_run(folder)
        assert page.is_running
        assert "Stop it before" in page.banner.message.text()


class TestFailuresAreToldAndTheWindowLivesOn:
    def test_a_fault_names_its_block(self, qtbot: QtBot, make_page: MakePage) -> None:
        page = make_page("exploding")
        asked: list[tuple[Instance | None, Definition | None]] = []
        failures: list[Failed] = []
        page.show_block.connect(lambda instance, definition: asked.append((instance, definition)))
        page.failed.connect(failures.append)
        page.start()
        wait_for_the_end(qtbot, page)
        assert page.banner.message.text() == "The loss is not a number"
        QTest.mouseClick(page.banner.block_button, Qt.MouseButton.LeftButton)
        assert asked == [((Step("fc1", 0),), Definition("MLP", "fc1"))]
        assert len(failures) == 1
        QTest.mouseClick(page.banner.details_button, Qt.MouseButton.LeftButton)
        assert "Traceback" in page.banner.details.toPlainText()

    def test_after_a_fault_it_can_be_tried_again(self, qtbot: QtBot, make_page: MakePage) -> None:
        page = make_page("exploding")
        for _ in range(2):
            page.start()
            assert page.banner.isHidden()
            wait_for_the_end(qtbot, page)
            assert page.banner.isVisible()

    def test_a_killed_child_is_recorded_in_its_folder(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        page = make_page("killed")
        page.start()
        wait_for_the_end(qtbot, page)
        assert "memory of this machine ran out" in page.banner.message.text()
        assert page.banner.block_button.isHidden()
        (folder,) = runs_of(document.path, document.diagram)
        assert folder.outcome().state == "failed"
        page.clear()
        page.open_run(folder)
        assert "memory of this machine ran out" in page.banner.message.text()

    def test_a_run_that_was_cut_off_is_resumed_where_it_left_a_state(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        page = make_page("cut_off")
        page.start()
        wait_for_the_end(qtbot, page)
        assert "Resume goes on from its last checkpoint" in page.banner.message.text()
        assert page.session is not None
        (run,) = page.session.runs
        assert run.history.steps == 20
        page.banner.resume_button.click()
        assert page.banner.isHidden()
        qtbot.waitUntil(lambda: run.finished is not None, timeout=60_000)
        assert run.started is not None
        assert run.started.step == 10
        page.session.look()
        assert (run.history.steps, run.failed) == (40, None)
        (folder,) = runs_of(document.path, document.diagram)
        assert folder.outcome().state == "finished"

    def test_without_a_state_it_begins_anew(self, qtbot: QtBot, make_page: MakePage) -> None:
        page = make_page("cut_off_early")
        page.start()
        wait_for_the_end(qtbot, page)
        assert page.session is not None
        assert page.session.chosen.history.steps == 5
        assert page.session.chosen.updates.at(5)[0] == 3
        assert "Resume begins it anew" in page.banner.message.text()
        assert page.banner.resume_button.toolTip().startswith("Begin the run anew")
        page.banner.resume_button.click()
        wait_for_the_end(qtbot, page)
        assert page.banner.isHidden()
        assert page.session.chosen.history.steps == 40
        assert page.session.chosen.updates.at(40)[0] == 2

    def test_a_diagram_with_errors_is_not_started(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        main = document.diagram.main
        wire = next(iter(document.diagram.main_block.graph.edges))
        document.apply("Delete", lambda d: edits.delete(d, main, [wire]))
        page = make_page("training")
        page.start()
        assert page.session is None
        assert "cannot be trained yet" in page.banner.message.text()
        assert not page.banner.block_button.isHidden()

    def test_what_kept_a_run_from_beginning_is_forgotten_with_the_next_edit(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        main = document.diagram.main
        wire = next(iter(document.diagram.main_block.graph.edges))
        document.apply("Delete", lambda d: edits.delete(d, main, [wire]))
        page = make_page("training")
        told: list[str] = []
        page.progress.connect(lambda text, fraction: told.append(text))
        page.start()
        assert told == ["not started"]
        document.undo_stack.undo()
        assert page.banner.isHidden()

    def test_without_skips_there_is_nothing_to_compare(
        self, qtbot: QtBot, make_page: MakePage
    ) -> None:
        page = make_page("training")
        page.start(compare=True)
        assert page.session is None
        assert "no skip connection" in page.banner.message.text()

    def test_a_damaged_run_is_not_opened(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        page = make_page("training")
        page.start()
        wait_for_the_end(qtbot, page)
        (folder,) = runs_of(document.path, document.diagram)
        folder.recipe_path.write_text(json.dumps({"epochs": "many"}))
        page.clear()
        page.open_run(folder)
        assert page.session is None
        assert "cannot be opened" in page.banner.message.text()


class TestBeforeAnythingIsTrained:
    def test_it_says_what_will_be_there_and_offers_the_recipe(
        self, qtbot: QtBot, make_page: MakePage
    ) -> None:
        page = make_page("training")
        assert page.below.stack.currentWidget() is page.below.empty
        assert page.recipe.isVisible()
        assert page.scrubber.isHidden()

    def test_the_canvas_follows_the_diagram(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        page = make_page("training")
        main = document.diagram.main
        document.apply("Rename", lambda d: edits.rename(d, main, "fc1", "first"))
        assert page.panes[0].document.diagram is document.diagram

    def test_a_run_keeps_its_own_diagram(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        page = make_page("training")
        page.start()
        trained = document.diagram
        main = document.diagram.main
        document.apply("Rename", lambda d: edits.rename(d, main, "fc1", "first"))
        wait_for_the_end(qtbot, page)
        assert page.panes[0].document.diagram is trained
