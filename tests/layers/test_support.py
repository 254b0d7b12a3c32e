"""The layers that torch lacks compute what their papers say."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from graphcore.layers import LAYERS
from graphcore.spec import ParamValue
from tests.layers.oracle import perform, resolve, type_of


def build(kind: str, x: torch.Tensor, **params: ParamValue) -> nn.Module:
    """The layer ``kind`` for inputs like ``x``, as its spec constructs it."""
    spec = LAYERS[kind]
    assert spec.construct is not None
    made = perform(spec.construct(resolve(spec, params), (type_of(x),)), {}, spec.support)
    assert isinstance(made, nn.Module)
    return made


@pytest.fixture
def image() -> torch.Tensor:
    return torch.randn(4, 8, 6, 5, generator=torch.Generator().manual_seed(0))


class TestGain:
    def test_rezero_starts_as_nothing_and_learns(self, image: torch.Tensor) -> None:
        gain = build("Gain", image)
        assert torch.equal(gain(image), torch.zeros_like(image))
        gain(image).sum().backward()
        (alpha,) = gain.parameters()
        torch.testing.assert_close(alpha.grad, image.sum())

    def test_layer_scale_has_one_number_a_channel(self, image: torch.Tensor) -> None:
        gain = build("Gain", image, init=1e-5, per_channel=True)
        with torch.no_grad():
            gain.gain.copy_(torch.arange(8.0).view(8, 1, 1))  # type: ignore[operator]
        torch.testing.assert_close(
            gain(image), torch.einsum("nchw,c->nchw", image, torch.arange(8.0))
        )

    def test_on_sequences_channels_are_last(self) -> None:
        x = torch.ones(2, 3, 8)
        gain = build("Gain", x, init=1.0, per_channel=True)
        with torch.no_grad():
            gain.gain.copy_(torch.arange(8.0))  # type: ignore[operator]
        torch.testing.assert_close(gain(x), torch.arange(8.0).expand(2, 3, 8))

    def test_a_fixed_gain_is_neither_trained_nor_saved(self, image: torch.Tensor) -> None:
        gain = build("Gain", image, init=0.5, trainable=False)
        assert list(gain.parameters()) == []
        assert gain.state_dict() == {}
        torch.testing.assert_close(gain(image), image / 2)


class TestStochasticDepth:
    def test_each_sample_survives_whole_and_scaled_or_not_at_all(self) -> None:
        torch.manual_seed(0)
        x = torch.ones(20_000, 3, 1)
        y = build("StochasticDepth", x, p=0.2)(x)
        assert torch.equal(y, y[:, :1].expand_as(y))
        survived = y[:, 0, 0] != 0
        torch.testing.assert_close(y[survived], torch.full_like(y[survived], 1 / 0.8))
        # Five standard deviations of a share of 20,000 fair draws.
        assert abs(survived.float().mean().item() - 0.8) < 5 * (0.8 * 0.2 / 20_000) ** 0.5

    def test_the_expectation_is_kept(self) -> None:
        torch.manual_seed(0)
        x = torch.ones(20_000, 1)
        assert build("StochasticDepth", x, p=0.5)(x).mean().item() == pytest.approx(1, abs=0.036)

    def test_the_whole_batch_can_share_one_decision(self) -> None:
        torch.manual_seed(0)
        x = torch.ones(64, 3, 2, 2)
        layer = build("StochasticDepth", x, p=0.5, mode="batch")
        seen = {tuple(layer(x).unique().tolist()) for _ in range(40)}
        assert seen == {(0.0,), (2.0,)}

    def test_nothing_happens_at_evaluation(self, image: torch.Tensor) -> None:
        layer = build("StochasticDepth", image, p=0.9).eval()
        assert torch.equal(layer(image), image)

    @pytest.mark.parametrize(("p", "factor"), [(0.0, 1.0), (1.0, 0.0)])
    def test_certainties(self, image: torch.Tensor, p: float, factor: float) -> None:
        torch.testing.assert_close(build("StochasticDepth", image, p=p)(image), image * factor)

    def test_the_gradient_of_a_dropped_sample_is_zero(self) -> None:
        torch.manual_seed(0)
        x = torch.ones(50, 4, requires_grad=True)
        y = build("StochasticDepth", x, p=0.5)(x)
        y.sum().backward()
        assert x.grad is not None
        torch.testing.assert_close(x.grad, y.detach())


class TestSqueezeExcitation:
    @pytest.mark.parametrize("activation", ["ReLU", "SiLU", "GELU", "Hardswish"])
    @pytest.mark.parametrize("gate", ["Sigmoid", "Hardsigmoid"])
    def test_it_is_the_formula_of_the_paper(
        self, image: torch.Tensor, activation: str, gate: str
    ) -> None:
        layer = build("SqueezeExcitation", image, reduction=2, activation=activation, gate=gate)
        w = {
            name: tensor.flatten(1) if tensor.dim() > 1 else tensor
            for name, tensor in layer.state_dict().items()
        }
        z = image.mean((2, 3))
        hidden = getattr(nn, activation)()(z @ w["fc1.weight"].T + w["fc1.bias"])
        s = getattr(nn, gate)()(hidden @ w["fc2.weight"].T + w["fc2.bias"])
        torch.testing.assert_close(layer(image), image * s[:, :, None, None])

    def test_the_hidden_size_can_be_given(self, image: torch.Tensor) -> None:
        layer = build("SqueezeExcitation", image, squeeze_channels=3)
        assert layer.state_dict()["fc1.weight"].shape == (3, 8, 1, 1)


class TestPadShortcut:
    @pytest.mark.parametrize("stride", [1, 2, 3])
    @pytest.mark.parametrize(("out", "front"), [(8, 0), (9, 0), (11, 1), (16, 4)])
    def test_it_subsamples_and_puts_zeros_round(
        self, image: torch.Tensor, stride: int, out: int, front: int
    ) -> None:
        kept = image[:, :, ::stride, ::stride]
        expected = torch.zeros(4, out, *kept.shape[2:])
        expected[:, front : front + 8] = kept
        layer = build("PadShortcut", image, out_channels=out, stride=stride)
        assert torch.equal(layer(image), expected)

    def test_it_has_no_weights(self, image: torch.Tensor) -> None:
        assert build("PadShortcut", image).state_dict() == {}


class TestSinusoidalPositions:
    @pytest.mark.parametrize("channels", [1, 7, 8])
    def test_it_adds_the_formula_of_the_paper(self, channels: int) -> None:
        x = torch.zeros(2, 9, channels)
        y = build("SinusoidalPositions", x, max_length=20)(x)
        for place in range(9):
            for at in range(channels):
                angle = torch.tensor(place / 10000 ** (at // 2 * 2 / channels))
                expected = angle.cos() if at % 2 else angle.sin()
                torch.testing.assert_close(y[0, place, at], expected, atol=1e-5, rtol=1e-5)
        assert torch.equal(y[0], y[1])

    def test_it_is_not_learned_and_not_saved(self) -> None:
        layer = build("SinusoidalPositions", torch.zeros(2, 9, 8))
        assert list(layer.parameters()) == []
        assert layer.state_dict() == {}
        assert [name for name, _ in layer.named_buffers()] == ["positions"]
