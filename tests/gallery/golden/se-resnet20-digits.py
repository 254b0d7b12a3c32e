"""SEResNet20: a PyTorch module."""

import torch
from torch import nn


class SqueezeExcitation(nn.Module):
    """Weighs each channel by a gate computed from the mean of all (Hu et al., 2018)."""

    def __init__(
        self,
        channels: int,
        squeeze_channels: int,
        activation: type[nn.Module] = nn.ReLU,
        gate: type[nn.Module] = nn.Sigmoid,
    ) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, squeeze_channels, 1)
        self.activation = activation()
        self.fc2 = nn.Conv2d(squeeze_channels, channels, 1)
        self.gate = gate()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        means = x.mean((2, 3), keepdim=True)
        return x * self.gate(self.fc2(self.activation(self.fc1(means))))


class BasicBlock(nn.Module):
    """Two 3×3 convolutions, a gate for each channel, and a shortcut."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels, width, 3, stride=stride, padding=1, bias=False
        )
        self.bn1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.se = SqueezeExcitation(width, width // 4)
        self.downsample = nn.Identity()
        if stride != 1 or in_channels != width:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, width, 1, stride=stride, bias=False),
                nn.BatchNorm2d(width),
            )
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu1(x)
        x = self.conv2(x)
        x = self.bn2(x)
        x = self.se(x)
        x = x + self.downsample(identity)
        return self.relu2(x)


class SEResNet20(nn.Module):
    """A residual network with squeeze-and-excitation."""

    def __init__(self, depth: int = 20, width: int = 16, classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
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
        x = self.bn1(x)
        x = self.relu(x)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.pool(x)
        x = torch.flatten(x, 1)
        return self.linear(x)


if __name__ == "__main__":
    model = SEResNet20().eval()
    output = model(torch.zeros(4, 1, 8, 8))
    assert output.shape == (4, 10), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"SEResNet20: {parameters:,} parameters")
