"""Scales on the canvas: chips before the sum and on the skip, clicked, offered by the menu; and
stochastic depth over the selection."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.canvas.gestures.menus import context_menu
from app.canvas.gestures.offers import matching, offers
from app.canvas.gestures.scale_menu import ask_stochastic_depth
from app.canvas.painting.scale_chips import ScaleChip, chip_at, chip_rects
from app.fields import NumberField
from app.stochastic_depth import LAST, DepthDialog
from graphcore import edits
from graphcore.diagram import Diagram, Step
from graphcore.edits.scales import ScalePlace, scales_at
from graphcore.expression import Expr
from graphcore.layout import arrange_diagram
from tests.canvas.conftest import Hand, Open

BRANCH, SHORTCUT = ScalePlace("relu2", "x"), ScalePlace("downsample")
WIRE = "flow_bn2_relu2_x"


def with_scales(made: Diagram) -> Diagram:
    """SE and stochastic depth on the branch, a fixed half on the shortcut, arranged."""
    made, _ = edits.add_scale(
        made, "Residual", BRANCH, "SqueezeExcitation", params={"reduction": 4}
    )
    made, _ = edits.add_scale(made, "Residual", BRANCH, "StochasticDepth")
    fixed = {"init": 0.5, "trainable": False}
    made, _ = edits.add_scale(made, "Residual", SHORTCUT, "Gain", params=fixed, stem="scale")
    return arrange_diagram(made)


@pytest.fixture
def inside(opened: Open, nested: Diagram) -> Hand:
    """The inside of the second copy of a residual block with scales."""
    hand = opened(with_scales(nested), zoom=None)
    hand.canvas.document.enter((Step("stage", 1),))
    hand.canvas.zoom_to(1.0)
    hand.canvas.fit()
    return hand


def chips(hand: Hand) -> dict[str, QRectF]:
    """Where each chip on the branch is, by its words."""
    state = hand.canvas.diagram_scene.edges[WIRE].state
    rects = chip_rects(state.corners, state.scales)
    return {chip.text: rect for chip, rect in zip(state.scales, rects, strict=True)}


def entry(menu: QMenu, *titles: str) -> QMenu | None:
    """Do what an entry of a menu says; a submenu is opened."""
    for action in menu.actions():
        if action.text().split("\t")[0] == titles[0]:
            if len(titles) > 1:
                below = action.menu()
                assert isinstance(below, QMenu)
                return entry(below, *titles[1:])
            action.trigger()
            return menu
    raise AssertionError(f"no {titles[0]!r} among {[a.text() for a in menu.actions()]}")


def texts(menu: QMenu) -> list[str]:
    return [action.text().split("\t")[0] for action in menu.actions()]


class TestChips:
    def test_they_stand_on_the_branch_in_order_and_on_the_skip(self, inside: Hand) -> None:
        places = chips(inside)
        assert list(places) == ["SE /4", "drop 0.2"]
        assert places["SE /4"].right() < places["drop 0.2"].left()
        assert inside.canvas.diagram_scene.edges["downsample"].state.caption == "· ½"

    def test_they_overlap_neither_blocks_nor_the_join_nor_each_other(self, inside: Hand) -> None:
        scene = inside.canvas.diagram_scene
        rects = list(chips(inside).values())
        (join,) = scene.joins.values()
        blocks = [item.body() for item in scene.nodes.values()]
        for rect in rects:
            assert not any(rect.intersects(body) for body in blocks)
            assert not rect.intersects(
                join.boundingRect().translated(join.pos()).adjusted(3, 3, -3, -3)
            )
        assert not rects[0].intersects(rects[1])
        shape = scene.edges[WIRE].state.shape_rect()
        assert shape is None or not any(shape.intersects(rect) for rect in rects)

    def test_a_copy_shows_what_it_has(self, opened: Open, nested: Diagram) -> None:
        made = edits.stochastic_depth(nested, "Net", {"stage"}, 0.3)
        hand = opened(arrange_diagram(made), zoom=None)
        found = []
        for copy in range(3):
            hand.canvas.document.enter((Step("stage", copy),))
            found += list(chips(hand))
        assert found == ["drop 0.1", "drop 0.2", "drop 0.3"]

    def test_it_follows_an_edit_and_its_undo(self, inside: Hand) -> None:
        document = inside.canvas.document
        document.apply("p", lambda d: edits.set_scale_param(d, "Residual", "drop_path", "p", 0.5))
        assert list(chips(inside)) == ["SE /4", "drop 0.5"]
        document.apply("off", lambda d: edits.remove_scale(d, "Residual", "se"))
        assert list(chips(inside)) == ["drop 0.5"]
        document.undo_stack.undo()
        document.undo_stack.undo()
        assert list(chips(inside)) == ["SE /4", "drop 0.2"]

    def test_it_is_pale_while_the_skip_is_off(self, inside: Hand) -> None:
        document = inside.canvas.document
        edges = inside.canvas.diagram_scene.edges
        assert all(chip.active for chip in edges[WIRE].state.scales)
        document.apply("off", lambda d: edits.set_active(d, "Residual", ["downsample"], False))
        assert not any(chip.active for chip in edges[WIRE].state.scales)

    def test_a_measured_gradient_colours_it(self, inside: Hand) -> None:
        inside.canvas.set_gradients({(Step("stage", 1), Step("se", 0)): 1e-3})
        values = [c.value for c in inside.canvas.diagram_scene.edges[WIRE].state.scales]
        assert values == [1e-3, None]
        inside.canvas.set_gradients(None)
        assert not any(c.value for c in inside.canvas.diagram_scene.edges[WIRE].state.scales)

    def test_a_tooltip_tells_what_it_is(self, inside: Hand) -> None:
        at = inside.spot(chips(inside)["drop 0.2"].center())
        told = inside.canvas.tooltip_at(at)
        assert told.startswith("drop_path · StochasticDepth")
        assert "Huang et al. 2016" in told


class TestPlaces:
    CHIPS = (ScaleChip("a", "SE /16"), ScaleChip("b", "drop 0.2"))

    def test_on_a_long_wire_they_stand_before_the_join(self) -> None:
        first, last = chip_rects(((0, 0), (400, 0)), self.CHIPS)
        assert first.center().y() == last.center().y() == 0
        assert last.right() < 400 - 24 - 8

    def test_on_a_wire_with_a_step_where_there_is_room(self) -> None:
        corners = ((0, 120), (300, 120), (300, 0), (324, 0))
        first, last = chip_rects(corners, self.CHIPS)
        assert first.center().y() == last.center().y() == 120
        assert last.right() < 300

    def test_on_a_short_one_above_it_the_last_lowest(self) -> None:
        first, last = chip_rects(((0, 0), (72, 0)), self.CHIPS)
        assert first.bottom() <= last.top()
        assert last.bottom() < -8

    @pytest.mark.parametrize("length", [72, 400])
    def test_each_is_hit_where_it_is(self, length: float) -> None:
        corners = ((0.0, 0.0), (length, 0.0))
        rects = chip_rects(corners, self.CHIPS)
        assert [chip_at(corners, self.CHIPS, rect.center()) for rect in rects] == ["a", "b"]
        assert chip_at(corners, self.CHIPS, QPointF(length - 24, 0)) == ""


class TestClicking:
    def test_a_chip_selects_what_it_acts_for_and_tells_which_it_is(self, inside: Hand) -> None:
        chosen: list[str] = []
        inside.canvas.scale_chosen.connect(chosen.append)
        inside.click(inside.spot(chips(inside)["SE /4"].center()))
        assert inside.canvas.document.selection == {"relu2"}
        assert chosen == ["se"]
        assert all(c.selected for c in inside.canvas.diagram_scene.edges[WIRE].state.scales)

    def test_a_drag_from_a_chip_moves_nothing(self, inside: Hand) -> None:
        at = inside.spot(chips(inside)["SE /4"].center())
        inside.drag(at, at + QPoint(60, 40))
        assert inside.steps() == 0

    def test_the_wire_beside_it_is_still_a_wire(self, inside: Hand) -> None:
        left = chips(inside)["SE /4"].left()
        inside.click(inside.spot(QPointF(left - 12, chips(inside)["SE /4"].center().y())))
        assert inside.canvas.document.selection == {WIRE}


class TestTheMenu:
    @pytest.mark.parametrize(
        ("item", "what", "place"),
        [
            ("relu2", "Scale the branch", BRANCH),
            ("downsample", "Scale the branch", BRANCH),
            ("downsample", "Scale the shortcut", SHORTCUT),
        ],
    )
    def test_it_scales_in_one_step(
        self, opened: Open, nested: Diagram, item: str, what: str, place: ScalePlace
    ) -> None:
        hand = opened(nested, zoom=None)
        hand.canvas.document.enter((Step("stage", 0),))
        hand.canvas.document.select([item])
        entry(context_menu(hand.canvas, item), what, "ReZero")
        (scale,) = scales_at(hand.graph, place)
        assert (scale.kind, scale.label) == ("Gain", "alpha")
        assert hand.steps() == 1
        assert hand.canvas.document.selection == {place.item}

    def test_a_right_click_on_the_join_offers_both(self, opened: Open, nested: Diagram) -> None:
        hand = opened(nested, zoom=None)
        hand.canvas.document.enter((Step("stage", 0),))
        (join,) = hand.canvas.diagram_scene.joins.values()
        at = hand.spot(join.pos())
        event = QContextMenuEvent(
            QContextMenuEvent.Reason.Mouse, at, hand.canvas.viewport().mapToGlobal(at)
        )
        QApplication.sendEvent(hand.canvas.viewport(), event)
        menu = hand.canvas.menu
        assert menu is not None
        assert {"Scale the branch", "Scale the shortcut"} <= set(texts(menu))
        menu.close()

    def test_room_is_made_for_the_chip(self, opened: Open, nested: Diagram) -> None:
        hand = opened(nested, zoom=None)
        hand.canvas.document.enter((Step("stage", 0),))
        hand.canvas.document.select(["relu2"])
        before = hand.canvas.diagram_scene.block.positions["relu2"].x
        entry(context_menu(hand.canvas, "relu2"), "Scale the branch", "Stochastic depth")
        assert hand.canvas.diagram_scene.block.positions["relu2"].x > before
        (rect,) = chips(hand).values()
        assert rect.center().y() == hand.canvas.diagram_scene.geometry.positions["relu2"].y
        hand.canvas.document.undo_stack.undo()
        assert hand.canvas.diagram_scene.block.positions["relu2"].x == before

    def test_another_layer_is_found_by_typing(self, opened: Open, nested: Diagram) -> None:
        hand = opened(nested, zoom=None)
        hand.canvas.document.enter((Step("stage", 0),))
        hand.canvas.document.select(["relu2"])
        entry(context_menu(hand.canvas, "relu2"), "Scale the branch", "Another layer…")
        hand.answer("sigm")
        (scale,) = scales_at(hand.graph, BRANCH)
        assert scale.kind == "Sigmoid"

    @pytest.mark.parametrize("item", ["conv1", "x", WIRE])
    def test_where_nothing_is_joined_there_is_nothing_to_scale(
        self, opened: Open, nested: Diagram, item: str
    ) -> None:
        hand = opened(nested, zoom=None)
        hand.canvas.document.enter((Step("stage", 0),))
        hand.canvas.document.select([item])
        found = texts(context_menu(hand.canvas, item))
        assert not [text for text in found if "Scale" in text or "Stochastic" in text]

    def test_a_canvas_that_is_only_looked_at_offers_nothing(
        self, opened: Open, nested: Diagram
    ) -> None:
        hand = opened(nested, read_only=True, zoom=None)
        hand.canvas.document.select(["stage"])
        assert "Stochastic" not in "".join(texts(context_menu(hand.canvas, "stage")))


class TestStochasticDepth:
    @pytest.fixture
    def hand(self, opened: Open, nested: Diagram) -> Hand:
        return opened(nested, zoom=None)

    def ask(self, hand: Hand, *items: str) -> DepthDialog:
        hand.canvas.document.select(items)
        return ask_stochastic_depth(hand.canvas)

    def type_probability(self, dialog: DepthDialog, text: str) -> None:
        field = dialog.form.field(LAST.name)
        assert isinstance(field, NumberField)
        field.line.selectAll()
        QTest.keyClick(field.line, Qt.Key.Key_Delete)
        QTest.keyClicks(field.line, text)

    def test_it_is_written_in_one_step_that_undo_takes_back(self, hand: Hand) -> None:
        before = hand.canvas.document.diagram
        dialog = self.ask(hand, "stage")
        assert dialog.told.text() == "3 branches: from 0.0667 for the first to 0.2 for the last."
        self.type_probability(dialog, "0.3")
        assert dialog.told.text() == "3 branches: from 0.1 for the first to 0.3 for the last."
        QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
        assert hand.graph.nodes["stage"].params["drop"] == Expr("0.3 * (1 + i) / 3")
        assert hand.steps() == 1
        hand.canvas.document.undo_stack.undo()
        assert hand.canvas.document.diagram == before

    def test_nothing_selected_means_all_of_it(self, hand: Hand) -> None:
        dialog = self.ask(hand)
        QTest.keyClick(dialog, Qt.Key.Key_Return)
        assert "drop" in hand.graph.nodes["stage"].params

    def test_escape_writes_nothing(self, hand: Hand) -> None:
        dialog = self.ask(hand, "stage")
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert hand.steps() == 0

    @pytest.mark.parametrize("text", ["1.5", "0", "often", "=drop", ""])
    def test_what_is_no_probability_cannot_be_written(self, hand: Hand, text: str) -> None:
        dialog = self.ask(hand, "stage")
        self.type_probability(dialog, text)
        assert not dialog.ok.isEnabled()
        self.type_probability(dialog, "0.5")
        assert dialog.ok.isEnabled()
        dialog.close()

    def test_without_a_branch_it_says_what_to_select(self, hand: Hand) -> None:
        dialog = self.ask(hand, "stem")
        assert "None of the selected blocks adds a skip" in dialog.told.text()
        assert not dialog.ok.isEnabled()
        dialog.close()

    @pytest.mark.parametrize(("items", "offered"), [(["stage"], True), (["stem"], False)])
    def test_the_menu_offers_it_where_there_are_branches(
        self, hand: Hand, items: list[str], offered: bool
    ) -> None:
        hand.canvas.document.select(items)
        found = texts(context_menu(hand.canvas, items[0]))
        assert ("Stochastic depth with linear decay…" in found) == offered


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("rezero", "Gain"),
        ("layerscale", "Gain"),
        ("drop path", "StochasticDepth"),
        ("senet", "SqueezeExcitation"),
        ("residual", "Add"),
    ],
)
def test_the_same_layers_stand_in_the_palette(nested: Diagram, typed: str, kind: str) -> None:
    found = matching(offers(nested, "Net"), typed)
    assert kind in [offer.kind for offer in found[:3]]
