"""Operands of a join in the inspector: shown in order, moved, named, made another kind."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app import theme
from app.document import Document
from app.fields import ChoiceField
from app.inspector import Inspector
from app.inspector.edge import EdgePage, JoinPage
from app.inspector.operands import OperandList, OperandRow
from app.inspector.pages import NodePage, SeveralPage
from graphcore import edits, gallery
from graphcore.diagram import Diagram, Step
from graphcore.layers import LAYERS
from graphcore.layout import arrange_diagram
from tests.diagrams import block, diagram, image, node, wire

LEFT = Qt.MouseButton.LeftButton


def layers() -> Diagram:
    """x of 4 channels, c1, c2, c3 with 6, 8 and 10, output: a dense block."""
    made = [node(f"c{i}", "Conv2d", out_channels=4 + 2 * i, kernel_size=1) for i in (1, 2, 3)]
    plain = diagram(block(image(4), *made, node("output", "Output")))
    return edits.connect_densely(arrange_diagram(plain), "Net", ["c1", "c2", "c3"])[0]


@pytest.fixture
def document() -> Document:
    theme.load_fonts()
    return Document(layers())


@pytest.fixture
def inspector(qtbot: QtBot, document: Document) -> Inspector:
    made = Inspector(document)
    qtbot.addWidget(made)
    made.resize(290, 800)
    made.show()
    qtbot.waitExposed(made)
    return made


def into(document: Document, target: str) -> list[str]:
    return [edge.id for edge in document.diagram.main_block.graph.into(target)]


def edge(document: Document, source: str, target: str) -> str:
    there = document.diagram.main_block.graph.into(target)
    return next(one.id for one in there if one.source.node == source)


def operands(inspector: Inspector) -> OperandList:
    assert isinstance(inspector.page, EdgePage | JoinPage)
    return inspector.page.operands


def shown(row: OperandRow) -> tuple[str, str]:
    return row.name.text(), row.brings.text()


def choose(page: EdgePage | JoinPage, title: str) -> None:
    field = page.kind.field("kind")
    assert isinstance(field, ChoiceField)
    QTest.mouseClick(field.box, LEFT)
    popup = field.box.view()
    row = field.box.findText(title)
    assert row >= 0
    popup.setCurrentIndex(field.box.model().index(row, 0))
    QTest.keyClick(popup, Qt.Key.Key_Return)


class TestAnEdge:
    def test_shows_all_that_meets_where_it_ends(
        self, inspector: Inspector, document: Document
    ) -> None:
        document.select([edge(document, "c1", "output")])
        assert [shown(row) for row in operands(inspector).rows] == [
            ("x", "4 ch"),
            ("c1", "6 ch"),
            ("c2", "8 ch"),
            ("c3 · F(x)", "10 ch"),
        ]
        assert isinstance(inspector.page, EdgePage)
        assert "y = [x, c1, c2, F(x)]" in inspector.page.card.text()

    def test_an_alignment_is_told(self, qtbot: QtBot) -> None:
        document = Document(gallery.build("unet-bn"))
        made = Inspector(document)
        qtbot.addWidget(made)
        made.show()
        document.enter((Step("up1", 0),))
        graph = document.diagram.blocks[document.block].graph
        document.select([e.id for e in graph.edges.values() if e.kind == "encoder_decoder"])
        assert [row.brings.text() for row in operands(made).rows] == ["pad · 512 ch", "512 ch"]

    def test_an_arrow_moves_an_operand_and_the_keyboard_goes_along(
        self, inspector: Inspector, document: Document
    ) -> None:
        document.select([edge(document, "c1", "output")])
        before = into(document, "output")
        rows = operands(inspector).rows
        QTest.mouseClick(rows[0].down, LEFT)
        assert into(document, "output") == [before[1], before[0], *before[2:]]
        assert rows[1].down.hasFocus()
        QTest.keyClick(rows[1].down, Qt.Key.Key_Space)
        QTest.keyClick(rows[2].down, Qt.Key.Key_Space)
        assert into(document, "output") == [*before[1:], before[0]]
        assert rows[3].up.hasFocus()
        assert document.undo_stack.index() == 3
        for _ in range(3):
            document.undo_stack.undo()
        assert into(document, "output") == before

    def test_the_ends_do_not_move_beyond(self, inspector: Inspector, document: Document) -> None:
        document.select([edge(document, "c1", "output")])
        rows = operands(inspector).rows
        assert [(row.up.isEnabled(), row.down.isEnabled()) for row in rows] == [
            (False, True),
            (True, True),
            (True, True),
            (True, False),
        ]

    def test_a_click_on_an_operand_selects_its_edge(
        self, inspector: Inspector, document: Document
    ) -> None:
        document.select([edge(document, "c1", "output")])
        QTest.mouseClick(operands(inspector).rows[2].name, LEFT)
        assert document.selection == {edge(document, "c2", "output")}

    def test_a_wire_that_nothing_joins_has_no_list(
        self, inspector: Inspector, document: Document
    ) -> None:
        document.select([edge(document, "x", "c1")])
        assert not operands(inspector).isVisible()

    def test_a_name_stands_on_it_and_can_be_taken_away(
        self, inspector: Inspector, document: Document
    ) -> None:
        document.select([edge(document, "c1", "output")])
        page = inspector.page
        assert isinstance(page, EdgePage)
        for typed in ("early", ""):
            page.label.line.selectAll()
            QTest.keyClick(page.label.line, Qt.Key.Key_Backspace)
            QTest.keyClicks(page.label.line, typed)
            QTest.keyClick(page.label.line, Qt.Key.Key_Return)
            named = document.diagram.main_block.graph.edges[edge(document, "c1", "output")]
            assert named.label == typed
        assert inspector.page is page


class TestTheKind:
    def test_is_changed_in_one_step(self, inspector: Inspector, document: Document) -> None:
        document.select([edge(document, "x", "c2")])
        assert isinstance(inspector.page, EdgePage)
        choose(inspector.page, "Encoder–decoder")
        kinds = {e.id: e.kind for e in document.diagram.main_block.graph.edges.values()}
        assert kinds[edge(document, "x", "c2")] == "encoder_decoder"
        assert document.undo_stack.index() == 1

    def test_that_cannot_be_is_refused_and_shown_as_it_is(
        self, inspector: Inspector, document: Document
    ) -> None:
        told: list[str] = []
        document.refused.connect(told.append)
        document.select([edge(document, "c1", "output")])
        page = inspector.page
        assert isinstance(page, EdgePage)
        choose(page, "Skip")
        assert "add and concatenate at once" in told[0]
        assert page.kind.field("kind").value() == "dense"
        assert document.undo_stack.index() == 0


class TestAJoin:
    def test_is_what_all_its_edges_are_when_selected(
        self, inspector: Inspector, document: Document
    ) -> None:
        joining = into(document, "output")[:-1]
        document.select(joining)
        page = inspector.page
        assert isinstance(page, JoinPage)
        assert page.heading.title.toolTip() == "Concatenation at output"
        assert page.total.text() == "concat: 4 + 6 + 8 + 10 → 28 channels"
        assert len(page.operands.rows) == 4

    @pytest.mark.parametrize("left_out", [1, 2])
    def test_some_of_them_are_no_join(
        self, inspector: Inspector, document: Document, left_out: int
    ) -> None:
        joining = into(document, "output")[:-1]
        document.select([*joining[left_out:], edge(document, "x", "c2")])
        assert isinstance(inspector.page, SeveralPage)

    def test_becomes_a_sum_at_once_where_that_is_possible(self, qtbot: QtBot) -> None:
        same = [node(f"c{i}", "Conv2d", out_channels=4, kernel_size=1) for i in (1, 2, 3)]
        plain = diagram(block(image(4), *same, node("output", "Output")))
        made = edits.connect_densely(arrange_diagram(plain), "Net", ["c1", "c2", "c3"])[0]
        document = Document(made)
        inspector = Inspector(document)
        qtbot.addWidget(inspector)
        inspector.show()
        document.select(into(document, "output")[:-1])
        assert isinstance(inspector.page, JoinPage)
        choose(inspector.page, "Skip")
        kinds = [e.kind for e in document.diagram.main_block.graph.into("output")]
        assert kinds == ["skip", "skip", "skip", "flow"]
        assert document.analysis.ok
        assert document.undo_stack.index() == 1
        assert "y = F(x) + x + c1 + c2" in inspector.page.card.text()

    def test_reorders_as_an_edge_does(self, inspector: Inspector, document: Document) -> None:
        joining = into(document, "output")
        document.select(joining[:-1])
        QTest.mouseClick(operands(inspector).rows[3].up, LEFT)
        assert into(document, "output") == [*joining[:2], joining[3], joining[2]]
        labels = [label.text() for label in operands(inspector).rows[2].findChildren(QLabel)]
        assert "10 ch" in labels


class TestALayerThatTakesAnyNumber:
    def test_its_wires_are_put_in_order(self, qtbot: QtBot) -> None:
        parts = [node(name, "Conv2d", out_channels=8, kernel_size=1) for name in "ab"]
        port = f"cat.{LAYERS['Concat'].inputs[0].name}"
        edges = [wire("x", "a"), wire("x", "b"), wire("a", port), wire("b", port)]
        made = diagram(block(image(4), *parts, node("cat", "Concat"), edges=edges))
        document = Document(arrange_diagram(made))
        inspector = Inspector(document)
        qtbot.addWidget(inspector)
        inspector.show()
        document.select(["cat"])
        assert isinstance(inspector.page, NodePage)
        rows = inspector.page.operands.rows
        assert [shown(row) for row in rows] == [("a", "8 ch"), ("b", "8 ch")]
        QTest.mouseClick(rows[1].up, LEFT)
        assert [shown(row)[0] for row in rows] == ["b", "a"]
