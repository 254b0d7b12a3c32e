"""DenseNet169: a PyTorch module."""

from collections import OrderedDict

import torch
from torch import nn


class DenseLayer(nn.Module):
    """Its input, and what a bottleneck makes of it, side by side."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.relu1 = nn.ReLU()
        self.conv1 = nn.Conv2d(in_channels, 128, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(128)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(128, 32, 3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = x
        x = self.norm1(x)
        x = self.relu1(x)
        x = self.conv1(x)
        x = self.norm2(x)
        x = self.relu2(x)
        x = self.conv2(x)
        return torch.cat((features, x), dim=1)


class Transition(nn.Module):
    """Half the channels, half the size."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(in_channels)
        self.relu = nn.ReLU()
        self.conv = nn.Conv2d(in_channels, in_channels // 2, 1, bias=False)
        self.pool = nn.AvgPool2d(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm(x)
        x = self.relu(x)
        x = self.conv(x)
        return self.pool(x)


class Features(nn.Module):
    """Everything before the classifier."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(in_channels, 64, 7, stride=2, padding=3, bias=False)
        self.norm0 = nn.BatchNorm2d(64)
        self.relu0 = nn.ReLU()
        self.pool0 = nn.MaxPool2d(3, stride=2, padding=1)
        self.denseblock1 = nn.Sequential(
            OrderedDict(
                (f"denselayer{i + 1}", DenseLayer(32 * i + 64)) for i in range(6)
            ),
        )
        self.transition1 = Transition(256)
        self.denseblock2 = nn.Sequential(
            OrderedDict(
                (f"denselayer{i + 1}", DenseLayer(32 * i + 128)) for i in range(12)
            ),
        )
        self.transition2 = Transition(512)
        self.denseblock3 = nn.Sequential(
            OrderedDict(
                (f"denselayer{i + 1}", DenseLayer(32 * i + 256)) for i in range(32)
            ),
        )
        self.transition3 = Transition(1280)
        self.denseblock4 = nn.Sequential(
            OrderedDict(
                (f"denselayer{i + 1}", DenseLayer(32 * i + 640)) for i in range(32)
            ),
        )
        self.norm5 = nn.BatchNorm2d(1664)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv0(x)
        x = self.norm0(x)
        x = self.relu0(x)
        x = self.pool0(x)
        x = self.denseblock1(x)
        x = self.transition1(x)
        x = self.denseblock2(x)
        x = self.transition2(x)
        x = self.denseblock3(x)
        x = self.transition3(x)
        x = self.denseblock4(x)
        return self.norm5(x)


class DenseNet169(nn.Module):
    """DenseNet169 for ImageNet."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.features = Features(3)
        self.relu = nn.ReLU()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(1664, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.features(x)
        x = self.relu(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.classifier(x)


if __name__ == "__main__":
    model = DenseNet169().eval()
    output = model(torch.zeros(4, 3, 224, 224))
    assert output.shape == (4, 1000), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"DenseNet169: {parameters:,} parameters")
