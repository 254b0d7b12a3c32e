"""The table of differences between the runs that are compared, with a mouse and a keyboard."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.runs.listing.differences_view import DifferencesView
from app.runs.train_page import TrainPage
from graphcore import gallery
from graphcore.training.run_table import TableRow
from tests.runs.conftest import MakePage
from tests.runs.kept_runs import kept

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(make_page: MakePage, document: Document) -> TrainPage:
    """Three runs compared: of another rate, and of a narrower net."""
    narrow = gallery.build("mlp-digits", width=32)
    runs = [
        kept(document, 40),
        kept(document, 60, learning_rate=0.003),
        kept(document, 40, of=narrow, seed=1),
    ]
    made = make_page("training")
    made.compare(runs)
    QTest.mouseClick(made.below.head.differences_button, LEFT)
    return made


def view(page: TrainPage) -> DifferencesView:
    return page.below.differences


def lines(page: TrainPage) -> list[str]:
    """What stands at the left of the table."""
    model = view(page).table.lines
    found = [model.headerData(row, Qt.Orientation.Vertical) for row in range(model.rowCount())]
    return [str(each).strip() for each in found]


def row(page: TrainPage, name: str) -> tuple[str, ...]:
    (found,) = (
        each
        for each in view(page).table.lines.lines
        if isinstance(each, TableRow) and each.name == name
    )
    return found.cells


def click_line(page: TrainPage, name: str, keys: Qt.KeyboardModifier | None = None) -> None:
    table = view(page).table
    index = table.lines.index(lines(page).index(name), 0)
    table.scrollTo(index)
    at = table.visualRect(index).center()
    QTest.mouseClick(table.viewport(), LEFT, keys or Qt.KeyboardModifier.NoModifier, at)


def copied() -> list[list[str]]:
    text = QGuiApplication.clipboard().text()
    return [line.split("\t") for line in text.splitlines()]


class TestWhatItShows:
    def test_results_then_the_diagram_then_what_differs_of_the_recipe(
        self, page: TrainPage
    ) -> None:
        assert view(page).isVisible()
        shown = lines(page)
        assert shown[:3] == ["Result", "State", "Steps made"]
        after = shown[shown.index("Diagram") :]
        groups = (["Diagram", "Diagram", "width"], ["Optimisation", "Learning rate"])
        assert after == [*groups[0], *groups[1], "Advanced", "Seed"]
        assert row(page, "Learning rate") == ("0.05", "0.003", "0.05")
        assert row(page, "Steps made") == ("40", "60", "40")
        assert row(page, "width") == ("64", "64", "32")

    def test_the_box_shows_all_of_the_recipe(self, page: TrainPage) -> None:
        few = len(lines(page))
        box = view(page).all_box
        QTest.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
        assert len(lines(page)) > few + 20
        assert "Batch size" in lines(page)
        assert row(page, "Batch size") == ("64", "64", "64")

    def test_runs_stand_above_with_their_looks(self, page: TrainPage) -> None:
        model = view(page).table.lines
        heads = [model.headerData(at, Qt.Orientation.Horizontal) for at in range(3)]
        assert heads == ["net-1", "net-2", "net-3"]
        assert model.looks == tuple(page.below.looks.values())

    def test_the_button_leads_back_to_the_plots(self, page: TrainPage) -> None:
        QTest.mouseClick(page.below.head.differences_button, LEFT)
        assert page.plots.isVisible()

    def test_one_run_alone_has_no_differences(self, page: TrainPage) -> None:
        assert page.session is not None
        page.stage.leave_out([run.folder for run in page.session.runs[1:]])
        assert page.plots.isVisible()
        assert page.below.head.differences_button.isHidden()

    def test_of_a_run_that_goes_on_it_follows_the_figures(
        self, qtbot: QtBot, make_page: MakePage, document: Document
    ) -> None:
        earlier = kept(document, 60)
        page = make_page("patient")
        page.start()
        page.compare([earlier])
        QTest.mouseClick(page.below.head.differences_button, LEFT)
        assert row(page, "State") == ("in training", "finished")
        qtbot.waitUntil(lambda: row(page, "Steps made") == ("10", "60"), timeout=20_000)


class TestCopying:
    def test_the_button_takes_all_that_is_shown(self, page: TrainPage) -> None:
        QTest.mouseClick(view(page).copy_button, LEFT)
        table = copied()
        assert table[0] == ["", "net-1", "net-2", "net-3"]
        assert ["Learning rate", "0.05", "0.003", "0.05"] in table
        assert {len(line) for line in table} == {4}

    @pytest.mark.parametrize(
        "chosen", [["Seed"], ["Steps made", "Learning rate"]], ids=["one", "two"]
    )
    def test_ctrl_c_takes_the_lines_that_are_selected(
        self, page: TrainPage, chosen: Sequence[str]
    ) -> None:
        for index, name in enumerate(chosen):
            click_line(page, name, CTRL if index else None)
        QTest.keyClick(view(page).table, Qt.Key.Key_C, CTRL)
        assert [line[0] for line in copied()] == ["", *chosen]

    def test_ctrl_c_without_a_selection_takes_all(self, page: TrainPage) -> None:
        QTest.keyClick(view(page).table, Qt.Key.Key_C, CTRL)
        assert len(copied()) > 8
