"""How long arrangements are folded into lines."""

from __future__ import annotations

from itertools import pairwise

import pytest

from graphcore.diagram import Block, Diagram, Edge, Graph, Node, PortRef
from graphcore.layout import arrange
from graphcore.layout.fold import LEGIBLE, MOST_COLUMNS, SHEET, Column, crossings, fold
from graphcore.measures import node_size


def columns_of(
    count: int, *, width: int = 96, crossing: dict[int, int] | None = None
) -> list[Column]:
    """A chain of equal blocks, a wire between any two neighbours; ``crossing`` says where there
    are more."""
    pitch = width + 72
    return [
        Column(i * pitch, i * pitch + width, -36, 60, (crossing or {}).get(i, int(i < count - 1)))
        for i in range(count)
    ]


def lines_of(columns: list[Column]) -> list[int]:
    """How many columns each line has."""
    heights = [dy for _, dy in fold(columns, 72, 24)]
    return [heights.count(dy) for dy in sorted(set(heights))]


class TestLines:
    @pytest.mark.parametrize(("count", "lines"), [(1, 1), (5, 1), (8, 1), (12, 2), (30, 4)])
    def test_there_are_as_many_as_make_the_picture_large(self, count: int, lines: int) -> None:
        assert len(lines_of(columns_of(count))) == lines

    @pytest.mark.parametrize("count", [12, 17, 40, 333])
    def test_they_are_about_equally_long(self, count: int) -> None:
        found = lines_of(columns_of(count))
        assert sum(found) == count
        assert max(found) - min(found) <= max(2, max(found) // 3)

    def test_each_begins_at_the_left_and_is_read_downwards(self) -> None:
        columns = columns_of(12)
        moves = fold(columns, 72, 24)
        starts = [i for i, (a, b) in enumerate(pairwise(moves), 1) if a != b]
        assert [columns[i].left + moves[i][0] for i in starts] == [0]
        assert [dy for _, dy in moves] == sorted(dy for _, dy in moves)

    def test_a_line_that_is_legible_stays_one(self) -> None:
        columns = columns_of(8)
        assert SHEET[0] / columns[-1].right >= LEGIBLE
        assert fold(columns, 72, 24) == [(0, 0)] * 8

    def test_it_is_broken_where_the_fewest_wires_run_across(self) -> None:
        skipped = {i: 3 for i in range(3, 11) if i != 6}
        assert lines_of(columns_of(12, crossing=skipped)) == [7, 5]

    def test_it_is_not_broken_across_a_bundle(self) -> None:
        bundle = dict.fromkeys(range(12), 9)
        assert lines_of(columns_of(12, crossing=bundle)) == [12]

    def test_thousands_stay_one_line(self) -> None:
        assert lines_of(columns_of(MOST_COLUMNS + 1)) == [MOST_COLUMNS + 1]

    def test_nothing_is_folded_into_nothing(self) -> None:
        assert fold([], 72, 24) == []

    def test_wires_across_are_counted_behind_each_place(self) -> None:
        assert crossings(4, [(0, 1), (1, 2), (2, 3), (0, 3)]) == [2, 2, 2, 0]


def test_a_long_chain_fills_a_window_rather_than_a_line() -> None:
    names = [f"c{i}" for i in range(60)]
    edges = [Edge(f"e{a}", PortRef(a, "y"), PortRef(b, "x")) for a, b in pairwise(names)]
    graph = Graph({n: Node(n, "Conv2d", n) for n in names}, {e.id: e for e in edges})
    diagram = Diagram({"Net": Block(graph)}, "Net")
    points = arrange(diagram, "Net")
    width = max(at.x + node_size(diagram, graph.nodes[id])[0] for id, at in points.items())
    height = max(at.y for at in points.values()) - min(at.y for at in points.values())
    assert 1 < width / height < 5
