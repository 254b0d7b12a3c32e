"""The source of the layers that torch lacks, as it stands in generated code.

Plain PyTorch to be read: ``torch`` and ``nn`` are imported above it.
"""

GAIN = '''class Gain(nn.Module):
    """Multiplies by a gain: a learned scalar from 0 is ReZero (Bachlechner et al.,
    2020), one a channel is LayerScale (Touvron et al., 2021)."""

    def __init__(
        self, init: float, shape: tuple[int, ...] = (), trainable: bool = True
    ) -> None:
        super().__init__()
        gain = torch.full(shape, float(init))
        if trainable:
            self.gain = nn.Parameter(gain)
        else:
            self.register_buffer("gain", gain, persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.gain
'''

STOCHASTIC_DEPTH = '''class StochasticDepth(nn.Module):
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
'''

SQUEEZE_EXCITATION = '''class SqueezeExcitation(nn.Module):
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
'''

PAD_SHORTCUT = '''class PadShortcut(nn.Module):
    """Keeps every stride-th pixel, adds zero channels (He et al., 2016, option A)."""

    def __init__(self, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.stride = stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x[..., :: self.stride, :: self.stride]
        added = self.out_channels - x.shape[1]
        return nn.functional.pad(x, (0, 0, 0, 0, added // 2, added - added // 2))
'''

SINUSOIDAL_POSITIONS = '''class SinusoidalPositions(nn.Module):
    """Adds the sines and cosines of its position to a vector (Vaswani et al., 2017)."""

    def __init__(self, channels: int, max_length: int = 5000) -> None:
        super().__init__()
        position = torch.arange(max_length).unsqueeze(1)
        angles = position * 10000.0 ** (-torch.arange(0, channels, 2) / channels)
        positions = torch.zeros(max_length, channels)
        positions[:, 0::2] = angles.sin()
        positions[:, 1::2] = angles.cos()[:, : channels // 2]
        self.register_buffer("positions", positions, persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.positions[: x.shape[1]]
'''
