"""The tools of joining edges, by real events: what is drawn, what is said and lit meanwhile."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from PySide6.QtCore import Qt

from graphcore import edits
from graphcore.diagram import Diagram
from tests.canvas.conftest import Hand, Open, arranged
from tests.diagrams import image, node

SHIFT = Qt.KeyboardModifier.ShiftModifier
KEYS = {"skip": Qt.Key.Key_S, "dense": Qt.Key.Key_D, "encoder_decoder": Qt.Key.Key_E}


def convolution(name: str, channels: int, **more: object) -> object:
    given = {"out_channels": channels, "kernel_size": 3, "padding": 1} | more
    return node(name, "Conv2d", **given)


@pytest.fixture
def layers() -> Diagram:
    """x with 4 channels, c1 with 6, c2 with 8, c3 with 10, output: a plain chain."""
    chain = [convolution(f"c{i}", 4 + 2 * i) for i in (1, 2, 3)]
    return arranged(image(4), *chain, node("output", "Output"))


@pytest.fixture
def shrinking() -> Diagram:
    """x of 8×8, c1 that makes it 6×6, c2 that makes it 4×4, output."""
    chain = [convolution(f"c{i}", 4, padding=0) for i in (1, 2)]
    return arranged(image(4), *chain, node("output", "Output"))


class Said(NamedTuple):
    text: str
    tone: str


def said(hand: Hand) -> Said:
    label = hand.canvas.preview.label
    return Said(label.text(), label.property("tone"))


def hold(hand: Hand, kind: str, start: str, end: str) -> Said:
    """Take the tool, drag from block to block, and hold there; what is said."""
    hand.key(KEYS[kind])
    hand.press(hand.block(start))
    hand.move(hand.block(end))
    return said(hand)


class TestDrawing:
    @pytest.mark.parametrize("kind", KEYS)
    @pytest.mark.parametrize(("start", "end"), [("c1", "output"), ("output", "c1")])
    def test_in_either_direction(
        self, opened: Open, layers: Diagram, kind: str, start: str, end: str
    ) -> None:
        hand = opened(layers)
        hold(hand, kind, start, end)
        assert ("c1", "output", kind) not in hand.wires()
        hand.release(hand.block(end))
        assert ("c1", "output", kind) in hand.wires()
        (drawn,) = hand.canvas.document.selection
        assert hand.graph.edges[drawn].kind == kind
        assert (hand.canvas.tool, hand.steps()) == ("select", 1)
        assert not hand.canvas.preview.is_shown

    @pytest.mark.parametrize("kind", KEYS)
    def test_escape_takes_everything_back(self, opened: Open, layers: Diagram, kind: str) -> None:
        hand = opened(layers)
        hold(hand, kind, "x", "output")
        hand.key(Qt.Key.Key_Escape)
        scene = hand.canvas.diagram_scene
        assert not hand.canvas.preview.is_shown
        assert not any(item.state.tinted for item in scene.nodes.values())
        marks = [port.mark for item in scene.nodes.values() for port in item.state.inputs]
        assert set(marks) == {"hidden"}
        assert hand.canvas.document.diagram is layers

    @pytest.mark.parametrize("kind", KEYS)
    def test_the_branch_is_tinted_in_the_kind_s_colour(
        self, opened: Open, layers: Diagram, kind: str
    ) -> None:
        hand = opened(layers)
        hold(hand, kind, "c1", "output")
        nodes = hand.canvas.diagram_scene.nodes
        assert {id: n.state.tinted for id, n in nodes.items() if n.state.tinted} == {
            "c2": kind,
            "c3": kind,
        }

    def test_the_label_says_what_the_join_will_do(self, opened: Open, layers: Diagram) -> None:
        hand = opened(layers)
        assert hold(hand, "dense", "c1", "output") == ("concat: 6 + 10 → 16 channels", "plain")

    def test_a_third_operand_is_counted(self, opened: Open, layers: Diagram) -> None:
        hand = opened(edits.add_join(layers, "Net", "c2", "output", "dense")[0])
        assert hold(hand, "dense", "x", "output").text == "concat: 4 + 8 + 10 → 22 channels"


class TestSizesThatDiffer:
    def test_a_dense_edge_says_so_and_is_drawn_with_a_problem_that_has_fixes(
        self, opened: Open, shrinking: Diagram
    ) -> None:
        hand = opened(shrinking)
        text, tone = hold(hand, "dense", "x", "output")
        assert "sizes differ: N×4×8×8 and N×4×4×4" in text
        assert "choose how to align them" in text
        assert tone == "bad"
        hand.release(hand.block("output"))
        (problem,) = hand.canvas.document.analysis.diagnostics
        titles = [fix.title for fix in problem.fixes]
        assert titles == [
            "Crop what the edge brings",
            "Pad the other one with zeros",
            "Resize the other one",
            "Remove x → output",
        ]

    def test_an_encoder_decoder_edge_crops_what_is_larger(
        self, opened: Open, shrinking: Diagram
    ) -> None:
        hand = opened(shrinking)
        assert hold(hand, "encoder_decoder", "x", "output") == (
            "concat: 4 + 4 → 8 channels\ncrop 8 → 4",
            "plain",
        )
        hand.release(hand.block("output"))
        assert hand.edge("x", "output").params == {"align": "crop"}
        assert hand.canvas.document.analysis.ok
        assert hand.steps() == 1

    def test_where_neither_cropping_nor_padding_does_it_resizes(self, opened: Open) -> None:
        grown = arranged(
            image(4),
            convolution("c1", 4),
            convolution("c2", 4, padding=2),
            node("output", "Output"),
        )
        hand = opened(grown)
        assert hold(hand, "encoder_decoder", "x", "output").text == (
            "concat: 4 + 4 → 8 channels\nresize 10 → 8"
        )


class TestWhatFitsLightsUp:
    def lit(self, hand: Hand, mark: str = "fits") -> set[tuple[str, str]]:
        nodes = hand.canvas.diagram_scene.nodes
        sides = ("inputs", "outputs")
        return {
            (id, side)
            for id, item in nodes.items()
            for side in sides
            if any(port.mark == mark for port in getattr(item.state, side))
        }

    def test_inputs_behind_and_outputs_before(self, opened: Open, layers: Diagram) -> None:
        hand = opened(layers)
        hand.key(KEYS["dense"])
        hand.press(hand.block("c2"))
        hand.move(hand.empty())
        assert self.lit(hand) == {
            ("c3", "inputs"),
            ("output", "inputs"),
            ("x", "outputs"),
            ("c1", "outputs"),
        }

    def test_what_a_skip_would_go_round_in_vain_is_not_lit(
        self, opened: Open, layers: Diagram
    ) -> None:
        hand = opened(layers)
        hand.key(KEYS["skip"])
        hand.press(hand.block("c1"))
        hand.move(hand.empty())
        assert self.lit(hand) == {("c3", "inputs"), ("output", "inputs")}

    def test_other_sizes_fit_an_encoder_decoder_edge_only(
        self, opened: Open, shrinking: Diagram
    ) -> None:
        hand = opened(shrinking)
        hold(hand, "dense", "x", "x")
        hand.move(hand.empty())
        assert ("output", "inputs") not in self.lit(hand)
        hand.key(Qt.Key.Key_Escape)
        hand.release(hand.empty())
        hold(hand, "encoder_decoder", "x", "x")
        hand.move(hand.empty())
        assert ("output", "inputs") in self.lit(hand)

    def test_the_port_that_is_aimed_at_stands_out(self, opened: Open, layers: Diagram) -> None:
        hand = opened(layers)
        hold(hand, "dense", "c1", "output")
        assert self.lit(hand, "near") == {("output", "inputs")}
        hand.move(hand.block("x"))
        assert self.lit(hand, "near") == {("x", "outputs")}


class TestASelection:
    def select(self, hand: Hand, *nodes: str) -> None:
        for name in nodes:
            hand.click(hand.block(name), SHIFT)

    def test_d_makes_a_dense_block_of_it(self, opened: Open, layers: Diagram) -> None:
        hand = opened(layers)
        self.select(hand, "c1", "c2", "c3")
        hand.key(KEYS["dense"])
        dense = {(a, b) for a, b, kind in hand.wires() if kind == "dense"}
        assert dense == {
            ("x", "c2"),
            ("x", "c3"),
            ("c1", "c3"),
            ("x", "output"),
            ("c1", "output"),
            ("c2", "output"),
        }
        assert len(hand.canvas.document.selection) == 6
        assert (hand.canvas.tool, hand.steps()) == ("select", 1)
        result = hand.canvas.document.result
        assert result is not None
        assert str(result.outputs["output"]) == "N×28×8×8"

    def test_e_puts_one_round_it(self, opened: Open, shrinking: Diagram) -> None:
        hand = opened(shrinking)
        self.select(hand, "c1", "c2")
        hand.key(KEYS["encoder_decoder"])
        assert ("x", "output", "encoder_decoder") in hand.wires()
        assert hand.canvas.document.analysis.ok
        assert hand.steps() == 1

    def test_one_selected_block_takes_the_tool(self, opened: Open, layers: Diagram) -> None:
        hand = opened(layers)
        hand.click(hand.block("c2"))
        hand.key(KEYS["dense"])
        assert (hand.canvas.tool, hand.steps()) == ("dense", 0)

    def test_what_cannot_be_is_told(self, opened: Open, layers: Diagram) -> None:
        hand = opened(layers)
        told: list[str] = []
        hand.canvas.document.refused.connect(told.append)
        self.select(hand, "c1", "c3")
        hand.key(KEYS["dense"])
        assert "no chain" in told[0]
        assert hand.steps() == 0


class TestTheMenu:
    @pytest.mark.parametrize(
        ("title", "kind"),
        [
            ("Skip round this block", "skip"),
            ("Connect this block densely", "dense"),
            ("Encoder–decoder connection round this block", "encoder_decoder"),
        ],
    )
    def test_of_a_block_joins_round_it(
        self, opened: Open, layers: Diagram, title: str, kind: str
    ) -> None:
        hand = opened(layers)
        hand.choose(hand.block("c2"), title)
        assert ("c1", "c3", kind) in hand.wires()
        assert hand.steps() == 1

    def test_of_an_edge_makes_it_another_kind(self, opened: Open, layers: Diagram) -> None:
        hand = opened(edits.add_join(layers, "Net", "x", "output", "skip")[0])
        hand.choose(hand.wire("x", "output"), "Make it a", "Dense connection")
        assert ("x", "output", "dense") in hand.wires()
        assert hand.steps() == 1
