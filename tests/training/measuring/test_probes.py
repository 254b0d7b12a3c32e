"""The gradient figures are exact, cost no wait, and say where nothing was measured."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from graphcore.diagram import Step
from graphcore.training.measuring.probes import GradientProbe, Recorder
from graphcore.training.measuring.step_file import Row


def rows(*names: str) -> list[Row]:
    return [Row(name, (Step(name, 0),), 1) for name in names]


class TwoLayers(nn.Module):
    """y = w2 (w1 x + b1), small enough for a gradient by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(2, 2)
        self.second = nn.Linear(2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x))  # type: ignore[no-any-return]


def test_figures_agree_with_a_computation_by_hand_in_float64() -> None:
    net = TwoLayers()
    x = torch.tensor([[1.0, -2.0], [0.5, 3.0], [2.0, 0.25]])
    net(x).square().mean().backward()
    w1, b1 = net.first.weight.detach().double().numpy(), net.first.bias.detach().double().numpy()
    w2 = net.second.weight.detach().double().numpy()
    inside = x.double().numpy() @ w1.T + b1
    out = inside @ w2.T
    at_out = 2 * out / len(x)
    grad_w2 = at_out.T @ inside
    at_inside = at_out @ w2
    grad_w1, grad_b1 = at_inside.T @ x.double().numpy(), at_inside.sum(0)
    expected = [
        math.sqrt((grad_w1**2).sum() + (grad_b1**2).sum()),
        math.sqrt((grad_w2**2).sum()),
    ]
    measured = GradientProbe(net, rows("first", "second")).measure()
    assert measured.dtype == torch.float32
    np.testing.assert_allclose(measured.numpy(), expected, rtol=1e-6)


def deep(depth: int = 6) -> nn.Sequential:
    torch.manual_seed(0)
    layers = [nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)) for _ in range(depth)]
    return nn.Sequential(*layers)


def test_a_figure_of_a_whole_is_the_sum_of_squares_of_its_parts() -> None:
    net = deep()
    net(torch.randn(5, 4, 6, 6)).square().mean().backward()
    whole, *parts = GradientProbe(net, rows("2", "2.0", "2.1")).measure().double()
    assert whole.item() == pytest.approx(math.sqrt(sum(p.item() ** 2 for p in parts)), rel=1e-6)


def test_a_row_may_be_a_parameter_itself() -> None:
    net = TwoLayers()
    net(torch.ones(1, 2)).sum().backward()
    assert net.first.bias.grad is not None
    measured = GradientProbe(net, rows("first.bias")).measure()
    assert measured.item() == pytest.approx(net.first.bias.grad.norm().item())


def test_a_row_that_is_only_the_beginning_of_a_name_is_not_mixed_up() -> None:
    net = nn.ModuleDict({"conv1": nn.Linear(1, 1), "conv10": nn.Linear(1, 1)})
    (net["conv1"](torch.ones(1, 1)) * 0 + net["conv10"](torch.ones(1, 1)) * 3).backward()
    first, tenth = GradientProbe(net, rows("conv1", "conv10")).measure().tolist()
    assert (first, tenth) == (0.0, pytest.approx(3 * math.sqrt(2)))


def test_a_layer_that_the_loss_does_not_depend_on_has_the_gradient_zero() -> None:
    net = TwoLayers()
    net.first(torch.ones(1, 2)).sum().backward()
    assert net.second.weight.grad is None
    assert GradientProbe(net, rows("second")).measure().tolist() == [0.0]


def test_before_any_backward_pass_every_gradient_is_zero() -> None:
    assert GradientProbe(deep(2), rows("0", "1")).measure().tolist() == [0.0, 0.0]


def test_frozen_layers_are_not_measured() -> None:
    net = TwoLayers()
    net.first.requires_grad_(False)
    net(torch.ones(1, 2)).sum().backward()
    probe = GradientProbe(net, rows("first", "second"))
    assert probe.measured == (False, True)
    first, second = probe.measure().tolist()
    assert math.isnan(first)
    assert second > 0


def test_a_half_frozen_layer_shows_what_is_trained() -> None:
    net = TwoLayers()
    net.first.bias.requires_grad_(False)
    net(torch.ones(1, 2)).sum().backward()
    assert net.first.weight.grad is not None
    measured = GradientProbe(net, rows("first")).measure()
    assert measured.item() == pytest.approx(net.first.weight.grad.norm().item())


def test_a_network_that_is_frozen_altogether_has_no_figures() -> None:
    net = TwoLayers().requires_grad_(False)
    assert torch.isnan(GradientProbe(net, rows("first", "second")).measure()).all()


def test_a_shared_weight_counts_in_every_row_that_uses_it() -> None:
    net = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
    net[1].weight = net[0].weight
    net(torch.randn(4, 3)).sum().backward()
    first, second = GradientProbe(net, rows("0", "1")).measure().tolist()
    assert first == second > 0


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_gradient_that_is_not_finite_stays_in_its_row(value: float) -> None:
    net = TwoLayers()
    net(torch.ones(1, 2)).sum().backward()
    assert net.second.weight.grad is not None
    net.second.weight.grad[0, 0] = value
    first, second = GradientProbe(net, rows("first", "second")).measure().tolist()
    assert math.isfinite(first)
    assert not math.isfinite(second)


@pytest.mark.parametrize("size", [1e-15, 1e15])
def test_tiny_and_huge_gradients_are_neither_zero_nor_infinite(size: float) -> None:
    net = TwoLayers()
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, size)
    measured = GradientProbe(net, rows("first")).measure()
    assert measured.item() == pytest.approx(size * math.sqrt(6), rel=1e-6)


def test_a_row_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="no parameters called 'third'"):
        GradientProbe(TwoLayers(), rows("third"))


def test_a_network_without_rows_has_an_empty_figure() -> None:
    assert GradientProbe(TwoLayers(), []).measure().shape == (0,)


@pytest.mark.parametrize("chunk", [1, 3, 4])
def test_every_record_arrives_once_and_in_order(chunk: int) -> None:
    recorder = Recorder(2, torch.device("cpu"), chunk)
    arrived = []
    for step in range(10):
        accuracy = None if step % 2 else torch.tensor(step / 10)
        norms = torch.tensor([step + 0.25, step + 0.5])
        arrived += recorder.record(torch.tensor(float(step)), accuracy, step * 0.1, norms).tolist()
        assert len(arrived) >= step + 1 - (chunk - 1), "no record waits for more than its chunk"
    arrived += recorder.flush().tolist()
    expected = [
        [step, math.nan if step % 2 else step / 10, step * 0.1, step + 0.25, step + 0.5]
        for step in range(10)
    ]
    np.testing.assert_allclose(arrived, expected, rtol=1e-6)
    assert recorder.flush().shape == (0, 5)
