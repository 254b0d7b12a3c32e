"""Vision transformers, with the names of torchvision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from graphcore.diagram import Block, Diagram
from graphcore.expression import Expr
from graphcore.gallery.template import (
    Template,
    chained,
    classes,
    layer,
    required,
    smaller,
    wired,
    with_defaults,
)
from graphcore.spec import Args, FloatParam, IntParam, Param, ParamValue

_PAPER = "Dosovitskiy et al. 2021, An Image is Worth 16x16 Words, arXiv:2010.11929"

_HEADS = IntParam(name="heads", doc="Heads of attention; they share the width.", default=12)
_HIDDEN = IntParam(name="hidden", doc="Features inside the perceptron.", default=3072)
_CLASSES = classes(1000)
_DROPOUT = FloatParam(
    name="dropout", doc="Share of values dropped while training.", default=0.0, minimum=0, maximum=1
)
_DEPTH = IntParam(name="depth", doc="Blocks.", default=12, maximum=1024)
_PLACES = IntParam(name="places", doc="Patches, and one for the class token.")

OPTIONS: tuple[Param, ...] = (
    IntParam(name="image_size", doc="Height and width of the image.", default=224, maximum=65_536),
    IntParam(name="patch_size", doc="Height and width of a patch.", default=16, maximum=65_536),
    IntParam(name="width", doc="Features of a patch.", default=768, maximum=65_536),
    _DEPTH,
    _HEADS,
    _HIDDEN,
    _DROPOUT,
    _CLASSES,
)

_SMALL = smaller(
    OPTIONS,
    image_size=8,
    patch_size=2,
    width=64,
    depth=3,
    heads=4,
    hidden=128,
    dropout=0.2,
    classes=10,
)

_RECIPE: Mapping[str, ParamValue] = {
    "data": "digits",
    "loss": "cross_entropy",
    "optimizer": "adamw",
    "learning_rate": 3e-3,
    "weight_decay": 0.05,
    "schedule": "one_cycle",
    "batch_size": 32,
    "epochs": 15,
    "seed": 0,
}


def _mlp() -> Block:
    nodes = (
        layer("x", "Input"),
        layer("fc1", "Linear", out_features=Expr("hidden")),
        layer("gelu", "GELU"),
        layer("dropout1", "Dropout", p=Expr("dropout")),
        layer("fc2", "Linear", out_features=Expr("in_channels")),
        layer("dropout2", "Dropout", p=Expr("dropout")),
        layer("output", "Output"),
    )
    block = chained(
        nodes, params=required(_HIDDEN, _DROPOUT), doc="A perceptron, at every place alone."
    )
    return replace(block, form="sequential")


def _block() -> Block:
    nodes = (
        layer("x", "Input"),
        layer("ln_1", "LayerNorm", eps=1e-6),
        layer(
            "self_attention", "MultiheadAttention", num_heads=Expr("heads"), dropout=Expr("dropout")
        ),
        layer("middle", "Junction"),
        layer("ln_2", "LayerNorm", eps=1e-6),
        layer("mlp", "MLP", hidden=Expr("hidden"), dropout=Expr("dropout")),
        layer("output", "Output"),
    )
    wires = (
        "x +middle, x ln_1, ln_1 self_attention, self_attention middle, "
        "middle +output, middle ln_2, ln_2 mlp, mlp output"
    )
    doc = "Attention and a perceptron, each behind a norm and with a skip round both."
    return wired(nodes, wires, params=required(_HEADS, _HIDDEN, _DROPOUT), doc=doc)


def _encoder() -> Block:
    inner = {name: Expr(name) for name in ("heads", "hidden", "dropout")}
    block = layer("layers", "EncoderBlock", repeat=Expr("depth"), **inner)
    shape = (1, Expr("places"), Expr("in_channels"))
    nodes = (
        layer("x", "Input"),
        layer("pos_embedding", "Parameter", shape=shape, init="normal"),
        layer("add", "Add", broadcast=True),
        replace(block, copy_names="encoder_layer_{i}"),
        layer("ln", "LayerNorm", eps=1e-6),
        layer("output", "Output"),
    )
    wires = "x add, pos_embedding add, add layers, layers ln, ln output"
    params = required(_PLACES, _DEPTH, _HEADS, _HIDDEN, _DROPOUT)
    return wired(nodes, wires, params=params, doc="Tells the places apart, then looks at all.")


def _heads() -> Block:
    nodes = (
        layer("x", "Input"),
        layer("head", "Linear", out_features=Expr("classes")),
        layer("output", "Output"),
    )
    return chained(nodes, params=required(_CLASSES), doc="Tells the classes apart.")


def _vision_transformer(
    channels: int, options: Sequence[Param], recipe: Mapping[str, ParamValue], args: Args
) -> Diagram:
    size, patch = Expr("image_size"), Expr("patch_size")
    side = "(image_size // patch_size)"
    encoder = {
        "places": Expr(f"{side} * {side} + 1"),
        **{key: Expr(key) for key in ("depth", "heads", "hidden", "dropout")},
    }
    nodes = (
        layer("x", "Input", shape=("N", channels, size, size)),
        layer("class_token", "Parameter", shape=(1, 1, Expr("width"))),
        layer(
            "conv_proj",
            "Conv2d",
            out_channels=Expr("width"),
            kernel_size=patch,
            stride=patch,
            padding=0,
        ),
        layer("flatten", "Flatten", start_dim=2),
        layer("transpose", "Transpose", dim0=1, dim1=2),
        layer("batch_class_token", "ExpandBatch"),
        layer("concat", "Concat", dim=1),
        layer("encoder", "Encoder", **encoder),
        layer("select", "Select", dim=1, index=0),
        layer("heads", "Heads", classes=Expr("classes")),
        layer("output", "Output"),
    )
    wires = (
        "x conv_proj, conv_proj flatten, flatten transpose, transpose batch_class_token.like, "
        "class_token batch_class_token, batch_class_token concat, transpose concat, "
        "concat encoder, encoder select, select heads, heads output"
    )
    doc = "The image in patches, one more for the class, and a Transformer over all of them."
    main = wired(nodes, wires, params=with_defaults(options, args), doc=doc)
    blocks = {
        "VisionTransformer": main,
        "Encoder": _encoder(),
        "EncoderBlock": _block(),
        "MLP": _mlp(),
        "Heads": _heads(),
    }
    return Diagram(blocks, "VisionTransformer", recipe=recipe)


TEMPLATES = (
    Template(
        name="vit-b-16",
        title="ViT-B/16",
        doc="An image as a sequence of patches of 16×16, read by 12 Transformer blocks.",
        paper=_PAPER,
        make=partial(_vision_transformer, 3, OPTIONS, {}),
        options=OPTIONS,
    ),
    Template(
        name="vit-digits",
        title="ViT for digits",
        doc="A small vision transformer that reads a digit as 16 patches of 2×2 pixels.",
        paper=_PAPER,
        make=partial(_vision_transformer, 1, _SMALL, _RECIPE),
        options=_SMALL,
    ),
)
