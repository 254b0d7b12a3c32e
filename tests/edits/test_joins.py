"""Joining edges of every kind: drawn, put round a selection, a dense block of it."""

from __future__ import annotations

import pytest

from graphcore import edits
from graphcore.analysis import analyse
from graphcore.diagram import Diagram, EdgeKindName, PortRef
from graphcore.edits import EditError
from graphcore.edits.joins import MOST_DENSE
from graphcore.module import to_module
from tests.diagrams import block, diagram, image, node


def chain(*kinds: str) -> Diagram:
    """x, nodes named by place (0c for a convolution, 1r for a ReLU, 2b for a norm), output."""
    made = {"c": ("Conv2d", 3), "r": ("ReLU", None), "b": ("BatchNorm2d", None)}
    nodes = []
    for place, letter in enumerate(kinds):
        kind, channels = made[letter]
        given = {"out_channels": channels, "kernel_size": 1} if channels else {}
        nodes.append(node(f"{letter}{place}", kind, **given))
    return diagram(block(image(), *nodes, node("output", "Output")))


def operands(made: Diagram, target: str) -> list[str]:
    return [edge.source.node for edge in made.main_block.graph.into(target)]


@pytest.mark.parametrize("kind", ["skip", "dense", "encoder_decoder"])
class TestOneEdge:
    def test_is_drawn_from_node_to_node(self, kind: EdgeKindName) -> None:
        made, edge = edits.add_join(chain("c", "r"), "Net", "x", "output", kind)
        found = made.main_block.graph.edges[edge]
        assert (found.source, found.target) == (PortRef("x", "y"), PortRef("output", "x"))
        assert found.kind == kind

    def test_goes_round_a_selection(self, kind: EdgeKindName) -> None:
        made, edge = edits.join_around(chain("c", "r", "c"), "Net", {"c0", "r1"}, kind)
        found = made.main_block.graph.edges[edge]
        assert (found.source.node, found.target.node) == ("x", "c2")

    def test_needs_something_to_join(self, kind: EdgeKindName) -> None:
        apart = edits.delete(chain("c", "r"), "Net", {"flow_c0_r1_x"})
        with pytest.raises(EditError, match="nothing to join; wire the branch first"):
            edits.add_join(apart, "Net", "x", "r1", kind)


class TestADenseBlock:
    """What each layer is given, by where it is cut into layers."""

    CASES: tuple[tuple[str, str, dict[str, list[str]]], ...] = (
        ("one layer", "c", {"output": ["x", "c0"]}),
        ("bare", "ccc", {"c1": ["x", "c0"], "c2": ["x", "c0", "c1"]}),
        ("the last", "ccc", {"output": ["x", "c0", "c1", "c2"]}),
        ("post-activation", "crcr", {"c2": ["x", "r1"], "output": ["x", "r1", "r3"]}),
        ("pre-activation", "brcbrc", {"b3": ["x", "c2"], "output": ["x", "c2", "c5"]}),
        ("pre-activation, a norm more", "bcbcb", {"b2": ["x", "c1"], "output": ["x", "c1", "b4"]}),
        ("chips alone are one layer", "br", {"output": ["x", "r1"]}),
    )

    @pytest.mark.parametrize(
        ("kinds", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
    )
    def test_every_layer_gets_x_and_what_the_ones_before_it_made(
        self, kinds: str, expected: dict[str, list[str]]
    ) -> None:
        made = chain(*kinds)
        inside = [id for id in made.main_block.graph.nodes if id not in ("x", "output")]
        made, new = edits.connect_densely(made, "Net", inside)
        assert {target: operands(made, target) for target in expected} == expected
        layers = len(operands(made, "output")) - 1
        assert len(new) == layers * (layers + 1) // 2
        assert analyse(made).ok

    def test_channels_add_up_as_torch_says(self) -> None:
        import torch

        made, _ = edits.connect_densely(chain(*"cccc"), "Net", ["c0", "c1", "c2", "c3"])
        assert to_module(made)(torch.zeros(2, 4, 8, 8)).shape == (2, 4 + 4 * 3, 8, 8)

    def test_what_is_there_already_stays(self) -> None:
        made, edge = edits.add_join(chain(*"cc"), "Net", "x", "output", "dense")
        made, new = edits.connect_densely(made, "Net", ["c0", "c1"])
        assert edge in made.main_block.graph.edges
        assert len(new) == 2

    REFUSED: tuple[tuple[str, list[str], str], ...] = (
        ("", [], "Select the consecutive blocks"),
        ("ccc", ["c0", "c2"], "are no chain"),
        ("c", ["x", "c0"], "Nothing feeds 'x'"),
        ("c", ["c0", "output"], "'output' feeds nothing"),
        ("c" * 25, [f"c{i}" for i in range(25)], "25 layers would need 325 connections; put one"),
    )

    @pytest.mark.parametrize(("kinds", "selected", "message"), REFUSED)
    def test_what_cannot_be(self, kinds: str, selected: list[str], message: str) -> None:
        with pytest.raises(EditError, match=message):
            edits.connect_densely(chain(*kinds), "Net", selected)

    def test_twice_changes_nothing(self) -> None:
        made, _ = edits.connect_densely(chain(*"cc"), "Net", ["c0", "c1"])
        with pytest.raises(EditError, match="densely connected already"):
            edits.connect_densely(made, "Net", ["c0", "c1"])

    def test_the_largest_block_of_densenet_121_can_be_drawn_flat(self) -> None:
        names = [f"c{i}" for i in range(MOST_DENSE)]
        made, new = edits.connect_densely(chain(*"c" * MOST_DENSE), "Net", names)
        assert len(new) == 300
        assert len(operands(made, "output")) == MOST_DENSE + 1
