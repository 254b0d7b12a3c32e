"""The recipe as a form: what is typed is in the document, one undo step a gesture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.document import Document
from app.fields import ChoiceField, NumberField
from app.runs.recipe_form import RecipeForm, describe_data, notes_on
from graphcore import edits
from graphcore.spec import ParamValue
from graphcore.training.datasets import data_info
from graphcore.training.recipe import RECIPE

DEFAULTS = {param.name: param.default for param in RECIPE}


@pytest.fixture
def form(qtbot: QtBot, document: Document) -> RecipeForm:
    made = RecipeForm(document)
    qtbot.addWidget(made)
    made.resize(320, 600)
    made.show()
    return made


def type_into(form: RecipeForm, name: str, text: str) -> None:
    field = form.form.field(name)
    assert isinstance(field, NumberField)
    field.line.selectAll()
    QTest.keyClicks(field.line, text)
    QTest.keyClick(field.line, Qt.Key.Key_Return)


class TestEveryParameterOfTheRecipeIsThere:
    def test_each_has_a_field(self, form: RecipeForm) -> None:
        shown = set(form.form.rows) | {"data"}
        assert shown == {param.name for param in RECIPE}


class TestEditing:
    def test_typing_is_one_undo_step(self, form: RecipeForm, document: Document) -> None:
        before = document.diagram
        type_into(form, "epochs", "25")
        assert document.diagram.recipe["epochs"] == 25
        assert document.undo_stack.undoText() == "Change epochs of the recipe"
        document.undo_stack.undo()
        assert document.diagram == before
        field = form.form.field("epochs")
        assert field.value() == before.recipe.get("epochs", DEFAULTS["epochs"])

    def test_two_gestures_are_two_steps(self, form: RecipeForm, document: Document) -> None:
        type_into(form, "epochs", "25")
        type_into(form, "epochs", "30")
        document.undo_stack.undo()
        assert document.diagram.recipe["epochs"] == 25

    def test_what_is_not_allowed_says_why_and_changes_nothing(
        self, form: RecipeForm, document: Document
    ) -> None:
        before = document.diagram
        type_into(form, "batch_size", "0")
        assert document.diagram is before
        assert "between 1 and" in form.form.rows["batch_size"].hint.text()

    def test_a_choice(self, form: RecipeForm, document: Document) -> None:
        field = form.form.field("optimizer")
        assert isinstance(field, ChoiceField)
        field.box.setCurrentIndex(field.box.findData("adam"))
        field.box.activated.emit(field.box.currentIndex())
        assert document.diagram.recipe["optimizer"] == "adam"

    def test_it_follows_the_document(self, form: RecipeForm, document: Document) -> None:
        document.apply("Seed", lambda d: edits.set_recipe(d, "seed", 7))
        assert form.form.field("seed").value() == 7


class TestData:
    def test_what_is_known_of_it_stands_below(self, form: RecipeForm) -> None:
        assert form.data.fact.text() == ("1×8×8, 10 classes; 1,438 to learn from, 359 held out")

    def test_a_file_is_chosen(
        self,
        form: RecipeForm,
        document: Document,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        path = tmp_path / "flowers.npz"
        np.savez(path, x=np.zeros((50, 4), np.float32), y=np.arange(50) % 3)
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(path), ""))
        form.data.choose_file()
        assert document.diagram.recipe["data"] == str(path)
        assert form.data.box.currentText() == "flowers.npz"
        assert form.data.fact.text() == describe_data(data_info(str(path)))
        assert "3 classes; 40 to learn from, 10 held out" in form.data.fact.text()

    def test_choosing_none_changes_nothing(
        self, form: RecipeForm, document: Document, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = document.diagram
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: ("", ""))
        form.data.choose_file()
        assert document.diagram is before
        assert form.data.box.currentData() == "digits"

    def test_a_file_that_is_gone_is_told_at_once(
        self, form: RecipeForm, document: Document, tmp_path: Path
    ) -> None:
        gone = str(tmp_path / "gone.npz")
        document.apply("Data", lambda d: edits.set_recipe(d, "data", gone))
        assert form.data.fact.objectName() == "wrong"
        assert "does not exist" in form.data.fact.text()


class TestRemarks:
    @pytest.mark.parametrize(
        ("values", "param", "words"),
        [
            ({"optimizer": "adam", "learning_rate": 0.1}, "learning_rate", "High for Adam"),
            ({"optimizer": "sgd", "learning_rate": 1e-4}, "learning_rate", "Low for SGD"),
            ({"optimizer": "adamw"}, "momentum", "Adam has its own"),
            ({"steps": 100}, "epochs", "'steps' says"),
        ],
    )
    def test_values_that_seldom_go_together(
        self, values: dict[str, ParamValue], param: str, words: str
    ) -> None:
        assert words in notes_on({**DEFAULTS, **values})[param]

    def test_the_default_recipe_needs_none(self) -> None:
        assert notes_on(DEFAULTS) == {}
