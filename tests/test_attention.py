"""Attention drawn from single layers, and torch's module of it: the text reads as people write it
and computes what a few lines of hand-written torch compute."""

from __future__ import annotations

import itertools
from textwrap import dedent
from typing import Any

import pytest
import torch
from torch import nn

from graphcore.analysis import analyse
from graphcore.diagram import Block, Diagram, Node
from graphcore.expression import Expr
from graphcore.module import to_module
from graphcore.spec import FloatParam, IntParam
from tests.diagrams import block, diagram, node, wire
from tests.sequences import SEQUENCE, net, out, sequence, text_of

dot = nn.functional.scaled_dot_product_attention


def heads(name: str) -> tuple[Node, Node]:
    """``name`` cut into heads: N×L×E to N×heads×L×E/heads."""
    return (
        node(f"{name}_heads", "Unflatten", dim=-1, unflattened_size=(Expr("heads"), -1)),
        node(f"{name}_swap", "Transpose"),
    )


def causal_attention() -> Block:
    """The attention of nanoGPT, from a fused projection."""
    nodes = (
        node("x", "Input"),
        node("c_attn", "Linear", out_features=Expr("3 * in_channels")),
        node("qkv", "SplitQKV"),
        *(one for name in "qkv" for one in heads(name)),
        node("attend", "ScaledDotProductAttention", is_causal=True, dropout_p=Expr("dropout")),
        node("swap", "Transpose"),
        node("merge", "Flatten", start_dim=2),
        node("c_proj", "Linear", out_features=Expr("in_channels")),
        out(),
    )
    edges = [wire("x", "c_attn"), wire("c_attn", "qkv")]
    for name in "qkv":
        edges += [
            wire(f"qkv.{name}", f"{name}_heads"),
            wire(f"{name}_heads", f"{name}_swap"),
            wire(f"{name}_swap", f"attend.{name}"),
        ]
    rest = ("attend", "swap", "merge", "c_proj", "output")
    edges += [wire(a, b) for a, b in itertools.pairwise(rest)]
    params = (
        IntParam(name="heads", doc="Heads."),
        FloatParam(name="dropout", doc="Share of scores that is dropped.", default=0.0),
    )
    return block(*nodes, edges=edges, params=params)


def gpt_attention(**params: Any) -> Diagram:
    attention = node("attention", "CausalSelfAttention", heads=4, **params)
    inner = {"CausalSelfAttention": causal_attention()}
    edges = [wire("x", "attention"), wire("attention.output", "output")]
    return diagram(block(sequence(), attention, out(), edges=edges), **inner)


class TestAttentionFromLayers:
    def test_it_reads_like_nanogpt(self) -> None:
        assert text_of(gpt_attention(dropout=0.1), "CausalSelfAttention") == dedent(
            """\
            def __init__(self, in_channels: int, heads: int, dropout: float = 0.0) -> None:
                super().__init__()
                self.dropout = dropout
                self.heads = heads
                self.c_attn = nn.Linear(in_channels, 3 * in_channels)
                self.c_proj = nn.Linear(in_channels, in_channels)

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                x = self.c_attn(x)
                q, k, v = torch.chunk(x, 3, dim=-1)
                q = torch.unflatten(q, -1, (self.heads, -1))
                q = torch.transpose(q, 1, 2)
                k = torch.unflatten(k, -1, (self.heads, -1))
                k = torch.transpose(k, 1, 2)
                v = torch.unflatten(v, -1, (self.heads, -1))
                v = torch.transpose(v, 1, 2)
                x = nn.functional.scaled_dot_product_attention(
                    q, k, v, dropout_p=self.dropout if self.training else 0.0, is_causal=True
                )
                x = torch.transpose(x, 1, 2)
                x = torch.flatten(x, 2)
                return self.c_proj(x)"""
        )

    @pytest.mark.parametrize("length", [6, 1, 3])
    def test_it_is_nanogpts_at_any_length(self, length: int) -> None:
        made: Any = to_module(gpt_attention())
        x = SEQUENCE[:, :length]
        q, k, v = (
            part.view(2, length, 4, 4).transpose(1, 2)
            for part in made.attention.c_attn(x).split(16, dim=2)
        )
        y = dot(q, k, v, is_causal=True).transpose(1, 2).reshape(2, length, 16)
        torch.testing.assert_close(made(x), made.attention.c_proj(y))

    def test_dropout_acts_in_training_and_not_at_evaluation(self) -> None:
        made, plain = to_module(gpt_attention(dropout=0.5)), to_module(gpt_attention())
        plain.load_state_dict(made.state_dict())
        assert torch.equal(made.eval()(SEQUENCE), plain(SEQUENCE))
        torch.manual_seed(0)
        assert not torch.allclose(made.train()(SEQUENCE), plain(SEQUENCE))

    def test_a_mask_says_what_may_be_seen(self) -> None:
        made = net(
            node("q", "Input", shape=("N", 2, "L", 8)),
            node("seen", "Input", shape=("N", 1, 1, "L"), dtype="bool"),
            node("attend", "ScaledDotProductAttention"),
            out(),
            wires="q attend.q, q attend.k, q attend.v, seen attend.mask, attend output",
        )
        q = SEQUENCE.view(2, 6, 2, 8).transpose(1, 2)
        seen = torch.tensor([[1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 0]]).bool()[:, None, None]
        torch.testing.assert_close(to_module(made)(q, seen), dot(q, q, q, attn_mask=seen))


class TestMultiheadAttention:
    def made(self, **params: Any) -> Diagram:
        return net(
            sequence(),
            node("attention", "MultiheadAttention", num_heads=4, **params),
            out(),
            wires="x attention, attention output",
        )

    def test_self_attention_is_one_line(self) -> None:
        assert "x, _ = self.attention(x, x, x, need_weights=False)" in text_of(self.made())

    @pytest.mark.parametrize("causal", [False, True])
    @pytest.mark.parametrize("training", [False, True])
    def test_it_is_torchs(self, causal: bool, training: bool) -> None:
        made: Any = to_module(self.made(is_causal=causal)).train(training)
        later = torch.ones(6, 6).triu(1).bool() if causal else None
        y, _ = made.attention(SEQUENCE, SEQUENCE, SEQUENCE, attn_mask=later)
        torch.testing.assert_close(made(SEQUENCE), y)
        with torch.no_grad():  # Here torch takes another way at evaluation.
            torch.testing.assert_close(made(SEQUENCE), y)
        torch.testing.assert_close(made.double()(SEQUENCE.double()).float(), y)

    def test_a_causal_place_does_not_see_what_comes_later(self) -> None:
        made = to_module(self.made(is_causal=True)).eval()
        changed = SEQUENCE.clone()
        changed[:, 4:] = 0
        torch.testing.assert_close(made(SEQUENCE)[:, :4], made(changed)[:, :4])
        assert not torch.allclose(made(SEQUENCE)[:, 4:], made(changed)[:, 4:])

    def test_attention_to_another_sequence_of_other_width(self) -> None:
        made = net(
            sequence(),
            node("memory", "Input", shape=("N", "S", 8)),
            node("attention", "MultiheadAttention", num_heads=4),
            out(),
            wires="x attention, memory attention.key, attention output",
        )
        assert "self.attention(x, memory, memory, need_weights=False)" in text_of(made)
        assert "nn.MultiheadAttention(16, 4, kdim=8, vdim=8, batch_first=True)" in text_of(made)
        module: Any = to_module(made)
        memory = SEQUENCE[:, :3, :8]
        torch.testing.assert_close(
            module(SEQUENCE, memory), module.attention(SEQUENCE, memory, memory)[0]
        )

    def test_it_is_repeated_inside_a_block_only(self) -> None:
        found = analyse(
            net(
                sequence(),
                node("attention", "MultiheadAttention", repeat=3),
                out(),
                wires="x attention, attention output",
            )
        )
        assert [problem.message for problem in found.diagnostics] == [
            "attention: MultiheadAttention cannot be repeated by itself; set its copies to 1, or "
            "put it into a block and repeat that"
        ]
