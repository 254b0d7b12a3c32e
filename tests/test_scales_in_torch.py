"""Every join, shortcut and scale against a few lines of torch written by hand, in training and at
evaluation; what stochastic depth does to many samples; the gradient of a gain from zero."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from graphcore import edits
from graphcore.diagram import Diagram, Edge
from graphcore.edits.scales import ScalePlace
from graphcore.module import to_module
from tests.diagrams import block, diagram, image, node, wire

CHANNELS = 16
X = torch.randn(3, CHANNELS, 8, 8, generator=torch.Generator().manual_seed(5))
BRANCH, SHORTCUT = ScalePlace("end", "x"), ScalePlace("side")


@dataclass(frozen=True)
class Scaling:
    """A scale, and what it does to ``y`` in a few lines."""

    kind: str
    by_hand: Callable[[Any, Tensor], Tensor]
    params: dict[str, Any] = field(default_factory=dict)


def squeeze_and_excite(module: Any, y: Tensor) -> Tensor:
    means = y.mean(dim=(2, 3))
    hidden = torch.relu(means @ module.fc1.weight.flatten(1).T + module.fc1.bias)
    gates = torch.sigmoid(hidden @ module.fc2.weight.flatten(1).T + module.fc2.bias)
    return y * gates[:, :, None, None]


def drop_samples(module: Any, y: Tensor) -> Tensor:
    if not module.training:
        return y
    keep = F.dropout(torch.ones(len(y), 1, 1, 1), 0.4)
    return y * keep


def drop_batches(module: Any, y: Tensor) -> Tensor:
    return y * F.dropout(torch.ones(1), 0.4) if module.training else y


def norm(module: Any, y: Tensor) -> Tensor:
    dims = (0, 2, 3)
    mean, variance = y.mean(dims, keepdim=True), y.var(dims, unbiased=False, keepdim=True)
    if not module.training:
        mean, variance = torch.zeros(()), torch.ones(())
    return (y - mean) / torch.sqrt(variance + 1e-5)


SCALES = {
    "ReZero": Scaling("Gain", lambda m, y: y * 0.0, {"init": 0.0}),
    "half": Scaling("Gain", lambda m, y: y * 0.5, {"init": 0.5, "trainable": False}),
    "LayerScale": Scaling(
        "Gain",
        lambda m, y: y * m.gain.view(1, -1, 1, 1),
        {"init": 1e-4, "per_channel": True},
    ),
    "stochastic depth": Scaling("StochasticDepth", drop_samples, {"p": 0.4}),
    "stochastic depth by batch": Scaling(
        "StochasticDepth", drop_batches, {"p": 0.4, "mode": "batch"}
    ),
    "squeeze-and-excitation": Scaling("SqueezeExcitation", squeeze_and_excite, {"reduction": 4}),
    "gate": Scaling("Sigmoid", lambda m, y: 1 / (1 + torch.exp(-y))),
    "norm": Scaling("BatchNorm2d", norm),
}


def strided(net: Any, x: Tensor) -> Tensor:
    return x[:, :, ::2, ::2]


def padded(net: Any, x: Tensor) -> Tensor:
    wide = torch.zeros(3, 24, 4, 4)
    wide[:, 4:20] = x[:, :, ::2, ::2]
    return wide


def projected(net: Any, x: Tensor) -> Tensor:
    y: Tensor = F.conv2d(x, net.side.weight, net.side.bias, stride=net.side.stride)
    return y


def normed(net: Any, x: Tensor) -> Tensor:
    conv, bn = net.side
    y: Tensor = F.conv2d(x, conv.weight, stride=conv.stride)
    weight: Tensor = bn.weight.view(1, -1, 1, 1)
    bias: Tensor = bn.bias.view(1, -1, 1, 1)
    return norm(bn, y) * weight + bias


Shortcut = Callable[[Any, Tensor], Tensor]
ADDED: dict[str, tuple[dict[str, Any], int, int, Shortcut]] = {
    "identity": ({"shortcut": "identity"}, CHANNELS, 1, lambda net, x: x),
    "auto, equal": ({}, CHANNELS, 1, lambda net, x: x),
    "auto, wider": ({}, 24, 2, normed),
    "projection": ({"shortcut": "projection", "norm": False}, 24, 1, projected),
    "projection, strided": ({"shortcut": "projection", "norm": False}, 24, 2, projected),
    "projection, norm": ({"shortcut": "projection"}, CHANNELS, 2, normed),
    "pad": ({"shortcut": "pad"}, 24, 2, padded),
    "pad, no channels": ({"shortcut": "pad"}, CHANNELS, 2, strided),
    "if-equal": ({"shortcut": "if-equal"}, CHANNELS, 1, lambda net, x: x),
}


def joined(edge: Edge, width: int, stride: int = 1, **conv: Any) -> Diagram:
    """x -> conv -> (join with x) -> end."""
    branch = node("conv", "Conv2d", out_channels=width, kernel_size=3, padding=1, stride=stride)
    branch = replace(branch, params={**branch.params, **conv})
    nodes = (image(CHANNELS), branch, node("end", "Identity"), node("output", "Output"))
    made = block(*nodes)
    edges = (
        {edge.id: edge, **made.graph.edges}
        if edge.kind != "skip"
        else {**made.graph.edges, edge.id: edge}
    )
    return diagram(replace(made, graph=replace(made.graph, edges=edges)))


def scaled(made: Diagram, scaling: Scaling, *places: ScalePlace) -> Diagram:
    for index, place in enumerate(places):
        made, _ = edits.add_scale(
            made, "Net", place, scaling.kind, params=scaling.params, stem=f"scale{index + 1}"
        )
    return made


def both(made: Diagram, training: bool, by_hand: Callable[[Any], Tensor]) -> None:
    """The module and the lines by hand say the same with the same random numbers."""
    torch.manual_seed(1)
    net: Any = to_module(made).train(training)
    torch.manual_seed(2)
    found = net(X)
    torch.manual_seed(2)
    torch.testing.assert_close(found, by_hand(net), rtol=1e-5, atol=1e-6)


each_scale = pytest.mark.parametrize("scaling", SCALES.values(), ids=SCALES)
each_mode = pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])


@each_mode
@each_scale
@pytest.mark.parametrize("shortcut", ADDED)
class TestSums:
    def edge(self, shortcut: str) -> tuple[Diagram, Shortcut]:
        params, width, stride, by_hand = ADDED[shortcut]
        return joined(wire("x", "end", "skip", "side", **params), width, stride), by_hand

    def test_on_the_branch(self, shortcut: str, scaling: Scaling, training: bool) -> None:
        made, side = self.edge(shortcut)
        both(
            scaled(made, scaling, BRANCH),
            training,
            lambda net: scaling.by_hand(net.scale1, net.conv(X)) + side(net, X),
        )

    def test_on_the_shortcut(self, shortcut: str, scaling: Scaling, training: bool) -> None:
        made, side = self.edge(shortcut)
        both(
            scaled(made, scaling, SHORTCUT),
            training,
            lambda net: net.conv(X) + scaling.by_hand(net.scale1, side(net, X)),
        )


CONCATENATED: dict[
    str, tuple[str, dict[str, Any], Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]]
] = {
    "dense": ("dense", {}, lambda x, f: (x, f)),
    "encoder-decoder": ("encoder_decoder", {}, lambda x, f: (x, f)),
    "cropped": ("encoder_decoder", {"align": "crop"}, lambda x, f: (x[:, :, 1:7, 1:7], f)),
    "padded": ("encoder_decoder", {"align": "pad"}, lambda x, f: (x, F.pad(f, (1, 1, 1, 1)))),
}


@each_mode
@each_scale
@pytest.mark.parametrize("how", CONCATENATED)
def test_concatenations(how: str, scaling: Scaling, training: bool) -> None:
    kind, params, align = CONCATENATED[how]
    padding = 0 if "align" in params else 1
    made = joined(wire("x", "end", kind, "side", **params), 24, padding=padding)

    def by_hand(net: Any) -> Tensor:
        # The branch is scaled before what the edge brings, as the code does.
        f = scaling.by_hand(net.scale1, net.conv(X))
        x = scaling.by_hand(net.scale2, X)
        return torch.cat(align(x, f), dim=1)

    both(scaled(made, scaling, BRANCH, SHORTCUT), training, by_hand)


def test_where_the_types_differ_an_if_equal_edge_and_its_scales_are_absent() -> None:
    made = joined(wire("x", "end", "skip", "side", shortcut="if-equal"), 24)
    made = scaled(made, SCALES["half"], BRANCH, SHORTCUT)
    net: Any = to_module(made)
    assert torch.equal(net(X), net.conv(X))
    assert not hasattr(net, "scale1")


class TestStochasticDepth:
    """Huang et al. 2016: a sample loses its branch with probability p, the others grow by
    1 / (1 - p), so that the mean stays."""

    SAMPLES = 4000

    def out(self, p: float, mode: str = "row") -> tuple[Tensor, Tensor]:
        """What a residual block adds to each of many samples, and what it adds without drops."""
        nodes = (
            node("x", "Input", shape=("N", 2)),
            node("fc", "Linear", out_features=2),
            node("end", "Identity"),
            node("output", "Output"),
        )
        made = diagram(block(*nodes, extra=(wire("x", "end", "skip", "side"),)))
        scaling = Scaling("StochasticDepth", drop_samples, {"p": p, "mode": mode})
        net: Any = to_module(scaled(made, scaling, BRANCH)).train()
        torch.manual_seed(3)
        x = torch.rand(self.SAMPLES, 2) + 1
        return net(x) - x, net.fc(x)

    @pytest.mark.parametrize("p", [0.05, 0.2, 0.5, 0.9])
    def test_the_share_of_dropped_samples_is_p(self, p: float) -> None:
        found, _ = self.out(p)
        dropped = (found.abs().amax(1) < 1e-6).float().mean().item()
        deviation = (p * (1 - p) / self.SAMPLES) ** 0.5
        assert abs(dropped - p) < 4 * deviation

    @pytest.mark.parametrize("p", [0.05, 0.2, 0.5, 0.9])
    def test_those_that_stay_grow_so_that_the_mean_is_kept(self, p: float) -> None:
        found, branch = self.out(p)
        kept = found.abs().amax(1) > 1e-6
        torch.testing.assert_close(found[kept], branch[kept] / (1 - p), rtol=1e-4, atol=1e-5)
        deviation = (p / (1 - p) * branch.square().mean(0) / self.SAMPLES).sqrt()
        assert ((found.mean(0) - branch.mean(0)).abs() < 4 * deviation).all()

    def test_a_sample_is_dropped_as_a_whole(self) -> None:
        found, _ = self.out(0.5)
        assert torch.equal(found[:, 0].abs() < 1e-6, found[:, 1].abs() < 1e-6)

    def test_by_batch_all_samples_share_a_fate(self) -> None:
        found, branch = self.out(0.5, "batch")
        every = found.abs().amax(1) < 1e-6
        assert every.all() or torch.allclose(found, 2 * branch, rtol=1e-4, atol=1e-5)

    @pytest.mark.parametrize(("p", "share"), [(0.0, 1.0), (1.0, 0.0)])
    def test_never_and_always(self, p: float, share: float) -> None:
        found, branch = self.out(p)
        torch.testing.assert_close(found, share * branch, rtol=1e-5, atol=1e-6)


class TestGains:
    def net(self, preset: str) -> Any:
        made = joined(wire("x", "end", "skip", "side"), CHANNELS)
        torch.manual_seed(1)
        return to_module(scaled(made, SCALES[preset], BRANCH))

    def test_rezero_begins_as_the_identity_and_its_gain_learns_first(self) -> None:
        net = self.net("ReZero")
        y = net(X)
        assert torch.equal(y, X)
        weights = torch.randn_like(y)
        (y * weights).sum().backward()
        # y = x + a F(x): at a = 0 the gain feels F, and F feels nothing.
        torch.testing.assert_close(net.scale1.gain.grad, (weights * net.conv(X)).sum())
        assert not net.conv.weight.grad.any()

    def test_after_one_step_the_branch_learns_too(self) -> None:
        net = self.net("ReZero")
        net(X).square().sum().backward()
        torch.optim.SGD(net.parameters(), lr=1e-3).step()
        net.zero_grad()
        net(X).square().sum().backward()
        assert net.conv.weight.grad.any()

    def test_layer_scale_has_a_gradient_for_each_channel(self) -> None:
        net = self.net("LayerScale")
        weights = torch.randn_like(X)
        (net(X) * weights).sum().backward()
        expected = (weights * net.conv(X)).sum((0, 2, 3))
        torch.testing.assert_close(net.scale1.gain.grad.flatten(), expected, rtol=1e-4, atol=1e-4)

    def test_a_fixed_gain_is_no_parameter_and_stays(self) -> None:
        net = self.net("half")
        assert [name for name, _ in net.named_parameters()] == ["conv.weight", "conv.bias"]
        assert dict(net.named_buffers())["scale1.gain"].item() == 0.5

    @pytest.mark.parametrize(
        ("shape", "channels"), [(("N", 6), 6), (("N", 5, 6), 6), (("N", 6, 4, 4), 6)]
    )
    def test_a_gain_a_channel_follows_the_layout(
        self, shape: tuple[Any, ...], channels: int
    ) -> None:
        nodes = (
            node("x", "Input", shape=shape),
            node("act", "Tanh"),
            node("end", "Identity"),
            node("output", "Output"),
        )
        made = diagram(block(*nodes, extra=(wire("x", "end", "skip", "side"),)))
        net: Any = to_module(scaled(made, SCALES["LayerScale"], BRANCH))
        assert net.scale1.gain.numel() == channels
        x = torch.randn(2, *(size for size in shape[1:]))
        torch.testing.assert_close(net(x), x + 1e-4 * torch.tanh(x))
