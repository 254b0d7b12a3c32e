"""Runs laid over each other: curves of all, layers of one, one cursor; live and replayed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.canvas.edge_flow import FlowStroke, flow_stroke
from app.document import Document
from app.runs.listing.run_places import runs_of, twin_of
from app.runs.plots.curves import Curve
from app.runs.train_page import TrainPage
from graphcore import edits, gallery
from graphcore.training.events import Failed
from graphcore.training.run_about import About, write_about
from tests.runs.conftest import MakePage
from tests.runs.kept_runs import kept

LEFT = Qt.MouseButton.LeftButton


def curves(page: TrainPage) -> list[Curve]:
    return list(page.plots.curves.curves)


def titles(page: TrainPage) -> list[str]:
    return [curve.title for curve in curves(page)]


def told(page: TrainPage, row: int) -> str:
    """The figure at the cursor in a line of the key."""
    item = page.plots.key.topLevelItem(row)
    assert item is not None
    return item.text(1)


def click_key(page: TrainPage, row: int) -> None:
    """A click on a line of the key."""
    key = page.plots.key
    item = key.topLevelItem(row)
    assert item is not None
    QTest.mouseClick(key.viewport(), LEFT, pos=key.visualItemRect(item).center())


class TestCurvesOfAllLayersOfOne:
    def test_every_run_has_a_curve_of_its_own_colour_under_its_own_name(
        self, make_page: MakePage, document: Document
    ) -> None:
        runs = [kept(document, steps) for steps in (40, 60, 50)]
        write_about(runs[1].path, About("wider stem"))
        page = make_page("training")
        page.compare(runs)
        assert titles(page) == ["net-1", "wider stem", "net-3"]
        assert len({curve.look.color.name() for curve in curves(page)}) == 3
        assert page.plots.key.isVisible()
        assert page.panes[1].isHidden()
        assert not page.is_running

    def test_a_click_in_the_key_chooses_whose_layers_are_shown(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        other = gallery.build("mlp-digits", width=32)
        runs = [kept(document, 40, gradient=1e-3), kept(document, 40, of=other, gradient=1e-5)]
        page = make_page("training")
        page.compare(runs)
        assert page.panes[0].document.diagram == document.diagram
        click_key(page, 1)
        assert page.session is not None
        assert page.session.chosen.folder == runs[1]
        assert page.panes[0].document.diagram == other
        assert page.panes[0].title.text() == "net-2"
        assert page.plots.heat_panes[0].title.text() == "Gradients · net-2"
        history = page.session.chosen.history
        values = [value for _, value, _ in page.plots.depth_pane.profile.points(history)]
        assert values == pytest.approx([1e-5, 1e-5])
        edges = page.panes[0].view.diagram_scene.edges.values()
        wanted: set[FlowStroke | None] = {flow_stroke(1e-5)}
        qtbot.waitUntil(lambda: {item.state.flow for item in edges} == wanted, timeout=5_000)

    def test_up_and_down_choose_too_and_the_other_keys_move_the_cursor(
        self, make_page: MakePage, document: Document
    ) -> None:
        page = make_page("training")
        page.compare([kept(document, 40), kept(document, 40)])
        key = page.plots.key
        key.setFocus()
        QTest.keyClick(key, Qt.Key.Key_Down)
        assert page.session is not None
        assert page.session.chosen is page.session.runs[1]
        QTest.keyClick(key, Qt.Key.Key_Home)
        QTest.keyClick(key, Qt.Key.Key_Right)
        assert page.time.step == 2
        assert told(page, 0) == "1.00"
        QTest.keyClick(key, Qt.Key.Key_End)
        assert (page.time.step, page.time.is_live) == (40, True)
        QTest.keyClick(key, Qt.Key.Key_Space)
        assert page.scrubber.is_playing

    def test_the_pointer_on_a_line_brings_its_curve_out(
        self, make_page: MakePage, document: Document
    ) -> None:
        page = make_page("training")
        page.compare([kept(document, 40), kept(document, 40)])
        key = page.plots.key
        item = key.topLevelItem(1)
        assert item is not None
        at = key.visualItemRect(item).center()
        for step in (QPoint(-4, 0), QPoint(0, 0)):
            QTest.mouseMove(key.viewport(), at + step)
        pointed = page.plots.curves.pointed
        assert pointed is not None
        assert pointed.title == "net-2"
        QTest.mouseMove(key.viewport(), QPoint(20, key.viewport().height() - 4))
        assert page.plots.curves.pointed is None

    def test_a_pair_is_two_of_them_and_a_pair_again_when_the_others_leave(
        self, make_page: MakePage, tmp_path: Path
    ) -> None:
        document = Document(gallery.build("resnet20-digits"))
        document.save(tmp_path / "net.skw")
        first = kept(document, 40)
        kept(document, 30, of=edits.without_skips(document.diagram), path=twin_of(first.path))
        second = kept(document, 40)
        page = make_page("training", document)
        page.compare([first, second])
        assert titles(page) == ["net-1 with", "net-1 without", "net-2"]
        assert not page.is_pair
        page.stage.leave_out([second])
        assert titles(page) == ["with", "without"]
        assert page.is_pair
        assert not page.panes[1].isHidden()


class TestRunsThatDiffer:
    def test_the_cursor_reaches_to_the_end_of_the_longest(
        self, make_page: MakePage, document: Document
    ) -> None:
        page = make_page("training")
        page.compare([kept(document, 20), kept(document, 60)])
        assert (page.time.step, page.time.total) == (60, 60)
        assert page.plots.depth_pane.title.text() == "Step 20, its last"
        page.time.go(10)
        assert page.plots.depth_pane.title.text() == "Step 10, input to output"

    def test_what_does_not_compare_is_said(self, make_page: MakePage, document: Document) -> None:
        page = make_page("training")
        page.compare([kept(document, 20), kept(document, 20, data="iris")])
        assert "different data" in page.plots.caution.text()
        assert page.plots.caution.isVisible()
        page.compare([kept(document, 20), kept(document, 20)])
        assert page.plots.caution.isHidden()

    def test_a_run_without_steps_is_said_to_have_none(
        self, make_page: MakePage, document: Document
    ) -> None:
        page = make_page("training")
        page.compare([kept(document, 20), kept(document, 0)])
        assert told(page, 1) == "no steps"

    @pytest.mark.parametrize("damage", ["recipe", "diagram", "figures", "gone"])
    def test_one_that_cannot_be_read_is_told_of_and_the_others_are_shown(
        self, make_page: MakePage, document: Document, damage: str
    ) -> None:
        runs = [kept(document, 20) for _ in range(3)]
        bad = runs[1]
        if damage == "gone":
            bad.path.rename(bad.path.with_name("elsewhere"))
        else:
            files = {"recipe": bad.recipe_path, "diagram": bad.diagram_path}
            files.get(damage, bad.steps_path).write_text("[]\n")
        page = make_page("training")
        page.compare(runs)
        assert titles(page) == ["net-1", "net-3"]
        assert page.banner.isVisible()
        assert "net-2" in page.banner.message.text()

    def test_where_none_can_be_read_nothing_is_shown(
        self, make_page: MakePage, document: Document
    ) -> None:
        runs = [kept(document, 20) for _ in range(2)]
        for run in runs:
            run.recipe_path.write_text("{")
        page = make_page("training")
        page.compare(runs)
        assert page.session is None
        assert page.banner.message.text().count("cannot be shown") == 2


class TestComingAndGoing:
    def test_looks_and_cursor_stay_when_other_runs_are_chosen(
        self, make_page: MakePage, document: Document
    ) -> None:
        runs = [kept(document, 40) for _ in range(4)]
        page = make_page("training")
        page.compare(runs[:3])
        before = page.below.looks
        page.time.go(7)
        page.compare(runs[1:])
        after = page.below.looks
        assert [after[run.path] for run in runs[1:3]] == [before[run.path] for run in runs[1:3]]
        assert page.time.step == 7

    def test_runs_stand_as_they_were_chosen_whatever_was_shown_before(
        self, make_page: MakePage, document: Document
    ) -> None:
        runs = [kept(document, 40) for _ in range(3)]
        page = make_page("training")
        page.open_run(runs[2])
        look = page.below.looks[runs[2].path]
        page.compare(runs)
        assert titles(page) == ["net-1", "net-2", "net-3"]
        assert page.below.looks[runs[2].path] == look

    def test_delete_in_the_key_leaves_the_run_out_and_its_folder_alone(
        self, make_page: MakePage, document: Document
    ) -> None:
        runs = [kept(document, 40) for _ in range(3)]
        page = make_page("training")
        page.compare(runs)
        click_key(page, 1)
        QTest.keyClick(page.plots.key, Qt.Key.Key_Delete)
        assert titles(page) == ["net-1", "net-3"]
        assert runs[1].holds_a_run
        QTest.keyClick(page.plots.key, Qt.Key.Key_Delete)
        assert titles(page) == ["batch"]
        assert not page.plots.key.isVisible()

    def test_runs_that_were_deleted_are_left_out(
        self, make_page: MakePage, document: Document
    ) -> None:
        runs = [kept(document, 40) for _ in range(2)]
        page = make_page("training")
        page.compare(runs)
        page.stage.leave_out(runs)
        assert page.session is None
        assert page.below.stack.currentWidget() is page.below.empty

    def test_the_menu_of_the_page_lays_runs_over_the_one_that_is_shown(
        self, make_page: MakePage, document: Document
    ) -> None:
        runs = [kept(document, 40) for _ in range(3)]
        page = make_page("training")
        page.open_run(runs[0])
        head = page.below.head
        head.menu.aboutToShow.emit()
        offered = {action.text(): action for action in head.menu.actions() if action.text()}
        assert [name for name, action in offered.items() if action.isChecked()] == ["net-1"]
        assert [*offered] == ["net-3", "net-2", "net-1", "All runs …"]
        offered["net-3"].trigger()
        assert titles(page) == ["net-1", "net-3"]
        head.menu.aboutToShow.emit()
        next(action for action in head.menu.actions() if action.text() == "net-1").trigger()
        assert titles(page) == ["batch"]

    def test_a_name_that_is_given_meanwhile_is_shown(
        self, make_page: MakePage, document: Document
    ) -> None:
        runs = [kept(document, 40) for _ in range(2)]
        page = make_page("training")
        page.compare(runs)
        page.hide()
        write_about(runs[0].path, About("the first"))
        page.show()
        assert titles(page) == ["the first", "net-2"]


class TestWithARunThatGoesOn:
    def start(self, qtbot: QtBot, make_page: MakePage) -> TrainPage:
        page = make_page("patient")
        page.start()
        qtbot.waitUntil(lambda: page.time.step == 10, timeout=20_000)
        return page

    def test_earlier_ones_are_laid_over_it_while_it_goes_on(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        earlier = [kept(document, 30), kept(document, 60)]
        page = self.start(qtbot, make_page)
        page.compare(earlier)
        assert page.is_running
        assert titles(page) == ["net-3", "net-1", "net-2"]
        assert page.plots.key.current is not None
        assert page.plots.key.current.is_going
        assert (page.time.step, page.time.total) == (10, 60)
        page.compare(earlier[:1])
        assert titles(page) == ["net-3", "net-1"]
        assert page.session is not None
        page.stage.leave_out([run.folder for run in page.session.runs])
        assert titles(page) == ["batch"]
        assert page.is_running
        page.stop()
        qtbot.waitUntil(lambda: not page.is_running, timeout=20_000)

    def test_when_it_ends_the_cursor_reaches_further(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        page = self.start(qtbot, make_page)
        page.compare([kept(document, 60)])
        page.stop()
        qtbot.waitUntil(lambda: not page.is_running, timeout=20_000)
        qtbot.waitUntil(lambda: page.time.step == 60, timeout=5_000)
        assert titles(page) == ["net-1", "net-2"]

    def test_a_run_that_begins_is_laid_over_those_that_were_compared(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        runs = [kept(document, 30), kept(document, 60)]
        page = make_page("patient")
        page.compare(runs)
        before = page.below.looks
        page.start()
        assert (page.time.step, page.time.last) == (0, 0)
        qtbot.waitUntil(lambda: page.time.step == 10, timeout=20_000)
        assert titles(page) == ["net-3", "net-1", "net-2"]
        assert page.session is not None
        assert page.session.chosen.folder.name == "net-3"
        assert {path: page.below.looks[path] for path in before} == before
        failures: list[Failed] = []
        page.failed.connect(failures.append)
        page.stop()
        qtbot.waitUntil(lambda: not page.is_running, timeout=20_000)
        assert not failures
        assert len(runs_of(document.path, document.diagram)) == 3
