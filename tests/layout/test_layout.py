"""Where arranged blocks stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcore import layout
from graphcore.diagram import Block, Diagram, Edge, EdgeKindName, Graph, Node, Point, PortRef
from graphcore.layout import GAP, LANE, arrange, arrange_diagram, lanes
from graphcore.measures import (
    BOX_HEIGHT,
    CHIP_WIDTH,
    GRID,
    NAME_ROOM,
    cells,
    node_size,
    port_offsets,
)

Wires = Sequence[tuple[str, str]]


def diagram_of(
    kinds: dict[str, str], wires: Wires, skips: Wires = (), blocks: dict[str, Block] | None = None
) -> Diagram:
    """A diagram whose main block has these nodes (id -> kind), wires and skips."""
    edges: dict[str, Edge] = {}
    plans: list[tuple[Wires, EdgeKindName]] = [(wires, "flow"), (skips, "skip")]
    for pairs, kind in plans:
        for source, target in pairs:
            port = f"in{len(edges)}" if kinds[target] == "Concat" else "x"
            id = f"{kind}:{source}-{target}:{len(edges)}"
            edges[id] = Edge(id, PortRef(source, "y"), PortRef(target, port), kind)
    nodes = {id: Node(id, kind, id) for id, kind in kinds.items()}
    return Diagram({"Net": Block(Graph(nodes, edges)), **(blocks or {})}, "Net")


def chain_of(*kinds: str, skips: Wires = ()) -> Diagram:
    """Nodes named a, b, c, … wired one after the other."""
    names = [chr(ord("a") + index) for index in range(len(kinds))]
    wires = list(pairwise(names))
    return diagram_of(dict(zip(names, kinds, strict=True)), wires, skips)


def boxes(diagram: Diagram, points: dict[str, Point]) -> dict[str, tuple[int, int, int, int]]:
    """Left, top, right, bottom of every node."""
    nodes = diagram.main_block.graph.nodes
    found = {}
    for id, (x, y) in points.items():
        width, height = node_size(diagram, nodes[id])
        found[id] = (x, y - height // 2, x + width, y + height // 2)
    return found


class TestSizes:
    def test_a_chip_is_narrow_and_a_box_is_not(self) -> None:
        d = chain_of("Conv2d", "BatchNorm2d")
        assert node_size(d, d.main_block.graph.nodes["b"])[0] == CHIP_WIDTH
        assert node_size(d, d.main_block.graph.nodes["a"]) == (96, BOX_HEIGHT)

    def test_words_that_are_long_make_a_box_wider_up_to_a_limit(self) -> None:
        d = chain_of("Linear")
        named = replace(d.main_block.graph.nodes["a"], label="a" * 60)
        assert 72 < node_size(d, named)[0] <= 168

    @pytest.mark.parametrize(
        ("count", "offsets"), [(0, ()), (1, (0,)), (2, (-12, 12)), (3, (-24, 0, 24))]
    )
    def test_ports_are_spread_about_the_middle(self, count: int, offsets: tuple[int, ...]) -> None:
        assert port_offsets(count) == offsets

    def test_many_ports_make_a_box_taller(self) -> None:
        inner = Block(Graph({f"x{i}": Node(f"x{i}", "Input", f"x{i}") for i in range(5)}))
        d = diagram_of({"b": "Wide"}, [], blocks={"Wide": inner})
        assert node_size(d, d.main_block.graph.nodes["b"])[1] == 6 * GRID

    def test_a_repeat_has_a_cell_a_copy_and_a_block_one_a_layer(self) -> None:
        inner = chain_of("Input", "Conv2d", "BatchNorm2d", "Conv2d", "Output").main_block
        d = diagram_of({"b": "Inner"}, [], blocks={"Inner": inner})
        node = d.main_block.graph.nodes["b"]
        assert cells(d, node) == 2
        assert cells(d, replace(node, repeat=7)) == 7


class TestChains:
    def test_a_chain_runs_left_to_right_on_one_line(self) -> None:
        d = chain_of("Input", "Conv2d", "Conv2d", "Output")
        points = arrange(d, "Net")
        assert {at.y for at in points.values()} == {0}
        assert [points[id].x for id in "abcd"] == sorted(points[id].x for id in "abcd")

    def test_blocks_stand_a_gap_apart_on_the_grid(self) -> None:
        d = chain_of("Input", "Conv2d", "Output")
        found = boxes(d, dict(arrange(d, "Net")))
        assert found["b"][0] - found["a"][2] == GAP == found["c"][0] - found["b"][2]
        assert all(left % GRID == 0 for left, *_ in found.values())

    def test_chips_sit_behind_their_block_without_a_gap(self) -> None:
        d = chain_of("Input", "Conv2d", "BatchNorm2d", "ReLU", "Conv2d")
        found = boxes(d, dict(arrange(d, "Net")))
        assert found["b"][2] == found["c"][0]
        assert found["c"][2] == found["d"][0]
        assert found["e"][0] - found["d"][2] == GAP

    @pytest.mark.parametrize(
        ("skips", "why"),
        [([("a", "c")], "a join stands before it"), ([("b", "d")], "what it follows feeds others")],
    )
    def test_a_chip_stands_apart_where(self, skips: Wires, why: str) -> None:
        d = chain_of("Input", "Conv2d", "ReLU", "Conv2d", skips=skips)
        found = boxes(d, dict(arrange(d, "Net")))
        assert found["c"][0] - found["b"][2] == GAP, why


class TestBranches:
    def test_branches_stand_beside_the_longest_which_stays_straight(self) -> None:
        kinds = {"x": "Input", "a": "Conv2d", "b": "Conv2d", "c": "Conv2d", "cat": "Concat"}
        d = diagram_of(kinds, [("x", "a"), ("a", "b"), ("b", "cat"), ("x", "c"), ("c", "cat")])
        points = arrange(d, "Net")
        assert points["x"].y == points["a"].y == points["b"].y == points["cat"].y
        assert points["c"].y != points["a"].y

    def test_branches_stand_in_the_order_in_which_they_are_merged(self) -> None:
        kinds = {"x": "Input", **{f"c{i}": "Conv2d" for i in range(4)}, "cat": "Concat"}
        wires = [("x", f"c{i}") for i in range(4)] + [(f"c{i}", "cat") for i in range(4)]
        points = arrange(diagram_of(kinds, wires), "Net")
        rows = [points[f"c{i}"].y for i in range(4)]
        assert rows == sorted(rows)
        assert len(set(rows)) == 4

    def test_what_feeds_a_late_block_stands_right_before_it(self) -> None:
        kinds = {"x": "Input", "a": "Conv2d", "b": "Conv2d", "cat": "Concat", "late": "Input"}
        wires = [("x", "a"), ("a", "b"), ("b", "cat"), ("late", "cat")]
        points = arrange(diagram_of(kinds, wires), "Net")
        assert points["late"].x == points["b"].x

    def test_blocks_without_wires_stand_below(self) -> None:
        d = diagram_of({"x": "Input", "y": "Output", "loose": "Conv2d"}, [("x", "y")])
        points = arrange(d, "Net")
        assert points["loose"].y > points["x"].y + BOX_HEIGHT


class TestLanes:
    @pytest.mark.parametrize(
        ("intervals", "wanted"),
        [
            ([], []),
            ([(0, 2), (2, 4), (4, 6)], [0, 0, 0]),
            ([(0, 4), (1, 2), (2, 3)], [1, 0, 0]),
            ([(0, 3), (2, 5)], [0, 1]),
            ([(0, 9), (1, 8), (2, 7)], [2, 1, 0]),
        ],
    )
    def test_what_encloses_lies_outside_and_neighbours_share(
        self, intervals: list[tuple[float, float]], wanted: list[int]
    ) -> None:
        assert lanes(intervals) == wanted

    @given(
        st.lists(
            st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda p: (p[0], p[0] + p[1])),
            max_size=40,
        )
    )
    def test_no_lane_holds_two_that_overlap(self, intervals: list[tuple[int, int]]) -> None:
        found = lanes(intervals)
        for i, j in combinations(range(len(intervals)), 2):
            if found[i] == found[j]:
                (a, b), (c, d) = intervals[i], intervals[j]
                assert b <= c or d <= a

    def test_a_row_leaves_room_for_the_skips_of_the_one_above(self) -> None:
        def distance(skips: Wires) -> int:
            kinds = dict.fromkeys("abcde", "Conv2d") | {"x": "Input", "cat": "Concat"}
            wires = [("x", "a"), ("a", "b"), ("b", "c"), ("c", "d"), ("d", "cat")]
            wires += [("x", "e"), ("e", "cat")]
            points = arrange(diagram_of(kinds, wires, skips), "Net")
            return abs(points["e"].y - points["a"].y)

        assert distance([("a", "d"), ("b", "d")]) >= distance([]) + 2 * LANE

    def test_a_name_below_a_block_has_room(self) -> None:
        inner = chain_of("Input", "Conv2d", "Output").main_block
        kinds = {"x": "Input", "a": "Inner", "b": "Conv2d", "c": "Conv2d", "cat": "Concat"}
        wires = [("x", "a"), ("a", "b"), ("b", "cat"), ("x", "c"), ("c", "cat")]
        d = diagram_of(kinds, wires, blocks={"Inner": inner})
        points = arrange(d, "Net")
        assert points["c"].y - points["a"].y >= BOX_HEIGHT + NAME_ROOM + GRID


@st.composite
def diagrams(draw: st.DrawFn) -> Diagram:
    """Any acyclic wiring of boxes and chips, skips included."""
    count = draw(st.integers(1, 14))
    names = [f"n{i}" for i in range(count)]
    kinds = {id: draw(st.sampled_from(["Conv2d", "ReLU", "Concat", "Linear"])) for id in names}
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=24, unique=True)) if pairs else []
    skips = draw(st.lists(st.sampled_from(pairs), max_size=4, unique=True)) if pairs else []
    return diagram_of(kinds, chosen, skips)


class TestAlways:
    @given(diagrams())
    def test_no_two_blocks_overlap_and_all_have_a_place(self, d: Diagram) -> None:
        points = dict(arrange(d, "Net"))
        assert list(points) == list(d.main_block.graph.nodes)
        for (a, b, c, e), (f, g, h, i) in combinations(boxes(d, points).values(), 2):
            assert c <= f or h <= a or e <= g or i <= b

    @given(diagrams())
    def test_wires_run_to_the_right_or_to_a_later_line(self, d: Diagram) -> None:
        points = arrange(d, "Net")
        for edge in d.main_block.graph.edges.values():
            (left, top), (right, bottom) = points[edge.source.node], points[edge.target.node]
            assert left < right or top < bottom

    @given(diagrams())
    def test_the_same_diagram_is_arranged_the_same(self, d: Diagram) -> None:
        again = diagram_of({}, [])
        again = replace(again, blocks=dict(d.blocks))
        assert arrange(d, "Net") == arrange(again, "Net")

    def test_a_circle_is_arranged_too(self) -> None:
        d = diagram_of({"a": "Conv2d", "b": "Conv2d"}, [("a", "b"), ("b", "a")])
        assert len(set(arrange(d, "Net").values())) == 2

    def test_a_ring_of_chips_is_arranged_too(self) -> None:
        d = diagram_of({"a": "ReLU", "b": "ReLU"}, [("a", "b"), ("b", "a")])
        assert len(set(arrange(d, "Net").values())) == 2

    def test_an_empty_block_has_no_places(self) -> None:
        assert arrange(Diagram({"Net": Block()}, "Net"), "Net") == {}


class TestArrangeDiagram:
    def test_every_block_is_arranged(self) -> None:
        inner = chain_of("Input", "Conv2d", "Output").main_block
        d = arrange_diagram(diagram_of({"b": "Inner"}, [], blocks={"Inner": inner}))
        assert all(
            block.positions.keys() == block.graph.nodes.keys() for block in d.blocks.values()
        )

    def test_what_is_in_order_stays_the_same_object(self) -> None:
        d = arrange_diagram(chain_of("Input", "Conv2d", "Output"))
        assert arrange_diagram(d) is d

    def test_the_trunk_is_a_longest_path(self) -> None:
        d = chain_of("Input", *["Conv2d"] * 6, "Output", skips=[("b", "f")])
        points = arrange(d, "Net")
        longest = nx.dag_longest_path_length(nx.DiGraph(d.main_block.graph.networkx()))
        assert len({at.x for at in points.values() if at.y == 0}) == longest + 1


@st.composite
def trunks(draw: st.DrawFn) -> Diagram:
    """Some blocks and chips in a row with skips between them; now and then one wire is missing
    or one more leads ahead."""
    kinds = draw(st.lists(st.sampled_from(["Conv2d", "ReLU", "Linear"]), min_size=1, max_size=7))
    names = [chr(ord("a") + index) for index in range(len(kinds))]
    pairs = st.sampled_from(list(combinations(names, 2)) or [("a", "a")])
    wires, missing, more = list(pairwise(names)), draw(st.integers(0, 12)), draw(st.integers(0, 1))
    skips = draw(st.lists(pairs, max_size=4 if wires else 0, unique=True))
    wires = [wire for index, wire in enumerate(wires) if index != missing]
    if wires and more:
        wires.append(draw(pairs))
    return diagram_of(dict(zip(names, kinds, strict=True)), wires, skips)


@given(diagram=trunks())
def test_a_trunk_stands_where_the_search_would_put_it(diagram: Diagram) -> None:
    quick = arrange(diagram, "Net")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "is_chain", lambda diagram, graph, units: False)
        assert quick == arrange(diagram, "Net")
