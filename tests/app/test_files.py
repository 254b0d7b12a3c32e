"""Opening, saving, exporting; and work that is not lost, whatever happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app import settings
from app.window import MainWindow
from graphcore import edits, gallery, store
from graphcore.diagram import Point
from graphcore.journal import Journal
from graphcore.training.recipe import resolve_recipe
from graphcore.training.run_folder import RunFolder
from tests.app.acting import answer, change, drop, press


class TestFiles:
    def test_saving_asks_for_a_name_once(
        self, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "mine.skw"
        asked: list[str] = []

        def choose(*args: object) -> tuple[str, str]:
            asked.append(str(args[2]))
            return str(path.with_suffix("")), ""

        monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
        press(window, Qt.Key.Key_S)
        assert store.read(path) == window.document.diagram
        assert window.windowTitle() == "mine.skw[*] – Skipwright"
        change(window)
        assert window.isWindowModified()
        assert window.header.file._text == "mine.skw •"
        press(window, Qt.Key.Key_S)
        assert not window.isWindowModified()
        assert len(asked) == 1
        assert window.status.state.text().endswith("· saved")

    @pytest.mark.parametrize("button", ["Overwrite", "Cancel"])
    def test_what_another_window_saved_is_not_overwritten_unasked(
        self, window: MainWindow, tmp_path: Path, button: str
    ) -> None:
        path = tmp_path / "shared.skw"
        store.write(gallery.build("mlp-digits"), path)
        assert window.files.open(path)
        other = gallery.build("resnet20-digits")
        store.write(other, path)
        change(window)
        told: list[str] = []
        answer(window, button, told)
        press(window, Qt.Key.Key_S)
        assert "changed by another window or program" in told[0]
        mine = window.document.diagram
        assert store.read(path) == (mine if button == "Overwrite" else other)
        assert window.document.is_clean == (button == "Overwrite")

    def test_what_nobody_else_changed_is_saved_unasked(
        self, window: MainWindow, tmp_path: Path
    ) -> None:
        path = tmp_path / "mine.skw"
        store.write(gallery.build("mlp-digits"), path)
        assert window.files.open(path)
        for _ in range(2):
            change(window)
            press(window, Qt.Key.Key_S)
            assert store.read(path) == window.document.diagram

    def test_a_place_that_cannot_be_written_is_told_and_nothing_is_lost(
        self, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "missing" / "net.skw"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
        change(window)
        told: list[str] = []
        answer(window, "OK", told)
        press(window, Qt.Key.Key_S)
        assert "net.skw cannot be saved" in told[0]
        assert not window.document.is_clean

    def test_the_code_is_exported(
        self, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "net.py"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
        press(window, Qt.Key.Key_E)
        assert path.read_text() == window.document.current_source().text

    def test_the_experiment_is_exported(
        self, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
        window.document.new(gallery.build("mlp-digits"))
        export = window.actions_table["export_experiment"]
        export.trigger()
        names = {"model.py", "train.py", "experiment.ipynb"}
        assert {path.name for path in tmp_path.iterdir()} == names
        assert (tmp_path / "model.py").read_text() == window.document.current_source().text
        mine = tmp_path / "train.py"
        mine.write_text("mine")
        told: list[str] = []
        answer(window, "Cancel", told)
        export.trigger()
        assert "What is in train.py is lost" in told[0]
        assert mine.read_text() == "mine"
        answer(window, "Replace")
        export.trigger()
        assert "for step in range(total)" in mine.read_text()

    def test_the_experiment_says_that_it_begins_with_random_weights(
        self, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
        window.document.new(gallery.build("mlp-digits"))
        told: list[str] = []
        window.files.told.connect(told.append)
        window.actions_table["export_experiment"].trigger()
        assert told[-1].endswith("; it begins with random weights")
        assert "from random weights." in (tmp_path / "train.py").read_text()
        window.train_page.recipe.weights.choose(tmp_path / "net-3/checkpoints/best.safetensors")
        window.actions_table["export_experiment"].trigger()
        assert told[-1].endswith("with random weights, not with best weights of net-3")

    def test_an_experiment_that_cannot_be_written_says_why(self, window: MainWindow) -> None:
        window.document.new(gallery.build("resnet50"))
        told: list[str] = []
        answer(window, "OK", told)
        window.actions_table["export_experiment"].trigger()
        assert "The experiment cannot be written" in told[0]
        assert "N×1×8×8" in told[0]

    def test_changes_are_not_let_go_unasked(self, window: MainWindow) -> None:
        change(window)
        before = window.document.diagram
        answer(window, "Cancel")
        press(window, Qt.Key.Key_N)
        assert window.document.diagram is before
        answer(window, "Discard")
        window.actions_table["new"].trigger()
        assert window.document.diagram.main == "Net"

    def test_closing_asks_too(self, window: MainWindow) -> None:
        change(window)
        answer(window, "Cancel")
        window.close()
        assert window.isVisible()
        answer(window, "Discard")
        window.close()
        assert not window.isVisible()

    def test_a_diagram_dropped_on_the_window_opens(
        self, window: MainWindow, tmp_path: Path
    ) -> None:
        path = tmp_path / "net.skw"
        store.write(gallery.build("mlp-digits"), path)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        drop(window, data)
        assert window.document.path == path

    def test_recent_files_are_in_the_menu(self, window: MainWindow, tmp_path: Path) -> None:
        paths = [tmp_path / name for name in ("a.skw", "b.skw")]
        for path in paths:
            store.write(gallery.build("mlp-digits"), path)
            settings.remember_file(path)
        menu = next(
            menu
            for menu in window.menuBar().findChildren(type(window.menuBar().addMenu("")))
            if menu.title() == "Open &recent"
        )
        menu.aboutToShow.emit()
        texts = [action.text() for action in menu.actions()]
        assert texts[:2] == ["b.skw", "a.skw"]
        menu.actions()[1].trigger()
        assert window.document.path == paths[0]


class TestAfterACrash:
    @pytest.fixture
    def lost(self, window: MainWindow) -> Path:
        """What a window noted before it died; a lock of another process would be gone."""
        diagram = gallery.build("mlp-digits")
        journal = Journal(settings.journal_folder(), diagram)
        after, _ = edits.add_node(diagram, diagram.main, "ReLU", Point(0, 0))
        journal.record(after)
        file = journal.file
        assert file is not None
        assert journal._file is not None
        journal._file.close()
        return file

    def test_the_work_is_offered_and_restored(
        self, window: MainWindow, lost: Path, qtbot: QtBot
    ) -> None:
        answer(window, "Restore")
        window.files.offer_recovery()
        qtbot.waitUntil(lambda: window.document.diagram.main == "MLP", timeout=3000)
        assert not window.document.is_clean
        assert lost.is_file()

    def test_or_thrown_away(self, window: MainWindow, lost: Path, qtbot: QtBot) -> None:
        answer(window, "Discard")
        window.files.offer_recovery()
        qtbot.waitUntil(lambda: not lost.exists(), timeout=3000)
        assert window.document.diagram.main == "ResNet20"

    def test_edits_are_noted_and_forgotten_when_closed(
        self, window: MainWindow, qtbot: QtBot
    ) -> None:
        folder = settings.journal_folder()
        change(window)
        qtbot.waitUntil(lambda: any(folder.glob("*.journal")), timeout=3000)
        answer(window, "Discard")
        window.close()
        assert not any(folder.glob("*.journal"))


class TestARunsDiagramIsRestored:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        diagram = gallery.build("mlp-digits")
        run = RunFolder.create(tmp_path / "net-1", store.dumps(diagram), resolve_recipe({}))
        return run.path

    def test_as_a_new_document(self, window: MainWindow, folder: Path) -> None:
        assert window.files.restore_run(folder)
        assert window.document.diagram == gallery.build("mlp-digits")
        assert window.document.path is None

    @pytest.mark.parametrize(("button", "restored"), [("Discard", True), ("Cancel", False)])
    def test_after_a_question_about_what_is_not_saved(
        self, window: MainWindow, folder: Path, button: str, restored: bool
    ) -> None:
        change(window)
        answer(window, button)
        assert window.files.restore_run(folder) is restored

    def test_a_damaged_one_is_told_and_nothing_is_lost(
        self, window: MainWindow, folder: Path
    ) -> None:
        (folder / "diagram.skw").write_text("{")
        before, told = window.document.diagram, list[str]()
        answer(window, "OK", told)
        assert not window.files.restore_run(folder)
        assert "The diagram of net-1 cannot be opened" in told[0]
        assert window.document.diagram is before
