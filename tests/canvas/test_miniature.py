"""What a collapsed block shows of its inside, and what it says below itself."""

from __future__ import annotations

from collections import Counter

import pytest

from app.canvas.miniature import MOST_CELLS, Arc, Miniature, kinds_inside
from app.canvas.node_face import Face, face_of
from graphcore import gallery
from graphcore.analysis import analyse
from graphcore.spec import Args, IntParam
from graphcore.wording import wording
from tests import diagrams as write


def face(template: str, node: str, block: str = "") -> Face:
    """The face of a node of the main block, or of ``block`` without an analysis."""
    diagram = gallery.build(template)
    found = diagram.blocks[block or diagram.main].graph.nodes[node]
    results = () if block else analyse(diagram).root.nodes[node]
    return face_of(diagram, found, results)


def picture(template: str, node: str, block: str = "") -> Miniature:
    """Its miniature."""
    found = face(template, node, block).miniature
    assert found is not None
    return found


class TestCells:
    def test_a_repeat_has_a_cell_and_an_arc_a_copy(self) -> None:
        found = picture("resnet50", "layer3")
        assert found.cells == 6
        assert [(arc.start, arc.end) for arc in found.arcs] == [(i, i + 1) for i in range(6)]

    def test_many_copies_show_both_ends(self) -> None:
        found = picture("resnet1202-cifar", "layer1")
        assert (found.cells, found.left_out) == (MOST_CELLS, 200 - MOST_CELLS)
        assert [found.copy_of(cell) for cell in (0, 11, 12, 23)] == [0, 11, 188, 199]

    def test_a_block_has_a_cell_a_layer_and_tells_what_lies_deeper(self) -> None:
        found = picture("densenet121", "features")
        dense = [found.nodes[int(arc.start)] for arc in found.arcs if arc.kind == "dense"]
        assert dense == [f"denseblock{i}" for i in range(1, 5)]

    @pytest.mark.parametrize(("template", "depth"), [("vit-b-16", 12), ("vit-digits", 3)])
    def test_a_copy_further_in_shows_each_of_its_skips(self, template: str, depth: int) -> None:
        """A copy of the encoder's layer has a skip round the attention and one round the MLP."""
        found = picture(template, "encoder")
        copies = [i for i, node in enumerate(found.nodes) if node == "layers"]
        halves = [(i + half, i + half + 0.5) for i in copies for half in (0, 0.5)]
        assert len(copies) == depth
        assert [(arc.start, arc.end) for arc in found.arcs] == halves

    @pytest.mark.parametrize("template", ["unet", "unet-bn", "unet-shapes"])
    def test_a_lateral_that_arrives_from_outside_is_not_drawn_a_second_time(
        self, template: str
    ) -> None:
        """The wire to the block is drawn as the connection; an arc inside would count it twice."""
        found = picture(template, "up1")
        assert found.cells == 2
        assert found.arcs == ()

    def test_a_lateral_inside_goes_over_what_it_goes_round(self) -> None:
        layers = [write.node(name, "Conv2d") for name in ("down", "deep", "up")]
        inner = write.block(
            write.image(),
            *layers,
            write.node("output", "Output"),
            extra=(write.wire("down", "up", "encoder_decoder", "across"),),
        )
        outer = write.block(write.image(), write.node("body", "Body"), write.node("out", "Output"))
        diagram = write.diagram(outer, Body=inner)
        found = face_of(diagram, diagram.main_block.graph.nodes["body"], ()).miniature
        assert found is not None
        assert found.arcs == (Arc(1, 2, "encoder_decoder"),)

    def test_only_copies_that_have_a_skip_show_one(self) -> None:
        """EfficientNet's stages have as many skips as they have copies but the first."""
        found = picture("efficientnet-b0", "features")
        per_stage = Counter(found.nodes[int(arc.start)] for arc in found.arcs)
        skips = {"stage2": 1, "stage3": 1, "stage4": 2, "stage5": 2, "stage6": 3}
        assert per_stage == skips

    def test_a_plain_twin_has_no_arcs(self) -> None:
        assert picture("plain20-digits", "stage1").arcs == ()

    def test_there_is_a_picture_where_nothing_was_analysed(self) -> None:
        assert picture("densenet121", "denseblock1", "Features").cells == 6

    def test_a_block_inside_itself_has_an_end(self) -> None:
        diagram = gallery.build("resnet50")
        assert kinds_inside(diagram, "Bottleneck") == ["skip"]
        assert kinds_inside(diagram, "Bottleneck", (), frozenset({"Bottleneck"})) == []


class TestCaptions:
    @pytest.mark.parametrize(
        ("template", "node", "caption"),
        [
            ("stochastic-depth110-cifar", "layer1", "BasicBlock · 16 · drop 0.0093–0.17"),
            ("stochastic-depth110-cifar", "layer3", "BasicBlock · 64 · stride 2 · drop 0.34–0.5"),
            ("resnet50", "layer3", "Bottleneck · 256 · stride 2"),
        ],
    )
    def test_what_varies_from_copy_to_copy_is_told_as_a_range(
        self, template: str, node: str, caption: str
    ) -> None:
        """The stride of the first copy is that of the stage."""
        assert face(template, node).caption == caption

    @pytest.mark.parametrize(
        ("values", "told"),
        [
            ((16, 32, 64), "Block · 16–64"),
            ((2, 1, 1), "Block · 2"),
            ((2, 2), "Block · 2"),
            ((0.1, 0.2), "Block · 0.1–0.2"),
            ((0.0, 0.5), "Block · 0–0.5"),
            ((True, False, True), "Block · True"),
            (((3, 3), (5, 5), (7, 7)), "Block · 3×3"),
        ],
    )
    def test_a_range_is_told_of_numbers(self, values: tuple[object, ...], told: str) -> None:
        inner = write.block(
            write.image(), write.node("output", "Output"), params=(IntParam(name="p", doc="P."),)
        )
        outer = write.block(write.image(), write.node("b", "Block"), write.node("out", "Output"))
        diagram = write.diagram(outer, Block=inner)
        copies: list[Args] = [{"p": value} for value in values]  # type: ignore[dict-item]
        node = diagram.main_block.graph.nodes["b"]
        assert wording(diagram, node, copies[0], copies[1:]) == ("b", told)


class TestShortcuts:
    @pytest.mark.parametrize(
        ("template", "node", "changed", "note"),
        [
            ("resnet50", "layer1", [0], "projection in copy 1"),
            ("resnet18", "layer1", [], ""),
            ("resnet18", "layer2", [0], "projection in copy 1"),
            ("resnet56-cifar", "layer3", [0], "pad in copy 1"),
            ("vgg16", "features", [], ""),
        ],
    )
    def test_what_is_not_the_identity_is_marked_and_named(
        self, template: str, node: str, changed: list[int], note: str
    ) -> None:
        found = picture(template, node)
        assert [int(arc.start) for arc in found.arcs if arc.changes] == changed
        assert face(template, node).note == note
