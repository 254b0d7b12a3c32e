"""With which weights the next run begins: chosen by hand, compared in a child, told beforehand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from app.document import Document
from app.runs.listing.evaluation_dialog import EvaluationDialog
from app.runs.session import Run
from app.runs.setup.starting import prepare
from app.runs.setup.weights_chooser import WeightsChooser
from graphcore import edits, gallery, store
from graphcore.analysis import leaves
from graphcore.training.events import Failed
from graphcore.training.run_about import About, write_about
from graphcore.training.weights.record import WEIGHTS, WeightsRecord, read_record
from tests.runs.conftest import MakePage
from tests.runs.panels import GOOD, next_run
from tests.runs.weights_answers import command


def made(qtbot: QtBot, document: Document, scenario: str = "echo") -> WeightsChooser:
    chooser = WeightsChooser(document, command=command(scenario))
    qtbot.addWidget(chooser)
    chooser.resize(300, 120)
    chooser.show()
    return chooser


def offered(chooser: WeightsChooser) -> list[str]:
    return [text for row in range(chooser.box.count()) if (text := chooser.box.itemText(row))]


def run_with_weights(document: Document) -> Path:
    run = next_run(document, *GOOD)
    path = run.path / WEIGHTS["best"]
    path.write_bytes(b"weights")
    return path


class TestChoosing:
    def test_weights_are_drawn_unless_others_are_chosen(
        self, qtbot: QtBot, document: Document
    ) -> None:
        chooser = made(qtbot, document)
        assert offered(chooser) == ["Random weights", "Choose a file …"]
        assert chooser.chosen is None
        assert not chooser.fact.isVisible()

    def test_the_best_of_each_run_is_offered(self, qtbot: QtBot, document: Document) -> None:
        first = run_with_weights(document)
        next_run(document, *GOOD)  # which saved none
        chooser = made(qtbot, document)
        assert offered(chooser)[1:-1] == ["Best weights of net-1"]
        chooser.box.setCurrentIndex(1)
        chooser.box.activated.emit(1)
        assert chooser.chosen == first
        qtbot.waitUntil(lambda: chooser.fact.text() == "Match best.safetensors.")
        chooser.box.activated.emit(0)
        assert chooser.chosen is None
        assert not chooser.fact.isVisible()

    def test_a_run_is_called_by_its_name(self, qtbot: QtBot, document: Document) -> None:
        run = run_with_weights(document).parent.parent
        write_about(run, About(name="wider stem"))
        assert offered(made(qtbot, document))[1] == "Best weights of wider stem"

    def test_a_file_is_chosen_in_a_dialog(
        self, qtbot: QtBot, document: Document, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        chooser = made(qtbot, document)
        answers = iter([(str(tmp_path / "w.pt"), ""), ("", "")])
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: next(answers))
        for _ in range(2):  # the second time it is cancelled
            chooser.box.activated.emit(chooser.box.count() - 1)
            assert chooser.chosen == tmp_path / "w.pt"
            assert chooser.box.currentText() == "w.pt"

    def test_it_is_no_part_of_the_diagram(self, qtbot: QtBot, document: Document) -> None:
        before = document.diagram
        made(qtbot, document).choose(Path("/somewhere/w.pt"))
        assert document.diagram is before
        assert "somewhere" not in store.dumps(document.diagram)


class TestWhatFits:
    @pytest.mark.parametrize(
        ("scenario", "told", "name"),
        [
            ("echo", "Match w.pt.", "hint"),
            ("refuse", "W.pt has nothing for this network.", "wrong"),
            ("die", "The weights could not be looked at: Segmentation fault.", "wrong"),
        ],
    )
    def test_the_answer_or_why_there_is_none(
        self, qtbot: QtBot, document: Document, scenario: str, told: str, name: str
    ) -> None:
        chooser = made(qtbot, document, scenario)
        chooser.choose(Path("w.pt"))
        assert chooser.fact.text() == "Comparing with the network …"
        qtbot.waitUntil(lambda: chooser.fact.text() == told)
        assert chooser.fact.objectName() == name

    def test_an_edit_asks_again(self, qtbot: QtBot, document: Document) -> None:
        chooser = made(qtbot, document)
        chooser.choose(Path("w.pt"))
        qtbot.waitUntil(lambda: chooser.fact.text() == "Match w.pt.")
        document.apply("Epochs", lambda d: edits.set_recipe(d, "epochs", 3))
        qtbot.waitUntil(lambda: chooser.fact.text() == "Comparing with the network …")
        qtbot.waitUntil(lambda: chooser.fact.text() == "Match w.pt.")

    def test_nobody_is_asked_of_a_diagram_with_errors(
        self, qtbot: QtBot, document: Document
    ) -> None:
        chooser = made(qtbot, document, "hang")
        document.apply("Loose end", lambda d: edits.delete(d, d.main, {"flatten"}))
        assert not document.analysis.ok
        chooser.choose(Path("w.pt"))
        assert "once the diagram has no errors" in chooser.fact.text()
        assert not chooser.child.is_busy

    def test_a_child_that_nobody_waits_for_is_ended(self, qtbot: QtBot, document: Document) -> None:
        chooser = made(qtbot, document, "hang")
        chooser.choose(Path("w.pt"))
        assert chooser.child.is_busy
        chooser.hide()
        assert not chooser.child.is_busy


class TestTraining:
    def test_a_run_begins_with_what_was_chosen_and_is_evaluated(
        self, qtbot: QtBot, document: Document, make_page: MakePage, tmp_path: Path
    ) -> None:
        document.apply("Two steps", lambda d: edits.set_recipe(d, "steps", 2))
        weights = {
            weight.below(leaf.module): np.zeros(
                [int(str(n)) for n in weight.shape], dtype=np.float16
            )
            for leaf in leaves(document.analysis)
            for weight in leaf.weights
        }
        save_file(weights, tmp_path / "w.safetensors")
        page = make_page()
        page.recipe.weights.choose(tmp_path / "w.safetensors")
        page.start()
        qtbot.waitUntil(lambda: not page.is_running, timeout=120_000)
        assert page.session is not None
        run = page.session.runs[0]
        assert run.failed is None
        assert run.remark == "begins with w.safetensors: 6 of 6 tensors, by key"
        assert page.panes[0].remark.text() == run.remark
        record = read_record(run.folder.path)
        assert record is not None
        assert record.match is not None
        assert record.match.is_whole
        page.clear()
        assert page.recipe.weights.chosen is None
        page.warm_children.close()  # which would only be in the way
        evaluates_as_it_said(qtbot, run)

    @pytest.mark.parametrize("compare", [False, True])
    def test_each_run_is_told_by_its_folder_what_to_begin_with(
        self, qtbot: QtBot, compare: bool, tmp_path: Path
    ) -> None:
        document = Document(gallery.build("resnet20-digits"))
        document.save(tmp_path / "net.skw")
        prepared = prepare(document, compare=compare, weights=tmp_path / "w.pt")
        assert not isinstance(prepared, Failed)
        assert len(prepared) == 1 + compare
        asked = WeightsRecord(str(tmp_path / "w.pt"))
        assert {read_record(run.folder.path) for run in prepared} == {asked}


def evaluates_as_it_said(qtbot: QtBot, run: Run) -> None:
    dialog = EvaluationDialog(run.folder, lambda data, parent: "")
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.child.is_busy, timeout=120_000)
    said = run.evaluated
    assert said is not None
    assert {name: label.text() for name, label in dialog.figures.items()} == {
        "loss": f"{said.loss:.4g}",
        "accuracy": f"{100 * (said.accuracy or 0):.2f} %",
    }
    assert dialog.told.text() == (
        "359 held-out samples of Digits; best weights of net-1, 6 of 6 tensors, by key."
    )
