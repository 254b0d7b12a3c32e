"""What is seldom set of a node: conditions, names of copies, modules called again, tied weights."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from app.condition_line import ConditionLine
from app.document import Document
from app.fields import CheckField, TextField
from app.inspector import Inspector
from app.inspector.advanced import AdvancedSection
from app.inspector.edge import EdgePage
from app.inspector.pages import NodePage
from graphcore import edits
from graphcore.diagram import Diagram, Node, Step, Tie
from graphcore.expression import Expr
from tests import diagrams as write


def linear() -> Diagram:
    """x -> one -> act -> two -> three -> output, one and two of one shape."""
    return write.diagram(
        write.block(
            write.node("x", "Input", shape=("N", 6)),
            write.node("one", "Linear", out_features=6),
            write.node("act", "ReLU"),
            write.node("two", "Linear", out_features=6),
            write.node("three", "Linear", out_features=4),
            write.node("output", "Output"),
        )
    )


def open_inspector(qtbot: QtBot, document: Document) -> Inspector:
    inspector = Inspector(document)
    qtbot.addWidget(inspector)
    inspector.resize(290, 800)
    inspector.show()
    qtbot.waitExposed(inspector)
    return inspector


def section(inspector: Inspector) -> AdvancedSection:
    assert isinstance(inspector.page, NodePage)
    found = inspector.page.advanced
    if not found.fold.isChecked():
        QTest.mouseClick(found.fold, Qt.MouseButton.LeftButton)
    return found


def node(document: Document, id: str) -> Node:
    return document.diagram.blocks[document.block].graph.nodes[id]


def type_into(line: QLineEdit, text: str) -> None:
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClicks(line, text)


class TestItStaysCalm:
    def test_it_is_folded_until_it_is_asked_for(self, qtbot: QtBot, document: Document) -> None:
        inspector = open_inspector(qtbot, document)
        document.select(["stem"])
        assert isinstance(inspector.page, NodePage)
        found = inspector.page.advanced
        assert found.isVisibleTo(inspector)
        assert not found.active.isVisibleTo(inspector)
        QTest.mouseClick(found.fold, Qt.MouseButton.LeftButton)
        assert found.active.isVisibleTo(inspector)

    def test_what_is_set_is_not_hidden(self, qtbot: QtBot, document: Document) -> None:
        document.apply("off", lambda d: edits.set_active(d, d.main, ["stem"], False))
        inspector = open_inspector(qtbot, document)
        document.select(["stem"])
        assert isinstance(inspector.page, NodePage)
        assert inspector.page.advanced.active.isVisibleTo(inspector)

    @pytest.mark.parametrize(
        ("item", "copies", "module", "ties"),
        [
            ("stem", False, False, True),
            ("stage1", True, True, False),
            ("relu", False, False, False),
        ],
    )
    def test_only_what_applies_is_there(
        self,
        qtbot: QtBot,
        document: Document,
        item: str,
        copies: bool,
        module: bool,
        ties: bool,
    ) -> None:
        inspector = open_inspector(qtbot, document)
        document.select([item])
        found = section(inspector)
        assert found.copies.isVisibleTo(inspector) == copies
        assert found.same_row.isVisibleTo(inspector) == module
        assert found.ties.add.isVisibleTo(inspector) == ties

    @pytest.mark.parametrize("item", ["x", "output"])
    def test_ends_have_none(self, qtbot: QtBot, document: Document, item: str) -> None:
        inspector = open_inspector(qtbot, document)
        document.select([item])
        assert isinstance(inspector.page, NodePage)
        assert not inspector.page.advanced.isVisibleTo(inspector)


class TestConditions:
    @pytest.fixture
    def inspector(self, qtbot: QtBot, document: Document) -> Inspector:
        document.enter((Step("stage2", 1),))
        return open_inspector(qtbot, document)

    def test_off_and_on_again(self, inspector: Inspector, document: Document) -> None:
        document.select(["relu1"])
        line = section(inspector).active
        assert line.box.isChecked()
        QTest.keyClick(line.box, Qt.Key.Key_Space)
        assert node(document, "relu1").active is False
        QTest.keyClick(line.box, Qt.Key.Key_Space)
        assert node(document, "relu1").active is True
        assert document.undo_stack.count() == 2

    @pytest.mark.parametrize("written", ["stride == 2", "=stride == 2"])
    def test_a_condition_and_what_it_comes_out_as(
        self, inspector: Inspector, document: Document, written: str
    ) -> None:
        document.select(["relu1"])
        line = section(inspector).active
        type_into(line.line, written)
        assert node(document, "relu1").active == Expr("stride == 2")
        assert line.hint.text() == "off here"
        assert not line.box.isEnabled()
        assert document.undo_stack.count() == 1
        document.enter((Step("stage2", 0),))
        document.select(["relu1"])
        assert section(inspector).active.hint.text() == "on here"

    def test_taken_out_the_box_decides_again(
        self, inspector: Inspector, document: Document
    ) -> None:
        document.select(["relu1"])
        line = section(inspector).active
        type_into(line.line, "stride == 2")
        type_into(line.line, "")
        assert node(document, "relu1").active is True
        assert line.box.isEnabled()
        assert line.box.isChecked()

    @pytest.mark.parametrize(
        ("written", "why"),
        [
            ("width = 2", "is not an expression"),
            ("f(1)", "uses a call"),
            ("strade == 2", "'strade' is not known here"),
            ("strade", "'strade' is not known here"),
            ("width", "true or false"),
        ],
    )
    def test_what_cannot_be_read_is_told(
        self, inspector: Inspector, document: Document, written: str, why: str
    ) -> None:
        document.select(["relu1"])
        line = section(inspector).active
        type_into(line.line, written)
        assert why in line.hint.text()
        assert line.hint.objectName() == "wrong"
        assert node(document, "relu1").active is True

    def test_an_edge_has_one_too(self, inspector: Inspector, document: Document) -> None:
        document.select(["downsample"])
        page = inspector.page
        assert isinstance(page, EdgePage)
        assert not page.active.isVisibleTo(inspector)
        QTest.mouseClick(page.advanced.fold, Qt.MouseButton.LeftButton)
        type_into(page.active.line, "stride == 1")
        edges = document.diagram.blocks["Residual"].graph.edges
        assert edges["downsample"].active == Expr("stride == 1")

    def test_undo_is_shown(self, inspector: Inspector, document: Document) -> None:
        document.select(["relu1"])
        line = section(inspector).active
        type_into(line.line, "stride == 2")
        document.undo_stack.undo()
        assert section(inspector).active is line
        assert line.line.text() == ""
        assert line.box.isChecked()

    def test_it_says_nothing_while_nothing_is_known(self, qtbot: QtBot) -> None:
        line = ConditionLine()
        qtbot.addWidget(line)
        line.set_value(Expr("stride == 1"))
        assert line.line.text() == "stride == 1"
        assert line.hint.text() == ""


class TestCopies:
    def test_one_module_and_their_names(self, qtbot: QtBot, document: Document) -> None:
        inspector = open_inspector(qtbot, document)
        document.select(["stage1"])
        found = section(inspector)
        shared, names = found.copies.field("shared"), found.copies.field("copy_names")
        assert isinstance(shared, CheckField)
        assert isinstance(names, TextField)
        QTest.keyClick(shared.box, Qt.Key.Key_Space)
        assert node(document, "stage1").shared
        type_into(names.line, "block{i+1}")
        assert node(document, "stage1").copy_names == "block{i+1}"
        type_into(names.line, "block")
        assert node(document, "stage1").copy_names == "block{i+1}"
        assert "one {i} or {i+1}" in found.copies.rows["copy_names"].hint.text()

    def test_they_appear_with_the_copies(self, qtbot: QtBot, document: Document) -> None:
        inspector = open_inspector(qtbot, document)
        document.select(["stem"])
        found = section(inspector)
        assert not found.copies.isVisibleTo(inspector)
        document.apply("repeat", lambda d: edits.set_repeat(d, d.main, "stem", 3))
        assert found.copies.isVisibleTo(inspector)


class TestOneModule:
    def test_it_is_that_of_another_and_its_own_again(self, qtbot: QtBot) -> None:
        document = Document(linear())
        inspector = open_inspector(qtbot, document)
        document.select(["two"])
        found = section(inspector)
        assert [found.same.itemText(i) for i in range(found.same.count())] == [
            "its own",
            "that of one",
            "that of three",
        ]
        QTest.keyClick(found.same, Qt.Key.Key_Down)
        assert node(document, "two").same_as == "one"
        assert isinstance(inspector.page, NodePage)
        assert not inspector.page.form.isEnabled()
        QTest.keyClick(found.same, Qt.Key.Key_Up)
        assert node(document, "two").same_as is None
        assert inspector.page.form.isEnabled()


class TestTies:
    @pytest.fixture
    def document(self) -> Document:
        return Document(linear())

    def tie(self, inspector: Inspector, typed: str) -> list[str]:
        found = section(inspector).ties
        QTest.mouseClick(found.add, Qt.MouseButton.LeftButton)
        assert found.popup is not None
        offered = [found.popup.list.item(i).text() for i in range(found.popup.list.count())]
        QTest.keyClicks(found.popup.search, typed)
        QTest.keyClick(found.popup.search, Qt.Key.Key_Return)
        return offered

    def test_weights_of_one_shape_are_offered(self, qtbot: QtBot, document: Document) -> None:
        inspector = open_inspector(qtbot, document)
        document.select(["two"])
        assert self.tie(inspector, "weight") == ["weight = one.weight", "bias = one.bias"]
        expected = Tie(("one", "weight"), ("two", "weight"))
        assert document.diagram.main_block.graph.ties == (expected,)
        told = [w.text() for w in section(inspector).ties.findChildren(QLabel)]
        assert told == ["two.weight = one.weight"]

    def test_a_tie_is_taken_off_from_either_end(self, qtbot: QtBot, document: Document) -> None:
        ends = ("one", "weight"), ("two", "weight")
        document.apply("tie", lambda d: edits.add_tie(d, d.main, *ends))
        inspector = open_inspector(qtbot, document)
        document.select(["one"])
        (remove,) = section(inspector).ties.findChildren(QToolButton)
        QTest.mouseClick(remove, Qt.MouseButton.LeftButton)
        assert document.diagram.main_block.graph.ties == ()

    def test_where_nothing_fits_it_is_said(self, qtbot: QtBot, document: Document) -> None:
        inspector = open_inspector(qtbot, document)
        document.select(["three"])
        with qtbot.waitSignal(document.refused) as told:
            QTest.mouseClick(section(inspector).ties.add, Qt.MouseButton.LeftButton)
        assert "No other weight of this block has the shape" in told.args[0]

    def test_weights_inside_blocks_have_paths(self, qtbot: QtBot) -> None:
        main = write.block(
            write.image(4), write.node("body", "Residual", width=4), write.node("output", "Output")
        )
        document = Document(write.diagram(main, Residual=write.residual()))
        inspector = open_inspector(qtbot, document)
        document.select(["body"])
        offered = self.tie(inspector, "conv2.weight = body.conv1")
        assert "conv2.weight = body.conv1.weight" in offered
        assert document.diagram.main_block.graph.ties == (
            Tie(("body", "conv1.weight"), ("body", "conv2.weight")),
        )
