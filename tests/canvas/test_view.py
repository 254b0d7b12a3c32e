"""The view: zoom, fit, entering blocks, tooltips, and what a read-only one leaves alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from graphcore import edits
from graphcore.diagram import Diagram, Step
from tests.canvas.conftest import Open

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
MOUSE = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


class TestZoom:
    @pytest.mark.parametrize(("delta", "larger"), [(120, True), (-120, False), (30, True)])
    def test_the_wheel_zooms_at_the_pointer_by_its_delta(
        self, opened: Open, branch: Diagram, delta: int, larger: bool
    ) -> None:
        hand = opened(branch)
        at = hand.block("conv2")
        hand.wheel(at, delta)
        assert (hand.canvas.zoom > 1) == larger
        assert (hand.block("conv2") - at).manhattanLength() <= 2

    def test_a_finer_turn_zooms_less(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.wheel(QPoint(300, 300), 15)
        little = hand.canvas.zoom
        hand.wheel(QPoint(300, 300), 120)
        assert 1 < little < hand.canvas.zoom / little

    def test_it_ends_somewhere(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        for _ in range(60):
            hand.wheel(QPoint(300, 300), 480)
        assert hand.canvas.zoom == pytest.approx(4.0)
        for _ in range(60):
            hand.wheel(QPoint(300, 300), -480)
        assert hand.canvas.zoom == pytest.approx(0.02)

    @pytest.mark.parametrize("key", [Qt.Key.Key_F, Qt.Key.Key_Home])
    def test_fit_shows_everything(self, opened: Open, branch: Diagram, key: Qt.Key) -> None:
        hand = opened(branch)
        hand.wheel(QPoint(0, 0), 960)
        hand.key(key)
        visible = hand.canvas.viewpoint.visible()
        assert visible.contains(hand.canvas.diagram_scene.content_rect())

    def test_it_begins_fitted_and_stays_so_when_resized(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch, zoom=None)
        hand.canvas.resize(500, 400)
        assert hand.canvas.zoom < 1
        visible = hand.canvas.viewpoint.visible()
        assert visible.contains(hand.canvas.diagram_scene.content_rect())

    def test_what_was_all_in_view_stays_so_while_it_grows(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch, zoom=None)
        hand.canvas.resize(700, 400)
        for _ in range(4):
            hand.click(hand.block("conv1"))
            hand.canvas.add("Conv2d")
        seen = hand.canvas.viewpoint.visible()
        assert seen.contains(hand.canvas.diagram_scene.content_rect())

    def test_an_edit_leaves_the_view_where_the_user_put_it(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        hand.canvas.pan_by(QPoint(-500, 0))
        at = hand.block("act")
        hand.canvas.document.select(["act"])
        hand.canvas.add("Conv2d")
        assert hand.block("act") == at

    def test_the_buttons_and_the_figure(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        bar = hand.canvas.zoom_bar
        buttons = {b.text(): b for b in bar.findChildren(QToolButton)}
        QTest.mouseClick(buttons["+"], MOUSE)
        assert bar.figure.text() == "125 %"
        QTest.mouseClick(bar.figure, MOUSE)
        assert hand.canvas.zoom == pytest.approx(1.0)
        QTest.mouseClick(buttons["−"], MOUSE)
        assert bar.figure.text() == "80 %"

    def test_the_minimap_moves_the_view(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.canvas.zoom_to(3.0)
        minimap = hand.canvas.minimap
        there = hand.canvas.diagram_scene.nodes["output"].body().center()
        QTest.mouseClick(minimap, MOUSE, PLAIN, minimap.to_widget().map(there).toPoint())
        centre = hand.canvas.viewpoint.visible().center()
        assert abs(centre.x() - there.x()) < 20

    def test_an_item_that_is_asked_for_comes_into_view(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.canvas.zoom_to(4.0)
        hand.canvas.focus_item("output")
        body = hand.canvas.diagram_scene.nodes["output"].body()
        assert hand.canvas.viewpoint.visible().intersects(body)
        assert hand.canvas.document.selection == {"output"}


class TestBlocks:
    def test_double_click_enters_and_the_breadcrumbs_lead_back(
        self, opened: Open, nested: Diagram
    ) -> None:
        hand = opened(nested)
        assert not hand.canvas.breadcrumbs.isVisible()
        hand.double_click(hand.block("stage"))
        assert hand.canvas.document.instance == (Step("stage", 0),)
        crumbs = hand.canvas.breadcrumbs
        assert crumbs.isVisible()
        buttons = {b.text(): b for b in crumbs.findChildren(QToolButton) if b.isVisible()}
        QTest.mouseClick(buttons["Net"], MOUSE)
        assert hand.canvas.document.block == "Net"

    def test_the_copies_of_a_repeat_can_be_gone_through(
        self, opened: Open, nested: Diagram
    ) -> None:
        hand = opened(nested)
        hand.double_click(hand.block("stage"))
        crumbs = hand.canvas.breadcrumbs
        for copy in (1, 2, 0):
            buttons = {b.text(): b for b in crumbs.findChildren(QToolButton) if b.isVisible()}
            QTest.mouseClick(buttons["▸"], MOUSE)
            assert hand.canvas.document.instance == (Step("stage", copy),)

    def test_coming_back_shows_what_was_seen_before(self, opened: Open, nested: Diagram) -> None:
        hand = opened(nested)
        hand.canvas.zoom_to(2.0)
        before = hand.canvas.viewpoint.visible()
        hand.canvas.document.enter((Step("stage", 0),))
        assert hand.canvas.zoom != pytest.approx(2.0)
        hand.canvas.document.enter(())
        assert hand.canvas.zoom == pytest.approx(2.0)
        assert abs(hand.canvas.viewpoint.visible().x() - before.x()) < 2

    def test_return_opens_the_selected_block(self, opened: Open, nested: Diagram) -> None:
        hand = opened(nested)
        hand.click(hand.block("stage"))
        hand.key(Qt.Key.Key_Return)
        assert hand.canvas.document.block == "Residual"


class TestReadOnly:
    def test_nothing_can_be_changed(self, opened: Open, nested: Diagram) -> None:
        hand = opened(nested, read_only=True)
        hand.drag(hand.block("stem"), hand.block("stem") + QPoint(0, 96))
        hand.click(hand.block("stem"))
        for key, keys in [
            (Qt.Key.Key_Delete, PLAIN),
            (Qt.Key.Key_D, CTRL),
            (Qt.Key.Key_B, CTRL),
            (Qt.Key.Key_F2, PLAIN),
            (Qt.Key.Key_Tab, PLAIN),
            (Qt.Key.Key_S, PLAIN),
        ]:
            hand.key(key, keys)
        assert not hand.dropped("Conv2d", hand.empty())
        assert hand.canvas.document.diagram is nested
        assert not hand.canvas.popup.isVisible()
        assert not hand.canvas.renaming.isVisible()

    def test_it_can_be_looked_at(self, opened: Open, nested: Diagram) -> None:
        hand = opened(nested, read_only=True)
        before = hand.block("stem")
        hand.drag(QPoint(600, 400), QPoint(640, 440))
        assert hand.block("stem") == before + QPoint(40, 40)
        hand.wheel(QPoint(600, 300), 120)
        assert hand.canvas.zoom > 1
        hand.double_click(hand.block("stage"))
        assert hand.canvas.document.block == "Residual"


class TestHover:
    def test_what_is_below_the_pointer_stands_out(self, opened: Open, branch: Diagram) -> None:
        hand = opened(branch)
        hand.move(hand.block("conv1"))
        scene = hand.canvas.diagram_scene
        assert scene.nodes["conv1"].state.hovered
        assert [port.mark for port in scene.nodes["conv1"].state.outputs] == ["plain"]
        hand.move(hand.wire("x", "conv1"))
        assert not scene.nodes["conv1"].state.hovered
        assert scene.edges[hand.edge("x", "conv1").id].state.shape_shows
        hand.move(hand.empty())
        assert scene.hovered == ""

    def test_a_tooltip_tells_types_parameters_and_problems(
        self, opened: Open, branch: Diagram
    ) -> None:
        hand = opened(branch)
        told = hand.canvas.tooltip_at(hand.block("conv1"))
        assert "N×4×8×8 → N×4×8×8" in told
        assert "148 parameters" in told
        hand.canvas.document.apply(
            "Large", lambda d: edits.set_param(d, "Net", "conv1", "kernel_size", 99)
        )
        message = hand.canvas.document.analysis.diagnostics[0].message
        told = hand.canvas.tooltip_at(hand.block("conv1"))
        assert " ".join(told.split()).startswith(message)
        assert max(map(len, told.splitlines())) <= 80
        assert hand.canvas.tooltip_at(hand.empty()) == ""
