"""What is open in place pushes the others aside, and they stay apart."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from app.canvas.spreading import Room, Spread

Placed = tuple[int, int, int, int, int, int, int]
"""Column, row, width, height; how much the block is wider, higher above and below, once open."""

sizes = st.tuples(
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(20, 150),
    st.integers(20, 110),
    st.integers(0, 900),
    st.integers(0, 300),
    st.integers(0, 300),
)
grids = st.lists(sizes, unique_by=lambda placed: placed[:2], max_size=8)


def room(placed: Placed) -> Room:
    column, row, width, height, wider, above, below = placed
    left, middle = 160 * column, 120 * row
    return Room(left, middle - height / 2, left + width, middle + height / 2, wider, above, below)


def frame(spread: Spread, room: Room) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is shown of an open block."""
    x, y = spread.shown(room.left, room.middle)
    half = (room.bottom - room.top) / 2
    width = room.right - room.left
    return x, y - half - room.above, x + width + room.wider, y + half + room.below


@given(grids)
def test_open_blocks_that_were_apart_stay_apart(placed: list[Placed]) -> None:
    rooms = [room(one) for one in placed]
    spread = Spread(rooms)
    for a, b in itertools.combinations(rooms, 2):
        one, other = frame(spread, a), frame(spread, b)
        across = one[2] <= other[0] or other[2] <= one[0]
        down = one[3] <= other[1] or other[3] <= one[1]
        assert across or down


@given(grids, st.integers(-500, 1500), st.integers(-500, 1500))
def test_a_place_in_the_picture_is_the_documents_again(
    placed: list[Placed], x: int, y: int
) -> None:
    spread = Spread(room(one) for one in placed)
    back = spread.meant(*spread.shown(x, y))
    assert abs(back[0] - x) < 0.1
    assert abs(back[1] - y) < 0.1


def test_blocks_side_by_side_push_by_the_larger_and_in_a_row_by_both() -> None:
    above = Room(0, -36, 100, 36, 300, 0, 0)
    below = Room(0, 84, 100, 156, 500, 0, 0)
    behind = Room(150, -36, 250, 36, 40, 0, 0)
    assert Spread([above, below]).shown(120, 0) == (620, 0)
    assert Spread([above, behind]).shown(300, 0) == (640, 0)


def test_what_is_dropped_into_the_gap_stands_behind_the_block() -> None:
    assert Spread([Room(0, -36, 100, 36, 300, 0, 0)]).meant(250, 0) == (100, 0)
