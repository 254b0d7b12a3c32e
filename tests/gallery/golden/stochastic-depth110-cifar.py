"""StochasticDepth110: a PyTorch module."""

import torch
from torch import nn


class StochasticDepth(nn.Module):
    """Drops the branch with probability p while training and divides what survives by
    1 - p (Huang et al., 2016); each sample decides by itself, or with mode "batch" all
    together."""

    def __init__(self, p: float, mode: str = "row") -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0.0:
            return x
        decisions = x.shape[0] if self.mode == "row" else 1
        mask = x.new_empty((decisions,) + (1,) * (x.dim() - 1)).bernoulli_(1 - self.p)
        if self.p < 1.0:
            mask.div_(1 - self.p)
        return x * mask


class PadShortcut(nn.Module):
    """Keeps every stride-th pixel, adds zero channels (He et al., 2016, option A)."""

    def __init__(self, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.stride = stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x[..., :: self.stride, :: self.stride]
        added = self.out_channels - x.shape[1]
        return nn.functional.pad(x, (0, 0, 0, 0, added // 2, added - added // 2))


class BasicBlock(nn.Module):
    """Two 3×3 convolutions that chance may leave out, and a shortcut."""

    def __init__(
        self, in_channels: int, width: int, stride: int = 1, drop: float = 0.0
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels, width, 3, stride=stride, padding=1, bias=False
        )
        self.bn1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.drop_path = StochasticDepth(drop, mode="batch")
        self.shortcut = nn.Identity()
        if stride != 1 or in_channels != width:
            self.shortcut = PadShortcut(width, stride=stride)
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu1(x)
        x = self.conv2(x)
        x = self.bn2(x)
        x = self.drop_path(x)
        x = x + self.shortcut(identity)
        return self.relu2(x)


class StochasticDepth110(nn.Module):
    """A residual network of stochastic depth."""

    def __init__(self, width: int = 16, classes: int = 10, drop: float = 0.5) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.layer1 = nn.Sequential(
            *(BasicBlock(width, width, drop=drop * (1 + i) / 54) for i in range(18))
        )
        self.layer2 = nn.Sequential(
            BasicBlock(width, 2 * width, stride=2, drop=drop * 19 / 54),
            *(
                BasicBlock(2 * width, 2 * width, drop=drop * (19 + i) / 54)
                for i in range(1, 18)
            ),
        )
        self.layer3 = nn.Sequential(
            BasicBlock(2 * width, 4 * width, stride=2, drop=drop * 37 / 54),
            *(
                BasicBlock(4 * width, 4 * width, drop=drop * (37 + i) / 54)
                for i in range(1, 18)
            ),
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
    model = StochasticDepth110().eval()
    output = model(torch.zeros(4, 3, 32, 32))
    assert output.shape == (4, 10), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"StochasticDepth110: {parameters:,} parameters")
