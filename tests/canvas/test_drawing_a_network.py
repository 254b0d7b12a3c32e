"""A residual network drawn on an empty canvas by mouse and keys alone, undone and redone."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt

from graphcore import edits
from graphcore.diagram import Diagram, empty_diagram
from tests.canvas.conftest import Hand, Open


def add_behind(hand: Hand, kind: str) -> str:
    """Search for a layer with a block selected: it comes behind that block, wired to it."""
    hand.key(Qt.Key.Key_Space)
    hand.answer(kind)
    (new,) = hand.canvas.document.selection
    return new


def draw(hand: Hand) -> None:
    """Input, convolution, norm, ReLU, convolution, norm, a skip round them, ReLU, output."""
    hand.double_click(QPoint(160, 260))
    hand.answer("Input")
    hand.click(hand.block("x"))
    for kind in ("Conv2d", "Conv2d", "BatchNorm2d", "ReLU", "Conv2d", "BatchNorm2d", "ReLU"):
        add_behind(hand, kind)
    assert hand.dropped("Output", QPoint(700, 500))
    hand.key(Qt.Key.Key_F)
    hand.drag(hand.output("relu2"), hand.input("output"))
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_S)
    hand.drag(hand.block("conv1"), hand.block("relu2"))
    hand.key(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)


def test_it_is_the_network_that_was_meant(opened: Open) -> None:
    hand = opened(empty_diagram())
    draw(hand)
    assert hand.wires() == {
        ("x", "conv1", "flow"),
        ("conv1", "conv2", "flow"),
        ("conv2", "bn1", "flow"),
        ("bn1", "relu1", "flow"),
        ("relu1", "conv3", "flow"),
        ("conv3", "bn2", "flow"),
        ("bn2", "relu2", "flow"),
        ("relu2", "output", "flow"),
        ("conv1", "relu2", "skip"),
    }
    assert hand.canvas.document.analysis.ok
    assert hand.canvas.document.analysis.diagnostics == ()


def test_everything_is_undone_to_the_empty_canvas_and_redone(opened: Open) -> None:
    start = empty_diagram()
    hand = opened(start)
    seen: list[Diagram] = []
    hand.canvas.document.changed.connect(lambda before, after: seen.append(after))
    draw(hand)
    stack = hand.canvas.document.undo_stack
    wanted = list(seen)
    assert stack.count() == len(wanted), "one step a gesture"
    while stack.canUndo():
        stack.undo()
    assert hand.canvas.document.diagram == start
    assert not hand.canvas.diagram_scene.nodes
    for after in wanted:
        stack.redo()
        assert hand.canvas.document.diagram == after
        assert hand.canvas.diagram_scene.nodes.keys() == after.main_block.graph.nodes.keys()
        assert hand.canvas.diagram_scene.edges.keys() == after.main_block.graph.edges.keys()


def test_nothing_lies_on_anything_else(opened: Open) -> None:
    hand = opened(empty_diagram())
    draw(hand)
    bodies = [item.body() for item in hand.canvas.diagram_scene.nodes.values()]
    assert not any(a.intersects(b) for a in bodies for b in bodies if a is not b)
    skip = hand.canvas.diagram_scene.edges["downsample"]
    lane = max(y for _, y in skip.state.corners)
    assert lane > max(body.bottom() for body in bodies)
    arranged = edits.arrange(hand.canvas.document.diagram, "Net")
    assert arranged == hand.canvas.document.diagram
