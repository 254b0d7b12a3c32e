"""TransformerEncoder: a PyTorch module."""

import torch
from torch import nn


class EncoderLayer(nn.Module):
    """Attention and a perceptron, each before a norm and with a skip round it."""

    def __init__(
        self, in_channels: int, heads: int, hidden: int, dropout: float
    ) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(
            in_channels, heads, dropout=dropout, batch_first=True
        )
        self.dropout1 = nn.Dropout(dropout)
        self.norm1 = nn.LayerNorm(in_channels)
        self.linear1 = nn.Linear(in_channels, hidden)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(hidden, in_channels)
        self.dropout2 = nn.Dropout(dropout)
        self.norm2 = nn.LayerNorm(in_channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x
        x, _ = self.self_attn(x, x, x, need_weights=False)
        x = self.dropout1(x)
        x = identity + x
        x = self.norm1(x)
        identity = x
        x = self.linear1(x)
        x = self.relu(x)
        x = self.dropout(x)
        x = self.linear2(x)
        x = self.dropout2(x)
        x = identity + x
        return self.norm2(x)


class TransformerEncoder(nn.Module):
    """A Transformer encoder for vectors of any number of places."""

    def __init__(
        self,
        width: int = 512,
        depth: int = 6,
        heads: int = 8,
        hidden: int = 2048,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(EncoderLayer(width, heads, hidden, dropout) for _ in range(depth))
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


if __name__ == "__main__":
    model = TransformerEncoder().eval()
    output = model(torch.zeros(2, 64, 512))
    assert output.shape == (2, 64, 512), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"TransformerEncoder: {parameters:,} parameters")
