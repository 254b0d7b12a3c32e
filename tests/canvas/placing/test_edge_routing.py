"""Where wires run: straight, with a step, or in a lane, and never through a block."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.canvas.placing.edge_routing import (
    JOIN_OFFSET,
    STUB,
    Box,
    Obstacles,
    Route,
    Wire,
    direct_route,
    lane_routes,
    level_route,
)
from graphcore.layout import LANE

TRUNK = [Box(200 * i, -36, 200 * i + 100, 36) for i in range(6)]


def skip(first: int, last: int) -> Wire:
    """A skip round the boxes after ``first`` up to ``last``."""
    return Wire((200.0 * first + 100, 0.0), (200.0 * (last + 1) - 24, 0.0), joins=True)


def crosses(route: Route, box: Box) -> bool:
    """Whether a line of the route runs through the inside of the box."""
    for (ax, ay), (bx, by) in pairwise(route.corners):
        left, right, top, bottom = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
        if left < box.right and right > box.left and top < box.bottom and bottom > box.top:
            return True
    return False


class TestStraight:
    def test_neighbours_on_one_line(self) -> None:
        route = direct_route(Obstacles(TRUNK), Wire((100, 0), (200, 0)))
        assert route == Route(((100, 0), (200, 0)))

    def test_not_through_a_block(self) -> None:
        assert direct_route(Obstacles(TRUNK), Wire((100, 0), (400, 0))) is None

    def test_past_a_block_that_stands_elsewhere(self) -> None:
        aside = [Box(120, 60, 180, 120)]
        assert direct_route(Obstacles(aside), Wire((100, 0), (200, 0))) is not None

    def test_not_backwards(self) -> None:
        assert direct_route(Obstacles([]), Wire((200, 0), (100, 0))) is None


class TestLevel:
    def test_a_connection_is_straight_where_nothing_lies_between(self) -> None:
        below = [Box(200, 80, 300, 150)]
        wire = Wire((100, 0), (500, 0), joins=True)
        assert level_route(Obstacles(below), wire) == Route(((100, 0), (500, 0)))

    @pytest.mark.parametrize("target", [(500, 24), (50, 0)])
    def test_not_to_another_level_nor_backwards(self, target: tuple[float, float]) -> None:
        assert level_route(Obstacles([]), Wire((100, 0), target, joins=True)) is None

    def test_not_through_the_trunk(self) -> None:
        assert level_route(Obstacles(TRUNK), skip(0, 2)) is None

    def test_what_rises_into_the_join_enters_it_from_below(self) -> None:
        rising = Wire((300, 96), (500, 0), joined=True, rises=True)
        route = direct_route(Obstacles([]), rising)
        assert route is not None
        x = 500 - JOIN_OFFSET
        assert route.corners == ((300, 96), (x, 96), (x, 0), (500, 0))


class TestStep:
    def test_to_another_row_in_the_gap_before_the_target(self) -> None:
        route = direct_route(Obstacles([]), Wire((100, 0), (300, 96)))
        assert route is not None
        x = 300 - STUB
        assert route.corners == ((100, 0), (x, 0), (x, 96), (300, 96))

    def test_in_the_gap_behind_the_source_where_the_row_is_taken(self) -> None:
        route = direct_route(Obstacles([Box(180, -36, 280, 36)]), Wire((100, 0), (300, 96)))
        assert route is not None
        assert route.corners[1] == (100 + STUB, 0)

    def test_steps_to_different_ports_do_not_coincide(self) -> None:
        first, second = (
            direct_route(Obstacles([]), Wire((100, 0), (300, 96 + 24 * rank), rank=rank))
            for rank in (0, 1)
        )
        assert first is not None
        assert second is not None
        assert first.corners[1][0] != second.corners[1][0]


class TestLanes:
    def test_a_skip_runs_below_what_it_goes_round(self) -> None:
        route = lane_routes(Obstacles(TRUNK), {"s": skip(0, 2)})["s"]
        assert route.lane == 36 + LANE
        assert not any(crosses(route, box) for box in TRUNK)

    def test_a_flow_wire_that_must_pass_blocks_runs_above(self) -> None:
        route = lane_routes(Obstacles(TRUNK), {"w": Wire((100, 0), (600, 0))})["w"]
        assert route.lane == -36 - LANE

    def test_skips_in_a_row_are_equal_arcs_in_one_lane(self) -> None:
        routes = lane_routes(Obstacles(TRUNK), {f"s{i}": skip(i, i + 1) for i in range(0, 4, 2)})
        assert len({route.lane for route in routes.values()}) == 1

    def test_the_inner_of_two_is_nearer_to_the_trunk(self) -> None:
        routes = lane_routes(Obstacles(TRUNK), {"outer": skip(0, 4), "inner": skip(1, 2)})
        assert routes["outer"].lane == (routes["inner"].lane or 0) + LANE

    def test_a_name_below_a_block_stays_legible(self) -> None:
        named = [box._replace(bottom=60) for box in TRUNK]
        assert lane_routes(Obstacles(named), {"s": skip(0, 2)})["s"].lane == 60 + LANE

    def test_the_skip_ends_from_below_at_its_join(self) -> None:
        wire = skip(0, 2)
        corners = lane_routes(Obstacles(TRUNK), {"s": wire})["s"].corners
        assert corners[-1] == wire.target
        assert corners[-2][0] == wire.target[0]

    def test_a_wire_back_to_the_left_goes_round(self) -> None:
        route = lane_routes(Obstacles(TRUNK), {"w": Wire((500, 0), (200, 0))})["w"]
        assert not any(crosses(route, box) for box in TRUNK)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), min_size=1, max_size=12, unique=True)
)
def test_lanes_of_skips_that_overlap_are_apart(pairs: list[tuple[int, int]]) -> None:
    wires = {f"{a}-{b}": skip(a, b) for a, b in pairs if a < b}
    assume(wires)
    routes = lane_routes(Obstacles(TRUNK), wires)
    for one, other in pairwise(sorted(routes, key=lambda name: routes[name].lane or 0)):
        a, b = routes[one].around, routes[other].around
        if a.left + STUB < b.right and b.left + STUB < a.right:
            assert (routes[other].lane or 0) - (routes[one].lane or 0) >= LANE
    assert not any(crosses(route, box) for route in routes.values() for box in TRUNK)


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_is_in_the_way_where_there_are_few_blocks(count: int) -> None:
    assert Obstacles(TRUNK[:count]).hit(500, -10, 600, 10) is None
