"""ImpalaNet: a PyTorch module."""

import torch
from torch import nn


class Residual(nn.Module):
    """ReLU and convolution, twice, and a shortcut."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.relu1 = nn.ReLU()
        self.conv1 = nn.Conv2d(in_channels, in_channels, 3, padding=1)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(in_channels, in_channels, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x
        x = self.relu1(x)
        x = self.conv1(x)
        x = self.relu2(x)
        x = self.conv2(x)
        return x + identity


class Section(nn.Module):
    """A convolution, half the size, two residual blocks."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, width, 3, padding=1)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.residual = nn.Sequential(Residual(width), Residual(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        x = self.pool(x)
        return self.residual(x)


class ImpalaNet(nn.Module):
    """The residual network of IMPALA for four frames of a game."""

    def __init__(self, width: int = 16, features: int = 256) -> None:
        super().__init__()
        self.section1 = Section(4, width)
        self.section2 = Section(width, 2 * width)
        self.section3 = Section(2 * width, 2 * width)
        self.relu1 = nn.ReLU()
        self.fc = nn.Linear(242 * width, features)
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.section1(x)
        x = self.section2(x)
        x = self.section3(x)
        x = self.relu1(x)
        x = torch.flatten(x, 1)
        x = self.fc(x)
        return self.relu2(x)


if __name__ == "__main__":
    model = ImpalaNet().eval()
    output = model(torch.zeros(4, 4, 84, 84))
    assert output.shape == (4, 256), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"ImpalaNet: {parameters:,} parameters")
