"""Scaling in the whole window: by the command palette, and from a chip to its parameters."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas.painting.scale_chips import chip_rects
from app.inspector.edge import EdgePage
from app.inspector.pages import NodePage
from app.stochastic_depth import DepthDialog
from app.window import MainWindow
from graphcore import edits
from graphcore.diagram import Diagram, Step
from graphcore.edits.scales import ScalePlace
from graphcore.layout import arrange_diagram
from tests.app.acting import CTRL, SHIFT

BRANCH = ScalePlace("relu2", "x")


def dialog() -> DepthDialog:
    (found,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, DepthDialog)]
    return found


def test_the_command_palette_writes_the_decay_over_all_stages(window: MainWindow) -> None:
    before = window.document.diagram
    QTest.keyClick(window.canvas, Qt.Key.Key_P, CTRL | SHIFT)
    palette = window.commands.palette
    assert palette is not None
    QTest.keyClicks(palette.line, "stochastic")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert dialog().told.text().startswith("9 branches: from 0.0222 for the first to 0.2")
    QTest.keyClick(dialog(), Qt.Key.Key_Return)
    assert "self.drop_path = StochasticDepth(drop)" in window.document.current_source().text
    assert window.document.undo_stack.count() == 1
    window.actions_table["undo"].trigger()
    assert window.document.diagram == before


def scaled(diagram: Diagram) -> Diagram:
    for kind in ("SqueezeExcitation", "StochasticDepth"):
        diagram, _ = edits.add_scale(diagram, "Residual", BRANCH, kind)
    diagram, _ = edits.add_scale(diagram, "Residual", ScalePlace("downsample"), "Gain")
    return arrange_diagram(diagram)


@pytest.fixture
def scaled_window(window: MainWindow) -> MainWindow:
    """The inside of a stage with scales."""
    window.document.apply("scale", scaled)
    window.document.enter((Step("stage1", 0),))
    window.canvas.fit()
    return window


def test_a_click_on_a_chip_leads_to_its_parameters(scaled_window: MainWindow) -> None:
    canvas, inspector = scaled_window.canvas, scaled_window.inspector
    graph = canvas.diagram_scene.block.graph
    wire = next(e.id for e in graph.into("relu2", "x") if e.kind == "flow")
    state = canvas.diagram_scene.edges[wire].state
    last = chip_rects(state.corners, state.scales)[-1]
    at: QPoint = canvas.mapFromScene(last.center())
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)
    page = inspector.page
    assert isinstance(page, NodePage)
    row = page.scales.row("drop_path")
    assert row is not None
    assert row.form.field("p").isAncestorOf(inspector.focusWidget())


def test_the_outline_says_what_the_chips_say(scaled_window: MainWindow) -> None:
    outline = scaled_window.outline
    scaled_window.side.show_panel("Outline")
    outline.tree.expandAll()
    found = outline.tree.findItems(
        "scaled by", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive
    )
    told = {item.text(0).rpartition(" · ")[2] for item in found}
    assert told == {"scaled by SE /4, drop 0.2", "scaled by α"}


def test_a_shortcut_tells_the_parameters_of_its_scales(scaled_window: MainWindow) -> None:
    scaled_window.document.select(["downsample"])
    page = scaled_window.inspector.page
    assert isinstance(page, EdgePage)
    assert "1 parameter" in page.sizes.text()
