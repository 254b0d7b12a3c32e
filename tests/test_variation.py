"""Where a joining edge is what, told as a person would."""

from __future__ import annotations

import pytest

from graphcore import edits, gallery
from graphcore.analysis import analyse
from graphcore.diagram import Diagram
from graphcore.expression import Expr
from graphcore.spec import BoolParam
from graphcore.variation import ranges, variations
from tests import diagrams as write


def staged(*stages: tuple[str, int, int]) -> Diagram:
    """Residual blocks of so many channels and copies behind a stem of four channels."""
    nodes = [write.node(label, "Residual", width=w, repeat=n) for label, w, n in stages]
    main = write.block(
        write.image(4),
        write.node("stem", "Conv2d", out_channels=4, kernel_size=3, padding=1),
        *nodes,
        write.node("output", "Output"),
    )
    return write.diagram(main, Residual=write.residual(shortcut="auto"))


JOINED = BoolParam(name="joined", doc="Whether the skip is there.", default=True)
CASES = {
    "projection in copy 1, identity in 2–4": [("stage", 8, 4)],
    "projection in copy 1, identity in 2": [("stage", 8, 2)],
    "projection in b copy 1, identity elsewhere": [("a", 4, 2), ("b", 8, 2)],
    "projection in layer2–4 copy 1, identity elsewhere": [
        ("layer1", 4, 2),
        ("layer2", 8, 2),
        ("layer3", 16, 3),
        ("layer4", 32, 2),
    ],
    "projection in wide, identity elsewhere": [("same", 4, 1), ("wide", 8, 1)],
    "projection in a copy 1 and b, identity elsewhere": [("a", 8, 3), ("b", 16, 1)],
    "": [("a", 4, 3), ("b", 4, 1)],
}


@pytest.mark.parametrize("told", CASES)
def test_a_shortcut_that_differs_says_where(told: str) -> None:
    analysis = analyse(staged(*CASES[told]))
    assert analysis.ok
    assert variations(analysis, "Residual").get("downsample", "") == told


def test_an_edge_that_is_switched_off_in_some_copies_says_so() -> None:
    diagram = staged(("stage", 4, 4))
    (skip,) = (e for e in diagram.blocks["Residual"].graph.edges.values() if e.kind == "skip")
    off = edits.add_block_param(diagram, "Residual", JOINED)
    off = edits.set_active(off, "Residual", [skip.id], Expr("joined"))
    off = edits.set_param(off, "Net", "stage", "joined", Expr("i % 2 == 0"))
    analysis = analyse(off)
    assert analysis.ok
    assert variations(analysis, "Residual") == {skip.id: "identity in copies 1, 3, off in 2, 4"}


def test_of_many_places_it_tells_how_many() -> None:
    letters = [(letter, 4 * 2**power, 2) for power, letter in enumerate("abcdefg", start=1)]
    told = variations(analyse(staged(*letters)), "Residual")["downsample"]
    assert told == "projection in 7 places copy 1, identity elsewhere"


def test_the_way_to_a_repeat_inside_a_repeat_names_the_copies_it_goes_through() -> None:
    stage = write.block(
        write.node("x", "Input"),
        write.node("unit", "Residual", width=8, repeat=2),
        write.node("output", "Output"),
    )
    main = write.block(
        write.image(4), write.node("stage", "Stage", repeat=2), write.node("output", "Output")
    )
    diagram = write.diagram(main, Stage=stage, Residual=write.residual(shortcut="auto"))
    told = variations(analyse(diagram), "Residual")["downsample"]
    assert told == "projection in stage copy 1 › unit copy 1, identity elsewhere"


def test_the_model_itself_is_there_once() -> None:
    assert variations(analyse(gallery.build("resnet50")), "ResNet50") == {}


def test_resnet_50() -> None:
    told = variations(analyse(gallery.build("resnet50")), "Bottleneck")
    assert told == {"downsample": "projection in layer1–4 copy 1, identity elsewhere"}


@pytest.mark.parametrize(
    ("numbers", "text"), [([], ""), ([2], "2"), ([1, 2], "1–2"), ([1, 3, 4, 5, 9], "1, 3–5, 9")]
)
def test_runs_of_numbers(numbers: list[int], text: str) -> None:
    assert ranges(numbers) == text
