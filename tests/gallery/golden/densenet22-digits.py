"""DenseNetBC22: a PyTorch module."""

import torch
from torch import nn


class DenseLayer(nn.Module):
    """Its input, and what a bottleneck makes of it, side by side."""

    def __init__(self, in_channels: int, growth: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.relu1 = nn.ReLU()
        self.conv1 = nn.Conv2d(in_channels, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

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


class DenseNetBC22(nn.Module):
    """A densely connected network."""

    def __init__(self, growth: int = 8, classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2 * growth, 3, padding=1, bias=False)
        self.dense1 = nn.Sequential(
            DenseLayer(2 * growth, growth),
            DenseLayer(3 * growth, growth),
            DenseLayer(4 * growth, growth),
        )
        self.transition1 = Transition(5 * growth)
        self.dense2 = nn.Sequential(
            DenseLayer(2 * growth + growth // 2, growth),
            DenseLayer(3 * growth + growth // 2, growth),
            DenseLayer(4 * growth + growth // 2, growth),
        )
        self.transition2 = Transition(5 * growth + growth // 2)
        self.dense3 = nn.Sequential(
            DenseLayer((growth + growth // 2) // 2 + 2 * growth, growth),
            DenseLayer((growth + growth // 2) // 2 + 3 * growth, growth),
            DenseLayer((growth + growth // 2) // 2 + 4 * growth, growth),
        )
        self.norm = nn.BatchNorm2d((growth + growth // 2) // 2 + 5 * growth)
        self.relu = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear((growth + growth // 2) // 2 + 5 * growth, classes)

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
    model = DenseNetBC22().eval()
    output = model(torch.zeros(4, 1, 8, 8))
    assert output.shape == (4, 10), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"DenseNetBC22: {parameters:,} parameters")
