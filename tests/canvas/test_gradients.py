"""Gradients of layers as colours of blocks: which cell stands for what."""

from __future__ import annotations

import math

import pytest

from app import gradient_scale
from app.canvas.gradients import GradientCells
from app.canvas.node_face import face_of
from graphcore.analysis import analyse, leaves
from graphcore.diagram import Diagram, Instance, Step
from tests.canvas.conftest import Hand, Open


def cells(diagram: Diagram, instance: Instance = ()) -> GradientCells:
    """The cells of the block at ``instance``."""
    analysis = analyse(diagram)
    result = analysis.at(instance)
    assert result is not None
    nodes = diagram.blocks[result.block].graph.nodes
    pictures = {
        id: face_of(diagram, node, result.nodes.get(id, ())).miniature for id, node in nodes.items()
    }
    return GradientCells(analysis, instance, pictures)


def same_everywhere(diagram: Diagram, value: float) -> dict[Instance, float]:
    """The same gradient at every layer."""
    return {leaf.instance: value for leaf in leaves(analyse(diagram))}


def test_a_repeat_has_a_value_a_copy(nested: Diagram) -> None:
    measured = same_everywhere(nested, 1e-3)
    measured = {
        at: 10.0 ** -at[0].copy if at[0].node == "stage" else v for at, v in measured.items()
    }
    values = cells(nested).values(measured)
    assert values["stage"] == pytest.approx((1.0, 0.1, 0.01))
    assert values["stem"] == pytest.approx((1e-3,))


def test_inside_a_block_its_own_layers_have_values(nested: Diagram) -> None:
    inside = cells(nested, (Step("stage", 1),)).values(same_everywhere(nested, 2.0))
    assert inside["conv1"] == pytest.approx((2.0,))
    assert "relu1" not in inside
    assert "stem" not in inside


def test_layers_count_by_their_parameters(nested: Diagram) -> None:
    wanted = [leaf for leaf in leaves(analyse(nested)) if leaf.instance[0] == Step("stage", 0)]
    measured = {leaf.instance: float(index) for index, leaf in enumerate(wanted)}
    total = sum(leaf.parameters for leaf in wanted)
    square = sum(leaf.parameters * index**2 for index, leaf in enumerate(wanted)) / total
    values = cells(nested).values(measured)["stage"]
    assert values[0] == pytest.approx(math.sqrt(square))
    assert values[1:] == (None, None)


def test_what_was_not_measured_has_no_value(nested: Diagram) -> None:
    assert cells(nested).values({}) == {}


class TestOnTheCanvas:
    def ground(self, hand: Hand, node: str) -> tuple[int, int, int]:
        """The colour inside the lower left corner of a block."""
        body = hand.canvas.diagram_scene.nodes[node].body()
        corner = body.bottomLeft()
        corner.setX(corner.x() + 12)
        corner.setY(corner.y() - 6)
        color = hand.canvas.viewport().grab().toImage().pixelColor(hand.spot(corner))
        return color.red(), color.green(), color.blue()

    @pytest.mark.parametrize("value", [1e-9, 1e-4, 1.0])
    def test_a_layer_is_filled_with_the_colour_of_its_gradient(
        self, opened: Open, nested: Diagram, value: float
    ) -> None:
        hand = opened(nested, read_only=True)
        neutral = self.ground(hand, "stem")
        hand.canvas.set_gradients(same_everywhere(nested, value))
        color = gradient_scale.color(value)
        assert self.ground(hand, "stem") == (color.red(), color.green(), color.blue())
        hand.canvas.set_gradients(None)
        assert self.ground(hand, "stem") == neutral

    def test_layers_without_parameters_stay_neutral(self, opened: Open, nested: Diagram) -> None:
        hand = opened(nested, read_only=True)
        hand.canvas.document.enter((Step("stage", 0),))
        hand.canvas.set_gradients(same_everywhere(nested, 1.0))
        nodes = hand.canvas.diagram_scene.nodes
        assert nodes["relu1"].state.values == ()
        assert nodes["conv1"].state.values == pytest.approx((1.0,))
        told = hand.canvas.tooltip_at(hand.block("conv1"))
        assert gradient_scale.describe(1.0) in told

    def test_a_vanished_gradient_is_hatched_and_an_exploded_one_marked(
        self, opened: Open, nested: Diagram
    ) -> None:
        hand = opened(nested, read_only=True)
        body = hand.canvas.mapFromScene(
            hand.canvas.diagram_scene.nodes["stem"].body()
        ).boundingRect()
        pictures = []
        for value in (0.0, 1e-11, 1e3, 1e2):
            hand.canvas.set_gradients(same_everywhere(nested, value))
            image = hand.canvas.viewport().grab(body).toImage()
            pictures.append({image.pixel(x, 8) for x in range(20, body.width() - 2)})
        vanished, nearly, exploded, bright = pictures
        assert vanished == nearly
        assert len(vanished) > 1, "a pattern, not a colour"
        assert exploded != bright

    def test_entering_a_block_keeps_the_colours(self, opened: Open, nested: Diagram) -> None:
        hand = opened(nested, read_only=True)
        hand.canvas.set_gradients(same_everywhere(nested, 1e-2))
        hand.canvas.document.enter((Step("stage", 2),))
        assert hand.canvas.diagram_scene.nodes["conv2"].state.values == pytest.approx((1e-2,))
