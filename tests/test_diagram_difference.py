"""What differs between two diagrams as models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from graphcore import edits, gallery
from graphcore.diagram import Diagram, Point
from graphcore.diagram_difference import DiagramDifference, difference

NET = gallery.build("resnet20-digits")

Edit = Callable[[Diagram], Diagram]


def moved(diagram: Diagram) -> Diagram:
    return edits.move(diagram, diagram.main, {"stem": Point(500, 500)})


def renamed_model(diagram: Diagram) -> Diagram:
    return edits.rename_block(diagram, diagram.main, "Other")


def with_a_spare_block(diagram: Diagram) -> Diagram:
    return edits.add_block(diagram, "Spare")


def with_notes(diagram: Diagram) -> Diagram:
    return replace(diagram, notes="tried on Monday", recipe={"epochs": 3})


@pytest.mark.parametrize("edit", [moved, renamed_model, with_a_spare_block, with_notes])
def test_what_is_not_the_model_makes_no_difference(edit: Edit) -> None:
    assert edit(NET) != NET
    found = difference(NET, edit(NET))
    assert not found
    assert found.in_words() == "same"


@pytest.mark.parametrize(
    ("edit", "blocks", "wires"),
    [
        (lambda d: edits.set_param(d, "Residual", "conv1", "bias", True), {"Residual.conv1"}, 0),
        (lambda d: edits.set_repeat(d, d.main, "stage1", 5), {"ResNet20.stage1"}, 0),
        (lambda d: edits.rename(d, d.main, "stem", "first"), {"ResNet20.stem"}, 0),
        (lambda d: edits.delete(d, "Residual", ["relu1"]), {"Residual.relu1"}, 2),
        (edits.without_skips, set(), 1),
    ],
)
def test_blocks_and_wires_that_differ_are_named_and_counted(
    edit: Edit, blocks: set[str], wires: int
) -> None:
    found = difference(NET, edit(NET))
    assert set(found.blocks) == blocks
    assert found.wires == wires


def test_a_wire_that_was_drawn_anew_is_the_same_wire() -> None:
    graph = NET.main_block.graph
    id, edge = next(iter(graph.edges.items()))
    cut = edits.delete(NET, NET.main, [id])
    again, other = edits.connect(cut, NET.main, edge.source, edge.target)
    assert other != id or [*again.main_block.graph.edges] != [*graph.edges]
    found = difference(NET, again)
    assert (found.blocks, found.wires) == ((), 0)


def test_a_slider_of_the_model_is_a_parameter_that_differs() -> None:
    wider = edits.set_block_param(NET, NET.main, "width", 24)
    found = difference(NET, wider)
    assert found.parameters == (NET.main,)
    assert found.in_words() == "only parameters differ"


def test_another_model_differs_in_all_its_blocks() -> None:
    other = gallery.build("mlp-digits")
    found = difference(NET, other)
    assert difference(other, NET).wires == found.wires
    assert {name.partition(".")[2] for name in found.blocks} >= {"stem", "fc1", "conv1"}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (DiagramDifference(), "same"),
        (DiagramDifference(blocks=("a",)), "1 block differs"),
        (DiagramDifference(blocks=("a", "b"), wires=1), "2 blocks and 1 wire differ"),
        (DiagramDifference(wires=3, parameters=("Net",)), "3 wires differ"),
        (DiagramDifference(other=True), "order or ties differ"),
    ],
)
def test_in_words(found: DiagramDifference, words: str) -> None:
    assert found.in_words() == words
