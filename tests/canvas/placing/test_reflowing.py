"""Where frames make a line too long to be read, lines are broken anew."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint

from app.canvas.diagram_view import LEGIBLE
from app.canvas.placing.reflowing import Link, Reflow
from app.canvas.placing.spreading import Covered
from graphcore import gallery
from graphcore.layout.fold import MOST_COLUMNS
from tests.canvas.conftest import Hand

Open = Callable[..., Hand]
Boxes = dict[str, Covered]


def chain(
    sizes: Sequence[tuple[int, int]], skips: Sequence[tuple[int, int]] = ()
) -> tuple[Boxes, list[Link]]:
    """Blocks of ``sizes`` in a row, each wired to the next, and skips from place to place."""
    boxes: Boxes = {}
    x = 0
    for index, (width, height) in enumerate(sizes):
        boxes[str(index)] = Covered(x, -height / 2, x + width, height / 2)
        x += width + 72
    wires = [Link(str(i), str(i + 1), False) for i in range(len(sizes) - 1)]
    return boxes, [*wires, *(Link(str(a), str(b), True) for a, b in skips)]


def shown(boxes: Boxes, reflow: Reflow) -> Boxes:
    return {
        id: Covered(box.left + dx, box.top + dy, box.right + dx, box.bottom + dy)
        for id, box in boxes.items()
        for dx, dy in [reflow.of(id)]
    }


def reflowed(boxes: Boxes, links: list[Link]) -> Reflow:
    return Reflow(boxes, {id: round(box.middle) for id, box in boxes.items()}, links)


def lines(boxes: Boxes, reflow: Reflow) -> list[list[str]]:
    """What stands level with each other."""
    found: dict[float, list[str]] = {}
    for id, box in shown(boxes, reflow).items():
        found.setdefault(box.middle, []).append(id)
    return list(found.values())


sizes = st.lists(st.tuples(st.integers(24, 1200), st.sampled_from([60, 72, 200, 400])), max_size=14)


@given(sizes)
def test_blocks_stay_apart_and_in_order(chosen: list[tuple[int, int]]) -> None:
    boxes, links = chain(chosen)
    after = shown(boxes, reflowed(boxes, links))
    for one, other in itertools.combinations(after.values(), 2):
        beside = one.right <= other.left or other.right <= one.left
        assert beside or one.bottom <= other.top
    for one, other in itertools.pairwise(after.values()):
        assert one.right <= other.left or one.bottom <= other.top


@given(sizes)
def test_what_is_put_where_a_block_is_shown_is_meant_to_be_where_that_is(
    chosen: list[tuple[int, int]],
) -> None:
    boxes, links = chain(chosen)
    reflow = reflowed(boxes, links)
    for id, box in shown(boxes, reflow).items():
        assert reflow.undone(box.left, box.middle) == (boxes[id].left, boxes[id].middle)


def test_a_line_that_can_be_read_stays() -> None:
    boxes, links = chain([(96, 72)] * 6)
    assert lines(boxes, reflowed(boxes, links)) == [["0", "1", "2", "3", "4", "5"]]


def test_what_is_too_long_is_broken() -> None:
    boxes, links = chain([(96, 72), (900, 200), (96, 72), (900, 200), (96, 72)])
    found = lines(boxes, reflowed(boxes, links))
    assert len(found) == 2
    assert [id for line in found for id in line] == ["0", "1", "2", "3", "4"]


def test_hundreds_of_columns_stay_one_line() -> None:
    boxes, links = chain([(96, 72)] * (MOST_COLUMNS + 1))
    assert len(lines(boxes, reflowed(boxes, links))) == 1


def test_no_skip_leads_from_line_to_line() -> None:
    boxes, links = chain([(300, 72)] * 12, skips=[(0, 3), (4, 7), (8, 11)])
    line_of = {
        id: number
        for number, line in enumerate(lines(boxes, reflowed(boxes, links)))
        for id in line
    }
    assert len(set(line_of.values())) > 1
    assert all(line_of[link.source] == line_of[link.target] for link in links if link.joins)


def test_the_input_is_not_left_alone() -> None:
    boxes, links = chain([(96, 72), (1300, 200), (96, 72)])
    assert len(lines(boxes, reflowed(boxes, links))) == 1


def test_lines_that_were_there_are_read_on() -> None:
    """Two lines, of which the upper has become too long."""
    boxes, links = chain([(900, 300), (900, 300)])
    boxes |= {"2": Covered(0, 300, 96, 372), "3": Covered(168, 300, 264, 372)}
    links += [Link("1", "2", False), Link("2", "3", False)]
    found = lines(boxes, reflowed(boxes, links))
    assert [id for line in found for id in line] == ["0", "1", "2", "3"]
    assert found[0] == ["0"]


@pytest.mark.parametrize(
    ("template", "largest"), [("efficientnet-b0", 6000), ("densenet121", 2600), ("resnet50", 2200)]
)
def test_a_model_with_all_open_is_no_long_row(opened: Open, template: str, largest: int) -> None:
    hand = opened(gallery.build(template))
    hand.canvas.open_all()
    assert hand.canvas.diagram_scene.content_rect().width() < largest


def test_all_of_what_is_too_large_begins_at_its_beginning(opened: Open) -> None:
    hand = opened(gallery.build("unet"))
    hand.canvas.open_all()
    assert hand.canvas.zoom == LEGIBLE
    first = hand.canvas.diagram_scene.nodes["x"].body()
    assert hand.canvas.viewpoint.visible().contains(first)


def test_a_unet_stays_a_u(opened: Open) -> None:
    hand = opened(gallery.build("unet"))
    hand.canvas.open_all()
    at = hand.canvas.diagram_scene.root.geometry.positions
    level = [at[id].y for id in ("inc", "down1", "down2", "down3", "down4")]
    assert level == sorted(level)
    assert [at[id].x for id in ("inc", "down1", "up3", "up4")] == sorted(
        at[id].x for id in ("inc", "down1", "up3", "up4")
    )


def test_a_block_that_is_dragged_in_a_new_line_stays_where_it_is_put(opened: Open) -> None:
    hand = opened(gallery.build("resnet50"))
    scene, canvas = hand.canvas.diagram_scene, hand.canvas
    canvas.open_all()
    before = scene.root.geometry.positions["fc"]
    start = hand.block("fc")
    hand.drag(start, start + QPoint(0, 20))
    after = scene.root.geometry.positions["fc"]
    assert abs(after.x - before.x) <= 24
    assert 0 < after.y - before.y < 72
