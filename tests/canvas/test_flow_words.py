"""What is told of the gradient along a wire and of the two that meet at a (+)."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QPointF

from app.canvas.flow_words import NO_BREAK, join_tooltip, number, percent
from app.canvas.scene import Sheet
from app.canvas.tooltips import tooltip
from graphcore.diagram import Diagram, PortRef
from tests import diagrams as write
from tests.canvas.conftest import Open, arranged
from tests.canvas.test_edge_flow import flows_of, measured


@pytest.fixture
def with_skip() -> Diagram:
    """x goes through conv1 and conv2 and round both to act; lead leads nowhere else."""
    return arranged(
        write.image(4),
        write.node("lead", "Conv2d", out_channels=4, kernel_size=3, padding=1),
        write.node("conv1", "Conv2d", out_channels=4, kernel_size=3, padding=1),
        write.node("conv2", "Conv2d", out_channels=4, kernel_size=3, padding=1),
        write.node("act", "ReLU"),
        write.node("output", "Output"),
        extra=(write.wire("lead", "act", "skip", "skip"),),
    )


@pytest.fixture
def sheet(with_skip: Diagram, opened: Open) -> Sheet:
    """The net with figures: 72 % of the gradient of lead comes back by the shortcut."""
    hand = opened(with_skip)
    scene = hand.canvas.diagram_scene
    edge = hand.edge
    shown = {
        "skip": measured(3.1e-3, 0.716, 0.104, (0.5, 1.25, 0.48)),
        edge("lead", "conv1").id: measured(1.2e-3, 0.284, 0.104, (0.5, 1.25, 0.48)),
        edge("conv1", "conv2").id: measured(0.0, math.nan),
        edge("conv2", "act").id: measured(2e-3, 1.0, math.nan, (-0.01, 0.31, 0.0)),
    }
    hand.canvas.set_flows(flows_of({(): shown}, step=41))
    return scene.root


def id_of(sheet: Sheet, source: str, target: str) -> str:
    edges = sheet.block.graph.edges.values()
    return next(e.id for e in edges if (e.source.node, e.target.node) == (source, target))


def plain(text: str) -> str:
    """With every blank the same."""
    return text.replace(NO_BREAK, " ")


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (
            ("lead", "act"),
            "‖∂L/∂h‖ = 3.1e-3 at step 41\n"
            "the shortcut brings 72 % of the gradient of lead; cosine with the\n"
            "branch 0.10\n"
            "h: mean 0.5, deviation 1.25, 48 % zeros",
        ),
        (
            ("lead", "conv1"),
            "‖∂L/∂h‖ = 1.2e-3 at step 41\n"
            "the branch brings 28 % of the gradient of lead; cosine with the\n"
            "shortcut 0.10\n"
            "h: mean 0.5, deviation 1.25, 48 % zeros",
        ),
        (
            ("conv2", "act"),
            "‖∂L/∂h‖ = 2.0e-3 at step 41\nh: mean −0.01, deviation 0.31, 0 % zeros",
        ),
        (("conv1", "conv2"), "‖∂L/∂h‖ = 0 (vanished) at step 41"),
        (("act", "output"), "‖∂L/∂h‖ not measured at step 41"),
    ],
)
def test_a_wire_tells_its_gradient_its_share_and_its_value(
    sheet: Sheet, ends: tuple[str, str], told: str
) -> None:
    assert told in plain(tooltip(sheet, id_of(sheet, *ends)))


def test_a_join_sets_both_paths_side_by_side(sheet: Sheet) -> None:
    told = plain(join_tooltip(sheet, PortRef("act", "x")))
    for heading in ("What meets at act, step 41", "branch conv2", "shortcut lead"):
        assert heading in told
    norms = told.index("1.2e-3"), told.index("3.1e-3")
    shares = told.index("28 %"), told.index("72 %")
    deviations = told.index("0.31"), told.index("1.25")
    assert norms < shares < deviations
    assert told.endswith("cosine of the two gradients 0.10")


def test_the_pointer_at_the_plus_reads_the_join(with_skip: Diagram, opened: Open) -> None:
    hand = opened(with_skip)
    (join,) = hand.canvas.diagram_scene.joins.values()
    at = hand.spot(QPointF(join.pos()))
    assert "‖∂L/∂h‖" not in hand.canvas.tooltip_at(at)
    hand.canvas.set_flows(flows_of({(): {"skip": measured(1e-2, -0.1)}}))
    assert "−10 %" in plain(hand.canvas.tooltip_at(at))


def test_without_a_run_nothing_is_told_of_gradients(with_skip: Diagram, opened: Open) -> None:
    shown = opened(with_skip).canvas.diagram_scene.root
    assert "∂L" not in tooltip(shown, "skip")
    assert join_tooltip(shown, PortRef("act", "x")) == ""


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.716, "72 %"), (0.0, "0 %"), (-0.1, "−10 %"), (-0.001, "0 %"), (1.04, "104 %")],
)
def test_shares_are_written_as_people_do(value: float, written: str) -> None:
    assert plain(percent(value)) == written


def test_a_figure_that_rounds_to_nothing_has_no_sign() -> None:
    assert (number(-0.001), number(-0.104)) == ("0.00", "−0.10")
