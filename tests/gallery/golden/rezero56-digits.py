"""ReZero56: a PyTorch module."""

import torch
from torch import nn


class Gain(nn.Module):
    """Multiplies by a gain: a learned scalar from 0 is ReZero (Bachlechner et al.,
    2020), one a channel is LayerScale (Touvron et al., 2021)."""

    def __init__(
        self, init: float, shape: tuple[int, ...] = (), trainable: bool = True
    ) -> None:
        super().__init__()
        gain = torch.full(shape, float(init))
        if trainable:
            self.gain = nn.Parameter(gain)
        else:
            self.register_buffer("gain", gain, persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.gain


class BasicBlock(nn.Module):
    """Two 3×3 convolutions, times a gain that starts at zero, and a shortcut."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels, width, 3, stride=stride, padding=1, bias=False
        )
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.gain = Gain(0.0)
        self.downsample = nn.Identity()
        if stride != 1 or in_channels != width:
            self.downsample = nn.Conv2d(
                in_channels, width, 1, stride=stride, bias=False
            )
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x
        x = self.conv1(x)
        x = self.relu1(x)
        x = self.conv2(x)
        x = self.gain(x)
        x = x + self.downsample(identity)
        return self.relu2(x)


class ReZero56(nn.Module):
    """A residual network with ReZero."""

    def __init__(self, depth: int = 56, width: int = 8, classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, padding=1, bias=False)
        self.relu = nn.ReLU()
        self.layer1 = nn.Sequential(
            *(BasicBlock(width, width) for _ in range((depth - 2) // 6))
        )
        self.layer2 = nn.Sequential(
            BasicBlock(width, 2 * width, stride=2),
            *(BasicBlock(2 * width, 2 * width) for _ in range((depth - 2) // 6 - 1)),
        )
        self.layer3 = nn.Sequential(
            BasicBlock(2 * width, 4 * width, stride=2),
            *(BasicBlock(4 * width, 4 * width) for _ in range((depth - 2) // 6 - 1)),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(4 * width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv1(x)
        x = self.relu(x)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.pool(x)
        x = torch.flatten(x, 1)
        return self.linear(x)


if __name__ == "__main__":
    model = ReZero56().eval()
    output = model(torch.zeros(4, 1, 8, 8))
    assert output.shape == (4, 10), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"ReZero56: {parameters:,} parameters")
