"""EfficientNetB0: a PyTorch module."""

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


class MBConv1(nn.Module):
    """Filter each channel by itself, weigh the channels, narrow."""

    def __init__(
        self, in_channels: int, width: int, kernel: int = 3, stride: int = 1
    ) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.Sequential(
                nn.Conv2d(
                    in_channels,
                    in_channels,
                    kernel,
                    stride=stride,
                    padding=(kernel - 1) // 2,
                    groups=in_channels,
                    bias=False,
                ),
                nn.BatchNorm2d(in_channels),
                nn.SiLU(),
            ),
            SqueezeExcitation(in_channels, in_channels // 4, activation=nn.SiLU),
            nn.Sequential(
                nn.Conv2d(in_channels, width, 1, bias=False), nn.BatchNorm2d(width)
            ),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.block(x)


class MBConv6(nn.Module):
    """Widen, filter each channel by itself, weigh the channels, narrow."""

    def __init__(
        self,
        in_channels: int,
        width: int,
        kernel: int = 3,
        stride: int = 1,
        drop: float = 0.0,
    ) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.Sequential(
                nn.Conv2d(in_channels, 6 * in_channels, 1, bias=False),
                nn.BatchNorm2d(6 * in_channels),
                nn.SiLU(),
            ),
            nn.Sequential(
                nn.Conv2d(
                    6 * in_channels,
                    6 * in_channels,
                    kernel,
                    stride=stride,
                    padding=(kernel - 1) // 2,
                    groups=6 * in_channels,
                    bias=False,
                ),
                nn.BatchNorm2d(6 * in_channels),
                nn.SiLU(),
            ),
            SqueezeExcitation(6 * in_channels, in_channels // 4, activation=nn.SiLU),
            nn.Sequential(
                nn.Conv2d(6 * in_channels, width, 1, bias=False), nn.BatchNorm2d(width)
            ),
        )
        self.has_skip = stride == 1 and in_channels == width
        self.stochastic_depth = StochasticDepth(drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x
        x = self.block(x)
        if self.has_skip:
            x = self.stochastic_depth(x)
            x = x + identity
        return x


class EfficientNetB0(nn.Module):
    """EfficientNet-B0 for ImageNet."""

    def __init__(self, classes: int = 1000, drop: float = 0.2) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Sequential(
                nn.Conv2d(3, 32, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(32),
                nn.SiLU(),
            ),
            nn.Sequential(MBConv1(32, 16)),
            nn.Sequential(
                MBConv6(16, 24, stride=2, drop=drop / 16),
                MBConv6(24, 24, drop=drop * 2 / 16),
            ),
            nn.Sequential(
                MBConv6(24, 40, kernel=5, stride=2, drop=drop * 3 / 16),
                MBConv6(40, 40, kernel=5, drop=drop * 4 / 16),
            ),
            nn.Sequential(
                MBConv6(40, 80, stride=2, drop=drop * 5 / 16),
                MBConv6(80, 80, drop=drop * 6 / 16),
                MBConv6(80, 80, drop=drop * 7 / 16),
            ),
            nn.Sequential(
                MBConv6(80, 112, kernel=5, drop=drop * 8 / 16),
                MBConv6(112, 112, kernel=5, drop=drop * 9 / 16),
                MBConv6(112, 112, kernel=5, drop=drop * 10 / 16),
            ),
            nn.Sequential(
                MBConv6(112, 192, kernel=5, stride=2, drop=drop * 11 / 16),
                *(
                    MBConv6(192, 192, kernel=5, drop=drop * (11 + i) / 16)
                    for i in range(1, 4)
                ),
            ),
            nn.Sequential(MBConv6(192, 320, drop=drop * 15 / 16)),
            nn.Sequential(
                nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.SiLU()
            ),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.features(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.classifier(x)


if __name__ == "__main__":
    model = EfficientNetB0().eval()
    output = model(torch.zeros(4, 3, 224, 224))
    assert output.shape == (4, 1000), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"EfficientNetB0: {parameters:,} parameters")
