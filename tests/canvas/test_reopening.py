"""A step that is taken back is seen where it was made: in a frame, or in a block that fills all."""

from __future__ import annotations

from PySide6.QtCore import Qt

from graphcore.diagram import Diagram, Step
from tests.canvas.conftest import Open
from tests.canvas.test_opening import STAGE, inner, open_stage, scene_of


def test_undo_in_a_frame_that_was_closed_since_opens_it_again(
    opened: Open, nested: Diagram
) -> None:
    hand = open_stage(opened, nested)
    scene = scene_of(hand)
    scene.step_copy(scene.sheets[STAGE], 1)
    hand.click(inner(hand, "conv2"))
    hand.key(Qt.Key.Key_Delete)
    scene.toggle("stage", scene.root)
    assert STAGE not in scene.sheets
    hand.canvas.document.undo_stack.undo()
    assert "conv2" in scene.sheets[STAGE].nodes
    assert scene.root.place.instance == ()
    assert hand.canvas.document.instance == (Step("stage", 1),)


def test_undo_in_a_block_that_was_entered_enters_it_again(opened: Open, nested: Diagram) -> None:
    hand = opened(nested)
    scene = scene_of(hand)
    scene.enter((Step("stage", 0),))
    hand.click(hand.block("conv1"))
    hand.key(Qt.Key.Key_Delete)
    hand.canvas.document.leave()
    hand.canvas.document.undo_stack.undo()
    assert scene.root.place.instance == (Step("stage", 0),)
