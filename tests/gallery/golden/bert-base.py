"""Bert: a PyTorch module."""

import torch
from torch import nn


class Embeddings(nn.Module):
    """Sums vectors for what a token is, where it stands and to which text it belongs."""

    def __init__(
        self, vocabulary: int, context: int, width: int, dropout: float
    ) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding.from_pretrained(
            nn.init.normal_(torch.empty(vocabulary, width), std=0.02), freeze=False
        )
        self.position_embeddings = nn.Embedding.from_pretrained(
            nn.init.normal_(torch.empty(context, width), std=0.02), freeze=False
        )
        self.token_type_embeddings = nn.Embedding.from_pretrained(
            nn.init.normal_(torch.empty(2, width), std=0.02), freeze=False
        )
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.drop = nn.Dropout(dropout)

    def forward(self, tokens: torch.Tensor, token_types: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = (
            self.word_embeddings(tokens)
            + self.position_embeddings(positions)
            + self.token_type_embeddings(token_types)
        )
        x = self.norm(x)
        return self.drop(x)


class SelfAttention(nn.Module):
    """Every token looks at all tokens."""

    def __init__(self, in_channels: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.heads = heads
        self.query = nn.Linear(in_channels, in_channels)
        self.key = nn.Linear(in_channels, in_channels)
        self.value = nn.Linear(in_channels, in_channels)
        self.dense = nn.Linear(in_channels, in_channels)
        self.output_dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        query = self.query(x)
        key = self.key(x)
        value = self.value(x)
        query = query.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        key = key.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        value = value.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        x = nn.functional.scaled_dot_product_attention(
            query, key, value, dropout_p=self.dropout if self.training else 0.0
        )
        x = x.transpose(1, 2).flatten(2)
        x = self.dense(x)
        return self.output_dropout(x)


class FeedForward(nn.Module):
    """A perceptron with one hidden layer, at every token alone."""

    def __init__(self, in_channels: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.intermediate = nn.Linear(in_channels, hidden)
        self.gelu = nn.GELU()
        self.dense = nn.Linear(hidden, in_channels)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.intermediate(x)
        x = self.gelu(x)
        x = self.dense(x)
        return self.drop(x)


class EncoderLayer(nn.Module):
    """Attention and a perceptron, each with a skip round it and a norm behind."""

    def __init__(
        self, in_channels: int, heads: int, hidden: int, dropout: float
    ) -> None:
        super().__init__()
        self.attention = SelfAttention(in_channels, heads, dropout)
        self.attention_norm = nn.LayerNorm(in_channels, eps=1e-12)
        self.feed_forward = FeedForward(in_channels, hidden, dropout)
        self.feed_forward_norm = nn.LayerNorm(in_channels, eps=1e-12)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.attention_norm(x + self.attention(x))
        return self.feed_forward_norm(x + self.feed_forward(x))


class Pooler(nn.Module):
    """One vector for the whole text, from its first token."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.dense = nn.Linear(in_channels, in_channels)
        self.tanh = nn.Tanh()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x[:, 0]
        x = self.dense(x)
        return self.tanh(x)


class Bert(nn.Module):
    """BERT: a vector for every token, and one for the text."""

    def __init__(
        self,
        vocabulary: int = 30522,
        context: int = 512,
        width: int = 768,
        depth: int = 12,
        heads: int = 12,
        hidden: int = 3072,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.embeddings = Embeddings(vocabulary, context, width, dropout)
        self.encoder = nn.Sequential(
            *(EncoderLayer(width, heads, hidden, dropout) for _ in range(depth))
        )
        self.pooler = Pooler(width)

    def forward(
        self, tokens: torch.Tensor, token_types: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.embeddings(tokens, token_types)
        last_hidden_state = self.encoder(x)
        pooled = self.pooler(last_hidden_state)
        return last_hidden_state, pooled


if __name__ == "__main__":
    model = Bert().eval()
    outputs = model(
        torch.zeros(2, 64, dtype=torch.int64), torch.zeros(2, 64, dtype=torch.int64)
    )
    expected = ((2, 64, 768), (2, 768))
    assert tuple(tuple(y.shape) for y in outputs) == expected
    parameters = sum(p.numel() for p in model.parameters())
    print(f"Bert: {parameters:,} parameters")
