"""What is open in place when a diagram is first seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.canvas.first_sight import LEGIBLE, open_at_first_sight, worth_seeing
from app.canvas.openings import Path
from graphcore import gallery
from graphcore.analysis import analyse
from graphcore.containers import containers
from tests.canvas.conftest import Hand

Open = Callable[..., Hand]


@pytest.mark.parametrize(
    ("template", "nodes"),
    [
        ("gpt2", ["transformer"]),
        ("densenet121", ["features"]),
        ("vgg16", ["features"]),
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


@pytest.mark.parametrize(
    ("template", "stacks"),
    [
        ("gpt2", [("transformer", "h")]),
        ("bert-base", [("encoder",)]),
        ("conformer", [("conformer_layers",)]),
        ("vit-b-16", [("encoder", "layers")]),
        ("resnet50", []),
        ("resnet1001-cifar", []),
        ("densenet121", []),
    ],
)
def test_stacks_of_several_skips_are_worth_seeing(template: str, stacks: list[Path]) -> None:
    diagram = gallery.build(template)
    assert worth_seeing(diagram, analyse(diagram).root)[1] == stacks


def test_the_skips_of_a_gpt_show_in_full(opened: Open) -> None:
    hand = opened(gallery.build("gpt2"))
    hand.canvas.resize(1000, 560)
    open_at_first_sight(hand.canvas)
    inside = hand.canvas.diagram_scene.sheets["transformer", "h"]
    assert [edge.state.kind for edge in inside.edges.values() if edge.state.joins] == ["skip"] * 2
    assert hand.canvas.zoom >= LEGIBLE


def test_nothing_is_recorded(opened: Open) -> None:
    hand = opened(gallery.build("gpt2"))
    before = hand.canvas.document.diagram
    open_at_first_sight(hand.canvas)
    assert hand.canvas.document.diagram is before
    assert hand.canvas.document.instance == ()
