"""Inspector, code, problems, summary, outline, sliders: each follows the document and leads on."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QTreeWidgetItem, QWidget
from pytestqt.qtbot import QtBot

from app.code_panel import CodePanel
from app.document import Document
from app.fields import ChoiceField, NumberField
from app.inspector import Inspector
from app.inspector.block import BlockPage
from app.inspector.edge import EdgePage
from app.inspector.pages import NodePage, SeveralPage
from app.outline import Outline
from app.problems_panel import ProblemsPanel
from app.summary_panel import SummaryPanel
from graphcore import edits
from graphcore.diagram import Definition, Step, empty_diagram
from graphcore.expression import Expr

STAGE2 = (Step("stage2", 0),)


def shown(qtbot: QtBot, widget: QWidget, width: int = 290, height: int = 700) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    qtbot.waitExposed(widget)


def words(widget: QWidget) -> str:
    labels = widget.findChildren(QLabel)
    return "\n".join(label.text() for label in labels if label.isVisibleTo(widget))


def type_over(field: NumberField, text: str) -> None:
    field.line.selectAll()
    QTest.keyClicks(field.line, text)


def children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [child for i in range(item.childCount()) if (child := item.child(i)) is not None]


class TestTheInspector:
    @pytest.fixture
    def inspector(self, qtbot: QtBot, document: Document) -> Inspector:
        inspector = Inspector(document)
        shown(qtbot, inspector)
        return inspector

    def test_offers_copies_only_of_what_passes_something_on(
        self, inspector: Inspector, document: Document
    ) -> None:
        for node, offered in (("stem", True), ("stage2", True), ("x", False), ("output", False)):
            document.select([node])
            assert isinstance(inspector.page, NodePage)
            assert inspector.page.repeat.isVisibleTo(inspector.page) == offered

    def test_shows_a_layer_with_its_shapes_and_sizes(
        self, inspector: Inspector, document: Document
    ) -> None:
        document.select(["stem"])
        page = inspector.page
        assert isinstance(page, NodePage)
        text = words(page)
        for part in ("Conv 3×3", "N × 1 × 8 × 8", "N × 16 × 8 × 8", "144 parameters"):
            assert part in text

    def test_changes_a_parameter_in_one_step_and_stays_on_the_field(
        self, inspector: Inspector, document: Document
    ) -> None:
        document.select(["stem"])
        page = inspector.page
        assert isinstance(page, NodePage)
        field = page.form.field("kernel_size")
        assert isinstance(field, NumberField)
        type_over(field, "5")
        assert document.diagram.main_block.graph.nodes["stem"].params["kernel_size"] == 5
        assert inspector.page is page
        assert document.undo_stack.count() == 1
        document.undo_stack.undo()
        assert field.line.text() == "3"

    def test_renames(self, inspector: Inspector, document: Document) -> None:
        document.select(["stem"])
        page = inspector.page
        assert isinstance(page, NodePage)
        page.label.line.selectAll()
        QTest.keyClicks(page.label.line, "first")
        QTest.keyClick(page.label.line, Qt.Key.Key_Return)
        assert document.diagram.main_block.graph.nodes["stem"].label == "first"

    def test_says_why_a_name_cannot_be(self, inspector: Inspector, document: Document) -> None:
        document.select(["stem"])
        page = inspector.page
        assert isinstance(page, NodePage)
        page.label.line.selectAll()
        QTest.keyClicks(page.label.line, "class")
        assert "word of the Python language" in words(page)
        QTest.keyClick(page.label.line, Qt.Key.Key_Return)
        assert page.label.line.text() == "stem"
        assert document.undo_stack.count() == 0

    def test_shows_what_a_skip_becomes_in_each_copy(
        self, inspector: Inspector, document: Document
    ) -> None:
        document.enter(STAGE2)
        document.select(["downsample"])
        page = inspector.page
        assert isinstance(page, EdgePage)
        text = words(page)
        for part in (
            "Skip connection",
            "projection in stage2–3 copy 1, identity elsewhere",
            "stride 2, 16 → 32",
            "none here: a norm follows",
            "y = F(x) + shortcut(x)",
            "N × 32 × 4 × 4",
            "a change here changes 9 copies in 3 places",
        ):
            assert part in text
        document.enter((Step("stage2", 1),))
        document.select(["downsample"])
        assert inspector.page is not None
        assert "y = F(x) + x" in words(inspector.page)

    def test_changes_what_a_skip_becomes(self, inspector: Inspector, document: Document) -> None:
        document.enter(STAGE2)
        document.select(["downsample"])
        page = inspector.page
        assert isinstance(page, EdgePage)
        field = page.form.field("shortcut")
        assert isinstance(field, ChoiceField)
        QTest.keyClicks(field.box, "pad")
        assert document.result is not None
        assert document.result.edges["downsample"].shortcut == "pad"

    def test_makes_a_shared_block_unique(self, inspector: Inspector, document: Document) -> None:
        document.enter(STAGE2)
        page = inspector.page
        assert isinstance(page, BlockPage)
        QTest.mouseClick(page.shared._part, Qt.MouseButton.LeftButton)
        assert document.diagram.main_block.graph.nodes["stage2"].kind != "Residual"
        assert document.block != "Residual"
        assert document.instance == STAGE2

    def test_opens_a_block(self, inspector: Inspector, document: Document) -> None:
        document.select(["stage2"])
        page = inspector.page
        assert isinstance(page, NodePage)
        QTest.mouseClick(page.open, Qt.MouseButton.LeftButton)
        assert document.instance == STAGE2

    def test_repeats(self, inspector: Inspector, document: Document) -> None:
        document.select(["stage1"])
        page = inspector.page
        assert isinstance(page, NodePage)
        field = page.repeat.field("repeat")
        assert isinstance(field, NumberField)
        type_over(field, "=depth // 4")
        assert document.diagram.main_block.graph.nodes["stage1"].repeat == Expr("depth // 4")
        assert page.repeat.rows["repeat"].hint.text() == "= 5"

    def test_of_several_changes_all_at_once(self, inspector: Inspector, document: Document) -> None:
        document.show_block("Residual")
        document.select(["conv1", "conv2"])
        page = inspector.page
        assert isinstance(page, SeveralPage)
        field, stride = page.form.field("kernel_size"), page.form.field("stride")
        assert isinstance(stride, NumberField)
        assert isinstance(field, NumberField)
        assert stride.line.placeholderText() == "several"
        type_over(field, "1")
        nodes = document.diagram.blocks["Residual"].graph.nodes
        assert [nodes[name].params["kernel_size"] for name in ("conv1", "conv2")] == [1, 1]
        assert document.undo_stack.count() == 1

    def test_of_nothing_is_the_model(self, inspector: Inspector, document: Document) -> None:
        page = inspector.page
        assert isinstance(page, BlockPage)
        page.adder.line.setText("dropout")
        QTest.mouseClick(page.adder.button, Qt.MouseButton.LeftButton)
        assert [param.name for param in document.diagram.main_block.params][-1] == "dropout"
        page = inspector.page
        assert isinstance(page, BlockPage)
        page.change_param("dropout")
        assert page.editor is not None
        QTest.mouseClick(page.editor.remove, Qt.MouseButton.LeftButton)
        assert len(document.diagram.main_block.params) == 3

    def test_lists_problems_with_their_fixes(
        self, inspector: Inspector, document: Document
    ) -> None:
        document.apply(
            "Break", lambda d: edits.set_param(d, "Residual", "conv1", "kernel_size", 99)
        )
        document.enter((Step("stage1", 0),))
        document.select(["conv1"])
        page = inspector.page
        assert isinstance(page, NodePage)
        fix = next(
            button
            for button in page.problems.findChildren(QPushButton)
            if "default" in button.text()
        )
        QTest.mouseClick(fix, Qt.MouseButton.LeftButton)
        assert document.analysis.ok
        assert document.undo_stack.count() == 2

    def test_is_never_wider_than_its_place(self, inspector: Inspector, document: Document) -> None:
        document.apply(
            "Break", lambda d: edits.set_param(d, "Residual", "conv1", "kernel_size", 99)
        )
        for instance in ((), (Step("stage1", 0),)):
            document.enter(instance)
            graph = document.diagram.blocks[document.block].graph
            for item in (*graph.nodes, *graph.edges):
                document.select([item])
                assert inspector.page is not None
                assert inspector.page.minimumSizeHint().width() <= 290, item


class TestTheCodePanel:
    @pytest.fixture
    def panel(self, qtbot: QtBot, document: Document) -> CodePanel:
        panel = CodePanel(document)
        shown(qtbot, panel, 700, 240)
        document.current_source()
        return panel

    def test_shows_the_code(self, panel: CodePanel, document: Document) -> None:
        assert document.source is not None
        assert panel.view.toPlainText() == document.source.text

    def test_marks_what_is_selected_and_brings_it_into_view(
        self, panel: CodePanel, document: Document
    ) -> None:
        document.show_block("Residual")
        document.select(["conv2"])
        marked = [s.cursor.block().text() for s in panel.view.extraSelections()]
        assert any("self.conv2 = nn.Conv2d" in line for line in marked)
        assert panel.view.verticalScrollBar().value() > 0

    def test_goes_along_into_a_block(self, panel: CodePanel, document: Document) -> None:
        assert document.source is not None
        bar = panel.view.verticalScrollBar()
        bar.setValue(bar.maximum())
        document.enter(STAGE2)
        lines = document.source.text.split("\n")
        number = next(i for i, line in enumerate(lines) if line.startswith("class Residual"))
        assert bar.value() <= number < bar.value() + 8

    def test_a_click_on_a_line_of_another_block_leaves_it_where_it_is(
        self, panel: CodePanel, document: Document
    ) -> None:
        assert document.source is not None
        lines = document.source.text.split("\n")
        number = next(i for i, line in enumerate(lines) if "return self.relu2" in line)
        bar = panel.view.verticalScrollBar()
        bar.setValue(number - 2)
        block = panel.view.document().findBlockByNumber(number)
        area = panel.view.blockBoundingGeometry(block).translated(panel.view.contentOffset())
        at = QPoint(60, round(area.center().y()))
        QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert document.block == "Residual"
        assert bar.value() == number - 2

    def test_a_click_on_a_line_selects_what_it_was_made_of(
        self, panel: CodePanel, document: Document
    ) -> None:
        assert document.source is not None
        lines = document.source.text.split("\n")
        number = next(i for i, line in enumerate(lines) if "self.bn2 = " in line)
        panel.view.verticalScrollBar().setValue(number - 2)
        block = panel.view.document().findBlockByNumber(number)
        area = panel.view.blockBoundingGeometry(block).translated(panel.view.contentOffset())
        QTest.mouseClick(
            panel.view.viewport(),
            Qt.MouseButton.LeftButton,
            pos=QPoint(60, round(area.center().y())),
        )
        assert document.block == "Residual"
        assert document.selection == {"bn2"}

    def test_keeps_its_place_when_the_code_changes(
        self, panel: CodePanel, document: Document
    ) -> None:
        panel.view.verticalScrollBar().setValue(12)
        document.apply("Set width", lambda d: edits.set_block_param(d, d.main, "width", 24))
        document.current_source()
        assert "width: int = 24" in panel.view.toPlainText()
        assert panel.view.verticalScrollBar().value() == 12

    def test_of_a_broken_diagram_is_marked_as_old(
        self, panel: CodePanel, document: Document, qtbot: QtBot
    ) -> None:
        text = panel.view.toPlainText()
        with qtbot.waitSignal(document.source_changed, timeout=2000):
            document.apply("Delete", lambda d: edits.delete(d, d.main, ["fc"]))
        assert panel.stale.isVisible()
        assert panel.view.toPlainText() == text
        document.undo_stack.undo()
        document.current_source()
        assert not panel.stale.isVisible()

    def test_copies(self, panel: CodePanel) -> None:
        QTest.mouseClick(panel.copy_button, Qt.MouseButton.LeftButton)
        assert QGuiApplication.clipboard().text() == panel.view.toPlainText()

    def test_says_what_will_be_there(self, qtbot: QtBot) -> None:
        panel = CodePanel(Document(empty_diagram()))
        shown(qtbot, panel)
        assert "as soon as it has no errors" in panel.view.placeholderText()


class TestTheProblems:
    @pytest.fixture
    def panel(self, qtbot: QtBot, document: Document) -> ProblemsPanel:
        panel = ProblemsPanel(document)
        shown(qtbot, panel, 900, 240)
        return panel

    def test_none_is_said(self, panel: ProblemsPanel) -> None:
        assert panel.nothing.isVisible()

    def test_a_click_goes_there_and_a_button_mends(
        self, panel: ProblemsPanel, document: Document
    ) -> None:
        document.apply(
            "Break", lambda d: edits.set_param(d, "Residual", "conv1", "kernel_size", 99)
        )
        item = panel.tree.topLevelItem(0)
        assert item is not None
        assert "Residual › conv1" in item.text(1)
        rect = panel.tree.visualItemRect(item)
        QTest.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=rect.center() / 2)
        assert document.block == "Residual"
        assert document.selection == {"conv1"}
        fix = next(b for b in panel.findChildren(QPushButton) if "default" in b.text())
        QTest.mouseClick(fix, Qt.MouseButton.LeftButton)
        assert document.analysis.ok
        assert panel.nothing.isVisible()


class TestTheSummary:
    def test_adds_up_to_the_whole(self, qtbot: QtBot, document: Document) -> None:
        panel = SummaryPanel(document)
        shown(qtbot, panel, 900, 240)
        assert sum(leaf.parameters for leaf in panel.model.leaves) == 272_186
        assert "272,186 parameters" in panel.totals.text()
        names = [leaf.module for leaf in panel.model.leaves]
        assert "stage2.0.downsample.0" in names

    def test_a_click_shows_the_layer(self, qtbot: QtBot, document: Document) -> None:
        panel = SummaryPanel(document)
        shown(qtbot, panel, 900, 240)
        row = [leaf.module for leaf in panel.model.leaves].index("stage1.0.conv1")
        rect = panel.table.visualRect(panel.model.index(row, 0))
        QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
        assert document.instance == (Step("stage1", 0),)
        assert document.selection == {"conv1"}

    def test_asks_the_engine_when_it_is_looked_at(self, qtbot: QtBot, document: Document) -> None:
        panel = SummaryPanel(document)
        with qtbot.waitSignal(panel.check_wanted):
            shown(qtbot, panel, 900, 240)
        panel.tell_answer("checked with torch")
        assert panel.totals.text().endswith("checked with torch")

    def test_of_nothing_says_how_to_begin(self, qtbot: QtBot) -> None:
        panel = SummaryPanel(Document(empty_diagram()))
        shown(qtbot, panel)
        assert "Drag a layer" in panel.nothing.text()
        assert panel.nothing.isVisible()


class TestTheOutline:
    def test_says_the_same_as_the_canvas(self, qtbot: QtBot, document: Document) -> None:
        outline = Outline(document)
        shown(qtbot, outline)
        (root,) = outline.tree.findItems("ResNet20", Qt.MatchFlag.MatchExactly)
        told = [item.text(0) for item in children(root)]
        assert told[1] == "stem · Conv2d · N×16×8×8"
        stage = next(item for item in children(root) if item.text(0).startswith("stage2"))
        assert "Residual ×3" in stage.text(0)
        stage.setExpanded(True)
        skip = next(item for item in children(stage) if "Skip connection" in item.text(0))
        assert skip.text(0) == "Skip connection x → relu2 · projection"
        outline.tree.itemClicked.emit(skip, 0)
        assert document.instance == STAGE2
        assert document.selection == {"downsample"}


def test_lines_of_a_definition_are_what_the_code_panel_marks(document: Document) -> None:
    source = document.current_source()
    lines = source.lines_of(Definition("ResNet20", "stem"))
    text = source.text.split("\n")
    assert any("self.stem" in text[line - 1] for line in lines)
