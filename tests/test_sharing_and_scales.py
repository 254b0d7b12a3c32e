"""Scales on F and on shortcuts, alignments, shared modules, ties and named copies, each against a
few lines of hand-written torch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from graphcore.analysis import analyse, leaves
from graphcore.codegen import to_source
from graphcore.diagram import Diagram, Edge, Graph, Node, Scale, Tie
from graphcore.expression import Expr
from graphcore.module import to_module
from graphcore.spec import FloatParam, IntParam
from tests.diagrams import block, diagram, image, node, residual, wire

X = torch.randn(4, 4, 8, 8, generator=torch.Generator().manual_seed(3))


def conv(label: str, width: int = 4, **more: Any) -> Node:
    return node(label, "Conv2d", out_channels=width, kernel_size=3, **{"padding": 1, **more})


def scaled(branch: tuple[Scale, ...], shortcut: tuple[Scale, ...], width: int = 4) -> Diagram:
    """x -> conv -> (+ x) -> relu with scales on both."""
    relu = replace(node("relu", "ReLU"), scales={"x": branch} if branch else {})
    edge = replace(wire("x", "relu", "skip", "downsample"), scales=shortcut)
    return diagram(
        block(image(), conv("conv", width), relu, node("output", "Output"), extra=(edge,))
    )


@pytest.mark.parametrize("training", [True, False])
def test_scales_act_on_the_branch_in_order(training: bool) -> None:
    made = scaled((Scale("SqueezeExcitation", "se"), Scale("Gain", "gain", {"init": 0.5})), ())
    net: Any = to_module(made).train(training)
    assert torch.equal(net(X), net.relu(net.gain(net.se(net.conv(X))) + X))


def test_scales_act_on_the_shortcut_after_its_projection() -> None:
    net: Any = to_module(scaled((), (Scale("Gain", "gain", {"init": 0.5}),), width=6)).eval()
    assert torch.equal(net(X), net.relu(net.conv(X) + net.gain(net.downsample(X))))


def test_rezero_starts_as_the_identity() -> None:
    net: Any = to_module(scaled((Scale("Gain", "alpha", {"init": 0.0}),), ()))
    assert torch.equal(net(X), torch.relu(X))


def test_stochastic_depth_decays_over_the_copies() -> None:
    inner = residual()
    relu = replace(
        inner.graph.nodes["relu2"],
        scales={"x": (Scale("StochasticDepth", "drop", {"p": Expr("rate")}),)},
    )
    inner = replace(
        inner,
        graph=replace(inner.graph, nodes={**inner.graph.nodes, "relu2": relu}),
        params=(*inner.params, FloatParam(name="rate", doc="Dropped share.", default=0.0)),
    )
    body = node("body", "Residual", width=4, rate=Expr("0.2 * (1 + i) / n"), repeat=4)
    made = diagram(block(image(), body, node("output", "Output")), Residual=inner)
    net: Any = to_module(made)
    assert [round(copy.drop.p, 10) for copy in net.body] == [0.05, 0.1, 0.15, 0.2]
    assert "for i in range(4)" in to_source(made).text


def test_a_scale_without_a_join_does_nothing_and_one_that_changes_the_type_is_refused() -> None:
    made = scaled((Scale("Gain", "gain"),), ())
    alone = replace(made.main_block.graph.edges["downsample"], active=False)
    graph = made.main_block.graph
    plain = replace(
        made,
        blocks={
            "Net": replace(
                made.main_block, graph=replace(graph, edges={**graph.edges, "downsample": alone})
            )
        },
    )
    assert "gain" not in to_source(plain).text
    (problem,) = analyse(scaled((Scale("Conv2d", "wide", {"out_channels": 7}),), ())).diagnostics
    assert "a scale keeps the type" in problem.message


def test_a_guarded_scale_acts_only_where_the_join_is() -> None:
    inner = residual(shortcut="if-equal")
    relu = replace(inner.graph.nodes["relu2"], scales={"x": (Scale("Gain", "gain"),)})
    inner = replace(inner, graph=replace(inner.graph, nodes={**inner.graph.nodes, "relu2": relu}))
    body = node("body", "Residual", width=8, repeat=2)
    net: Any = to_module(
        diagram(block(image(), body, node("output", "Output")), Residual=inner)
    ).eval()
    first, second = net.body
    plain = first.bn2(first.conv2(first.relu1(first.bn1(first.conv1(X)))))
    assert torch.equal(first(X), torch.relu(plain))
    y = first(X)
    branch = second.bn2(second.conv2(second.relu1(second.bn1(second.conv1(y)))))
    assert torch.equal(second(y), torch.relu(second.gain(branch) + y))


def test_a_scale_is_written_in_the_names_of_the_class_where_only_some_copies_join() -> None:
    """The first instance has no join, and so no scale to follow."""
    inner = residual(shortcut="if-equal")
    depth = (Scale("StochasticDepth", "drop", {"p": Expr("rate")}),)
    relu = replace(inner.graph.nodes["relu2"], scales={"x": depth})
    inner = replace(
        inner,
        graph=replace(inner.graph, nodes={**inner.graph.nodes, "relu2": relu}),
        params=(*inner.params, FloatParam(name="rate", doc="Dropped share.", default=0.0)),
    )
    body = node("body", "Residual", width=8, rate=Expr("0.1 * i"), repeat=2)
    made = diagram(block(image(), body, node("output", "Output")), Residual=inner)
    text = to_source(made).text
    assert "self.drop = StochasticDepth(rate)" in text
    assert "self.has_downsample = stride == 1 and in_channels == width" in text
    net: Any = to_module(made)
    assert net.body[1].drop.p == 0.1


def test_the_place_of_a_copy_stands_in_its_arguments_as_people_write_it() -> None:
    """With a parameter of the net the value is no number, and the copies are too few for a loop."""
    inner = residual()
    depth = (Scale("StochasticDepth", "drop", {"p": Expr("rate")}),)
    relu = replace(inner.graph.nodes["relu2"], scales={"x": depth})
    rate = FloatParam(name="rate", doc="Dropped share.", default=0.0)
    inner = replace(
        inner,
        graph=replace(inner.graph, nodes={**inner.graph.nodes, "relu2": relu}),
        params=(*inner.params, rate),
    )
    body = node("body", "Residual", width=4, rate=Expr("rate * (1 + i) / 4"), repeat=2)
    main = replace(block(image(), body, node("output", "Output")), params=(rate,))
    made = diagram(main, Residual=inner)
    text = to_source(made).text
    assert "Residual(4, 4, rate=rate / 4), Residual(4, 4, rate=rate * 2 / 4)" in text
    net: Any = type(to_module(made))(rate=0.4)
    assert [copy.drop.p for copy in net.body] == [0.1, 0.2]


def aligned(how: str) -> Diagram:
    """An encoder's 8×8 meets a decoder's 6×6."""
    nodes = (image(), conv("small", padding=0), conv("head"), node("output", "Output"))
    edge = wire("x", "head", "encoder_decoder", "lateral", align=how)
    graph = block(*nodes).graph
    edges = {"lateral": edge, **graph.edges}
    return diagram(replace(block(*nodes), graph=replace(graph, edges=edges)))


@pytest.mark.parametrize(
    ("how", "join"),
    [
        ("crop", lambda x, f: torch.cat((x[..., 1:-1, 1:-1], f), 1)),
        ("pad", lambda x, f: torch.cat((x, nn.functional.pad(f, (1, 1, 1, 1))), 1)),
        (
            "resize",
            lambda x, f: torch.cat((x, nn.functional.interpolate(f, (8, 8), mode="bilinear")), 1),
        ),
    ],
)
def test_alignment(how: str, join: Any) -> None:
    net: Any = to_module(aligned(how))
    assert torch.equal(net(X), net.head(join(X, net.small(X))))


def test_an_alignment_is_offered_where_sizes_differ() -> None:
    (problem,) = analyse(aligned("none")).diagnostics
    assert [fix.title for fix in problem.fixes][:1] == ["Crop what the edge brings"]
    for fix in problem.fixes:
        assert analyse(fix.edit(aligned("none"))).ok


def test_a_module_repeated_is_one_module() -> None:
    body = replace(node("body", "Residual", width=4, repeat=3), shared=True)
    made = diagram(block(image(), body, node("output", "Output")), Residual=residual())
    net: Any = to_module(made)
    assert not any("body.0" in key for key in net.state_dict())
    assert sum(leaf.parameters for leaf in leaves(analyse(made))) == sum(
        p.numel() for p in net.parameters()
    )
    net.eval()
    assert torch.equal(net(X), net.body(net.body(net.body(X))))
    assert "for _ in range(3):" in to_source(made).text


def test_a_module_repeated_must_keep_the_type() -> None:
    body = replace(node("body", "Residual", width=8, repeat=2), shared=True)
    made = diagram(block(image(), body, node("output", "Output")), Residual=residual())
    assert any("different weights" in problem.message for problem in analyse(made).diagnostics)


def test_a_module_called_again() -> None:
    again = replace(node("again", "Conv2d"), same_as="conv")
    made = diagram(
        block(image(), conv("conv"), node("act", "ReLU"), again, node("output", "Output"))
    )
    net: Any = to_module(made)
    assert list(net.state_dict()) == ["conv.weight", "conv.bias"]
    assert torch.equal(net(X), net.conv(net.act(net.conv(X))))
    wide = diagram(block(image(), conv("conv", 6), again, node("output", "Output")))
    assert any("other weights" in problem.message for problem in analyse(wide).diagnostics)


def tied(a: int, b: int) -> Diagram:
    nodes = (
        node("x", "Input", shape=("N", a)),
        node("one", "Linear", out_features=b, bias=False),
        node("two", "Linear", out_features=a, bias=False),
        node("three", "Linear", out_features=b, bias=False),
        node("output", "Output"),
    )
    made = block(*nodes)
    ties = (Tie(("one", "weight"), ("three", "weight")),)
    return diagram(replace(made, graph=replace(made.graph, ties=ties)))


def test_tied_weights_are_one_tensor_under_two_names() -> None:
    made = tied(6, 5)
    net: Any = to_module(made)
    assert net.one.weight is net.three.weight
    x: Tensor = torch.randn(2, 6)
    assert torch.equal(net(x), net.three(net.two(net.one(x))))
    assert sum(leaf.parameters for leaf in leaves(analyse(made))) == 60
    assert list(net.state_dict()) == ["one.weight", "two.weight", "three.weight"]


def tied_inside(weight: str) -> Diagram:
    """A head tied to a weight of a block before it."""
    inner = block(
        node("x", "Input"),
        node("fc", "Linear", out_features=5, bias=False),
        node("output", "Output"),
    )
    nodes = (
        node("x", "Input", shape=("N", 6)),
        node("body", "Body"),
        node("back", "Linear", out_features=6, bias=False),
        node("head", "Linear", out_features=5, bias=False),
        node("output", "Output"),
    )
    edges = [
        wire("x", "body"),
        wire("body.output", "back"),
        wire("back", "head"),
        wire("head", "output"),
    ]
    made = block(*nodes, edges=edges)
    tie = Tie(("body", weight), ("head", "weight"))
    return diagram(replace(made, graph=replace(made.graph, ties=(tie,))), Body=inner)


def test_a_weight_inside_a_block_can_be_tied() -> None:
    made = tied_inside("fc.weight")
    assert analyse(made).diagnostics == ()
    assert "self.head.weight = self.body.fc.weight" in to_source(made).text
    net: Any = to_module(made)
    assert net.head.weight is net.body.fc.weight
    assert sum(leaf.parameters for leaf in leaves(analyse(made))) == 60


def test_a_tie_to_what_the_block_does_not_have_is_refused() -> None:
    (problem,) = analyse(tied_inside("fc.bias")).diagnostics
    assert "head.weight cannot be body.fc.bias: body.fc.bias does not exist" in problem.message


def test_a_tie_between_different_shapes_is_refused() -> None:
    made = tied(6, 5)
    graph = made.main_block.graph
    wrong = replace(graph, ties=(Tie(("one", "weight"), ("two", "weight")),))
    problems = analyse(replace(made, blocks={"Net": replace(made.main_block, graph=wrong)}))
    assert "one.weight is 5×6 and two.weight is 6×5" in problems.diagnostics[0].message


@pytest.mark.parametrize("copies", [2, 6])
def test_copies_can_have_names(copies: int) -> None:
    body = replace(conv("body", repeat=copies), copy_names="layer{i+1}")
    made = diagram(block(image(), body, node("output", "Output")))
    keys = list(to_module(made).state_dict())
    assert keys[::2] == [f"body.layer{i + 1}.weight" for i in range(copies)]


def test_dense_blocks_have_densenets_keys() -> None:
    grow = Graph(
        {n.id: n for n in (node("x", "Input"), conv("conv", 12), node("output", "Output"))},
        {
            e.id: e
            for e in (wire("x", "output", "dense"), wire("x", "conv"), wire("conv", "output"))
        },
    )
    body = replace(node("block", "Grow", repeat=6), copy_names="denselayer{i+1}")
    made = diagram(
        block(image(), body, node("output", "Output")), Grow=replace(block(), graph=grow)
    )
    net: Any = to_module(made)
    assert next(iter(net.state_dict())) == "block.denselayer1.conv.weight"
    assert net(X).shape == (4, 4 + 6 * 12, 8, 8)


@pytest.mark.parametrize("copies", [1, 2, 5])
def test_what_follows_dense_layers_has_its_size_for_any_number_of_them(copies: int) -> None:
    """The class written for three layers is right where it is given more or fewer."""
    grow = Graph(
        {n.id: n for n in (node("x", "Input"), conv("conv", 12), node("output", "Output"))},
        {
            e.id: e
            for e in (wire("x", "output", "dense"), wire("x", "conv"), wire("conv", "output"))
        },
    )
    body = node("body", "Grow", repeat=Expr("copies"))
    params = (IntParam(name="copies", doc="Dense layers.", default=3),)
    main = replace(block(image(), body, conv("head"), node("output", "Output")), params=params)
    made = diagram(main, Grow=replace(block(), graph=grow))
    assert "self.head = nn.Conv2d(12 * copies + 4, 4, 3, padding=1)" in to_source(made).text
    net: Any = type(to_module(made))(copies=copies)
    assert net(X).shape == (4, 4, 8, 8)


def test_a_block_with_two_inputs_is_repeated_in_a_loop() -> None:
    inner = block(
        node("x", "Input"),
        node("c", "Input"),
        node("add", "Add"),
        conv("conv"),
        node("output", "Output"),
        edges=[
            wire("x", "add"),
            replace(wire("c", "add"), id="second"),
            wire("add", "conv"),
            wire("conv", "output"),
        ],
    )
    edges: list[Edge] = [
        wire("x", "stem"),
        wire("stem", "body"),
        replace(wire("x", "body.c"), id="side"),
        wire("body.output", "output"),
    ]
    main = block(
        image(),
        conv("stem"),
        node("body", "Inner", repeat=3),
        node("output", "Output"),
        edges=edges,
    )
    made = diagram(main, Inner=inner)
    net: Any = to_module(made)
    y = net.stem(X)
    for copy in net.body:
        y = copy(y, X)
    assert torch.equal(net(X), y)
