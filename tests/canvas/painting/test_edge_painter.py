"""What a wire says, and where."""

from __future__ import annotations

from typing import Any

import pytest

from app import theme
from app.canvas.painting.edge_painter import EdgeLook
from app.canvas.painting.look import Look
from app.canvas.painting.node_painter import CARD_STEP
from app.theme import ui_font

LONG = ((0.0, 0.0), (200.0, 0.0))
SHORT = ((0.0, 0.0), (24.0, 0.0))


@pytest.fixture(autouse=True)
def fonts(qapp: object) -> None:
    theme.load_fonts()


def test_a_shape_stands_in_the_middle_of_its_wire() -> None:
    rect = EdgeLook("flow", LONG, shape="16×8×8", shape_changes=True).shape_rect()
    assert rect is not None
    assert rect.center().x() == pytest.approx(100)
    assert rect.bottom() < 0


def test_without_room_it_is_shown_to_who_asks_only() -> None:
    quiet = EdgeLook("flow", SHORT, shape="16×8×8", shape_changes=True)
    assert quiet.shape_rect() is None
    pointed = EdgeLook("flow", SHORT, shape="16×8×8", shape_changes=True, hovered=True)
    wanted = EdgeLook("flow", SHORT, shape="16×8×8", shape_asked=True)
    assert pointed.shape_rect() is not None
    assert wanted.shape_rect() is not None


def test_a_shape_keeps_clear_of_the_cards_of_a_stack() -> None:
    plain = EdgeLook("flow", LONG, shape="16×8×8", shape_changes=True).shape_rect()
    behind = EdgeLook("flow", LONG, shape="16×8×8", shape_changes=True, stacked=True).shape_rect()
    assert plain is not None
    assert behind is not None
    assert behind.center().x() == plain.center().x() + CARD_STEP


def test_a_shape_stands_clear_of_a_step() -> None:
    step = ((0.0, 0.0), (56.0, 0.0), (56.0, 12.0), (72.0, 12.0))
    assert EdgeLook("flow", step, shape="196×768", shape_changes=True).shape_rect() is None
    straight = ((0.0, 0.0), (56.0, 0.0))
    assert EdgeLook("flow", straight, shape="196×768", shape_changes=True).shape_rect() is not None


LANE = ((0.0, 0.0), (14.0, 0.0), (14.0, 60.0), (600.0, 60.0), (600.0, 0.0))
NOTE = "projection in copy 1, identity elsewhere"


@pytest.mark.parametrize("caption", ["", "projection 1×1 /2"])
def test_a_note_stands_on_its_lane_where_no_other_lane_can_cross_it(caption: str) -> None:
    state = EdgeLook("skip", LANE, caption=caption, note=NOTE)
    rect, chip = state.note_rect(ui_font(11)), state.chip_rect()
    assert rect is not None
    assert (rect.center().y(), rect.right() < 600) == (60.0, True)
    assert chip is None or not rect.intersects(chip)


def test_a_note_without_room_on_the_lane_stands_below_it() -> None:
    short = tuple((x / 4, y) for x, y in LANE)
    rect = EdgeLook("skip", short, caption="pad", note=NOTE).note_rect(ui_font(11))
    assert rect is not None
    assert rect.top() > 60


@pytest.mark.parametrize("zoom", [0.57, 0.65, 0.8, 1.0])
def test_chips_have_letters_of_nine_pixels(zoom: float) -> None:
    assert zoom * Look(theme.LIGHT).tag_at(zoom).pixelSize() >= 9


@pytest.mark.parametrize(
    ("look", "said"),
    [
        ({"kind": "skip"}, ""),
        ({"kind": "skip", "caption": "projection 1×1"}, "projection 1×1"),
        ({"kind": "dense", "problem": "error"}, "mismatch"),
        ({"kind": "flow", "problem": "error"}, ""),
        ({"kind": "skip", "caption": "projection 1×1", "active": False}, "off"),
    ],
    ids=["identity", "projection", "refused", "a flow edge is red", "switched off"],
)
def test_what_its_chip_says(look: dict[str, Any], said: str) -> None:
    assert EdgeLook(corners=LONG, **look).chip_text() == said
