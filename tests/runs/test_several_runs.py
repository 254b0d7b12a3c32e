"""Several runs are selected at once."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.document import Document
from app.runs.listing.runs_panel import RunsPanel
from app.runs.plots.look import RunLook
from graphcore.training.run_folder import RunFolder
from tests.runs.panels import (
    CTRL,
    GOOD,
    NONE,
    SHIFT,
    click_line,
    next_run,
)


class TestSeveralRuns:
    @pytest.fixture
    def filled(self, document: Document, panel: RunsPanel) -> RunsPanel:
        for _ in range(4):
            next_run(document, *GOOD)
        panel.refresh()
        return panel

    @pytest.mark.parametrize(
        ("clicks", "chosen"),
        [
            (((0, NONE),), ["net-4"]),
            (((0, NONE), (2, CTRL)), ["net-4", "net-2"]),
            (((1, NONE), (3, SHIFT)), ["net-3", "net-2", "net-1"]),
            (((1, NONE), (3, SHIFT), (2, CTRL)), ["net-3", "net-1"]),
        ],
    )
    def test_ctrl_and_shift_select_them_and_the_button_compares_them(
        self,
        filled: RunsPanel,
        clicks: tuple[tuple[int, Qt.KeyboardModifier], ...],
        chosen: list[str],
    ) -> None:
        asked: list[RunFolder] = []
        filled.compared.connect(asked.extend)
        for row, keys in clicks:
            click_line(filled, row, keys)
        count = len(chosen)
        assert filled.compare_button.text() == (f"Compare {count}" if count > 1 else "Compare")
        assert filled.open_button.isEnabled() == (count == 1)
        QTest.mouseClick(filled.compare_button, Qt.MouseButton.LeftButton)
        assert [folder.name for folder in asked] == chosen

    def test_return_compares_what_is_selected(self, filled: RunsPanel) -> None:
        asked: list[RunFolder] = []
        filled.compared.connect(asked.extend)
        click_line(filled, 0)
        QTest.keyClick(filled.list, Qt.Key.Key_Down, SHIFT)
        QTest.keyClick(filled.list, Qt.Key.Key_Return)
        assert [folder.name for folder in asked] == ["net-4", "net-3"]

    def test_the_selection_stays_when_runs_come(
        self, document: Document, filled: RunsPanel
    ) -> None:
        click_line(filled, 0)
        click_line(filled, 2, CTRL)
        next_run(document, *GOOD)
        filled.refresh()
        assert [folder.name for folder in filled.chosen] == ["net-4", "net-2"]

    def test_the_menu_offers_what_can_be_done_with_them(self, filled: RunsPanel) -> None:
        click_line(filled, 0)
        click_line(filled, 1, CTRL)
        enabled = {each.text() for each in filled.menu.actions() if each.isEnabled()} - {""}
        assert enabled == {"Compare 2 runs", "Save the curves as CSV …", "Move to the bin"}
        click_line(filled, 0)
        assert filled.rename_action.isEnabled()

    def test_runs_in_the_plots_carry_their_look(self, filled: RunsPanel) -> None:
        shown = filled.list.lines[1].summary.folder.path
        filled.list.show_looks({shown: RunLook(3)})
        marked = [not each.icon(0).isNull() for each in filled.list.lines]
        assert marked == [False, True, False, False]
        filled.refresh()
        assert not filled.list.lines[1].icon(0).isNull()
