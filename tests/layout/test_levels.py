"""Levels of an encoder and a decoder, and which edges make them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from graphcore import gallery
from graphcore.diagram import Block, Diagram, Edge, Graph, Node, PortRef
from graphcore.drawn_kind import drawn_kind
from graphcore.layout import arrange
from graphcore.layout.levels import Span, are_nested, is_deep, levels


@pytest.mark.parametrize(
    ("spans", "nested", "deep"),
    [
        ([], True, False),
        ([(0, 4)], True, False),
        ([(0, 9), (1, 8), (2, 7)], True, True),
        ([(0, 3), (3, 6)], True, False),
        ([(0, 5), (3, 9)], False, False),
        ([(0, 9), (1, 4), (4, 8)], True, True),
        ([(0, 9), (0, 4)], True, False),
    ],
)
def test_spans_make_levels_where_one_lies_inside_another(
    spans: list[Span], nested: bool, deep: bool
) -> None:
    assert are_nested(spans) is nested
    assert is_deep(spans) is deep


def test_the_level_is_how_many_spans_go_round() -> None:
    assert levels(9, [(1, 7), (2, 6), (3, 5)]) == [0, 0, 1, 2, 3, 2, 1, 0, 0]


def flat_unet() -> Diagram:
    """Two levels and a bottom, drawn layer by layer."""
    kinds = {
        "x": "Input", "enc1": "Conv2d", "pool1": "MaxPool2d", "enc2": "Conv2d",
        "pool2": "MaxPool2d", "mid": "Conv2d", "up2": "ConvTranspose2d", "dec2": "Conv2d",
        "up1": "ConvTranspose2d", "dec1": "Conv2d", "out": "Output",
    }  # fmt: skip
    edges = [Edge(f"e{a}", PortRef(a, "y"), PortRef(b, "x")) for a, b in pairwise(kinds)]
    for a, b in (("enc1", "dec1"), ("enc2", "dec2")):
        edges.append(Edge(f"l{a}", PortRef(a, "y"), PortRef(b, "x"), "encoder_decoder"))
    nodes = {id: Node(id, kind, id) for id, kind in kinds.items()}
    return Diagram({"Net": Block(Graph(nodes, {e.id: e for e in edges}))}, "Net")


class TestU:
    def test_a_flat_one_descends_and_rises(self) -> None:
        diagram = flat_unet()
        points = arrange(diagram, "Net")
        heights = [points[id].y for id in diagram.main_block.graph.nodes]
        bottom = heights.index(max(heights))
        assert heights[: bottom + 1] == sorted(heights[: bottom + 1])
        assert heights[bottom:] == sorted(heights[bottom:], reverse=True)
        assert len(set(heights)) == 3

    def test_both_ends_of_a_connection_stand_on_one_level(self) -> None:
        points = arrange(flat_unet(), "Net")
        assert points["enc1"].y == points["dec1"].y < points["enc2"].y == points["dec2"].y
        assert points["enc2"].y < points["mid"].y

    @pytest.mark.parametrize("name", ["unet", "unet-bn"])
    def test_one_of_blocks_has_a_level_a_halving(self, name: str) -> None:
        points = arrange(gallery.build(name), "UNet")
        down = [points[id].y for id in ("inc", "down1", "down2", "down3", "down4")]
        up = [points[id].y for id in ("up1", "up2", "up3", "up4")]
        assert down == sorted(set(down))
        assert up == sorted(set(up), reverse=True)

    def test_it_grows_to_the_right(self) -> None:
        diagram = flat_unet()
        points = arrange(diagram, "Net")
        lefts = [points[id].x for id in diagram.main_block.graph.nodes]
        assert lefts == sorted(lefts)


class TestDrawnKind:
    @pytest.mark.parametrize(
        ("template", "edge", "kind"),
        [
            ("unet", "lateral1", "encoder_decoder"),
            ("unet", "e1", "flow"),
            ("resnet50", "e5", "flow"),
        ],
    )
    def test_a_wire_is_drawn_as_what_it_becomes_inside(
        self, template: str, edge: str, kind: str
    ) -> None:
        diagram = gallery.build(template)
        graph = diagram.main_block.graph
        assert drawn_kind(diagram, graph, graph.edges[edge]) == kind

    def test_an_edge_that_joins_is_drawn_as_what_it_is(self) -> None:
        diagram = gallery.build("resnet50")
        graph = diagram.blocks["Bottleneck"].graph
        assert drawn_kind(diagram, graph, graph.edges["downsample"]) == "skip"

    def test_what_becomes_of_it_may_lie_deeper(self) -> None:
        diagram = flat_unet()
        inner = Graph(
            {n.id: n for n in (Node("x", "Input", "x"), Node("c", "Conv2d", "c"))},
            {"s": Edge("s", PortRef("x", "y"), PortRef("c", "x"), "skip")},
        )
        outer = Graph(
            {n.id: n for n in (Node("x", "Input", "x"), Node("b", "Inner", "b"))},
            {"w": Edge("w", PortRef("x", "y"), PortRef("b", "x"))},
        )
        main = Graph(
            {n.id: n for n in (Node("x", "Input", "x"), Node("a", "Outer", "a"))},
            {"w": Edge("w", PortRef("x", "y"), PortRef("a", "x"))},
        )
        blocks = {"Net": Block(main), "Outer": Block(outer), "Inner": Block(inner)}
        diagram = Diagram(blocks, "Net")
        assert drawn_kind(diagram, main, main.edges["w"]) == "skip"

    def test_a_block_that_contains_itself_is_drawn_too(self) -> None:
        inside = Graph(
            {n.id: n for n in (Node("x", "Input", "x"), Node("b", "Net", "b"))},
            {"w": Edge("w", PortRef("x", "y"), PortRef("b", "x"))},
        )
        diagram = Diagram({"Net": Block(inside)}, "Net")
        assert drawn_kind(diagram, inside, inside.edges["w"]) == "flow"
