"""Residual blocks with a gate, a gain or chance on their branch."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.bench.published.layers import Excitation, conv, drop_path
from tests.bench.published.residual import CifarResNet, projection, shortcut_of


class SEBasicBlock(nn.Module):
    """Two 3×3 convolutions and a gate for each channel (Hu et al. 2018)."""

    def __init__(self, inputs: int, width: int, stride: int, reduction: int, pad: bool) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, width, 3, stride), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3), nn.BatchNorm2d(width)
        self.se = Excitation(width, width // reduction)
        self.shortcut = shortcut_of(inputs, width, stride, pad)

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(x)))
        out = self.se(self.bn2(self.conv2(out)))
        return functional.relu(out + (x if self.shortcut is None else self.shortcut(x)))


class SEBottleneck(nn.Module):
    """The bottleneck of ResNet-50 with a gate for each channel."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, width, 1), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3, stride), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = conv(width, 4 * width, 1), nn.BatchNorm2d(4 * width)
        self.se = Excitation(4 * width, 4 * width // 16)
        self.downsample = projection(inputs, 4 * width, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(x)))
        out = functional.relu(self.bn2(self.conv2(out)))
        out = self.se(self.bn3(self.conv3(out)))
        return functional.relu(out + (x if self.downsample is None else self.downsample(x)))


class ReZeroBlock(nn.Module):
    """Two 3×3 convolutions times a gain that starts at zero (Bachlechner et al. 2021)."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, width, 3, stride), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3), nn.BatchNorm2d(width)
        self.gain = nn.Parameter(torch.zeros(()))
        self.shortcut = shortcut_of(inputs, width, stride, pad=True)

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(x)))
        out = self.gain * self.bn2(self.conv2(out))
        return functional.relu(out + (x if self.shortcut is None else self.shortcut(x)))


class ReZeroWithoutNorm(nn.Module):
    """The same without batch norm, which the gain makes needless."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = conv(inputs, width, 3, stride), conv(width, width, 3)
        self.gain = nn.Parameter(torch.zeros(()))
        self.shortcut = projection(inputs, width, stride, norm=False)

    def forward(self, x: Tensor) -> Tensor:
        out = self.gain * self.conv2(functional.relu(self.conv1(x)))
        return functional.relu(out + (x if self.shortcut is None else self.shortcut(x)))


class StochasticBlock(nn.Module):
    """Two 3×3 convolutions that are left out of a minibatch with probability ``drop``."""

    def __init__(self, inputs: int, width: int, stride: int, pad: bool) -> None:
        super().__init__()
        self.drop = 0.0
        self.conv1, self.bn1 = conv(inputs, width, 3, stride), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3), nn.BatchNorm2d(width)
        self.shortcut = shortcut_of(inputs, width, stride, pad)

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(x)))
        out = drop_path(self.bn2(self.conv2(out)), self.drop, self.training, "batch")
        return functional.relu(out + (x if self.shortcut is None else self.shortcut(x)))


def stochastic(
    depth: int, last: float, *, width: int = 16, colors: int = 3, pad: bool = True
) -> CifarResNet:
    """A network of stochastic depth whose probabilities grow linearly to ``last``."""
    net = CifarResNet(partial(StochasticBlock, pad=pad), depth, width, colors)
    for index, block in enumerate(net.blocks, 1):
        assert isinstance(block, StochasticBlock)
        block.drop = last * index / len(net.blocks)
    return net
