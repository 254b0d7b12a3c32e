"""Blocks that an edit makes wider push aside what follows, and a slider moves nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from graphcore import edits, gallery
from graphcore.diagram import Diagram
from graphcore.growing import with_room_for_growth
from graphcore.measures import is_chip, node_size

LONG = "a_stage_with_a_rather_long_name"


def overlapping(diagram: Diagram, block: str) -> list[tuple[str, str]]:
    """Pairs of nodes that stand on top of each other."""
    inside = diagram.blocks[block]
    found = []
    for a, b in itertools.combinations(inside.positions, 2):
        (ax, ay), (bx, by) = inside.positions[a], inside.positions[b]
        (aw, ah), (bw, bh) = (node_size(diagram, inside.graph.nodes[n]) for n in (a, b))
        if ax < bx + bw and bx < ax + aw and abs(ay - by) < (ah + bh) / 2:
            found.append((a, b))
    return found


def first_block(diagram: Diagram) -> str:
    """The first instance of a block in the main block."""
    nodes = diagram.main_block.graph.nodes.values()
    return next(n.id for n in nodes if n.kind in diagram.blocks)


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("resnet18", lambda d: edits.set_repeat(d, d.main, "layer1", 9)),
        ("resnet18", lambda d: edits.rename(d, d.main, "layer2", LONG)),
        ("resnet18", lambda d: edits.rename(d, d.main, "conv1", LONG)),
        ("unet-bn", lambda d: edits.rename(d, d.main, first_block(d), LONG)),
    ],
)
def test_a_block_that_grows_stands_clear(name: str, edit: Callable[[Diagram], Diagram]) -> None:
    before = gallery.build(name)
    after = edit(before)
    settled = with_room_for_growth(before, after)
    assert not overlapping(settled, before.main)
    assert settled.main_block.graph == after.main_block.graph


def test_what_does_not_grow_moves_nothing() -> None:
    before = gallery.build("resnet18")
    after = edits.set_repeat(before, "ResNet18", "layer1", 1)
    assert with_room_for_growth(before, after) is after


def test_what_was_attached_stays_attached() -> None:
    before = gallery.build("resnet18")
    after = with_room_for_growth(before, edits.rename(before, "ResNet18", "conv1", LONG))
    inside = after.main_block
    assert is_chip(inside.graph.nodes["bn1"])
    right = inside.positions["conv1"].x + node_size(after, inside.graph.nodes["conv1"])[0]
    assert inside.positions["bn1"].x == right


@pytest.mark.parametrize("depth", [8, 20, 56, 110])
def test_the_depth_of_a_network_overlaps_nothing(depth: int) -> None:
    before = gallery.build("resnet20-digits")
    after = edits.set_block_param(before, before.main, "depth", depth)
    assert not overlapping(after, after.main)
    assert with_room_for_growth(before, after) is after
