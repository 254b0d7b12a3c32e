"""The Transformer encoder, with the norm before or behind, and the names of torch's own."""

from __future__ import annotations

from functools import partial

from graphcore.diagram import Block, Diagram, Node
from graphcore.expression import Expr
from graphcore.gallery.template import Template, handed_on, layer, required, wired, with_defaults
from graphcore.spec import Args, FloatParam, IntParam, Param

_POST = "Vaswani et al. 2017, Attention Is All You Need, arXiv:1706.03762"
_PRE = "Xiong et al. 2020, On Layer Normalization in the Transformer Architecture, arXiv:2002.04745"

_HEADS = IntParam(name="heads", doc="Heads of attention; they share the width.", default=8)
_HIDDEN = IntParam(name="hidden", doc="Features inside the perceptron.", default=2048)
_DROPOUT = FloatParam(
    name="dropout", doc="Share of values dropped while training.", default=0.1, minimum=0, maximum=1
)
_INNER: tuple[Param, ...] = (_HEADS, _HIDDEN, _DROPOUT)
OPTIONS: tuple[Param, ...] = (
    IntParam(name="width", doc="Features of a place.", default=512, maximum=65_536),
    IntParam(name="depth", doc="Layers.", default=6, maximum=1024),
    *_INNER,
)

_BEFORE = (
    "x +middle, x norm1, norm1 self_attn, self_attn dropout1, dropout1 middle, middle +output, "
    "middle norm2, norm2 linear1, linear1 relu, relu dropout, dropout linear2, linear2 dropout2, "
    "dropout2 output"
)
_BEHIND = (
    "x +norm1, x self_attn, self_attn dropout1, dropout1 norm1, norm1 +norm2, norm1 linear1, "
    "linear1 relu, relu dropout, dropout linear2, linear2 dropout2, dropout2 norm2, norm2 output"
)


def _layer(*, norm_first: bool) -> Block:
    drop = Expr("dropout")
    attention: tuple[Node, ...] = (
        layer("self_attn", "MultiheadAttention", num_heads=Expr("heads"), dropout=drop),
        layer("dropout1", "Dropout", p=drop),
    )
    perceptron: tuple[Node, ...] = (
        layer("linear1", "Linear", out_features=Expr("hidden")),
        layer("relu", "ReLU"),
        layer("dropout", "Dropout", p=drop),
        layer("linear2", "Linear", out_features=Expr("in_channels")),
        layer("dropout2", "Dropout", p=drop),
    )
    norm1, norm2 = layer("norm1", "LayerNorm"), layer("norm2", "LayerNorm")
    middle = (layer("middle", "Junction"), norm2, *perceptron) if norm_first else ()
    inside = (norm1, *attention, *middle) if norm_first else (*attention, norm1, *perceptron, norm2)
    nodes = (layer("x", "Input"), *inside, layer("output", "Output"))
    place = "behind a norm" if norm_first else "before a norm"
    doc = f"Attention and a perceptron, each {place} and with a skip round it."
    wires = _BEFORE if norm_first else _BEHIND
    return wired(nodes, wires, params=required(*_INNER), doc=doc)


def _encoder(norm_first: bool, args: Args) -> Diagram:
    nodes = [
        layer("x", "Input", shape=("N", "L", Expr("width"))),
        layer("layers", "EncoderLayer", Expr("depth"), **handed_on(_INNER)),
        layer("output", "Output"),
    ]
    wires = "x layers, layers output"
    if norm_first:
        nodes.insert(2, layer("norm", "LayerNorm"))
        wires = "x layers, layers norm, norm output"
    doc = "A Transformer encoder for vectors of any number of places."
    main = wired(nodes, wires, params=with_defaults(OPTIONS, args), doc=doc)
    blocks = {"TransformerEncoder": main, "EncoderLayer": _layer(norm_first=norm_first)}
    return Diagram(blocks, "TransformerEncoder", symbols={"N": 2, "L": 64})


TEMPLATES = (
    Template(
        name="encoder-pre-ln",
        title="Transformer encoder, pre-LN",
        doc="Attention and a perceptron in turn, each behind a norm: trains without warm-up.",
        paper=_PRE,
        make=partial(_encoder, True),
        options=OPTIONS,
    ),
    Template(
        name="encoder-post-ln",
        title="Transformer encoder, post-LN",
        doc="The encoder of the first Transformer: every sum of a skip is normalised.",
        paper=_POST,
        make=partial(_encoder, False),
        options=OPTIONS,
    ),
)
