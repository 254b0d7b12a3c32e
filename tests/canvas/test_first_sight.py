"""What is open in place when a diagram is first seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.canvas.first_sight import LEGIBLE, is_folded, open_at_first_sight
from graphcore import gallery
from graphcore.containers import containers
from tests.canvas.conftest import Hand

Open = Callable[..., Hand]


@pytest.mark.parametrize(
    ("template", "nodes"),
    [
        ("gpt2", ["transformer"]),
        ("densenet121", ["features"]),
        ("resnet50", []),
        ("unet", []),
        ("mlp-digits", []),
    ],
)
def test_what_hides_repeats(template: str, nodes: list[str]) -> None:
    assert containers(gallery.build(template)) == nodes


def test_a_gpt_shows_its_stack_of_blocks(opened: Open) -> None:
    hand = opened(gallery.build("gpt2"))
    open_at_first_sight(hand.canvas)
    scene = hand.canvas.diagram_scene
    assert scene.sheets["transformer",].nodes["h"].state.face.copies == "×12"
    assert hand.canvas.zoom >= LEGIBLE


def test_what_would_be_too_small_stays_closed(opened: Open) -> None:
    hand = opened(gallery.build("gpt2"))
    hand.canvas.resize(500, 400)
    open_at_first_sight(hand.canvas)
    assert len(hand.canvas.diagram_scene.sheets) == 1
    assert hand.canvas.viewpoint.is_fitted


def test_what_is_folded_stays_closed(opened: Open) -> None:
    diagram = gallery.build("vit-b-16")
    assert is_folded(diagram.main_block)
    hand = opened(diagram)
    open_at_first_sight(hand.canvas)
    assert len(hand.canvas.diagram_scene.sheets) == 1


def test_nothing_is_recorded(opened: Open) -> None:
    hand = opened(gallery.build("gpt2"))
    before = hand.canvas.document.diagram
    open_at_first_sight(hand.canvas)
    assert hand.canvas.document.diagram is before
    assert hand.canvas.document.instance == ()
