"""The geometry that is kept up to date equals the one that is made anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.canvas.placing.geometry import Geometry
from graphcore import edits
from graphcore.diagram import Diagram, Edge, Node, Point, PortRef
from graphcore.layout import arrange_diagram
from tests import diagrams as write

Change = Callable[[Diagram], Diagram]


def made(diagram: Diagram) -> Geometry:
    """The geometry of the main block, from nothing."""
    geometry = Geometry()
    for node in diagram.main_block.graph.nodes.values():
        geometry.measure(diagram, node)
    geometry.update(diagram, diagram.main_block)
    return geometry


def follow(geometry: Geometry, before: Diagram, after: Diagram) -> None:
    """Bring ``geometry`` up to date as the scene does."""
    old, new = before.main_block.graph.nodes, after.main_block.graph.nodes
    for gone in old.keys() - new.keys():
        geometry.forget(gone)
    for id, node in new.items():
        if old.get(id) is not node:
            geometry.measure(after, node)
    geometry.update(after, after.main_block)


def flat(units: int) -> Diagram:
    """A trunk of convolutions with chips, a skip round every second."""
    nodes: list[Node] = [write.image()]
    extra = []
    for i in range(units):
        nodes += [write.node(f"c{i}", "Conv2d"), write.node(f"r{i}", "ReLU")]
        if i >= 2:
            extra.append(write.wire(f"r{i - 2}", f"c{i}", "skip", f"skip{i}"))
    nodes.append(write.node("output", "Output"))
    return arrange_diagram(write.diagram(write.block(*nodes, extra=tuple(extra))))


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """One edit of the flat net, whether it is possible or not."""
    i, j = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    dx, dy = draw(st.integers(-12, 12)), draw(st.integers(-6, 6))
    at = Point(24 * (10 + dx), 24 * dy)
    possible: list[Change] = [
        lambda d: edits.move(d, "Net", {f"c{i}": at, f"r{j}": Point(at.x + 200, at.y)}),
        lambda d: edits.delete(d, "Net", {f"c{i}"}),
        lambda d: edits.delete(d, "Net", {f"skip{i}"}),
        lambda d: edits.set_param(d, "Net", f"c{i}", "kernel_size", 3 + 30 * dy * dy),
        lambda d: edits.add_node(d, "Net", "Linear", at)[0],
        lambda d: edits.add_skip(d, "Net", f"c{i}", f"c{j}")[0],
        lambda d: edits.connect(d, "Net", PortRef(f"r{i}", "y"), PortRef(f"c{j}", "x"))[0],
    ]
    return draw(st.sampled_from(possible))


@given(st.lists(changes(), min_size=1, max_size=5))
def test_following_edits_comes_to_the_same_as_starting_anew(todo: list[Change]) -> None:
    diagram = flat(6)
    geometry = made(diagram)
    for change in todo:
        try:
            after = change(diagram)
        except edits.EditError:
            continue
        follow(geometry, diagram, after)
        diagram = after
    anew = made(diagram)
    assert geometry.positions == anew.positions
    assert geometry.joins == anew.joins
    assert geometry.touching == anew.touching
    assert geometry.routes == anew.routes


def test_only_what_an_edit_moves_gets_a_new_route() -> None:
    diagram = flat(6)
    geometry = made(diagram)
    after = edits.set_param(diagram, "Net", "c3", "bias", False)
    assert not geometry.measure(after, after.main_block.graph.nodes["c3"])
    moves = geometry.update(after, after.main_block)
    assert (moves.nodes, moves.edges, moves.joins) == (frozenset(), frozenset(), frozenset())


def test_a_chip_stays_attached_when_its_block_grows() -> None:
    diagram = flat(2)
    geometry = made(diagram)
    after = edits.set_param(diagram, "Net", "c0", "kernel_size", 101)
    geometry.measure(after, after.main_block.graph.nodes["c0"])
    geometry.update(after, after.main_block)
    width = geometry.nodes["c0"].size[0]
    assert width > made(diagram).nodes["c0"].size[0]
    assert geometry.positions["r0"].x == geometry.positions["c0"].x + width


def test_a_chip_that_was_moved_away_stands_apart() -> None:
    diagram = flat(2)
    at = diagram.main_block.positions["r0"]
    after = edits.move(diagram, "Net", {"r0": Point(at.x, at.y + 96)})
    assert made(after).positions["r0"] == (at.x, at.y + 96)


def test_nodes_without_a_place_do_not_lie_on_each_other() -> None:
    diagram = flat(3)
    lost = replace(diagram.main_block, positions={})
    geometry = made(replace(diagram, blocks={"Net": lost}))
    assert len(set(geometry.positions.values())) == len(geometry.positions)


@pytest.mark.parametrize("gone", ["c1", "r1", "x"])
def test_a_removed_node_takes_its_routes_along(gone: str) -> None:
    diagram = flat(4)
    geometry = made(diagram)
    after = edits.delete(diagram, "Net", {gone})
    follow(geometry, diagram, after)
    assert geometry.routes.keys() == after.main_block.graph.edges.keys()


def test_a_skip_to_an_attached_chip_is_shown_to_end_at_the_seam() -> None:
    geometry = made(flat(3))
    target = PortRef("r2", "x")
    route = geometry.preview_route(Edge("", PortRef("r0", "y"), target, "skip"))
    seam = geometry.at(target, is_input=True)
    assert route.corners[-1] == (seam.x(), seam.y())
