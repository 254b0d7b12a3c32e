"""Published models as their authors write them by hand, for timing the generated ones against."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """A convolution without bias that keeps the size at stride 1."""
    padding = kernel // 2
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)


class Bottleneck(nn.Module):
    """The block of ResNet-50, as torchvision has it."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, width, 1), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3, stride), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = conv(width, 4 * width, 1), nn.BatchNorm2d(4 * width)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != 4 * width:
            self.downsample = nn.Sequential(
                conv(inputs, 4 * width, 1, stride), nn.BatchNorm2d(4 * width)
            )

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(self.conv1(x)))
        out = functional.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return functional.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet50(nn.Sequential):
    """ResNet-50 (He et al. 2016)."""

    def __init__(self) -> None:
        layers: list[nn.Module] = [conv(3, 64, 7, 2), nn.BatchNorm2d(64), nn.ReLU()]
        layers.append(nn.MaxPool2d(3, 2, 1))
        channels = 64
        for stage, copies in enumerate((3, 4, 6, 3)):
            for copy in range(copies):
                width = 64 << stage
                layers.append(Bottleneck(channels, width, 2 if stage and not copy else 1))
                channels = 4 * width
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


class DenseLayer(nn.Sequential):
    """A dense layer with its bottleneck (Huang et al. 2017)."""

    def __init__(self, inputs: int, growth: int) -> None:
        wide = 4 * growth
        first = (nn.BatchNorm2d(inputs), nn.ReLU(), conv(inputs, wide, 1))
        super().__init__(*first, nn.BatchNorm2d(wide), nn.ReLU(), conv(wide, growth, 3))

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = super().forward(x)  # type: ignore[no-untyped-call]
        return torch.cat((x, made), 1)


class DenseNet121(nn.Sequential):
    """DenseNet-121."""

    def __init__(self) -> None:
        layers: list[nn.Module] = [conv(3, 64, 7, 2), nn.BatchNorm2d(64), nn.ReLU()]
        layers.append(nn.MaxPool2d(3, 2, 1))
        channels = 64
        for stage, copies in enumerate((6, 12, 24, 16)):
            if stage:
                layers += [nn.BatchNorm2d(channels), nn.ReLU(), conv(channels, channels // 2, 1)]
                layers.append(nn.AvgPool2d(2))
                channels //= 2
            for _ in range(copies):
                layers.append(DenseLayer(channels, 32))
                channels += 32
        layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        super().__init__(*layers, nn.Linear(channels, 1000))


class PreActBottleneck(nn.Module):
    """Full pre-activation; where the type changes both paths share norm and ReLU."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, width, 1)
        self.bn2, self.conv2 = nn.BatchNorm2d(width), conv(width, width, 3, stride)
        self.bn3, self.conv3 = nn.BatchNorm2d(width), conv(width, 4 * width, 1)
        self.shortcut: nn.Module | None = None
        if stride != 1 or inputs != 4 * width:
            self.shortcut = conv(inputs, 4 * width, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.bn1(x))
        shortcut = x if self.shortcut is None else self.shortcut(out)
        out = self.conv1(out)
        out = self.conv2(functional.relu(self.bn2(out)))
        y: Tensor = self.conv3(functional.relu(self.bn3(out))) + shortcut
        return y


class PreActResNet164(nn.Sequential):
    """Pre-activation ResNet-164 for CIFAR (He et al. 2016b)."""

    def __init__(self) -> None:
        layers: list[nn.Module] = [conv(3, 16, 3)]
        channels = 16
        for stage in range(3):
            for copy in range(18):
                width = 16 << stage
                layers.append(PreActBottleneck(channels, width, 2 if stage and not copy else 1))
                channels = 4 * width
        layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        super().__init__(*layers, nn.Linear(channels, 10))


class ConvNorm(nn.Sequential):
    """A convolution, its norm and, unless it is the last of a block, SiLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1):
        layers = [conv(inputs, outputs, kernel, stride, groups), nn.BatchNorm2d(outputs)]
        super().__init__(*layers, nn.SiLU())


class Excitation(nn.Module):
    """Squeeze-and-excitation with SiLU."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, squeezed, 1), nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        means = functional.adaptive_avg_pool2d(x, 1)
        return x * torch.sigmoid(self.fc2(functional.silu(self.fc1(means))))


class MBConv(nn.Module):
    """The inverted bottleneck of EfficientNet."""

    def __init__(
        self, inputs: int, outputs: int, expand: int, kernel: int, stride: int, drop: float
    ):
        super().__init__()
        wide = expand * inputs
        first = [ConvNorm(inputs, wide, 1)] if expand > 1 else []
        depthwise = ConvNorm(wide, wide, kernel, stride, wide)
        last = (conv(wide, outputs, 1), nn.BatchNorm2d(outputs))
        self.block = nn.Sequential(*first, depthwise, Excitation(wide, inputs // 4), *last)
        self.drop = drop
        self.joins = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.block(x)
        if not self.joins:
            return out
        if self.training:
            out = out * functional.dropout(out.new_ones(out.shape[0], 1, 1, 1), self.drop)
        return out + x


class EfficientNetB0(nn.Sequential):
    """EfficientNet-B0 (Tan and Le 2019)."""

    STAGES = (
        (1, 3, 1, 16, 1),
        (6, 3, 2, 24, 2),
        (6, 5, 2, 40, 2),
        (6, 3, 2, 80, 3),
        (6, 5, 1, 112, 3),
        (6, 5, 2, 192, 4),
        (6, 3, 1, 320, 1),
    )

    def __init__(self) -> None:
        layers: list[nn.Module] = [ConvNorm(3, 32, 3, 2)]
        channels, done = 32, 0
        for expand, kernel, stride, width, copies in self.STAGES:
            for copy in range(copies):
                drop = 0.2 * done / 16
                step = 1 if copy else stride
                layers.append(MBConv(channels, width, expand, kernel, step, drop))
                channels, done = width, done + 1
        layers += [ConvNorm(320, 1280, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        super().__init__(*layers, nn.Dropout(0.2), nn.Linear(1280, 1000))


class Pair(nn.Sequential):
    """Two padded convolutions with norm and ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        first = (conv(inputs, outputs, 3), nn.BatchNorm2d(outputs), nn.ReLU())
        super().__init__(*first, conv(outputs, outputs, 3), nn.BatchNorm2d(outputs), nn.ReLU())


class UNet(nn.Module):
    """The padded U-Net with batch norm and up-convolutions."""

    def __init__(self) -> None:
        super().__init__()
        widths = (64, 128, 256, 512, 1024)
        self.first = Pair(3, 64)
        self.down = nn.ModuleList(Pair(a, 2 * a) for a in widths[:-1])
        self.up = nn.ModuleList()
        for width in reversed(widths[:-1]):
            self.up.append(nn.ConvTranspose2d(2 * width, width, 2, 2))
            self.up.append(Pair(2 * width, width))
        self.last = nn.Conv2d(64, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        levels = [self.first(x)]
        for down in self.down:
            levels.append(down(functional.max_pool2d(levels[-1], 2)))
        x = levels.pop()
        for up, pair in zip(self.up[::2], self.up[1::2], strict=True):
            x = pair(torch.cat((levels.pop(), up(x)), 1))
        y: Tensor = self.last(x)
        return y
