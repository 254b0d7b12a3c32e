"""The inspector's page of a block: parameters declared and changed, ports named and ordered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.document import Document
from app.fields import NumberField, TextField
from app.inspector import Inspector
from app.inspector.block import BlockPage
from app.inspector.params import ParamEditor
from app.page_parts import NameLine
from app.param_bar import ParamBar
from graphcore.diagram import Step
from graphcore.spec import FloatParam, IntParam, Param

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def inspector(qtbot: QtBot, document: Document) -> Inspector:
    made = Inspector(document)
    qtbot.addWidget(made)
    made.resize(300, 1100)
    made.show()
    return made


def page_of(inspector: Inspector) -> BlockPage:
    page = inspector.page
    assert isinstance(page, BlockPage)
    return page


def editor_of(inspector: Inspector, name: str) -> ParamEditor:
    page = page_of(inspector)
    if page.editor is None:
        page.change_param(name)
    assert page.editor is not None
    assert page.editor.name == name
    return page.editor


def press(button: QWidget) -> None:
    QApplication.processEvents()  # What is new has its place only then.
    QTest.mouseClick(button, LEFT)


def type_over(line: QWidget, text: str) -> None:
    QTest.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def param(document: Document, name: str) -> Param:
    params = document.diagram.blocks[document.block].params
    return next(p for p in params if p.name == name)


class TestParameters:
    def test_a_new_bound_is_the_sliders_too(
        self, qtbot: QtBot, inspector: Inspector, document: Document
    ) -> None:
        bar = ParamBar(document)
        qtbot.addWidget(bar)
        field = editor_of(inspector, "width").form.field("maximum")
        assert isinstance(field, NumberField)
        type_over(field.line, "24")
        changed = param(document, "width")
        assert isinstance(changed, IntParam)
        assert changed.maximum == 24
        assert bar.fields["width"].param == changed
        assert page_of(inspector).params.field("width").param == changed
        assert document.undo_stack.count() == 1, "typing is one step"

    def test_a_default_outside_new_bounds_moves_into_them(
        self, inspector: Inspector, document: Document
    ) -> None:
        field = editor_of(inspector, "width").form.field("maximum")
        assert isinstance(field, NumberField)
        type_over(field.line, "8")
        assert param(document, "width").default == 8

    def test_a_new_name_is_followed_everywhere(
        self, inspector: Inspector, document: Document
    ) -> None:
        type_over(editor_of(inspector, "width").title.line, "channels")
        assert "channels" in [p.name for p in document.diagram.main_block.params]
        assert document.analysis.ok
        editor = page_of(inspector).editor
        assert editor is not None, "it stays open"
        assert editor.name == "channels"

    def test_a_name_that_is_taken_is_refused(
        self, inspector: Inspector, document: Document
    ) -> None:
        told: list[str] = []
        document.refused.connect(told.append)
        type_over(editor_of(inspector, "width").title.line, "depth")
        assert "already has a parameter 'depth'" in told[0]
        assert editor_of(inspector, "width").title.line.text() == "width"

    def test_another_type(self, inspector: Inspector, document: Document) -> None:
        document.enter((Step("stage1", 0),))
        editor = editor_of(inspector, "stride")
        QTest.keyClicks(editor.kind, "Number")
        editor.kind.activated.emit(editor.kind.currentIndex())
        assert isinstance(param(document, "stride"), FloatParam)
        assert page_of(inspector).editor is not None

    def test_its_words(self, inspector: Inspector, document: Document) -> None:
        field = editor_of(inspector, "width").form.field("description")
        assert isinstance(field, TextField)
        type_over(field.line, "How wide it is.")
        assert param(document, "width").doc == "How wide it is."
        assert page_of(inspector).editor is not None

    def test_its_place(self, inspector: Inspector, document: Document) -> None:
        names = [p.name for p in document.diagram.main_block.params]
        press(editor_of(inspector, names[1]).earlier)
        assert [p.name for p in document.diagram.main_block.params][:2] == names[1::-1]

    def test_one_that_is_used_stays(self, inspector: Inspector, document: Document) -> None:
        told: list[str] = []
        document.refused.connect(told.append)
        press(editor_of(inspector, "width").remove)
        assert "'width' is used by" in told[0]
        press(editor_of(inspector, "width").done)
        assert page_of(inspector).editor is None


class TestPorts:
    def test_are_added_named_ordered_and_removed(
        self, inspector: Inspector, document: Document
    ) -> None:
        document.enter((Step("stage1", 0),))

        def inputs() -> list[str]:
            return [n.label for n in document.diagram.blocks[document.block].graph.inputs()]

        press(page_of(inspector).ports.adders["Input"])
        assert inputs() == ["x", "x2"]
        type_over(page_of(inspector).ports.rows["x2"].name.line, "side")
        assert inputs() == ["x", "side"]
        press(page_of(inspector).ports.rows["x2"].earlier)
        assert inputs() == ["side", "x"]
        press(page_of(inspector).ports.rows["x2"].remove)
        assert inputs() == ["x"]
        assert document.undo_stack.count() == 4

    def test_names_keep_room_beside_the_arrows(
        self, inspector: Inspector, document: Document
    ) -> None:
        document.enter((Step("stage1", 0),))
        press(page_of(inspector).ports.adders["Input"])
        type_over(page_of(inspector).ports.rows["x2"].name.line, "token_types")
        QApplication.processEvents()
        line = page_of(inspector).ports.rows["x2"].name.line
        assert line.text() == "token_types"
        assert line.fontMetrics().horizontalAdvance("token_types") <= line.width() - 22

    def test_an_output(self, inspector: Inspector, document: Document) -> None:
        document.enter((Step("stage1", 0),))
        press(page_of(inspector).ports.adders["Output"])
        outputs = document.diagram.blocks["Residual"].graph.outputs()
        assert [n.label for n in outputs] == ["output", "output2"]


def test_a_name_that_is_too_long_for_its_field_is_read_from_its_beginning(qtbot: QtBot) -> None:
    name = NameLine("Name", "what it is called")
    qtbot.addWidget(name)
    name.resize(180, 40)
    name.show()
    name.tell("TransformerEncoderOfManyLayers")
    assert name.line.cursorPosition() == 0
