"""Edges as thick as the gradient that flows along them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from app import gradient_scale, theme
from app.canvas.edge_flow import EdgeFlows, EdgeMeasure, FlowStroke, flow_stroke
from app.canvas.painting.flow_pen import dress
from app.canvas.painting.look import Look
from graphcore.diagram import Diagram, Instance, Step
from tests.canvas.conftest import Open

INSIDE: Instance = (Step("stage", 0),)


def measured(
    gradient: float = 1e-2,
    share: float = math.nan,
    cosine: float = math.nan,
    value: tuple[float, float, float] = (0.5, 1.25, 0.48),
) -> EdgeMeasure:
    return EdgeMeasure(gradient, share, cosine, *value)


def flows_of(figures: dict[Instance, dict[str, EdgeMeasure]], step: int = 41) -> EdgeFlows:
    """A measurement of these edges."""
    rows: dict[Instance, dict[str, int]] = {}
    table: list[EdgeMeasure] = []
    for instance, edges in figures.items():
        for edge, measure in edges.items():
            rows.setdefault(instance, {})[edge] = len(table)
            table.append(measure)
    return EdgeFlows(step, rows, np.array(table, dtype=np.float32).reshape(-1, 6))


def everywhere(diagram: Diagram, gradient: float) -> dict[str, EdgeMeasure]:
    return {edge: measured(gradient) for edge in diagram.main_block.graph.edges}


@pytest.mark.parametrize(
    ("gradient", "stroke"),
    [
        (1e-10, FlowStroke(1.0)),
        (1e-4, FlowStroke(4.5)),
        (1e2, FlowStroke(8.0)),
        (0.0, FlowStroke(2.0, "vanished")),
        (9e-11, FlowStroke(2.0, "vanished")),
        (1e3, FlowStroke(8.0, "exploded")),
        (math.inf, FlowStroke(8.0, "exploded")),
        (math.nan, FlowStroke(1.0, "unmeasured")),
    ],
)
def test_the_width_is_logarithmic_on_the_scale_of_the_colours(
    gradient: float, stroke: FlowStroke
) -> None:
    assert flow_stroke(gradient) == stroke


def test_ten_times_the_gradient_is_as_much_wider_wherever_it_is() -> None:
    widths = [flow_stroke(10.0**exponent).width for exponent in range(-10, 3)]
    steps = np.diff(widths)
    assert np.all(np.abs(steps - 7 / 12) <= 0.25)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize(
    ("gradient", "zoom", "width"),
    [(0.0, 1.0, 2.0), (0.0, 0.4, 4.0), (1e-4, 1.0, 4.5), (1e-4, 0.4, 4.5)],
)
def test_dots_can_be_told_from_a_line_however_small_the_picture_is(
    gradient: float, zoom: float, width: float
) -> None:
    look = Look(theme.current())
    pen = look.pen("skip")
    dress(pen, look, "skip", flow_stroke(gradient), zoom)
    assert pen.widthF() == pytest.approx(width)


class TestOnTheCanvas:
    def test_wires_take_their_widths_and_lose_them_again(
        self, nested: Diagram, opened: Open
    ) -> None:
        hand = opened(nested)
        first, *others = nested.main_block.graph.edges
        flows = everywhere(nested, 1e-4)
        flows[first] = measured(0.0)
        flows.pop(others[-1])
        hand.canvas.set_flows(flows_of({(): flows}))
        shown = {id: item.state.flow for id, item in hand.canvas.diagram_scene.edges.items()}
        assert shown[first] == FlowStroke(2.0, "vanished")
        assert shown[others[0]] == FlowStroke(4.5)
        assert shown[others[-1]] == FlowStroke(1.0, "unmeasured")
        hand.canvas.set_flows(None)
        assert {item.state.flow for item in hand.canvas.diagram_scene.edges.values()} == {None}

    def test_only_wires_that_differ_are_painted_anew(
        self, nested: Diagram, opened: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hand = opened(nested)
        hand.canvas.set_flows(flows_of({(): everywhere(nested, 1e-4)}))
        first, *_ = nested.main_block.graph.edges
        items = hand.canvas.diagram_scene.edges
        touched: list[str] = []
        for id, item in items.items():
            monkeypatch.setattr(item, "update", lambda id=id: touched.append(id))
        next_flows = {**everywhere(nested, 1.02e-4), first: measured(1e-1)}
        hand.canvas.set_flows(flows_of({(): next_flows}))
        assert touched == [first]

    def test_a_frame_that_is_opened_shows_the_copy_that_it_shows(
        self, nested: Diagram, opened: Open
    ) -> None:
        hand = opened(nested)
        inner = nested.blocks[nested.main_block.graph.nodes["stage"].kind].graph
        figures: dict[Instance, dict[str, EdgeMeasure]] = {
            (Step("stage", copy),): dict.fromkeys(inner.edges, measured(10.0 ** -(3 * copy + 1)))
            for copy in range(3)
        }
        hand.canvas.set_flows(flows_of(figures))
        scene = hand.canvas.diagram_scene
        scene.toggle("stage")

        def widths() -> set[float]:
            edges = scene.sheets[("stage",)].edges.values()
            return {item.state.flow.width for item in edges if item.state.flow is not None}

        assert widths() == {flow_stroke(1e-1).width}
        scene.step_copy(scene.sheets[("stage",)], 1)
        assert widths() == {flow_stroke(1e-4).width}

    def test_a_dead_wire_is_dotted_and_a_thin_one_is_not(
        self, nested: Diagram, opened: Open
    ) -> None:
        hand = opened(nested)
        hand.canvas.zoom_to(1.0)
        wire = next(iter(nested.main_block.graph.edges))

        def inked(gradient: float) -> list[bool]:
            hand.canvas.set_flows(flows_of({(): {wire: measured(gradient)}}))
            (x0, y), (x1, _) = hand.canvas.diagram_scene.edges[wire].state.corners[:2]
            image = QImage(round(x1 - x0), 12, QImage.Format.Format_ARGB32)
            image.fill(QColor("white"))
            painter = QPainter(image)
            area = QRectF(x0, y - 6, image.width(), 12)
            hand.canvas.diagram_scene.render(painter, QRectF(image.rect()), area)
            painter.end()
            return [image.pixelColor(x, 6).lightness() < 200 for x in range(6, image.width() - 6)]

        assert all(inked(1e-10))
        dead = inked(0.0)
        assert any(dead)
        assert not all(dead)

    def test_from_afar_it_is_thick_dotted_and_marked_as_well(
        self, nested: Diagram, opened: Open
    ) -> None:
        hand = opened(nested)
        first, second, *_ = nested.main_block.graph.edges
        view = hand.canvas
        view.set_flows(flows_of({(): {first: measured(1e2), second: measured(1e5)}}))
        image = QImage(400, 200, QImage.Format.Format_ARGB32)
        image.fill(QColor("white"))
        painter = QPainter(image)
        view.overview.paint(painter)
        painter.end()
        assert ("flow", 4) in view.overview.lines
        colors = {image.pixelColor(x, y).name() for x in range(400) for y in range(200)}
        assert gradient_scale.EXPLODED.name() in colors
