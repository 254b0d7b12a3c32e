"""Small networks and data for the tests of training: by hand and drawn."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from graphcore.diagram import Diagram, Step
from graphcore.training.data.minibatches import Data, Minibatches, Samples
from graphcore.training.measuring.step_file import Row
from graphcore.training.plan import Plan
from tests.diagrams import block, diagram, image, node


class Residual(nn.Module):
    """y = relu(x + conv(x)), with a random part."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.drop(self.norm(self.conv(x))))


class SmallNet(nn.Module):
    """A residual network of three blocks for images with one channel."""

    def __init__(self, width: int = 4, classes: int = 3) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, padding=1)
        self.blocks = nn.Sequential(*(Residual(width) for _ in range(3)))
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(self.stem(x))
        return self.head(x.mean((2, 3)))  # type: ignore[no-any-return]


def small_net(seed: int = 0) -> SmallNet:
    """A SmallNet with the weights of a seed."""
    torch.manual_seed(seed)
    return SmallNet()


def plan_for(module: nn.Module, **more: Any) -> Plan:
    """A row for every module with parameters of its own."""
    rows = tuple(
        Row(name, (Step(name, 0),), sum(p.numel() for p in part.parameters()))
        for name, part in module.named_modules()
        if any(True for _ in part.parameters(recurse=False))
    )
    return Plan(rows=rows, class_name=type(module).__name__, **more)


def stripes(samples: int = 60, held_out: int = 12) -> Data:
    """Three classes of images that are easily told apart."""
    generator = torch.Generator().manual_seed(7)
    y = torch.arange(samples + held_out) % 3
    x = torch.randn(len(y), 1, 6, 6, generator=generator) * 0.1
    for axis in range(3):
        x[y == axis, 0, :, axis::3] += 1.0
    return Data(Samples(x[:samples], y[:samples]), Samples(x[samples:], y[samples:]))


def everything(samples: Minibatches) -> tuple[Tensor, Tensor]:
    """All samples and targets, in order."""
    return samples.at(torch.arange(len(samples)))


def digits_net(size: int = 8, classes: int = 10, **conv: Any) -> Diagram:
    """A drawn network for the digits."""
    return diagram(
        block(
            image(1, size),
            node("stem", "Conv2d", out_channels=4, kernel_size=3, padding=1, **conv),
            node("norm", "BatchNorm2d"),
            node("relu", "ReLU"),
            node("pool", "AdaptiveAvgPool2d"),
            node("flatten", "Flatten"),
            node("head", "Linear", out_features=classes),
            node("output", "Output"),
        )
    )
