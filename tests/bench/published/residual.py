"""ResNets for ImageNet as torchvision has them, those for CIFAR with their plain twins, and the
pre-activation ones (He et al. 2016, 2016b)."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from tests.bench.published.layers import conv

BlockOf = Callable[[int, int, int], nn.Module]
"""A block, from the channels that come in, its width and its stride."""


def projection(inputs: int, outputs: int, stride: int, norm: bool = True) -> nn.Module | None:
    """The 1×1 convolution of a shortcut that changes the shape; None where it does not."""
    if stride == 1 and inputs == outputs:
        return None
    if not norm:
        return conv(inputs, outputs, 1, stride)
    return nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))


class OptionA(nn.Module):
    """A shortcut without weights: every other pixel, and zeros for the new channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, x: Tensor) -> Tensor:
        half = (self.channels - x.shape[1]) // 2
        return functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, half, half))


def shortcut_of(inputs: int, outputs: int, stride: int, pad: bool) -> nn.Module | None:
    """Option A, or B."""
    if not pad:
        return projection(inputs, outputs, stride)
    return None if stride == 1 and inputs == outputs else OptionA(outputs)


class BasicBlock(nn.Module):
    """Two 3×3 convolutions and a shortcut."""

    def __init__(self, inputs: int, width: int, stride: int, pad: bool = False) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, width, 3, stride), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3), nn.BatchNorm2d(width)
        self.shortcut = shortcut_of(inputs, width, stride, pad)

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return functional.relu(out + (x if self.shortcut is None else self.shortcut(x)))


class PlainBlock(nn.Module):
    """Two 3×3 convolutions."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, width, 3, stride), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3), nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(out)))


class Bottleneck(nn.Module):
    """A 1×1, a 3×3 and a 1×1 convolution and a shortcut, with the stride in the middle."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, width, 1), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3, stride), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = conv(width, 4 * width, 1), nn.BatchNorm2d(4 * width)
        self.downsample = projection(inputs, 4 * width, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(x)))
        out = functional.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return functional.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Sequential):
    """A residual network for ImageNet; its blocks make ``expansion`` times their width."""

    def __init__(self, block: BlockOf, copies: tuple[int, ...], expansion: int) -> None:
        layers: list[nn.Module] = [conv(3, 64, 7, 2), nn.BatchNorm2d(64), nn.ReLU()]
        layers.append(nn.MaxPool2d(3, 2, 1))
        channels = 64
        for stage, count in enumerate(copies):
            width = 64 << stage
            blocks = []
            for copy in range(count):
                blocks.append(block(channels, width, 2 if stage and not copy else 1))
                channels = expansion * width
            layers.append(nn.Sequential(*blocks))
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        super().__init__(*layers, nn.Linear(channels, 1000))


class CifarResNet(nn.Module):
    """Three stages of ``(depth - 2) / 6`` blocks, for small images of ``colors`` channels."""

    def __init__(
        self, block: BlockOf, depth: int, width: int = 16, colors: int = 3, norm: bool = True
    ) -> None:
        super().__init__()
        self.conv = conv(colors, width, 3)
        self.bn = nn.BatchNorm2d(width) if norm else None
        blocks = []
        channels = width
        for stage in range(3):
            for copy in range((depth - 2) // 6):
                blocks.append(block(channels, width << stage, 2 if stage and not copy else 1))
                channels = width << stage
        self.blocks = nn.Sequential(*blocks)
        self.linear = nn.Linear(channels, 10)

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv(x)
        if self.bn is not None:
            out = self.bn(out)
        out = self.blocks(functional.relu(out))
        out = functional.adaptive_avg_pool2d(out, 1).flatten(1)
        logits: Tensor = self.linear(out)
        return logits


class PreActBottleneck(nn.Module):
    """Full pre-activation; where the type changes both paths share norm and ReLU."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, width, 1)
        self.bn2, self.conv2 = nn.BatchNorm2d(width), conv(width, width, 3, stride)
        self.bn3, self.conv3 = nn.BatchNorm2d(width), conv(width, 4 * width, 1)
        self.shortcut = projection(inputs, 4 * width, stride, norm=False)

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(x))
        shortcut = x if self.shortcut is None else self.shortcut(out)
        out = self.conv1(out)
        out = self.conv2(functional.relu(self.bn2(out)))
        y: Tensor = self.conv3(functional.relu(self.bn3(out))) + shortcut
        return y


class PreActResNet(nn.Sequential):
    """A pre-activation network for small images; the depth is 2 + 9 times a stage's blocks."""

    def __init__(self, depth: int, width: int = 16, colors: int = 3) -> None:
        layers: list[nn.Module] = [conv(colors, width, 3)]
        channels = width
        for stage in range(3):
            for copy in range((depth - 2) // 9):
                stride = 2 if stage and not copy else 1
                layers.append(PreActBottleneck(channels, width << stage, stride))
                channels = 4 * (width << stage)
        layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        super().__init__(*layers, nn.Linear(channels, 10))
