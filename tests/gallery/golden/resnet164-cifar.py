"""PreActResNet164: a PyTorch module."""

import torch
from torch import nn


class PreActBottleneck(nn.Module):
    """Norm, ReLU and convolution, three times, and a shortcut that nothing stands on."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.relu1 = nn.ReLU()
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.relu3 = nn.ReLU()
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.has_skip = stride == 1 and in_channels == 4 * width
        self.projection = None
        if stride != 1 or in_channels != 4 * width:
            self.projection = nn.Conv2d(
                in_channels, 4 * width, 1, stride=stride, bias=False
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x
        x = self.bn1(x)
        x = self.relu1(x)
        relu1 = x
        x = self.conv1(x)
        x = self.bn2(x)
        x = self.relu2(x)
        x = self.conv2(x)
        x = self.bn3(x)
        x = self.relu3(x)
        x = self.conv3(x)
        if self.has_skip:
            x = x + identity
        if self.projection is not None:
            x = x + self.projection(relu1)
        return x


class PreActResNet164(nn.Module):
    """A pre-activation residual network."""

    def __init__(self, depth: int = 164, width: int = 16, classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.layer1 = nn.Sequential(
            PreActBottleneck(width, width),
            *(PreActBottleneck(4 * width, width) for _ in range((depth - 2) // 9 - 1)),
        )
        self.layer2 = nn.Sequential(
            PreActBottleneck(4 * width, 2 * width, stride=2),
            *(
                PreActBottleneck(8 * width, 2 * width)
                for _ in range((depth - 2) // 9 - 1)
            ),
        )
        self.layer3 = nn.Sequential(
            PreActBottleneck(8 * width, 4 * width, stride=2),
            *(
                PreActBottleneck(16 * width, 4 * width)
                for _ in range((depth - 2) // 9 - 1)
            ),
        )
        self.bn = nn.BatchNorm2d(16 * width)
        self.relu = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(16 * width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.bn(x)
        x = self.relu(x)
        x = self.pool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)


if __name__ == "__main__":
    model = PreActResNet164().eval()
    output = model(torch.zeros(4, 3, 32, 32))
    assert output.shape == (4, 10), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"PreActResNet164: {parameters:,} parameters")
