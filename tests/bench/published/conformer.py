"""The Conformer after torchaudio's (Gulati et al. 2020), with the batch in front."""

from __future__ import annotations

from torch import Tensor, nn


def feed_forward(width: int, hidden: int, dropout: float) -> nn.Sequential:
    """A perceptron behind a norm."""
    layers = [nn.LayerNorm(width), nn.Linear(width, hidden), nn.SiLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(hidden, width), nn.Dropout(dropout))


class ConvolutionModule(nn.Module):
    """A gate and a convolution over time, each channel by itself."""

    def __init__(self, width: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        layers: list[nn.Module] = [nn.Conv1d(width, 2 * width, 1), nn.GLU(dim=1)]
        layers.append(nn.Conv1d(width, width, kernel, padding=(kernel - 1) // 2, groups=width))
        layers += [nn.BatchNorm1d(width), nn.SiLU(), nn.Conv1d(width, width, 1)]
        self.layers = nn.Sequential(*layers, nn.Dropout(dropout))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(self.norm(x).transpose(1, 2))
        return y.transpose(1, 2)


class ConformerLayer(nn.Module):
    """Half a perceptron, attention, convolution, half a perceptron, and a norm."""

    def __init__(self, width: int, heads: int, hidden: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.ffn1 = feed_forward(width, hidden, dropout)
        self.attention_norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, dropout, batch_first=True)
        self.drop = nn.Dropout(dropout)
        self.convolution = ConvolutionModule(width, kernel, dropout)
        self.ffn2 = feed_forward(width, hidden, dropout)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + 0.5 * self.ffn1(x)
        normal = self.attention_norm(x)
        attended, _ = self.attention(normal, normal, normal, need_weights=False)
        x = x + self.drop(attended)
        x = x + self.convolution(x)
        y: Tensor = self.norm(x + 0.5 * self.ffn2(x))
        return y


class Conformer(nn.Sequential):
    """A small Conformer for frames of speech."""

    def __init__(self) -> None:
        super().__init__(*(ConformerLayer(80, 4, 128, 31, 0.0) for _ in range(4)))
