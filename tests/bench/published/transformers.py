"""ViT-B/16 as torchvision has it, BERT after Hugging Face's, torch's own Transformer encoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class ViTBlock(nn.Module):
    """Attention and a perceptron, each behind a norm and added to what came in."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(width, eps=1e-6)
        self.attention = nn.MultiheadAttention(width, heads, dropout, batch_first=True)
        self.ln_2 = nn.LayerNorm(width, eps=1e-6)
        layers = [nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout)]
        self.mlp = nn.Sequential(*layers, nn.Linear(hidden, width), nn.Dropout(dropout))

    def forward(self, x: Tensor) -> Tensor:
        normal = self.ln_1(x)
        attended, _ = self.attention(normal, normal, normal, need_weights=False)
        x = x + attended
        y: Tensor = x + self.mlp(self.ln_2(x))
        return y


class VisionTransformer(nn.Module):
    """A vision transformer (Dosovitskiy et al. 2021) for images of ``size`` × ``size`` pixels."""

    def __init__(
        self,
        colors: int = 3,
        size: int = 224,
        patch: int = 16,
        width: int = 768,
        depth: int = 12,
        heads: int = 12,
        hidden: int = 3072,
        dropout: float = 0.0,
        classes: int = 1000,
    ) -> None:
        super().__init__()
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.conv_proj = nn.Conv2d(colors, width, patch, patch)
        places = (size // patch) ** 2 + 1
        # The embedding of places stands behind the patches, as in the published state.
        self.places = nn.ParameterList([torch.empty(1, places, width).normal_(std=0.02)])
        self.blocks = nn.Sequential(
            *(ViTBlock(width, heads, hidden, dropout) for _ in range(depth))
        )
        self.ln = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        patches = self.conv_proj(x).flatten(2).permute(0, 2, 1)
        x = torch.cat([self.class_token.expand(x.shape[0], -1, -1), patches], dim=1)
        x = self.ln(self.blocks(x + self.places[0]))
        logits: Tensor = self.head(x[:, 0])
        return logits


class BertLayer(nn.Module):
    """Attention and a perceptron, each added to what came in, and a norm behind each."""

    def __init__(self, width: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.dense = nn.Linear(width, width), nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width, eps=1e-12)
        self.wide, self.narrow = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)

    def forward(self, x: Tensor) -> Tensor:
        samples, length, width = x.shape
        shape = (samples, length, self.heads, width // self.heads)
        query = self.query(x).view(shape).transpose(1, 2)
        key = self.key(x).view(shape).transpose(1, 2)
        value = self.value(x).view(shape).transpose(1, 2)
        drop = self.dropout if self.training else 0.0
        seen = functional.scaled_dot_product_attention(query, key, value, dropout_p=drop)
        seen = self.dense(seen.transpose(1, 2).reshape(samples, length, width))
        x = self.attention_norm(functional.dropout(seen, drop, self.training) + x)
        made = self.narrow(functional.gelu(self.wide(x)))
        y: Tensor = self.norm(functional.dropout(made, drop, self.training) + x)
        return y


class Bert(nn.Module):
    """BERT-base (Devlin et al. 2019): a vector for every token and one for the text."""

    def __init__(self) -> None:
        super().__init__()
        width, self.dropout = 768, 0.1
        self.words, self.places = nn.Embedding(30522, width), nn.Embedding(512, width)
        self.types, self.norm = nn.Embedding(2, width), nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(BertLayer(width, 12, 3072, self.dropout) for _ in range(12))
        self.pooler = nn.Linear(width, width)

    def forward(self, tokens: Tensor, token_types: Tensor) -> tuple[Tensor, Tensor]:
        places = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.words(tokens) + self.places(places) + self.types(token_types)
        x = functional.dropout(self.norm(x), self.dropout, self.training)
        for layer in self.layers:
            x = layer(x)
        return x, torch.tanh(self.pooler(x[:, 0]))


def encoder(pre_ln: bool) -> nn.TransformerEncoder:
    """Torch's own encoder of the base size, of either kind (Vaswani et al. 2017)."""
    layer = nn.TransformerEncoderLayer(512, 8, 2048, 0.1, batch_first=True, norm_first=pre_ln)
    norm = nn.LayerNorm(512) if pre_ln else None
    return nn.TransformerEncoder(layer, 6, norm, enable_nested_tensor=False)
