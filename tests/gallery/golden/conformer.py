"""Conformer: a PyTorch module."""

import torch
from torch import nn


class Gain(nn.Module):
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


class FeedForward(nn.Module):
    """A perceptron behind a norm."""

    def __init__(self, in_channels: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.sequential = nn.Sequential(
            nn.LayerNorm(in_channels),
            nn.Linear(in_channels, hidden),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, in_channels),
            nn.Dropout(dropout),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.sequential(x)


class ConvolutionModule(nn.Module):
    """A gate and a convolution over time, each channel by itself."""

    def __init__(self, in_channels: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.layer_norm = nn.LayerNorm(in_channels)
        self.sequential = nn.Sequential(
            nn.Conv1d(in_channels, 2 * in_channels, 1),
            nn.GLU(dim=1),
            nn.Conv1d(
                in_channels,
                in_channels,
                kernel,
                padding=(kernel - 1) // 2,
                groups=in_channels,
            ),
            nn.BatchNorm1d(in_channels),
            nn.SiLU(),
            nn.Conv1d(in_channels, in_channels, 1),
            nn.Dropout(dropout),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.layer_norm(x)
        x = torch.transpose(x, 1, 2)
        x = self.sequential(x)
        return torch.transpose(x, 1, 2)


class ConformerLayer(nn.Module):
    """Half a perceptron, attention, convolution, half a perceptron; a skip round each."""

    def __init__(
        self, in_channels: int, heads: int, hidden: int, kernel: int, dropout: float
    ) -> None:
        super().__init__()
        self.ffn1 = FeedForward(in_channels, hidden, dropout)
        self.half1 = Gain(0.5, trainable=False)
        self.self_attn_layer_norm = nn.LayerNorm(in_channels)
        self.self_attn = nn.MultiheadAttention(
            in_channels, heads, dropout=dropout, batch_first=True
        )
        self.self_attn_dropout = nn.Dropout(dropout)
        self.conv_module = ConvolutionModule(in_channels, kernel, dropout)
        self.ffn2 = FeedForward(in_channels, hidden, dropout)
        self.half2 = Gain(0.5, trainable=False)
        self.final_layer_norm = nn.LayerNorm(in_channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.half1(self.ffn1(x))
        identity = x
        x = self.self_attn_layer_norm(x)
        x, _ = self.self_attn(x, x, x, need_weights=False)
        x = self.self_attn_dropout(x)
        x = identity + x
        x = x + self.conv_module(x)
        return self.final_layer_norm(x + self.half2(self.ffn2(x)))


class Conformer(nn.Module):
    """The Conformer for frames of speech, of any number."""

    def __init__(
        self,
        width: int = 80,
        depth: int = 4,
        heads: int = 4,
        hidden: int = 128,
        kernel: int = 31,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.conformer_layers = nn.Sequential(
            *(
                ConformerLayer(width, heads, hidden, kernel, dropout)
                for _ in range(depth)
            ),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conformer_layers(x)


if __name__ == "__main__":
    model = Conformer().eval()
    output = model(torch.zeros(2, 50, 80))
    assert output.shape == (2, 50, 80), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"Conformer: {parameters:,} parameters")
