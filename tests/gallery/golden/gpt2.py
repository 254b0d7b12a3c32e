"""GPT2: a PyTorch module."""

import torch
from torch import nn


class CausalSelfAttention(nn.Module):
    """Every token looks at itself and at those before it."""

    def __init__(self, in_channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.c_attn = nn.Linear(in_channels, 3 * in_channels)
        self.c_proj = nn.Linear(in_channels, in_channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.c_attn(x)
        q, k, v = torch.chunk(x, 3, dim=-1)
        q = q.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k = k.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        v = v.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        x = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x.transpose(1, 2).flatten(2)
        return self.c_proj(x)


class MLP(nn.Module):
    """A perceptron with one hidden layer, at every token alone."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.c_fc = nn.Linear(in_channels, 4 * in_channels)
        self.gelu = nn.GELU(approximate="tanh")
        self.c_proj = nn.Linear(4 * in_channels, in_channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.c_fc(x)
        x = self.gelu(x)
        return self.c_proj(x)


class Block(nn.Module):
    """Attention and a perceptron, each behind a norm and with a skip round both."""

    def __init__(self, in_channels: int, heads: int) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(in_channels)
        self.attn = CausalSelfAttention(in_channels, heads)
        self.ln_2 = nn.LayerNorm(in_channels)
        self.mlp = MLP(in_channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    """Everything before the head."""

    def __init__(
        self, vocabulary: int, context: int, width: int, depth: int, heads: int
    ) -> None:
        super().__init__()
        self.wte = nn.Embedding.from_pretrained(
            nn.init.normal_(torch.empty(vocabulary, width), std=0.02), freeze=False
        )
        self.wpe = nn.Embedding.from_pretrained(
            nn.init.normal_(torch.empty(context, width), std=0.02), freeze=False
        )
        self.h = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.ln_f = nn.LayerNorm(width)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.wte(tokens) + self.wpe(positions)
        x = self.h(x)
        return self.ln_f(x)


class GPT2(nn.Module):
    """GPT-2: the logits of the next token at every place."""

    def __init__(
        self,
        vocabulary: int = 50257,
        context: int = 1024,
        width: int = 768,
        depth: int = 12,
        heads: int = 12,
    ) -> None:
        super().__init__()
        self.transformer = Transformer(vocabulary, context, width, depth, heads)
        self.lm_head = nn.Linear(width, vocabulary, bias=False)
        self.lm_head.weight = self.transformer.wte.weight

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.transformer(tokens)
        return self.lm_head(x)


if __name__ == "__main__":
    model = GPT2().eval()
    output = model(torch.zeros(2, 64, dtype=torch.int64))
    assert output.shape == (2, 64, 50257), output.shape
    parameters = sum(p.numel() for p in model.parameters())
    print(f"GPT2: {parameters:,} parameters")
