"""EfficientNet with the names and the ``state_dict`` of torchvision: inverted bottlenecks whose
depth, width and image size grow together."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from graphcore.diagram import Block, Diagram, Node, Scale
from graphcore.expression import Expr
from graphcore.gallery.residual import STRIDE, convolution
from graphcore.gallery.template import (
    Template,
    chained,
    classes,
    image,
    layer,
    skip,
    with_defaults,
)
from graphcore.spec import Args, ChoiceParam, FloatParam, IntParam, Param, ParamValue

_PAPER = "Tan and Le 2019, EfficientNet, arXiv:1905.11946"

# Expansion, kernel, stride, channels and copies of the seven stages of B0 (table 1 of the paper).
_STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
# Width, depth, image size and dropout of each network of the family.
_FAMILY = {
    "B0": (1.0, 1.0, 224, 0.2),
    "B1": (1.0, 1.1, 240, 0.2),
    "B2": (1.1, 1.2, 288, 0.3),
    "B3": (1.2, 1.4, 300, 0.3),
    "B4": (1.4, 1.8, 380, 0.4),
    "B5": (1.6, 2.2, 456, 0.4),
    "B6": (1.8, 2.6, 528, 0.5),
    "B7": (2.0, 3.1, 600, 0.5),
}
# The larger ones were trained with another epsilon.
_NORMS: dict[str, dict[str, ParamValue]] = {
    size: {"eps": 0.001, "momentum": 0.01} for size in ("B5", "B6", "B7")
}

_CLASSES = classes(1000)
_SIZE = ChoiceParam(
    name="size",
    doc="Which network of the family: depth, width and image size grow together.",
    default="B0",
    choices=tuple(_FAMILY),
)
_DROP = FloatParam(
    name="drop",
    doc="Probability that the last block is dropped in training; that of the others grows "
    "linearly up to it.",
    default=0.2,
    minimum=0.0,
    maximum=1.0,
)
_WIDTH = IntParam(name="width", doc="Channels that leave.")
_KERNEL = IntParam(name="kernel", doc="Size of the depthwise kernel.", default=3)


def _channels(width: float) -> int:
    """The multiple of 8 that is nearest to ``width``, and not less than 90 % of it."""
    nearest = max(8, int(width + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * width else nearest + 8


def _chain_of(*inner: Node, params: tuple[Param, ...] = (_WIDTH,)) -> Block:
    nodes = (layer("x", "Input"), *inner, layer("output", "Output"))
    return replace(chained(nodes, params=params), form="sequential")


def _parts(norm: dict[str, ParamValue]) -> dict[str, Block]:
    """A convolution with its norm: pointwise with SiLU, depthwise, and pointwise without."""
    padding = Expr("(kernel - 1) // 2")
    same: dict[str, ParamValue] = {"padding": padding, "groups": Expr("in_channels")}
    depthwise = layer(
        "conv",
        "Conv2d",
        out_channels=Expr("in_channels"),
        kernel_size=Expr("kernel"),
        stride=Expr("stride"),
        bias=False,
        **same,
    )
    bn, silu = layer("bn", "BatchNorm2d", **norm), layer("silu", "SiLU")
    pointwise = convolution("conv", Expr("width"), 1)
    return {
        "ConvNormAct": _chain_of(pointwise, bn, silu),
        "DepthwiseNormAct": _chain_of(depthwise, bn, silu, params=(_KERNEL, STRIDE)),
        "ConvNorm": _chain_of(pointwise, bn),
    }


def _mbconv(expansion: int, joins: bool) -> dict[str, Block]:
    """The inverted bottleneck: a wide inside between narrow ends and, where any copy ``joins``,
    a skip for those whose ends agree."""
    name, same = f"MBConv{expansion}", {"kernel": Expr("kernel"), "stride": Expr("stride")}
    widen = layer("expand", "ConvNormAct", width=Expr(f"{expansion} * in_channels"))
    squeeze = Expr("in_channels // 4")
    inner = _chain_of(
        *[widen] * (expansion > 1),
        layer("depthwise", "DepthwiseNormAct", **same),
        layer("se", "SqueezeExcitation", squeeze_channels=squeeze, activation="SiLU"),
        layer("project", "ConvNorm", width=Expr("width")),
        params=(_WIDTH, _KERNEL, STRIDE),
    )
    drop = Scale("StochasticDepth", "stochastic_depth", {"p": Expr("drop")})
    nodes = (
        layer("x", "Input"),
        layer("block", f"{name}Chain", width=Expr("width"), **same),
        replace(layer("output", "Output"), scales={"x": (drop,)} if joins else {}),
    )
    doc = "Filter each channel by itself, weigh the channels, narrow."
    if expansion > 1:
        doc = "Widen, filter each channel by itself, weigh the channels, narrow."
    params = (_WIDTH, _KERNEL, STRIDE, *[replace(_DROP, default=0.0)] * joins)
    skips = [skip("x", "output", "skip", shortcut="if-equal")] * joins
    return {name: chained(nodes, skips, params, doc), f"{name}Chain": inner}


def _stages(width: float, counts: list[int]) -> list[Node]:
    """The stages; the probability that a block is dropped grows from 0 by equal steps."""
    total, nodes = sum(counts), []
    for number, (expansion, kernel, stride, channels, _) in enumerate(_STAGES):
        before = sum(counts[:number])
        given: dict[str, ParamValue] = {
            "width": _channels(width * channels),
            "kernel": kernel,
            "stride": Expr(f"{stride} if i == 0 else 1") if stride > 1 else 1,
        }
        if expansion > 1 or counts[0] > 1:
            place = f"({before} + i)" if before else "i"
            given["drop"] = Expr(f"drop * {place} / {total}")
        # A stage of one copy is a stage as well, as in torchvision's names.
        repeat = counts[number] if counts[number] > 1 else Expr("1")
        nodes.append(layer(f"stage{number + 1}", f"MBConv{expansion}", repeat, **given))
    return nodes


def _efficientnet(args: Args) -> Diagram:
    size = str(args["size"])
    width, depth, pixels, dropout = _FAMILY[size]
    norm = _NORMS.get(size, {})
    counts = [ceil(depth * copies) for *_, copies in _STAGES]
    stem = _chain_of(
        convolution("conv", _channels(32 * width), 3, stride=2),
        layer("bn", "BatchNorm2d", **norm),
        layer("silu", "SiLU"),
        params=(),
    )
    features = (
        layer("stem", "Stem"),
        *_stages(width, counts),
        layer("head", "ConvNormAct", width=4 * _channels(320 * width)),
    )
    head = (
        layer("dropout", "Dropout", p=dropout),
        layer("fc", "Linear", out_features=Expr("classes")),
    )
    nodes = (
        image(pixels),
        layer("features", "Features", drop=Expr("drop")),
        layer("avgpool", "AdaptiveAvgPool2d", output_size=1),
        layer("flatten", "Flatten"),
        layer("classifier", "Classifier", classes=Expr("classes")),
        layer("output", "Output"),
    )
    name = f"EfficientNet{size}"
    main = chained(
        nodes,
        params=with_defaults((_CLASSES, _DROP), args),
        doc=f"EfficientNet-{size} for ImageNet.",
    )
    blocks = {
        name: main,
        "Features": _chain_of(*features, params=(replace(_DROP, default=None),)),
        "Stem": stem,
        **_mbconv(1, joins=counts[0] > 1),
        **_mbconv(6, joins=True),
        **_parts(norm),
        "Classifier": _chain_of(*head, params=(replace(_CLASSES, default=None),)),
    }
    return Diagram(blocks, name)


TEMPLATES = (
    Template(
        name="efficientnet-b0",
        title="EfficientNet-B0",
        doc="Inverted bottlenecks with depthwise convolutions and squeeze-and-excitation; a skip "
        "where size and width stay.",
        paper=_PAPER,
        make=_efficientnet,
        options=(_SIZE, _CLASSES, _DROP),
    ),
)
