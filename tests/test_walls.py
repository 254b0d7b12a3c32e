"""Wires that lead to joins behind a wall are drawn in the joins' kind."""

from __future__ import annotations

import pytest

from graphcore import gallery
from graphcore.diagram import Block, Diagram, Edge
from graphcore.walls import kinds_behind_walls
from tests.diagrams import block, diagram, image, node, residual, wire


def up(*edges: Edge) -> Block:
    """A block with a trunk from ``x`` through a ReLU and a second input ``side``."""
    nodes = [node("x", "Input"), node("side", "Input"), node("act", "ReLU")]
    nodes += [node("more", "Concat"), node("output", "Output")]
    trunk = [wire("x", "act"), wire("act", "output")]
    return block(*nodes, edges=[*trunk, *edges])


def around(inside: Block, **blocks: Block) -> Diagram:
    """x and its copy y, which goes into the second input of a block."""
    nodes = [image(), node("y", "ReLU"), node("up", "Up"), node("output", "Output")]
    edges = [wire("x", "y"), wire("x", "up.x"), wire("y", "up.side"), wire("up.output", "output")]
    return diagram(block(*nodes, edges=edges), Up=inside, **blocks)


ENCODER = wire("side", "output", "encoder_decoder")
SKIP = wire("side", "act", "skip")


class TestAWireIntoABlock:
    CASES: tuple[tuple[str, tuple[Edge, ...], str], ...] = (
        ("an encoder–decoder edge", (ENCODER,), "encoder_decoder"),
        ("a skip", (SKIP,), "skip"),
        ("dense edges", (wire("side", "act", "dense"), wire("side", "output", "dense")), "dense"),
        ("a plain wire besides", (ENCODER, wire("side", "more")), ""),
        ("two kinds", (wire("side", "act", "dense"), ENCODER), ""),
        ("nothing", (), ""),
    )

    @pytest.mark.parametrize(
        ("edges", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
    )
    def test_is_what_it_feeds_inside(self, edges: tuple[Edge, ...], expected: str) -> None:
        made = around(up(*edges))
        found = kinds_behind_walls(made, made.main_block.graph)
        assert found == ({"flow_y_up_side": expected} if expected else {})

    def test_through_several_walls(self) -> None:
        outer = block(
            node("x", "Input"),
            node("side", "Input"),
            node("inner", "Inner"),
            node("output", "Output"),
            edges=[
                wire("x", "inner.x"),
                wire("side", "inner.side"),
                wire("inner.output", "output"),
            ],
        )
        made = around(outer, Inner=up(ENCODER))
        assert kinds_behind_walls(made, made.main_block.graph) == {
            "flow_y_up_side": "encoder_decoder"
        }

    def test_a_residual_block_s_trunk_stays_a_wire(self) -> None:
        made = diagram(
            block(image(), node("r", "R", width=4), node("output", "Output")), R=residual()
        )
        assert kinds_behind_walls(made, made.main_block.graph) == {}

    def test_a_block_that_contains_itself_is_not_followed_for_ever(self) -> None:
        looped = up(ENCODER)
        looped.graph.nodes["again"] = node("again", "Up")  # type: ignore[index]
        looped.graph.edges["loop"] = wire("side", "again.side")  # type: ignore[index]
        made = around(looped)
        assert kinds_behind_walls(made, made.main_block.graph) == {}


@pytest.mark.parametrize("name", ["unet", "unet-bn"])
def test_the_u_net_of_the_gallery_shows_its_four_levels(name: str) -> None:
    made = gallery.build(name)
    kinds = kinds_behind_walls(made, made.main_block.graph)
    assert list(kinds.values()) == ["encoder_decoder"] * 4
