"""EfficientNet-B0 as torchvision has it (Tan and Le 2019)."""

from __future__ import annotations

from torch import Tensor, nn

from tests.bench.published.layers import Excitation, conv, drop_path


class ConvNorm(nn.Sequential):
    """A convolution, its norm and SiLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1):
        layers = [conv(inputs, outputs, kernel, stride, groups), nn.BatchNorm2d(outputs)]
        super().__init__(*layers, nn.SiLU())


class MBConv(nn.Module):
    """The inverted bottleneck."""

    def __init__(
        self, inputs: int, outputs: int, expand: int, kernel: int, stride: int, drop: float
    ):
        super().__init__()
        wide = expand * inputs
        first = [ConvNorm(inputs, wide, 1)] if expand > 1 else []
        depthwise = ConvNorm(wide, wide, kernel, stride, wide)
        gate = Excitation(wide, inputs // 4, silu=True)
        last = (conv(wide, outputs, 1), nn.BatchNorm2d(outputs))
        self.block = nn.Sequential(*first, depthwise, gate, *last)
        self.drop = drop
        self.joins = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.block(x)
        return drop_path(out, self.drop, self.training) + x if self.joins else out


class EfficientNetB0(nn.Sequential):
    """EfficientNet-B0."""

    STAGES = (
        (1, 3, 1, 16, 1),
        (6, 3, 2, 24, 2),
        (6, 5, 2, 40, 2),
        (6, 3, 2, 80, 3),
        (6, 5, 1, 112, 3),
        (6, 5, 2, 192, 4),
        (6, 3, 1, 320, 1),
    )

    def __init__(self) -> None:
        layers: list[nn.Module] = [ConvNorm(3, 32, 3, 2)]
        channels, done = 32, 0
        for expand, kernel, stride, width, copies in self.STAGES:
            for copy in range(copies):
                drop = 0.2 * done / 16
                step = 1 if copy else stride
                layers.append(MBConv(channels, width, expand, kernel, step, drop))
                channels, done = width, done + 1
        layers += [ConvNorm(320, 1280, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        super().__init__(*layers, nn.Dropout(0.2), nn.Linear(1280, 1000))
