"""Every join and shortcut against a few lines of hand-written torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from graphcore.analysis import analyse
from graphcore.codegen import to_source
from graphcore.diagram import Diagram
from graphcore.expression import Expr
from graphcore.module import to_module
from graphcore.spec import IntParam
from tests.diagrams import block, diagram, image, node, residual, wire

X = torch.randn(4, 4, 8, 8, generator=torch.Generator().manual_seed(3))


def around(channels: int, stride: int, skip: dict[str, Any] | None = None) -> Diagram:
    """x -> conv -> (+ skip from x) -> relu."""
    nodes = (
        image(),
        node("conv", "Conv2d", out_channels=channels, kernel_size=3, padding=1, stride=stride),
        node("relu", "ReLU"),
        node("output", "Output"),
    )
    edge = replace(wire("x", "relu", "skip", "downsample"), params=skip or {})
    return diagram(block(*nodes, extra=(edge,)))


def padded(net: nn.Module, x: Tensor, zeros: int, stride: int) -> Tensor:
    front = zeros // 2
    x = x[..., ::stride, ::stride]
    sides = (0, 0, 0, 0, front, zeros - front)
    return nn.functional.pad(x, sides)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    ("channels", "stride", "skip", "shortcut"),
    [
        (4, 1, {"shortcut": "identity"}, lambda net, x: x),
        (4, 1, {"shortcut": "auto"}, lambda net, x: x),
        (8, 1, {"shortcut": "auto"}, lambda net, x: net.downsample(x)),
        (8, 2, {"shortcut": "projection"}, lambda net, x: net.downsample(x)),
        (4, 1, {"shortcut": "projection"}, lambda net, x: net.downsample(x)),
        (8, 2, {"shortcut": "projection", "norm": False}, lambda net, x: net.downsample(x)),
        (9, 2, {"shortcut": "pad"}, lambda net, x: padded(net, x, 5, 2)),
        (4, 2, {"shortcut": "pad"}, lambda net, x: padded(net, x, 0, 2)),
        (4, 1, {"shortcut": "if-equal"}, lambda net, x: x),
        (8, 1, {"shortcut": "if-equal"}, lambda net, x: 0),
    ],
)
def test_shortcut(
    channels: int,
    stride: int,
    skip: dict[str, Any],
    shortcut: Callable[[Any, Tensor], Tensor],
    training: bool,
) -> None:
    net: Any = to_module(around(channels, stride, skip)).train(training)
    y = net(X)
    torch.manual_seed(0)
    assert torch.equal(y, net.relu(net.conv(X) + shortcut(net, X)))


@pytest.mark.parametrize(
    ("norm", "modules"), [(True, [nn.Conv2d, nn.BatchNorm2d]), (False, [nn.Conv2d])]
)
def test_a_projection_is_a_convolution_with_or_without_norm(
    norm: bool, modules: list[type]
) -> None:
    net = to_module(around(8, 2, {"shortcut": "projection", "norm": norm}))
    built = net.get_submodule("downsample")
    parts = list(built) if isinstance(built, nn.Sequential) else [built]
    assert [type(part) for part in parts] == modules
    convolution = parts[0]
    assert isinstance(convolution, nn.Conv2d)
    assert (convolution.kernel_size, convolution.stride) == ((1, 1), (2, 2))
    assert (convolution.bias is None) is norm


@pytest.mark.parametrize(
    ("channels", "stride", "kind", "caption"),
    [
        (4, 1, "identity", ""),
        (8, 1, "projection", "projection 1×1"),
        (8, 2, "projection", "projection 1×1 /2"),
        (4, 4, "projection", "projection 1×1 /4"),
    ],
)
def test_auto_says_what_it_became_and_why(
    channels: int, stride: int, kind: str, caption: str
) -> None:
    edge = analyse(around(channels, stride)).root.edges["downsample"]
    assert (edge.shortcut, edge.caption) == (kind, caption)
    assert "N×4×8×8" in edge.reason


def test_features_are_projected_by_a_linear_layer() -> None:
    nodes = (
        node("x", "Input", shape=("N", 12)),
        node("fc", "Linear", out_features=5),
        node("act", "Tanh"),
        node("output", "Output"),
    )
    net: Any = to_module(diagram(block(*nodes, extra=(wire("x", "act", "skip", "shortcut"),))))
    x = torch.randn(3, 12)
    assert torch.equal(net(x), torch.tanh(net.fc(x) + net.shortcut(x)))
    assert isinstance(net.shortcut, nn.Linear)


def test_concatenating_edges_keep_the_order_of_the_edges() -> None:
    nodes = (
        image(),
        node("conv", "Conv2d", out_channels=6),
        node("bn", "BatchNorm2d"),
        node("output", "Output"),
    )
    first = wire("x", "bn", "dense")
    flow = wire("x", "conv"), wire("conv", "bn"), wire("bn", "output")
    net: Any = to_module(diagram(block(*nodes, edges=[first, *flow])))
    assert torch.equal(net(X), net.bn(torch.cat((X, net.conv(X)), dim=1)))


def test_several_skips_add_up_at_one_port() -> None:
    nodes = (
        image(),
        node("a", "Conv2d", out_channels=4),
        node("b", "Conv2d", out_channels=4),
        node("act", "ReLU"),
        node("output", "Output"),
    )
    extra = (wire("x", "act", "skip", "one"), wire("a", "act", "skip", "two"))
    net: Any = to_module(diagram(block(*nodes, extra=extra)))
    a = net.a(X)
    assert torch.equal(net(X), net.act(net.b(a) + X + a))


def test_a_projection_that_only_some_copies_have_is_none_in_the_others() -> None:
    """Pre-activation: where the type changes, the projection starts after norm and ReLU."""
    inner = block(
        node("x", "Input"),
        node("act", "ReLU"),
        node("conv", "Conv2d", out_channels=Expr("width"), kernel_size=3, padding=1),
        node("output", "Output"),
        extra=(
            wire("x", "output", "skip", "skip", shortcut="if-equal"),
            replace(
                wire("act", "output", "skip", "projection", norm=False, bias=False),
                active=Expr("in_channels != width"),
            ),
        ),
        params=(IntParam(name="width", doc="Channels."),),
    )
    body = node("body", "Unit", width=8, repeat=2)
    made = diagram(block(image(), body, node("output", "Output")), Unit=inner)
    text = to_source(made).text
    assert "self.projection = None\n        if in_channels != width:" in text
    assert "self.has_skip = in_channels == width" in text
    net: Any = to_module(made)
    first, second = net.body
    assert first.projection.bias is None
    assert second.projection is None
    y = first.conv(torch.relu(X)) + first.projection(torch.relu(X))
    assert torch.equal(first(X), y)
    assert torch.equal(net(X), second.conv(torch.relu(y)) + y)


def test_a_skip_that_is_there_in_some_copies_only_is_guarded() -> None:
    """MBConv adds only where the types agree; the class asks the same question."""
    nodes = (image(), node("b", "Residual", width=8, repeat=3), node("output", "Output"))
    made = diagram(block(*nodes), Residual=residual(shortcut="if-equal"))
    source = to_source(made).text
    assert "if self.has_downsample:" in source
    net: Any = to_module(made)
    assert [copy.has_downsample for copy in net.b] == [False, True, True]
    first = net.b[0]
    inner = first.bn2(first.conv2(first.relu1(first.bn1(first.conv1(X)))))
    assert torch.equal(first(X), first.relu2(inner))


@pytest.mark.parametrize(
    ("channels", "stride", "skip", "message", "fixes"),
    [
        (
            8,
            1,
            {"shortcut": "identity"},
            "adds equal types only",
            ["Use a projection", "Pad with zeros"],
        ),
        (2, 1, {"shortcut": "pad"}, "fewer than the 4 of x", ["Use a projection"]),
        (
            8,
            2,
            {"shortcut": "projection", "stride": 3},
            "leave the stride empty",
            ["Pad with zeros"],
        ),
        (
            8,
            3,
            {"shortcut": "identity"},
            "adds equal types only",
            ["Use a projection", "Pad with zeros"],
        ),
    ],
)
def test_a_shortcut_that_cannot_be_says_why_and_how_to_mend_it(
    channels: int, stride: int, skip: dict[str, Any], message: str, fixes: list[str]
) -> None:
    made = around(channels, stride, skip)
    (problem,) = [p for p in analyse(made).diagnostics if p.severity == "error"]
    assert problem.at.item == "downsample"
    assert message in problem.message
    assert [fix.title for fix in problem.fixes] == [*fixes, "Remove the skip"]
    for fix in problem.fixes:
        assert analyse(fix.edit(made)).ok
