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
from app.runs.setup import recipe_advice
from app.runs.setup.data_chooser import describe_data
from app.runs.setup.recipe_advice import DEFAULTS, notes_on, suggested
from app.runs.setup.recipe_form import RecipeForm
from graphcore import edits, gallery
from graphcore.analysis import analyse
from graphcore.diagram import Diagram
from graphcore.spec import ParamValue
from graphcore.training.data.datasets import data_info
from graphcore.training.recipe import RECIPE


@pytest.fixture
def form(qtbot: QtBot, document: Document) -> RecipeForm:
    made = RecipeForm(document)
    qtbot.addWidget(made)
    made.resize(320, 600)
    made.show()
    return made


def type_into(form: RecipeForm, name: str, text: str) -> None:
    field = form.field(name)
    assert isinstance(field, NumberField)
    field.line.selectAll()
    QTest.keyClicks(field.line, text)
    QTest.keyClick(field.line, Qt.Key.Key_Return)


class TestEveryParameterOfTheRecipeIsThere:
    def test_each_has_a_field(self, form: RecipeForm) -> None:
        shown = set(form.rows) | {"data"}
        assert shown == {param.name for param in RECIPE}


class TestEditing:
    def test_typing_is_one_undo_step(self, form: RecipeForm, document: Document) -> None:
        before = document.diagram
        type_into(form, "epochs", "25")
        assert document.diagram.recipe["epochs"] == 25
        assert document.undo_stack.undoText() == "Change epochs of the recipe"
        document.undo_stack.undo()
        assert document.diagram == before
        field = form.field("epochs")
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
        assert "between 1 and" in form.rows["batch_size"].hint.text()

    def test_a_choice(self, form: RecipeForm, document: Document) -> None:
        field = form.field("optimizer")
        assert isinstance(field, ChoiceField)
        field.box.setCurrentIndex(field.box.findData("adam"))
        field.box.activated.emit(field.box.currentIndex())
        assert document.diagram.recipe["optimizer"] == "adam"

    def test_it_follows_the_document(self, form: RecipeForm, document: Document) -> None:
        document.apply("Seed", lambda d: edits.set_recipe(d, "seed", 7))
        assert form.field("seed").value() == 7


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
        form.look_at_data()
        assert form.data.fact.objectName() == "wrong"
        assert "does not exist" in form.data.fact.text()


class TestRemarks:
    @pytest.mark.parametrize(
        ("values", "param", "words"),
        [
            ({"optimizer": "adam", "learning_rate": 0.1}, "learning_rate", "High for Adam"),
            ({"optimizer": "sgd", "learning_rate": 1e-4}, "learning_rate", "Low for SGD"),
            ({"optimizer": "adamw"}, "momentum", "AdamW has its own"),
            ({"steps": 100}, "epochs", "'steps' says"),
        ],
    )
    def test_values_that_seldom_go_together(
        self, values: dict[str, ParamValue], param: str, words: str
    ) -> None:
        assert words in notes_on({**DEFAULTS, **values})[param]

    @pytest.mark.parametrize(
        ("name", "values", "words"),
        [
            ("mlp-digits", {}, "The numbers are those of one device, up to rounding."),
            ("resnet20-digits", {}, "(SyncBatchNorm)"),
            ("resnet20-digits", {"device": "cpu"}, "share of a minibatch alone"),
            ("vit-digits", {"device": "cpu"}, "share the CPU's cores. What is drawn"),
            ("mlp-digits", {"batch_size": 1}, ""),  # It is refused.
        ],
    )
    def test_what_several_devices_mean_for_a_network(
        self, name: str, values: dict[str, ParamValue], words: str
    ) -> None:
        given = {**DEFAULTS, "devices": 2, **values}
        note = notes_on(given, analyse(gallery.build(name)))["devices"]
        assert words in note if words else note == ""

    def test_the_default_recipe_needs_none(self) -> None:
        assert notes_on(DEFAULTS) == {}

    @pytest.mark.parametrize("device", ["cpu", "auto", "cuda:0"])
    def test_more_memory_than_there_is(
        self, device: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """Only where it would be this machine's; the batch that fits has no remark."""
        monkeypatch.setattr(recipe_advice, "GPU", tmp_path / "nvidia0")
        monkeypatch.setattr(recipe_advice, "free_memory", lambda: 2**30)
        analysis = analyse(gallery.build("resnet50"))
        large = {**DEFAULTS, "device": device, "batch_size": 32}
        notes = notes_on(large, analysis)
        if device == "cuda:0":
            assert notes == {}
        else:
            assert notes["batch_size"].startswith("A step may take 4.")
            assert "most of it for 'layer1'; 1.0 GiB are free." in notes["batch_size"]
        assert "batch_size" not in notes_on({**large, "batch_size": 1}, analysis)
        (tmp_path / "nvidia0").touch()
        assert ("batch_size" in notes_on(large, analysis)) == (device == "cpu")


class TestGroups:
    def test_they_stand_in_order_and_the_last_is_folded(self, form: RecipeForm) -> None:
        assert list(form.forms) == ["Data", "Optimisation", "Schedule", "Precision", "Advanced"]
        assert [title for title, one in form.forms.items() if one.isHidden()] == ["Advanced"]

    def test_no_more_than_a_dozen_fields_are_seen_at_first(self, form: RecipeForm) -> None:
        seen = [name for name, row in form.rows.items() if row.field.isVisible()]
        assert len(seen) <= 12


def put(document: Document, **values: ParamValue) -> None:
    """Set values of the recipe, one undo step."""

    def edit(diagram: Diagram) -> Diagram:
        for name, value in values.items():
            diagram = edits.set_recipe(diagram, name, value)
        return diagram

    document.apply("Recipe", edit)


def choose(form: RecipeForm, name: str, value: str) -> None:
    field = form.field(name)
    assert isinstance(field, ChoiceField)
    field.box.setCurrentIndex(field.box.findData(value))
    field.box.activated.emit(field.box.currentIndex())


class TestSuggestions:
    def test_another_optimizer_brings_its_usual_rate_in_one_undo_step(
        self, form: RecipeForm, document: Document
    ) -> None:
        put(document, optimizer="adam", learning_rate=1e-3, weight_decay=0.0)
        before = document.diagram
        choose(form, "optimizer", "sgd")
        found = document.diagram.recipe
        assert (found["learning_rate"], found["weight_decay"]) == (0.05, 1e-4)
        assert form.field("learning_rate").value() == 0.05
        document.undo_stack.undo()
        assert document.diagram == before

    def test_a_rate_that_was_chosen_by_hand_stays(
        self, form: RecipeForm, document: Document
    ) -> None:
        put(document, learning_rate=0.0123)
        choose(form, "optimizer", "adamw")
        assert document.diagram.recipe["learning_rate"] == 0.0123

    @pytest.mark.parametrize(
        ("values", "name", "value", "changes"),
        [
            ({"nesterov": True}, "optimizer", "adam", {"nesterov": False}),
            ({"warm_up": 10, "schedule": "cosine"}, "schedule", "one_cycle", {"warm_up": 0}),
            ({}, "epochs", 3, {}),
        ],
    )
    def test_what_would_clash_goes_along(
        self,
        values: dict[str, ParamValue],
        name: str,
        value: ParamValue,
        changes: dict[str, ParamValue],
    ) -> None:
        found = suggested({**DEFAULTS, **values}, name, value)
        assert {**found, **changes, name: value} == found


class TestRefusals:
    @pytest.mark.parametrize(
        ("values", "param", "words"),
        [
            ({"device": "cpu", "precision": "fp16"}, "precision", "Fp16 needs an NVIDIA GPU"),
            (
                {"optimizer": "sgd", "nesterov": True, "momentum": 0.0},
                "nesterov",
                "a momentum above 0",
            ),
            ({"schedule": "one_cycle", "warm_up": 5}, "warm_up", "One cycle has its own"),
            ({"data": "iris", "flip": True}, "flip", "are no images"),
            ({"data": "topics", "loss": "mse"}, "loss", "has tokens to be told apart"),
        ],
    )
    def test_they_stand_below_their_field_and_unfold_it(
        self,
        form: RecipeForm,
        document: Document,
        values: dict[str, ParamValue],
        param: str,
        words: str,
    ) -> None:
        put(document, **values)
        form.look_at_data()
        row = form.rows[param]
        assert words in row.hint.text()
        assert row.hint.objectName() == "wrong"
        assert row.field.isVisible()
        document.undo_stack.undo()
        form.look_at_data()
        assert words not in row.hint.text()


class TestFitting:
    def test_one_click_lets_the_diagram_suit_the_data(
        self, form: RecipeForm, document: Document
    ) -> None:
        document.new(gallery.build("mlp-digits"))
        form.look_at_data()
        assert form.data.misfit.isHidden()
        form.data.chosen.emit("shapes")
        assert "a score for every class" in form.data.misfit.text()
        assert form.data.adapt_button.isHidden()  # another number is not enough
        form.data.chosen.emit("wine")
        assert form.data.adapt_button.isVisible()
        QTest.mouseClick(form.data.adapt_button, Qt.MouseButton.LeftButton)
        form.look_at_data()
        assert form.data.misfit.isHidden()
        assert document.diagram.main_block.graph.nodes["x"].params["shape"] == ("N", 13)
        assert document.undo_stack.undoText() == "Fit the diagram to the data"
