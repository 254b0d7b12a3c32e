"""What is open in place pushes the others aside, and they stay apart."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from app.canvas.placing.spreading import Covered, Room, Spread
from graphcore.measures import BOX_HEIGHT

Boxes = dict[str, Covered]

boxes = st.builds(
    lambda column, row, width, height: Covered(
        160 * column, 120 * row - height / 2, 160 * column + width, 120 * row + height / 2
    ),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(20, 150),
    st.sampled_from([20, BOX_HEIGHT, 150, 230]),
)
rooms = st.builds(Room, st.integers(0, 900), st.integers(0, 300), st.integers(0, 300))


@st.composite
def pictures(draw: st.DrawFn) -> tuple[Boxes, dict[str, Room], list[tuple[str, str]]]:
    """Blocks that are apart, some of them open, some wired."""
    placed: Boxes = {}
    for index, box in enumerate(draw(st.lists(boxes, max_size=8))):
        if all(apart(box, other) for other in placed.values()):
            placed[str(index)] = box
    names = st.sampled_from([*placed, ""])
    opened = draw(st.dictionaries(names, rooms))
    wires = draw(st.lists(st.tuples(names, names), max_size=6))
    return (
        placed,
        {id: room for id, room in opened.items() if id},
        [(a, b) for a, b in wires if a and b],
    )


def apart(one: Covered, other: Covered) -> bool:
    across = one.right <= other.left or other.right <= one.left
    return across or one.bottom <= other.top or other.bottom <= one.top


def frame(spread: Spread, id: str, box: Covered, room: Room) -> Covered:
    """What is covered by a block that may be open."""
    right, lower = spread.right(id), spread.lower(box.middle)
    return Covered(
        box.left + right,
        box.top + lower - room.above,
        box.right + right + room.wider,
        box.bottom + lower + room.below,
    )


CLOSED = Room(0, 0, 0)
LEFT, MIDDLE = Covered(0, -36, 100, 36), Covered(150, -36, 250, 36)
LOWER = Covered(150, 164, 250, 236)


@given(pictures())
def test_blocks_that_were_apart_stay_apart(
    picture: tuple[Boxes, dict[str, Room], list[tuple[str, str]]],
) -> None:
    placed, opened, wires = picture
    spread = Spread(placed, opened, wires)
    shown = [frame(spread, id, box, opened.get(id, CLOSED)) for id, box in placed.items()]
    assert all(apart(a, b) for a, b in itertools.combinations(shown, 2))


@given(pictures())
def test_what_is_put_where_a_block_is_shown_is_meant_to_be_where_that_is(
    picture: tuple[Boxes, dict[str, Room], list[tuple[str, str]]],
) -> None:
    placed, opened, _ = picture
    spread = Spread(placed, opened)
    for id, box in placed.items():
        if id not in opened and box.bottom - box.top == BOX_HEIGHT:
            at = box.left + spread.right(id), box.middle + spread.lower(box.middle)
            x, y = spread.meant(at[0] + 0.5, at[1])
            assert abs(x - box.left) < 1
            assert abs(y - box.middle) < 1


def test_a_row_moves_to_the_right_and_the_row_below_it_down() -> None:
    spread = Spread({"a": LEFT, "b": MIDDLE, "c": LOWER}, {"a": Room(300, 20, 80)})
    assert (spread.right("a"), spread.right("b"), spread.right("c")) == (0, 300, 0)
    assert (spread.lower(0), spread.lower(200), spread.lower(-200)) == (0, 80, -20)


def test_what_follows_in_another_row_moves_along() -> None:
    spread = Spread({"a": LEFT, "c": LOWER}, {"a": Room(300, 0, 0)}, [("a", "c")])
    assert spread.right("c") == 300


def test_a_wire_back_to_the_next_row_pushes_nothing() -> None:
    spread = Spread({"a": LOWER, "c": LEFT}, {"a": Room(300, 0, 0)}, [("a", "c")])
    assert spread.right("c") == 0


def test_two_in_a_row_push_by_both() -> None:
    behind = Covered(300, -36, 400, 36)
    spread = Spread({"a": LEFT, "b": MIDDLE, "c": behind}, dict.fromkeys("ab", Room(50, 0, 0)))
    assert spread.right("c") == 100


def test_what_is_dropped_into_a_row_is_meant_to_be_there() -> None:
    spread = Spread({"a": LEFT, "b": MIDDLE}, {"a": Room(300, 0, 90)})
    assert spread.meant(700, 0) == (400, 0)
    assert spread.meant(700, 290) == (700, 200)
