"""The highway view: shortcuts run straight, branches hang off them."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given

from graphcore import gallery
from graphcore.diagram import Diagram
from graphcore.highway import has_highway, highway
from graphcore.measures import node_size
from tests.layout.test_layout import chain_of, diagram_of, diagrams


@pytest.mark.parametrize(
    ("template", "block", "has"),
    [
        ("resnet50", "Bottleneck", True),
        ("resnet50", "ResNet50", False),
        ("unet", "UNet", False),
        ("vgg16", "Features", False),
    ],
)
def test_there_is_one_where_something_is_gone_round(template: str, block: str, has: bool) -> None:
    assert has_highway(gallery.build(template), block) is has


def test_a_branch_hangs_below_its_shortcut() -> None:
    points = highway(gallery.build("resnet50"), "Bottleneck")
    stream = {points[id].y for id in ("x", "relu3", "output")}
    branch = {points[id].y for id in ("conv1", "bn1", "relu1", "conv2", "conv3", "bn3")}
    assert stream == {0}
    assert len(branch) == 1
    assert min(branch) > 0


def test_shortcuts_one_after_another_are_one_stream() -> None:
    d = chain_of(*["Linear"] * 5, skips=[("a", "c"), ("c", "e")])
    points = highway(d, "Net")
    assert points["a"].y == points["c"].y == points["e"].y < points["b"].y == points["d"].y


def test_a_shortcut_inside_another_hangs_with_its_branch() -> None:
    d = chain_of(*["Linear"] * 6, skips=[("a", "f"), ("b", "d")])
    points = highway(d, "Net")
    rows = [points[id].y for id in "abcdef"]
    assert rows[0] == rows[5] < rows[1] == rows[3] == rows[4] < rows[2]


def test_branches_side_by_side_hang_below_together() -> None:
    kinds = {"x": "Input", "a": "Conv2d", "b": "Conv2d", "cat": "Concat", "end": "Conv2d"}
    wires = [("x", "a"), ("x", "b"), ("a", "cat"), ("b", "cat"), ("cat", "end")]
    points = highway(diagram_of(kinds, wires, [("x", "end")]), "Net")
    hung = ("a", "b", "cat")
    assert all(points[id].y > max(points["x"].y, points["end"].y) for id in hung)


@given(diagrams())
def test_blocks_never_overlap_and_all_have_a_place(d: Diagram) -> None:
    points = highway(d, "Net")
    nodes = d.main_block.graph.nodes
    assert points.keys() == nodes.keys()
    boxes = []
    for id, (x, y) in points.items():
        width, height = node_size(d, nodes[id])
        boxes.append((x, y - height // 2, x + width, y + height // 2))
    for a, b in combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
