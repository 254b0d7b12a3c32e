"""Pieces that look alike: found, told apart by their values, made instances of one block."""

from __future__ import annotations

import pytest

from graphcore import edits
from graphcore.diagram import Diagram, Node
from graphcore.edits import EditError, alike
from graphcore.edits.pieces import group_alike
from graphcore.expression import Expr, evaluate
from graphcore.spec import IntParam, ParamValue
from tests.diagrams import block, diagram, image, node, wire
from tests.same_model import assert_same
from tests.well_formed import check_well_formed


def triple(number: int, channels: object, **more: object) -> list[Node]:
    """conv, norm, activation."""
    kernel = {"kernel_size": 3, "padding": 1, **more}
    return [
        node(f"conv{number}", "Conv2d", out_channels=channels, **kernel),
        node(f"bn{number}", "BatchNorm2d"),
        node(f"relu{number}", "ReLU"),
    ]


def triples(*channels: object, **more: object) -> Diagram:
    nodes = [part for n, width in enumerate(channels, 1) for part in triple(n, width, **more)]
    params = (IntParam(name="width", doc="Channels.", default=4),)
    return diagram(block(image(), *nodes, node("output", "Output"), params=params))


def everything(made: Diagram) -> set[str]:
    return set(made.main_block.graph.nodes)


def test_a_selection_of_equal_parts_is_seen_as_such() -> None:
    net = triples(8, 16, 24)
    pieces = alike.parts_of(net, "Net", everything(net))
    assert [piece[0] for piece in pieces] == ["conv1", "conv2", "conv3"]
    assert alike.is_chain(net, "Net", pieces)
    found = alike.candidates(net, "Net", pieces)
    assert [(c.param.name, c.values, c.varies) for c in found] == [
        ("out_channels", (8, 16, 24), True),
        ("kernel_size", (3, 3, 3), False),
        ("padding", (1, 1, 1), False),
    ]


def test_other_places_that_look_the_same_are_found() -> None:
    net = triples(8, 16, 24)
    (piece,) = alike.parts_of(net, "Net", {"conv2", "bn2", "relu2"})
    others = alike.others_like(net, "Net", piece, set(piece))
    assert [other[0] for other in others] == ["conv1", "conv3"]


def test_what_differs_in_more_than_values_is_not_alike() -> None:
    net = triples(8, 16)
    net = edits.delete(net, "Net", {"flow_bn2_relu2_x"})
    skip = edits.add_skip(triples(8, 16), "Net", "relu1", "relu2")[0]
    for other in (net, skip):
        (piece,) = alike.parts_of(other, "Net", {"conv1", "bn1", "relu1"})
        assert alike.others_like(other, "Net", piece, set(piece)) == []


def test_one_block_with_the_differences_as_parameters() -> None:
    net = triples(8, Expr("2 * width"), 24)
    pieces = alike.parts_of(net, "Net", everything(net))
    varying = [c for c in alike.candidates(net, "Net", pieces) if c.varies]
    made, ids = group_alike(net, "Net", pieces, "Unit", varying)
    nodes = made.main_block.graph.nodes
    assert [nodes[id].params["out_channels"] for id in ids] == [8, Expr("2 * width"), 24]
    assert [p.name for p in made.blocks["Unit"].params] == ["out_channels"]
    assert list(made.blocks) == ["Net", "Unit"]
    check_well_formed(made)
    assert_same(net, made)


@pytest.mark.parametrize(
    ("channels", "written"),
    [
        ((8, 8, 8), None),
        ((8, 16, 24), Expr("8 + 8 * i")),
        ((16, 8, 8), Expr("16 if i == 0 else 8")),
        ((8, 16, 32), Expr("8 if i == 0 else 16 if i <= 1 else 32")),
    ],
)
def test_a_chain_becomes_a_repeat(channels: tuple[int, ...], written: ParamValue) -> None:
    net = triples(*channels)
    pieces = alike.parts_of(net, "Net", everything(net))
    varying = [c for c in alike.candidates(net, "Net", pieces) if c.varies]
    made, (id,) = group_alike(net, "Net", pieces, "Unit", varying, repeat=True)
    unit = made.main_block.graph.nodes[id]
    assert unit.repeat == 3
    assert unit.params.get("out_channels") == written
    check_well_formed(made)
    assert_same(net, made)


def test_pieces_agree_where_no_parameter_is_chosen() -> None:
    net = triples(8, 16, 8)
    pieces = alike.parts_of(net, "Net", everything(net))
    found = alike.candidates(net, "Net", pieces)
    assert alike.agreeing(pieces, found, {"out_channels"}) == pieces
    assert alike.agreeing(pieces, found, set()) == (pieces[0], pieces[2])


def test_two_values_of_one_name_get_two_names() -> None:
    nodes = [
        node("a", "Conv2d", out_channels=4, kernel_size=1),
        node("b", "Conv2d", out_channels=8, kernel_size=1),
        node("c", "Conv2d", out_channels=5, kernel_size=1),
        node("d", "Conv2d", out_channels=10, kernel_size=1),
    ]
    net = diagram(block(image(), *nodes, node("output", "Output")))
    pieces = alike.parts_of(net, "Net", everything(net))
    names = [c.param.name for c in alike.candidates(net, "Net", pieces) if c.varies]
    assert names == ["a_out_channels", "b_out_channels"]


def test_several_inputs_keep_their_meaning_at_every_place() -> None:
    def sums(number: int, stem: str) -> list[Node]:
        return [node(f"mix{number}", "Multiply"), node(f"act{number}", "Tanh")]

    nodes = [image(), node("a", "ReLU"), node("b", "Sigmoid"), *sums(1, "a"), *sums(2, "b")]
    edges = [
        wire("x", "a"),
        wire("x", "b"),
        wire("a", "mix1"),
        wire("b", "mix1", label=""),
        wire("mix1", "act1"),
        wire("act1", "mix2"),
        wire("b", "mix2"),
        wire("mix2", "act2"),
        wire("act2", "output"),
    ]
    net = diagram(block(*nodes, node("output", "Output"), edges=edges))
    pieces = alike.parts_of(net, "Net", {"mix1", "act1", "mix2", "act2"})
    assert len(pieces) == 2
    made, _ = group_alike(net, "Net", pieces, "Mix")
    check_well_formed(made)
    assert_same(net, made)


PROGRESSIONS: list[list[ParamValue]] = [
    [1, 2, 3],
    [9, 6, 3],
    [2, 1, 1, 1],
    [1, 1, 2, 2, 4],
    ["same", "valid"],
    [Expr("a"), Expr("2 * a"), 3],
    [True, False],
    [0.5, 0.25],
]


@pytest.mark.parametrize("values", PROGRESSIONS, ids=map(str, PROGRESSIONS))
def test_a_progression_comes_out_as_the_values(values: list[ParamValue]) -> None:
    written = alike.progression(values)
    assert isinstance(written, Expr)
    for i, value in enumerate(values):
        wanted = evaluate(value, {"a": 7}) if isinstance(value, Expr) else value
        assert evaluate(written, {"i": i, "a": 7}) == wanted


def test_what_no_short_expression_says_is_no_repeat() -> None:
    net = triples(8, 16, 5, 24, 1)
    pieces = alike.parts_of(net, "Net", everything(net))
    varying = [c for c in alike.candidates(net, "Net", pieces) if c.varies]
    with pytest.raises(
        EditError, match=r"No short expression says 'out_channels'.*8, 16, 5, 24, 1"
    ):
        group_alike(net, "Net", pieces, "Unit", varying, repeat=True)
