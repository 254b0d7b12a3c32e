"""What several families are made of."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """A convolution without bias that keeps the size at stride 1."""
    padding = kernel // 2
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)


def drop_path(x: Tensor, p: float, training: bool, mode: str = "row") -> Tensor:
    """Stochastic depth as torchvision and timm have it (Huang et al. 2016)."""
    if not training or p == 0.0:
        return x
    shape = [x.shape[0] if mode == "row" else 1] + [1] * (x.ndim - 1)
    mask = x.new_empty(shape).bernoulli_(1 - p)
    if p < 1.0:
        mask.div_(1 - p)
    return x * mask


class Excitation(nn.Module):
    """Squeeze-and-excitation (Hu et al. 2018); EfficientNet has SiLU in the middle."""

    def __init__(self, channels: int, squeezed: int, silu: bool = False) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, squeezed, 1), nn.Conv2d(squeezed, channels, 1)
        self.activation = functional.silu if silu else functional.relu

    def forward(self, x: Tensor) -> Tensor:
        means = functional.adaptive_avg_pool2d(x, 1)
        return x * torch.sigmoid(self.fc2(self.activation(self.fc1(means))))
