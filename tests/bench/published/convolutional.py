"""VGG as torchvision has it, DenseNets for ImageNet and CIFAR, and the network of IMPALA."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tests.bench.published.layers import conv

VGG_WIDTHS = {
    16: (64, 64, 0, 128, 128, 0, *(256,) * 3, 0, *(512,) * 3, 0, *(512,) * 3, 0),
    19: (64, 64, 0, 128, 128, 0, *(256,) * 4, 0, *(512,) * 4, 0, *(512,) * 4, 0),
}
"""The widths of the convolutions; 0 is a maximum of 2×2."""


class VGG(nn.Module):
    """VGG-16 or -19 (Simonyan and Zisserman 2015)."""

    def __init__(self, depth: int, norm: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width in VGG_WIDTHS[depth]:
            if not width:
                layers.append(nn.MaxPool2d(2, 2))
                continue
            layers.append(nn.Conv2d(channels, width, 3, padding=1))
            if norm:
                layers.append(nn.BatchNorm2d(width))
            layers.append(nn.ReLU())
            channels = width
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        hidden = [nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout()]
        hidden += [nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout()]
        self.classifier = nn.Sequential(*hidden, nn.Linear(4096, 1000))

    def forward(self, x: Tensor) -> Tensor:
        x = torch.flatten(self.avgpool(self.features(x)), 1)
        logits: Tensor = self.classifier(x)
        return logits


class DenseLayer(nn.Sequential):
    """A dense layer (Huang et al. 2017), with its bottleneck or without."""

    def __init__(self, inputs: int, growth: int, bottleneck: bool = True) -> None:
        layers: list[nn.Module] = [nn.BatchNorm2d(inputs), nn.ReLU()]
        if bottleneck:
            layers += [conv(inputs, 4 * growth, 1), nn.BatchNorm2d(4 * growth), nn.ReLU()]
        super().__init__(*layers, conv(4 * growth if bottleneck else inputs, growth, 3))

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = super().forward(x)  # type: ignore[no-untyped-call]
        return torch.cat((x, made), 1)


class DenseNet(nn.Sequential):
    """A densely connected network behind the layers ``stem``, which make ``channels``."""

    def __init__(
        self,
        stem: list[nn.Module],
        channels: int,
        copies: tuple[int, ...],
        growth: int,
        *,
        bottleneck: bool = True,
        classes: int = 10,
    ) -> None:
        layers = list(stem)
        for stage, count in enumerate(copies):
            if stage:
                kept = channels // 2 if bottleneck else channels
                layers += [nn.BatchNorm2d(channels), nn.ReLU(), conv(channels, kept, 1)]
                layers.append(nn.AvgPool2d(2))
                channels = kept
            for _ in range(count):
                layers.append(DenseLayer(channels, growth, bottleneck))
                channels += growth
        layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        super().__init__(*layers, nn.Linear(channels, classes))


def densenet(copies: tuple[int, ...], growth: int = 32) -> DenseNet:
    """A DenseNet for ImageNet."""
    width = 2 * growth
    stem = [conv(3, width, 7, 2), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    return DenseNet(stem, width, copies, growth, classes=1000)


def cifar_densenet(
    depth: int, growth: int = 12, colors: int = 3, bottleneck: bool = True
) -> DenseNet:
    """A DenseNet, or with ``bottleneck`` a DenseNet-BC, for small images."""
    count = (depth - 4) // 3 // (2 if bottleneck else 1)
    width = 2 * growth if bottleneck else 16
    copies = (count, count, count)
    return DenseNet([conv(colors, width, 3)], width, copies, growth, bottleneck=bottleneck)


class ImpalaResidual(nn.Module):
    """ReLU and convolution, twice, around a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv2(torch.relu(self.conv1(torch.relu(x))))
        return out + x


class Impala(nn.Module):
    """The network of IMPALA (Espeholt et al. 2018) for four frames of 84×84."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 4
        for width in (16, 32, 32):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.MaxPool2d(3, 2, 1)]
            layers += [ImpalaResidual(width), ImpalaResidual(width)]
            channels = width
        self.layers = nn.Sequential(*layers)
        self.fc = nn.Linear(11 * 11 * channels, 256)

    def forward(self, x: Tensor) -> Tensor:
        features = torch.relu(self.layers(x)).flatten(1)
        return torch.relu(self.fc(features))
