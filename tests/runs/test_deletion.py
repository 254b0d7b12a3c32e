"""Runs go to the bin and come back; what is being trained stays."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from app.document import Document
from app.runs.listing.run_places import twin_of
from app.runs.listing.run_summary import summarize
from app.runs.listing.runs_panel import RunsPanel
from graphcore.training.run_folder import RunFolder
from tests.runs.panels import (
    CTRL,
    GOOD,
    NONE,
    POOR,
    STARTED,
    click_line,
    make_run,
    names,
    next_run,
)


class TestDeletion:
    @pytest.fixture
    def told(self, panel: RunsPanel) -> list[str]:
        """What the panel says, with what it offers behind it."""
        words: list[str] = []
        panel.told.connect(words.append)
        panel.offered.connect(lambda text, title, act: words.append(f"{text} [{title}]"))
        return words

    def delete(self, panel: RunsPanel, *rows: int) -> None:
        """Select the lines and press Delete."""
        for index, row in enumerate(rows):
            click_line(panel, row, CTRL if index else NONE)
        panel.list.setFocus()
        QTest.keyClick(panel.list, Qt.Key.Key_Delete)

    def test_the_key_moves_a_run_and_its_twin_to_the_bin_and_undo_brings_both_back(
        self, document: Document, panel: RunsPanel, told: list[str], bin_of_files: Path
    ) -> None:
        folder = next_run(document, *GOOD)
        twin = make_run(twin_of(folder.path), document, POOR)
        panel.refresh()
        gone: list[RunFolder] = []
        panel.deleted.connect(gone.extend)
        self.delete(panel, 0)
        assert told == ["Moved net-1 to the bin. [Undo]"]
        assert gone == [folder, twin]
        assert not folder.path.exists()
        assert {path.name for path in bin_of_files.iterdir()} == {folder.name, twin.name}
        panel.put_back()
        assert summarize(folder).accuracy == 0.983
        assert twin.holds_a_run
        assert names(panel) == ["net-1 · pair"]
        assert not list(bin_of_files.iterdir())
        assert not list(bin_of_files.with_name("info").iterdir())

    def test_several_at_once_and_ctrl_z_in_the_list(
        self, document: Document, panel: RunsPanel, told: list[str], bin_of_files: Path
    ) -> None:
        for _ in range(3):
            next_run(document, *GOOD)
        panel.refresh()
        self.delete(panel, 0, 2)
        assert names(panel) == ["net-2"]
        assert told == ["Moved 2 runs to the bin. [Undo]"]
        QTest.keyClick(panel.list, Qt.Key.Key_Z, CTRL)
        assert names(panel) == ["net-3", "net-2", "net-1"]
        assert not panel.list.can_put_back()

    def test_a_run_that_has_taken_the_name_meanwhile_is_not_written_over(
        self, document: Document, panel: RunsPanel, told: list[str], bin_of_files: Path
    ) -> None:
        next_run(document, *GOOD)
        panel.refresh()
        self.delete(panel, 0)
        other = next_run(document, *POOR)
        panel.put_back()
        assert "another run has its name by now" in told[-1]
        assert summarize(other).accuracy == 0.139
        assert [path.name for path in bin_of_files.iterdir()] == ["net-1"]

    def test_a_bin_that_was_emptied_meanwhile_is_told(
        self, document: Document, panel: RunsPanel, told: list[str], bin_of_files: Path
    ) -> None:
        next_run(document, *GOOD)
        panel.refresh()
        self.delete(panel, 0)
        shutil.rmtree(bin_of_files / "net-1")
        panel.put_back()
        assert told[-1] == "net-1 cannot be put back: it is not in the bin any more."

    def test_a_run_that_is_trained_here_stays_and_with_it_all_that_were_selected(
        self, document: Document, panel: RunsPanel, told: list[str], bin_of_files: Path
    ) -> None:
        folder = next_run(document, STARTED)
        next_run(document, *GOOD)
        panel.refresh()
        panel.is_going = lambda asked: asked == folder
        self.delete(panel, 0, 1)
        assert told == ["net-1 is being trained now. Stop it before you delete it."]
        assert names(panel) == ["net-2", "net-1"]

    def test_a_run_that_another_program_writes_stays(
        self, document: Document, panel: RunsPanel, told: list[str], bin_of_files: Path
    ) -> None:
        folder = next_run(document, STARTED)
        panel.refresh()
        self.delete(panel, 0)
        assert "another program may be training it" in told[0]
        assert folder.holds_a_run
        os.utime(folder.events_path, (0, 0))
        self.delete(panel, 0)
        assert not folder.path.exists()

    @pytest.mark.parametrize("wanted", [True, False])
    def test_without_a_bin_it_is_deleted_only_when_that_is_wanted(
        self,
        document: Document,
        panel: RunsPanel,
        told: list[str],
        monkeypatch: pytest.MonkeyPatch,
        wanted: bool,
    ) -> None:
        folder = next_run(document, *GOOD)
        panel.refresh()
        asked: list[str] = []

        def answer(*args: object) -> QMessageBox.StandardButton:
            asked.append(str(args[2]))
            yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.Cancel
            return yes if wanted else no

        monkeypatch.setattr(QMessageBox, "warning", answer)
        monkeypatch.setattr("app.runs.listing.runs_panel.to_bin", lambda path: None)
        self.delete(panel, 0)
        assert asked == [f"There is no bin for {folder.path}. Delete the folder for good?"]
        assert folder.path.exists() is not wanted
        assert told == (["Deleted net-1 for good."] if wanted else [])
        assert not panel.list.can_put_back()
