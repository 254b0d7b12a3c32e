"""VisionTransformer: a PyTorch module."""

from collections import OrderedDict

import torch
from torch import nn


class EncoderBlock(nn.Module):
    """Attention and a perceptron, each behind a norm and with a skip round both."""

    def __init__(
        self, in_channels: int, heads: int, hidden: int, dropout: float
    ) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(in_channels, eps=1e-6)
        self.self_attention = nn.MultiheadAttention(
            in_channels, heads, dropout=dropout, batch_first=True
        )
        self.ln_2 = nn.LayerNorm(in_channels, eps=1e-6)
        self.mlp = nn.Sequential(
            nn.Linear(in_channels, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, in_channels),
            nn.Dropout(dropout),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x
        x = self.ln_1(x)
        x, _ = self.self_attention(x, x, x, need_weights=False)
        x = identity + x
        return x + self.mlp(self.ln_2(x))


class Encoder(nn.Module):
    """Tells the places apart, then looks at all."""

    def __init__(
        self,
        in_channels: int,
        places: int,
        depth: int,
        heads: int,
        hidden: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.pos_embedding = nn.Parameter(
            nn.init.normal_(torch.empty(1, places, in_channels), std=0.02)
        )
        self.layers = nn.Sequential(
            OrderedDict(
                (
                    f"encoder_layer_{i}",
                    EncoderBlock(in_channels, heads, hidden, dropout),
                )
                for i in range(depth)
            ),
        )
        self.ln = nn.LayerNorm(in_channels, eps=1e-6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.pos_embedding
        x = self.layers(x)
        return self.ln(x)


class Heads(nn.Module):
    """Tells the classes apart."""

    def __init__(self, in_channels: int, classes: int) -> None:
        super().__init__()
        self.head = nn.Linear(in_channels, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(x)


class VisionTransformer(nn.Module):
    """The image in patches, one more for the class, and a Transformer over all of them."""

    def __init__(
        self,
        image_size: int = 8,
        patch_size: int = 2,
        width: int = 64,
        depth: int = 3,
        heads: int = 4,
        hidden: int = 128,
        dropout: float = 0.2,
        classes: int = 10,
    ) -> None:
        super().__init__()
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.conv_proj = nn.Conv2d(1, width, patch_size, stride=patch_size)
        self.encoder = Encoder(
            width,
            (image_size // patch_size) * (image_size // patch_size) + 1,
            depth,
            heads,
            hidden,
            dropout,
        )
        self.heads = Heads(width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv_proj(x)
        x = torch.flatten(x, 2)
        x = torch.transpose(x, 1, 2)
        batch_class_token = self.class_token.expand(x.shape[0], -1, -1)
        x = torch.cat((batch_class_token, x), dim=1)
        x = self.encoder(x)
        x = x[:, 0]
        return self.heads(x)


if __name__ == "__main__":
    model = VisionTransformer().eval()
    output = model(torch.zeros(4, 1, 8, 8))
    assert output.shape == (4, 10), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"VisionTransformer: {parameters:,} parameters")
