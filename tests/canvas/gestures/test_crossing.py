"""Wires drawn across the wall of a block that is open in place: the port comes in the same step."""

from __future__ import annotations

from PySide6.QtCore import Qt

from graphcore import edits
from graphcore.analysis import analyse
from graphcore.diagram import Diagram
from tests.canvas.conftest import Hand, Open
from tests.canvas.test_opening import inner, inner_output, open_stage


def ports(hand: Hand) -> tuple[list[str], list[str]]:
    graph = hand.canvas.document.diagram.blocks["Residual"].graph
    return [n.label for n in graph.inputs()], [n.label for n in graph.outputs()]


def label_of(hand: Hand) -> str:
    return hand.canvas.preview.label.text()


class TestIntoABlock:
    def test_a_skip_to_a_layer_inside(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, edits.set_repeat(nested, "Net", "stage", 1))
        hand.click(hand.block("stem"))
        hand.key(Qt.Key.Key_S)
        hand.drag(hand.block("stem"), inner(hand, "conv2"))
        document = hand.canvas.document
        (skip,) = (
            e for e in document.diagram.blocks["Residual"].graph.into("conv2") if e.kind == "skip"
        )
        assert skip.source.node == "x", "the stem's value enters there already"
        assert hand.steps() == 1

    def test_a_wire_of_another_value_adds_an_input(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, edits.set_repeat(nested, "Net", "stage", 1))
        start = hand.output("x")
        hand.press(start)
        hand.move(inner(hand, "conv1"))
        assert "adds an input to Residual" in label_of(hand)
        assert "takes the place of the wire there" in label_of(hand)
        hand.release(inner(hand, "conv1"))
        assert ports(hand) == (["x", "x2"], ["output"])
        assert hand.wired("x", "stage")
        assert hand.steps() == 1
        assert analyse(hand.canvas.document.diagram).ok
        hand.canvas.document.undo_stack.undo()
        assert ports(hand) == (["x"], ["output"])

    def test_escape_leaves_everything_as_it_was(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        hand.press(hand.output("x"))
        hand.move(inner(hand, "conv1"))
        hand.key(Qt.Key.Key_Escape)
        hand.release(inner(hand, "conv1"))
        assert hand.steps() == 0
        assert not hand.canvas.preview.label.isVisible()


class TestOutOfABlock:
    def test_a_wire_to_a_layer_outside(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        outside = hand.block("output")
        hand.click(inner(hand, "conv1"))
        start = inner_output(hand, "relu1")
        hand.press(start)
        hand.move(outside)
        assert "adds an output to Residual" in label_of(hand)
        hand.release(outside)
        assert ports(hand) == (["x"], ["output", "output2"])
        into = hand.canvas.document.diagram.main_block.graph.into("output")
        assert [(e.source.node, e.source.port) for e in into] == [("stage", "output2")]
        assert hand.steps() == 1

    def test_to_the_paper_outside(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        hand.click(inner(hand, "conv1"))
        hand.drag(inner_output(hand, "relu1"), hand.empty())
        assert ports(hand) == (["x"], ["output", "output2"])
        assert hand.steps() == 1
