"""Scales in the inspector: shown, added by typing, set, put in order, renamed, taken away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.document import Document
from app.fields import CheckField, NumberField
from app.inspector import Inspector
from app.inspector.edge import EdgePage
from app.inspector.pages import NodePage
from app.inspector.scales import ScaleList, ScaleSection
from graphcore import edits
from graphcore.diagram import Diagram, Scale, Step
from graphcore.edits.scales import ScalePlace, scales_at
from graphcore.expression import Expr

BRANCH, SHORTCUT = ScalePlace("relu2", "x"), ScalePlace("downsample")


@pytest.fixture
def inspector(qtbot: QtBot, document: Document) -> Inspector:
    """The inspector on the inside of the second stage's second copy."""
    inspector = Inspector(document)
    qtbot.addWidget(inspector)
    inspector.resize(290, 700)
    inspector.show()
    qtbot.waitExposed(inspector)
    document.enter((Step("stage2", 1),))
    return inspector


def scales_of(inspector: Inspector) -> ScaleList:
    assert isinstance(inspector.page, NodePage | EdgePage)
    return inspector.page.scales


def section(inspector: Inspector) -> ScaleSection:
    (found,) = scales_of(inspector).sections.values()
    return found


def chain(document: Document, place: ScalePlace) -> tuple[Scale, ...]:
    return scales_at(document.diagram.blocks["Residual"].graph, place)


def take(inspector: Inspector, typed: str) -> list[str]:
    """Open the search, type, take the first; what was offered."""
    QTest.mouseClick(section(inspector).add, Qt.MouseButton.LeftButton)
    popup = section(inspector).popup
    assert popup is not None
    assert popup.isVisible()
    QTest.keyClicks(popup.search, typed)
    offered = [popup.list.item(i).text() for i in range(popup.list.count())]
    QTest.keyClick(popup.search, Qt.Key.Key_Return)
    return offered


def words(widget: QWidget) -> list[str]:
    return [w.text() for w in widget.findChildren(QLabel) if w.isVisibleTo(widget) and w.text()]


class TestWhere:
    @pytest.mark.parametrize(
        ("item", "caption"),
        [
            ("relu2", "Branch"),
            ("downsample", "Shortcut"),
            ("conv1", ""),
            ("e1", ""),
            ("x", ""),
            ("output", ""),
        ],
    )
    def test_where_something_is_joined(
        self, inspector: Inspector, document: Document, item: str, caption: str
    ) -> None:
        document.select([item])
        captions = [s.caption.text() for s in scales_of(inspector).sections.values()]
        assert captions == ([caption] if caption else [])
        assert scales_of(inspector).isVisibleTo(inspector) == bool(caption)

    def test_it_comes_and_goes_with_the_join(
        self, inspector: Inspector, document: Document
    ) -> None:
        document.select(["conv2"])
        assert not scales_of(inspector).sections
        document.apply("skip", lambda d: edits.add_skip(d, "Residual", "x", "conv2")[0])
        assert section(inspector).caption.text() == "Branch"
        document.undo_stack.undo()
        document.select(["conv2"])
        assert not scales_of(inspector).sections


class TestAdding:
    def test_the_forms_known_by_name_come_first(
        self, inspector: Inspector, document: Document
    ) -> None:
        document.select(["relu2"])
        offered = take(inspector, "")
        assert offered[:6] == [
            "ReZero",
            "LayerScale",
            "Stochastic depth",
            "Squeeze-and-excitation",
            "½",
            "1/√2",
        ]
        assert {"Sigmoid", "Dropout", "BatchNorm2d"} <= set(offered)
        assert not {"Flatten", "Linear", "LSTM", "Add", "Input", "MaxPool2d"} & set(offered)
        (scale,) = chain(document, BRANCH)
        assert (scale.kind, scale.label, scale.params) == ("Gain", "alpha", {"init": 0.0})

    @pytest.mark.parametrize(
        ("typed", "kind", "label", "params"),
        [
            ("layersc", "Gain", "layer_scale", {"init": 1e-4, "per_channel": True}),
            ("droppath", "StochasticDepth", "drop_path", {}),
            ("½", "Gain", "scale", {"init": 0.5, "trainable": False}),
            ("1/", "Gain", "scale", {"init": 0.5**0.5, "trainable": False}),
            ("senet", "SqueezeExcitation", "se", {"reduction": 16}),
            ("sigm", "Sigmoid", "sigmoid", {}),
        ],
    )
    def test_one_is_found_by_typing(
        self,
        inspector: Inspector,
        document: Document,
        typed: str,
        kind: str,
        label: str,
        params: dict[str, object],
    ) -> None:
        document.select(["downsample"])
        take(inspector, typed)
        (scale,) = chain(document, SHORTCUT)
        assert (scale.kind, scale.label, dict(scale.params)) == (kind, label, params)
        assert document.undo_stack.count() == 1
        assert label in section(inspector).rows

    def test_escape_adds_nothing(self, inspector: Inspector, document: Document) -> None:
        document.select(["relu2"])
        QTest.mouseClick(section(inspector).add, Qt.MouseButton.LeftButton)
        popup = section(inspector).popup
        assert popup is not None
        QTest.keyClick(popup.search, Qt.Key.Key_Escape)
        assert not popup.isVisible()
        assert chain(document, BRANCH) == ()


class TestOneThatIsThere:
    @pytest.fixture(autouse=True)
    def scaled(self, inspector: Inspector, document: Document) -> None:
        """SE, a gain and stochastic depth on the branch."""

        def edit(diagram: Diagram) -> Diagram:
            for kind in ("SqueezeExcitation", "Gain", "StochasticDepth"):
                diagram, _ = edits.add_scale(diagram, "Residual", BRANCH, kind)
            return diagram

        document.apply("scale", edit)
        document.select(["relu2"])

    def labels(self, document: Document) -> list[str]:
        return [scale.label for scale in chain(document, BRANCH)]

    def test_its_parameters_are_set_in_place(
        self, inspector: Inspector, document: Document
    ) -> None:
        row = scales_of(inspector).row("gain")
        assert row is not None
        field = row.form.field("init")
        assert isinstance(field, NumberField)
        field.line.selectAll()
        QTest.keyClicks(field.line, "0.25")
        switch = row.form.field("trainable")
        assert isinstance(switch, CheckField)
        QTest.keyClick(switch.box, Qt.Key.Key_Space)
        assert chain(document, BRANCH)[1].params == {"init": 0.25, "trainable": False}
        assert scales_of(inspector).row("gain") is row

    def test_an_expression_tells_what_it_comes_out_as(
        self, inspector: Inspector, document: Document
    ) -> None:
        row = scales_of(inspector).row("drop_path")
        assert row is not None
        field = row.form.field("p")
        assert isinstance(field, NumberField)
        field.line.selectAll()
        QTest.keyClicks(field.line, "=width / 64")
        assert chain(document, BRANCH)[2].params == {"p": Expr("width / 64")}
        assert row.form.rows["p"].hint.text() == "= 0.5"

    def test_what_is_not_allowed_is_told_and_not_taken(
        self, inspector: Inspector, document: Document
    ) -> None:
        row = scales_of(inspector).row("drop_path")
        assert row is not None
        field = row.form.field("p")
        assert isinstance(field, NumberField)
        field.line.selectAll()
        QTest.keyClicks(field.line, "2")
        assert "between 0.0 and 1.0" in row.form.rows["p"].hint.text()
        assert chain(document, BRANCH)[2].params == {}

    def test_it_changes_places(self, inspector: Inspector, document: Document) -> None:
        first = scales_of(inspector).row("se")
        assert first is not None
        assert not first.up.isEnabled()
        assert first.down.isEnabled()
        QTest.mouseClick(first.down, Qt.MouseButton.LeftButton)
        assert self.labels(document) == ["gain", "se", "drop_path"]
        last = scales_of(inspector).row("drop_path")
        assert last is not None
        assert not last.down.isEnabled()
        QTest.mouseClick(last.up, Qt.MouseButton.LeftButton)
        assert self.labels(document) == ["gain", "drop_path", "se"]
        assert list(section(inspector).rows) == ["gain", "drop_path", "se"]

    def test_it_is_renamed(self, inspector: Inspector, document: Document) -> None:
        row = scales_of(inspector).row("gain")
        assert row is not None
        row.name.line.selectAll()
        QTest.keyClicks(row.name.line, "alpha")
        QTest.keyClick(row.name.line, Qt.Key.Key_Return)
        assert self.labels(document) == ["se", "alpha", "drop_path"]
        assert scales_of(inspector).row("alpha") is not None

    def test_a_name_that_is_taken_is_refused(
        self, qtbot: QtBot, inspector: Inspector, document: Document
    ) -> None:
        row = scales_of(inspector).row("gain")
        assert row is not None
        row.name.line.selectAll()
        QTest.keyClicks(row.name.line, "bn1")
        with qtbot.waitSignal(document.refused) as told:
            QTest.keyClick(row.name.line, Qt.Key.Key_Return)
        assert "already has something called 'bn1'" in told.args[0]
        assert row.name.line.text() == "gain"

    def test_it_is_taken_away_and_undone(self, inspector: Inspector, document: Document) -> None:
        row = scales_of(inspector).row("se")
        assert row is not None
        QTest.mouseClick(row.remove, Qt.MouseButton.LeftButton)
        assert self.labels(document) == ["gain", "drop_path"]
        assert list(section(inspector).rows) == ["gain", "drop_path"]
        document.undo_stack.undo()
        assert list(section(inspector).rows) == ["se", "gain", "drop_path"]

    def test_the_equation_names_it(self, inspector: Inspector, document: Document) -> None:
        document.select(["downsample"])
        assert isinstance(inspector.page, EdgePage)
        assert "y = drop_path(gain(se(F(x)))) + x" in inspector.page.card.text()

    def test_one_whose_join_is_gone_says_that_it_does_nothing(
        self, inspector: Inspector, document: Document
    ) -> None:
        graph = document.diagram.blocks["Residual"].graph
        kept = edits.delete(document.diagram, "Residual", {"downsample"})
        stray = kept.blocks["Residual"].graph.nodes["relu2"]
        assert not stray.scales
        nodes = {**kept.blocks["Residual"].graph.nodes, "relu2": graph.nodes["relu2"]}
        inside = replace(kept.blocks["Residual"].graph, nodes=nodes)
        block = replace(kept.blocks["Residual"], graph=inside)
        blocks = {**document.diagram.blocks, "Residual": block}
        document.apply("as a file may be", lambda d: replace(d, blocks=blocks))
        assert "Nothing is joined here, so these do nothing." in words(section(inspector))
        assert not section(inspector).add.isVisibleTo(inspector)

    def test_it_is_brought_into_view_when_its_chip_is_clicked(
        self, inspector: Inspector, document: Document
    ) -> None:
        inspector.show_scale("drop_path")
        row = scales_of(inspector).row("drop_path")
        assert row is not None
        assert row.form.field("p").focusProxy() is inspector.focusWidget()
