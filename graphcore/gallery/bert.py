"""BERT: bidirectional, post-norm, with separate layers for query, key and value."""

from __future__ import annotations

from graphcore.diagram import Block, Diagram
from graphcore.expression import Expr
from graphcore.gallery.template import (
    Template,
    chained,
    handed_on,
    layer,
    required,
    wired,
    with_defaults,
)
from graphcore.spec import Args, FloatParam, IntParam, Param, ParamValue

_PAPER = "Devlin et al. 2019, BERT, arXiv:1810.04805"

_HEADS = IntParam(name="heads", doc="Heads of attention; they share the width.", default=12)
_HIDDEN = IntParam(name="hidden", doc="Features inside the perceptron.", default=3072)
_DEPTH = IntParam(name="depth", doc="Layers.", default=12, maximum=1024)
_DROPOUT = FloatParam(
    name="dropout", doc="Share of values dropped while training.", default=0.1, minimum=0, maximum=1
)
_VOCABULARY = IntParam(name="vocabulary", doc="Tokens that there are.", default=30_522)
_CONTEXT = IntParam(name="context", doc="The longest text, in tokens.", default=512)
_WIDTH = IntParam(name="width", doc="Features of a token.", default=768, maximum=65_536)
OPTIONS: tuple[Param, ...] = (_VOCABULARY, _CONTEXT, _WIDTH, _DEPTH, _HEADS, _HIDDEN, _DROPOUT)

_EPS = 1e-12


def _embeddings() -> Block:
    vectors: dict[str, ParamValue] = {"embedding_dim": Expr("width"), "std": 0.02}
    nodes = (
        layer("tokens", "Input"),
        layer("token_types", "Input"),
        layer("positions", "Positions"),
        layer("word_embeddings", "Embedding", num_embeddings=Expr("vocabulary"), **vectors),
        layer("position_embeddings", "Embedding", num_embeddings=Expr("context"), **vectors),
        layer("token_type_embeddings", "Embedding", num_embeddings=2, **vectors),
        layer("add", "Add", broadcast=True),
        layer("norm", "LayerNorm", eps=_EPS),
        layer("drop", "Dropout", p=Expr("dropout")),
        layer("output", "Output"),
    )
    wires = (
        "tokens positions, tokens word_embeddings, positions position_embeddings, "
        "token_types token_type_embeddings, word_embeddings add, position_embeddings add, "
        "token_type_embeddings add, add norm, norm drop, drop output"
    )
    params = required(_VOCABULARY, _CONTEXT, _WIDTH, _DROPOUT)
    doc = "Sums vectors for what a token is, where it stands and to which text it belongs."
    return wired(nodes, wires, params=params, doc=doc)


def _attention() -> Block:
    width = Expr("in_channels")
    nodes = (
        layer("x", "Input"),
        *(layer(name, "Linear", out_features=width) for name in ("query", "key", "value")),
        *(layer(f"{one}_heads", "SplitHeads", heads=Expr("heads")) for one in "qkv"),
        layer("attention", "ScaledDotProductAttention", dropout_p=Expr("dropout")),
        layer("merge", "MergeHeads"),
        layer("dense", "Linear", out_features=width),
        layer("output_dropout", "Dropout", p=Expr("dropout")),
        layer("output", "Output"),
    )
    wires = (
        "x query, x key, x value, query q_heads, key k_heads, value v_heads, "
        "q_heads attention.q, k_heads attention.k, v_heads attention.v, "
        "attention merge, merge dense, dense output_dropout, output_dropout output"
    )
    doc = "Every token looks at all tokens."
    return wired(nodes, wires, params=required(_HEADS, _DROPOUT), doc=doc)


def _feed_forward() -> Block:
    nodes = (
        layer("x", "Input"),
        layer("intermediate", "Linear", out_features=Expr("hidden")),
        layer("gelu", "GELU"),
        layer("dense", "Linear", out_features=Expr("in_channels")),
        layer("drop", "Dropout", p=Expr("dropout")),
        layer("output", "Output"),
    )
    doc = "A perceptron with one hidden layer, at every token alone."
    return chained(nodes, params=required(_HIDDEN, _DROPOUT), doc=doc)


def _layer() -> Block:
    nodes = (
        layer("x", "Input"),
        layer("attention", "SelfAttention", **handed_on((_HEADS, _DROPOUT))),
        layer("attention_norm", "LayerNorm", eps=_EPS),
        layer("feed_forward", "FeedForward", **handed_on((_HIDDEN, _DROPOUT))),
        layer("feed_forward_norm", "LayerNorm", eps=_EPS),
        layer("output", "Output"),
    )
    wires = (
        "x +attention_norm, x attention, attention attention_norm, attention_norm "
        "+feed_forward_norm, attention_norm feed_forward, feed_forward feed_forward_norm, "
        "feed_forward_norm output"
    )
    doc = "Attention and a perceptron, each with a skip round it and a norm behind."
    return wired(nodes, wires, params=required(_HEADS, _HIDDEN, _DROPOUT), doc=doc)


def _pooler() -> Block:
    nodes = (
        layer("x", "Input"),
        layer("first", "Select", dim=1, index=0),
        layer("dense", "Linear", out_features=Expr("in_channels")),
        layer("tanh", "Tanh"),
        layer("output", "Output"),
    )
    return chained(nodes, doc="One vector for the whole text, from its first token.")


def _bert(args: Args) -> Diagram:
    nodes = (
        layer("tokens", "Input", shape=("N", "L"), dtype="int64"),
        layer("token_types", "Input", shape=("N", "L"), dtype="int64"),
        layer("embeddings", "Embeddings", **handed_on((_VOCABULARY, _CONTEXT, _WIDTH, _DROPOUT))),
        layer("encoder", "EncoderLayer", Expr("depth"), **handed_on((_HEADS, _HIDDEN, _DROPOUT))),
        layer("pooler", "Pooler"),
        layer("last_hidden_state", "Output"),
        layer("pooled", "Output"),
    )
    wires = (
        "tokens embeddings.tokens, token_types embeddings.token_types, embeddings encoder, "
        "encoder pooler, encoder last_hidden_state, pooler pooled"
    )
    doc = "BERT: a vector for every token, and one for the text."
    main = wired(nodes, wires, params=with_defaults(OPTIONS, args), doc=doc)
    blocks = {
        "Bert": main,
        "Embeddings": _embeddings(),
        "EncoderLayer": _layer(),
        "SelfAttention": _attention(),
        "FeedForward": _feed_forward(),
        "Pooler": _pooler(),
    }
    return Diagram(blocks, "Bert", symbols={"N": 2, "L": 64})


TEMPLATES = (
    Template(
        name="bert-base",
        title="BERT-base",
        doc="The encoder whose every token looks at all others; 12 layers.",
        paper=_PAPER,
        make=_bert,
        options=OPTIONS,
    ),
)
