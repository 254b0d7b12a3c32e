"""The Conformer for speech, with the names of torchaudio."""

from __future__ import annotations

from dataclasses import replace

from graphcore.diagram import Block, Diagram, Node, Scale
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
from graphcore.spec import Args, FloatParam, IntParam, Param

_PAPER = "Gulati et al. 2020, Conformer, arXiv:2005.08100"

_WIDTH = IntParam(name="width", doc="Features of a frame.", default=80, maximum=65_536)
_HEADS = IntParam(name="heads", doc="Heads of attention; they share the width.", default=4)
_HIDDEN = IntParam(name="hidden", doc="Features inside the perceptrons.", default=128)
_KERNEL = IntParam(name="kernel", doc="Frames that the convolution sees, odd.", default=31)
_DROPOUT = FloatParam(
    name="dropout", doc="Share of values dropped while training.", default=0.0, minimum=0, maximum=1
)
_INNER: tuple[Param, ...] = (_HEADS, _HIDDEN, _KERNEL, _DROPOUT)
OPTIONS: tuple[Param, ...] = (
    _WIDTH,
    IntParam(name="depth", doc="Layers.", default=4, maximum=1024),
    *_INNER,
)


def _drop(label: str) -> Node:
    return layer(label, "Dropout", p=Expr("dropout"))


def _feed_forward() -> dict[str, Block]:
    inner = (
        layer("x", "Input"),
        layer("norm", "LayerNorm"),
        layer("linear1", "Linear", out_features=Expr("hidden")),
        layer("silu", "SiLU"),
        _drop("dropout1"),
        layer("linear2", "Linear", out_features=Expr("in_channels")),
        _drop("dropout2"),
        layer("output", "Output"),
    )
    params = required(_HIDDEN, _DROPOUT)
    outer = (
        layer("x", "Input"),
        layer("sequential", "NormedPerceptron", **handed_on(params)),
        layer("output", "Output"),
    )
    return {
        "FeedForward": chained(outer, params=params, doc="A perceptron behind a norm."),
        "NormedPerceptron": replace(chained(inner, params=params), form="sequential"),
    }


def _convolution() -> dict[str, Block]:
    width, kernel = Expr("width"), Expr("kernel")
    inner = (
        layer("x", "Input"),
        layer("pointwise1", "Conv1d", out_channels=Expr("2 * width"), kernel_size=1),
        layer("glu", "GLU", dim=1),
        layer("depthwise", "Conv1d", out_channels=width, kernel_size=kernel, groups=width),
        layer("norm", "BatchNorm1d"),
        layer("silu", "SiLU"),
        layer("pointwise2", "Conv1d", out_channels=width, kernel_size=1),
        _drop("dropout"),
        layer("output", "Output"),
    )
    outer = (
        layer("x", "Input"),
        layer("layer_norm", "LayerNorm"),
        layer("channels_first", "Transpose", dim0=1, dim1=2),
        layer(
            "sequential",
            "GatedConvolution",
            width=Expr("in_channels"),
            **handed_on((_KERNEL, _DROPOUT)),
        ),
        layer("channels_last", "Transpose", dim0=1, dim1=2),
        layer("output", "Output"),
    )
    doc = "A gate and a convolution over time, each channel by itself."
    return {
        "ConvolutionModule": chained(outer, params=required(_KERNEL, _DROPOUT), doc=doc),
        "GatedConvolution": replace(
            chained(inner, params=required(_WIDTH, _KERNEL, _DROPOUT)), form="sequential"
        ),
    }


def _half(node: Node, label: str) -> Node:
    """Half of the branch that ends at ``node`` is added there."""
    half = Scale("Gain", label, {"init": 0.5, "trainable": False})
    return replace(node, scales={"x": (half,)})


def _layer() -> Block:
    feed_forward = handed_on((_HIDDEN, _DROPOUT))
    nodes = (
        layer("x", "Input"),
        layer("ffn1", "FeedForward", **feed_forward),
        _half(layer("after_ffn1", "Junction"), "half1"),
        layer("self_attn_layer_norm", "LayerNorm"),
        layer("self_attn", "MultiheadAttention", num_heads=Expr("heads"), dropout=Expr("dropout")),
        _drop("self_attn_dropout"),
        layer("after_attn", "Junction"),
        layer("conv_module", "ConvolutionModule", **handed_on((_KERNEL, _DROPOUT))),
        layer("after_conv", "Junction"),
        layer("ffn2", "FeedForward", **feed_forward),
        _half(layer("final_layer_norm", "LayerNorm"), "half2"),
        layer("output", "Output"),
    )
    wires = (
        "x +after_ffn1, x ffn1, ffn1 after_ffn1, "
        "after_ffn1 +after_attn, after_ffn1 self_attn_layer_norm, self_attn_layer_norm self_attn, "
        "self_attn self_attn_dropout, self_attn_dropout after_attn, "
        "after_attn +after_conv, after_attn conv_module, conv_module after_conv, "
        "after_conv +final_layer_norm, after_conv ffn2, ffn2 final_layer_norm, "
        "final_layer_norm output"
    )
    doc = "Half a perceptron, attention, convolution, half a perceptron; a skip round each."
    return wired(nodes, wires, params=required(*_INNER), doc=doc)


def _conformer(args: Args) -> Diagram:
    nodes = (
        layer("x", "Input", shape=("N", "T", Expr("width"))),
        layer("conformer_layers", "ConformerLayer", Expr("depth"), **handed_on(_INNER)),
        layer("output", "Output"),
    )
    doc = "The Conformer for frames of speech, of any number."
    main = chained(nodes, params=with_defaults(OPTIONS, args), doc=doc)
    blocks = {"Conformer": main, "ConformerLayer": _layer(), **_feed_forward(), **_convolution()}
    return Diagram(blocks, "Conformer", symbols={"N": 2, "T": 50})


TEMPLATES = (
    Template(
        name="conformer",
        title="Conformer",
        doc="Attention for what is far, convolution for what is near, half-step perceptrons.",
        paper=_PAPER,
        make=_conformer,
        options=OPTIONS,
    ),
)
