"""Plain56: a PyTorch module."""

import torch
from torch import nn


class Plain(nn.Module):
    """Two 3×3 convolutions without a shortcut."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels, width, 3, stride=stride, padding=1, bias=False
        )
        self.bn1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu1(x)
        x = self.conv2(x)
        x = self.bn2(x)
        return self.relu2(x)


class Plain56(nn.Module):
    """A plain network, the twin without skips, in the arrangement of the CIFAR
    networks.
    """

    def __init__(self, depth: int = 56, width: int = 16, classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.stage1 = nn.Sequential(
            *(Plain(width, width) for _ in range((depth - 2) // 6))
        )
        self.stage2 = nn.Sequential(
            Plain(width, 2 * width, stride=2),
            *(Plain(2 * width, 2 * width) for _ in range((depth - 2) // 6 - 1)),
        )
        self.stage3 = nn.Sequential(
            Plain(2 * width, 4 * width, stride=2),
            *(Plain(4 * width, 4 * width) for _ in range((depth - 2) // 6 - 1)),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(4 * width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        x = self.bn(x)
        x = self.relu(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)


if __name__ == "__main__":
    model = Plain56().eval()
    output = model(torch.zeros(4, 1, 8, 8))
    assert output.shape == (4, 10), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"Plain56: {parameters:,} parameters")
