"""The generated module against a hand-written one: forward and backward, interleaved.

Goal: no difference beyond noise. Both have the same weights and get the same batches.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from graphcore.gallery import build
from graphcore.module import to_module
from tests.bench.interleaved import interleaved, milliseconds, ratio


class Basic(nn.Module):
    """The residual block as a good engineer writes it by hand."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        shortcut = x if self.downsample is None else self.downsample(x)
        y: Tensor = self.relu(out + shortcut)
        return y


class HandWritten(nn.Module):
    """ResNet of depth 6n + 2 for the digits."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        blocks = (depth - 2) // 6
        layers: list[nn.Module] = [
            nn.Conv2d(1, 16, 3, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
        ]
        channels = 16
        for stage in range(3):
            for block in range(blocks):
                width = 16 << stage
                layers.append(Basic(channels, width, 2 if stage and not block else 1))
                channels = width
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.fc = nn.Linear(channels, 10)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fc(self.body(x))
        return y


def compare(depth: int, rounds: int) -> None:
    """Prints generated / hand-written for one training step of batch 64."""
    torch.manual_seed(0)
    ours, theirs = to_module(build("resnet20-digits", depth=depth)), HandWritten(depth)
    tensors = dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True))
    theirs.load_state_dict(tensors)
    x = torch.randn(64, 1, 8, 8)

    def step(net: nn.Module) -> Tensor:
        net.zero_grad()
        y: Tensor = net(x)
        y.sum().backward()
        return y

    assert torch.equal(step(ours), step(theirs)), "the two compute different things"
    a, b = interleaved(lambda: step(ours), lambda: step(theirs), rounds)
    print(f"resnet{depth}, generated ({milliseconds(a)}) / hand-written: {ratio(a, b)}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    compare(20, 60)
    compare(56, 25)
