"""Turning the picture inside out: a state of the view, which changes nothing in the diagram."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.canvas.highway_turn import DURATION
from graphcore import edits, gallery
from graphcore.diagram import Diagram, Step
from tests.canvas.conftest import Hand

Open = Callable[..., Hand]


@pytest.fixture
def residual(opened: Open) -> Hand:
    """The inside of a residual block that projects."""
    hand = opened(gallery.build("resnet20-digits"))
    hand.canvas.document.enter((Step("stage2", 0),))
    return hand


def turn(hand: Hand) -> None:
    """Press H and wait for the end of the animation."""
    hand.key(Qt.Key.Key_H)
    hand.canvas.highway.finish()


def heights(hand: Hand) -> dict[str, float]:
    """The level of every block."""
    return {id: item.pos().y() for id, item in hand.canvas.diagram_scene.nodes.items()}


def test_h_lets_the_shortcut_run_straight_and_the_branch_hang(residual: Hand) -> None:
    turn(residual)
    at = heights(residual)
    assert at["x"] == at["relu2"] == at["output"]
    assert at["conv1"] == at["bn1"] == at["conv2"] > at["x"]
    (start, end) = residual.canvas.diagram_scene.edges["downsample"].state.corners
    assert start[1] == end[1]


def test_what_comes_back_from_the_branch_enters_the_join_from_below(residual: Hand) -> None:
    turn(residual)
    corners = residual.canvas.diagram_scene.edges[residual.edge("bn2", "relu2").id].state.corners
    join = next(iter(residual.canvas.diagram_scene.joins.values())).pos()
    uprights = [a for a, b in pairwise(corners) if a[0] == b[0]]
    assert [x for x, _ in uprights] == [join.x()]


def test_h_again_puts_everything_back(residual: Hand) -> None:
    before = heights(residual)
    turn(residual)
    assert heights(residual) != before
    turn(residual)
    assert heights(residual) == before


def test_the_diagram_stays_as_it_is(residual: Hand) -> None:
    document = residual.canvas.document
    before, steps = document.diagram, residual.steps()
    turn(residual)
    assert document.diagram is before
    assert residual.steps() == steps


def test_the_way_there_is_shown(residual: Hand, qtbot: QtBot) -> None:
    seen: list[float] = []
    residual.canvas.highway.moved.connect(lambda: seen.append(residual.canvas.diagram_scene.turned))
    residual.key(Qt.Key.Key_H)
    qtbot.waitUntil(lambda: bool(seen) and seen[-1] == 1.0, timeout=20 * DURATION)
    assert seen == sorted(seen)


def test_an_edit_shows_in_it(residual: Hand) -> None:
    turn(residual)
    document = residual.canvas.document
    document.apply("Remove", lambda d: edits.delete(d, "Residual", {"downsample"}))
    assert len(set(heights(residual).values())) == 1


def test_what_is_entered_is_turned_as_well(opened: Open) -> None:
    hand = opened(gallery.build("resnet20-digits"))
    turn(hand)
    hand.canvas.document.enter((Step("stage2", 0),))
    assert heights(hand)["conv1"] > heights(hand)["x"]


def test_what_is_open_in_place_is_turned_as_well(opened: Open) -> None:
    hand = opened(gallery.build("resnet20-digits"))
    scene = hand.canvas.diagram_scene
    scene.toggle("stage2")
    turn(hand)
    inside = scene.sheets["stage2",].nodes
    assert inside["conv1"].pos().y() > inside["x"].pos().y()


def test_blocks_cannot_be_dragged_in_it_and_it_says_so(residual: Hand) -> None:
    turn(residual)
    told: list[str] = []
    residual.canvas.document.refused.connect(told.append)
    before, steps = heights(residual), residual.steps()
    start = residual.block("conv1")
    residual.drag(start, start + QPoint(80, 60))
    assert told == ["Leave the highway view (H) to move blocks."]
    assert heights(residual) == before
    assert residual.steps() == steps


def test_a_click_selects_in_it(residual: Hand) -> None:
    turn(residual)
    residual.click(residual.block("conv1"))
    assert residual.canvas.document.selection == {"conv1"}


def test_without_any_connection_it_says_what_to_do(opened: Open, branch: Diagram) -> None:
    hand = opened(branch)
    told: list[str] = []
    hand.canvas.document.refused.connect(told.append)
    turn(hand)
    assert not hand.canvas.highway.is_on
    assert not hand.canvas.zoom_bar.highway.isChecked()
    assert "draw one first" in told[0]


def test_the_button_beside_the_zoom_does_the_same(residual: Hand) -> None:
    button = residual.canvas.zoom_bar.highway
    button.click()
    assert residual.canvas.highway.is_on
    assert button.isChecked()
    turn(residual)
    assert not button.isChecked()


def test_it_works_where_nothing_can_be_changed(opened: Open) -> None:
    hand = opened(gallery.build("resnet20-digits"), read_only=True)
    turn(hand)
    assert hand.canvas.highway.is_on


def test_a_u_keeps_its_shape(opened: Open) -> None:
    hand = opened(gallery.build("unet"))
    before = heights(hand)
    turn(hand)
    assert heights(hand) == before
