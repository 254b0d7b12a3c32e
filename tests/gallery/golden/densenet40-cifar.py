"""DenseNet40: a PyTorch module."""

import torch
from torch import nn


class DenseLayer(nn.Module):
    """Its input, and what a convolution makes of it, side by side."""

    def __init__(self, in_channels: int, growth: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(in_channels)
        self.relu = nn.ReLU()
        self.conv = nn.Conv2d(in_channels, growth, 3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = x
        x = self.norm(x)
        x = self.relu(x)
        x = self.conv(x)
        return torch.cat((features, x), dim=1)


class Transition(nn.Module):
    """Half the size."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(in_channels)
        self.relu = nn.ReLU()
        self.conv = nn.Conv2d(in_channels, in_channels, 1, bias=False)
        self.pool = nn.AvgPool2d(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm(x)
        x = self.relu(x)
        x = self.conv(x)
        return self.pool(x)


class DenseNet40(nn.Module):
    """A densely connected network."""

    def __init__(self, growth: int = 12, classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.dense1 = nn.Sequential(
            *(DenseLayer(growth * i + 16, growth) for i in range(12))
        )
        self.transition1 = Transition(12 * growth + 16)
        self.dense2 = nn.Sequential(
            *(DenseLayer(12 * growth + growth * i + 16, growth) for i in range(12))
        )
        self.transition2 = Transition(24 * growth + 16)
        self.dense3 = nn.Sequential(
            *(DenseLayer(24 * growth + growth * i + 16, growth) for i in range(12))
        )
        self.norm = nn.BatchNorm2d(36 * growth + 16)
        self.relu = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(36 * growth + 16, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        x = self.dense1(x)
        x = self.transition1(x)
        x = self.dense2(x)
        x = self.transition2(x)
        x = self.dense3(x)
        x = self.norm(x)
        x = self.relu(x)
        x = self.pool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)


if __name__ == "__main__":
    model = DenseNet40().eval()
    output = model(torch.zeros(4, 3, 32, 32))
    assert output.shape == (4, 10), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"DenseNet40: {parameters:,} parameters")
