"""GPT-2, drawn in nanoGPT's arrangement and with its names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from graphcore.diagram import Block, Diagram, Tie
from graphcore.expression import Expr
from graphcore.gallery.template import Template, chained, layer, smaller, wired, with_defaults
from graphcore.spec import Args, IntParam, Param, ParamValue

_PAPER = "Radford et al. 2019, Language Models are Unsupervised Multitask Learners"

WIDTH = IntParam(name="width", doc="Features of a token.", default=768, maximum=65_536)
HEADS = IntParam(name="heads", doc="Heads of attention; they share the width.", default=12)
OPTIONS: tuple[Param, ...] = (
    IntParam(name="vocabulary", doc="Tokens that there are.", default=50_257),
    IntParam(name="context", doc="The longest text, in tokens.", default=1024),
    WIDTH,
    IntParam(name="depth", doc="Blocks.", default=12, maximum=1024),
    HEADS,
)

_RECIPE: Mapping[str, ParamValue] = {
    "data": "topics",
    "loss": "cross_entropy",
    "optimizer": "adamw",
    "learning_rate": 3e-3,
    "weight_decay": 0.01,
    "schedule": "one_cycle",
    "batch_size": 32,
    "epochs": 3,
    "seed": 0,
}


def _attention() -> Block:
    nodes = (
        layer("x", "Input"),
        layer("c_attn", "Linear", out_features=Expr("3 * in_channels")),
        layer("qkv", "SplitQKV"),
        *(layer(f"{one}_heads", "SplitHeads", heads=Expr("heads")) for one in "qkv"),
        layer("attention", "ScaledDotProductAttention", is_causal=True),
        layer("merge", "MergeHeads"),
        layer("c_proj", "Linear", out_features=Expr("in_channels")),
        layer("output", "Output"),
    )
    wires = (
        "x c_attn, c_attn qkv, qkv.q q_heads, qkv.k k_heads, qkv.v v_heads, "
        "q_heads attention.q, k_heads attention.k, v_heads attention.v, "
        "attention merge, merge c_proj, c_proj output"
    )
    doc = "Every token looks at itself and at those before it."
    return wired(nodes, wires, params=(replace(HEADS, default=None),), doc=doc)


def _mlp() -> Block:
    nodes = (
        layer("x", "Input"),
        layer("c_fc", "Linear", out_features=Expr("4 * in_channels")),
        layer("gelu", "GELU", approximate="tanh"),
        layer("c_proj", "Linear", out_features=Expr("in_channels")),
        layer("output", "Output"),
    )
    return chained(nodes, doc="A perceptron with one hidden layer, at every token alone.")


def _block() -> Block:
    nodes = (
        layer("x", "Input"),
        layer("ln_1", "LayerNorm"),
        layer("attn", "CausalSelfAttention", heads=Expr("heads")),
        layer("middle", "Junction"),
        layer("ln_2", "LayerNorm"),
        layer("mlp", "MLP"),
        layer("output", "Output"),
    )
    wires = (
        "x +middle, x ln_1, ln_1 attn, attn middle, "
        "middle +output, middle ln_2, ln_2 mlp, mlp output"
    )
    doc = "Attention and a perceptron, each behind a norm and with a skip round both."
    return wired(nodes, wires, params=(replace(HEADS, default=None),), doc=doc)


def _transformer() -> Block:
    vectors: dict[str, ParamValue] = {"embedding_dim": Expr("width"), "std": 0.02}
    nodes = (
        layer("tokens", "Input"),
        layer("positions", "Positions"),
        layer("wte", "Embedding", num_embeddings=Expr("vocabulary"), **vectors),
        layer("wpe", "Embedding", num_embeddings=Expr("context"), **vectors),
        layer("add", "Add", broadcast=True),
        layer("h", "Block", repeat=Expr("depth"), heads=Expr("heads")),
        layer("ln_f", "LayerNorm"),
        layer("output", "Output"),
    )
    wires = (
        "tokens positions, tokens wte, positions wpe, wte add, wpe add, add h, h ln_f, ln_f output"
    )
    params = tuple(replace(param, default=None) for param in OPTIONS)
    return wired(nodes, wires, params=params, doc="Everything before the head.")


def _gpt(name: str, doc: str, recipe: Mapping[str, ParamValue], args: Args) -> Diagram:
    given = {param.name: Expr(param.name) for param in OPTIONS}
    nodes = (
        layer("tokens", "Input", shape=("N", "L"), dtype="int64"),
        layer("transformer", "Transformer", **given),
        layer("lm_head", "Linear", out_features=Expr("vocabulary"), bias=False),
        layer("logits", "Output"),
    )
    main = wired(
        nodes,
        "tokens transformer.tokens, transformer lm_head, lm_head logits",
        params=with_defaults(OPTIONS, args),
        doc=doc,
    )
    tie = Tie(("transformer", "wte.weight"), ("lm_head", "weight"))
    blocks = {
        name: replace(main, graph=replace(main.graph, ties=(tie,))),
        "Transformer": _transformer(),
        "Block": _block(),
        "CausalSelfAttention": _attention(),
        "MLP": _mlp(),
    }
    return Diagram(blocks, name, symbols={"N": 2, "L": 64}, recipe=recipe)


TEMPLATES = (
    Template(
        name="gpt2",
        title="GPT-2",
        doc="The language model whose every token looks back at those before it; 12 blocks.",
        paper=_PAPER,
        make=partial(_gpt, "GPT2", "GPT-2: the logits of the next token at every place.", {}),
        options=OPTIONS,
    ),
    Template(
        name="gpt-chars",
        title="GPT for characters",
        doc="A small GPT that learns to continue Python's help texts, a character at a time.",
        paper=_PAPER,
        make=partial(_gpt, "CharGPT", "The logits of the next character at every place.", _RECIPE),
        options=smaller(OPTIONS, vocabulary=96, context=64, width=96, depth=3, heads=4),
    ),
)
