"""Small models for scikit-learn's digits (1,797 images of 1×8×8), trainable in seconds on a CPU.

The residual ones have the arrangement of the CIFAR networks of He et al. 2016 (arXiv:1512.03385):
6n + 2 layers, three stages of n blocks, the channels doubled and the size halved between stages.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from graphcore.diagram import Block, Diagram, Node
from graphcore.expression import Expr
from graphcore.gallery.residual import basic_block, convolution
from graphcore.gallery.template import Template, chained, layer, skip
from graphcore.spec import Args, IntParam, Param, ParamValue

DIGITS = ("N", 1, 8, 8)
"""The shape of a batch of digits."""
_PAPER = "He et al. 2016, Deep Residual Learning for Image Recognition, arXiv:1512.03385"

# With this rate and schedule the plain 56 layers stay at 18 to 25 % and the residual ones reach
# 98 %
# on every seed tried; at 0.1 with one cycle both lose their way while the rate is high.
RECIPE: dict[str, ParamValue] = {
    "data": "digits",
    "optimizer": "sgd",
    "learning_rate": 0.02,
    "momentum": 0.9,
    "weight_decay": 1e-4,
    "schedule": "cosine",
    "batch_size": 64,
    "epochs": 8,
    "seed": 0,
}
"""What the networks for digits are trained by."""

_CLASSES = IntParam(name="classes", doc="Classes to tell apart.", default=10, maximum=10_000)


def _sizes(depth: int) -> tuple[Param, ...]:
    return (
        IntParam(
            name="depth",
            doc="Layers with weights, 6n + 2: n blocks in each of three stages.",
            default=depth,
            minimum=8,
            maximum=1202,
        ),
        IntParam(name="width", doc="Channels of the first stage.", default=16, maximum=1024),
        _CLASSES,
    )


def _block(*, with_skip: bool) -> Block:
    shortcut = skip("x", "relu2", "downsample", shortcut="auto") if with_skip else None
    ending = "and a shortcut." if with_skip else "without a shortcut."
    return basic_block(shortcut, f"Two 3×3 convolutions {ending}")


def _stage(label: str, block: str, width: str, stride: ParamValue) -> Node:
    given = {"width": Expr(width), "stride": stride}
    return layer(label, block, repeat=Expr("(depth - 2) // 6"), **given)


def _cifar_arrangement(depth: int, with_skip: bool, args: Args) -> Diagram:
    block, name = ("Residual", "ResNet") if with_skip else ("Plain", "Plain")
    halving = Expr("2 if i == 0 else 1")
    nodes = (
        layer("x", "Input", shape=DIGITS),
        convolution("stem", Expr("width"), 3),
        layer("bn", "BatchNorm2d"),
        layer("relu", "ReLU"),
        _stage("stage1", block, "width", 1),
        _stage("stage2", block, "2 * width", halving),
        _stage("stage3", block, "4 * width", halving),
        layer("pool", "AdaptiveAvgPool2d", output_size=1),
        layer("flatten", "Flatten"),
        layer("fc", "Linear", out_features=Expr("classes")),
        layer("output", "Output"),
    )
    doc = "A residual network" if with_skip else "A plain network, the twin without skips,"
    params = tuple(
        replace(param, default=args[param.name])  # type: ignore[arg-type]  # a number
        for param in _sizes(depth)
    )
    main = chained(nodes, params=params, doc=f"{doc} in the arrangement of the CIFAR networks.")
    title = f"{name}{args['depth']}"
    blocks = {title: main, block: _block(with_skip=with_skip)}
    return Diagram(blocks, title, symbols={"N": 4}, recipe=RECIPE)


def _mlp(args: Args) -> Diagram:
    nodes = (
        layer("x", "Input", shape=DIGITS),
        layer("flatten", "Flatten"),
        layer("fc1", "Linear", out_features=Expr("width")),
        layer("relu1", "ReLU"),
        layer("fc2", "Linear", out_features=Expr("width")),
        layer("relu2", "ReLU"),
        layer("fc3", "Linear", out_features=Expr("classes")),
        layer("output", "Output"),
    )
    params = (
        IntParam(name="width", doc="Hidden units.", default=args["width"], maximum=65_536),  # type: ignore[arg-type]
        _CLASSES,
    )
    main = chained(nodes, params=params, doc="A multilayer perceptron.")
    recipe = {**RECIPE, "optimizer": "adamw", "learning_rate": 0.003, "epochs": 12}
    return Diagram({"MLP": main}, "MLP", symbols={"N": 4}, recipe=recipe)


def _draw_your_own(args: Args) -> Diagram:
    """Six blocks without normalisation that lack one skip, to be drawn by the newcomer."""
    same = {"out_channels": 16, "kernel_size": 3, "padding": 1}
    nodes = (
        layer("x", "Input", shape=DIGITS),
        layer("stem", "Conv2d", **same),
        layer("relu1", "ReLU"),
        layer("conv1", "Conv2d", **same),
        layer("relu2", "ReLU"),
        layer("conv2", "Conv2d", **same),
        layer("relu3", "ReLU"),
        layer("pool", "AdaptiveAvgPool2d", output_size=1),
        layer("flatten", "Flatten"),
        layer("fc", "Linear", out_features=10),
        layer("output", "Output"),
    )
    main = chained(nodes, doc="A small network that lacks a skip connection.")
    recipe = {**RECIPE, "optimizer": "adamw", "learning_rate": 0.01}
    return Diagram({"MyNet": main}, "MyNet", symbols={"N": 4}, recipe=recipe)


def _resnet(depth: int, with_skip: bool) -> Template:
    name, title = ("resnet", "ResNet") if with_skip else ("plain", "Plain network")
    doc = (
        f"{depth} layers with a shortcut round every two convolutions."
        if with_skip
        else f"The same {depth} layers without the shortcuts: see what they are for."
    )
    return Template(
        name=f"{name}{depth}-digits",
        title=f"{title}-{depth}" if with_skip else f"{title}, {depth} layers",
        doc=doc,
        paper=_PAPER,
        make=partial(_cifar_arrangement, depth, with_skip),
        options=_sizes(depth),
    )


TEMPLATES = (
    _resnet(20, with_skip=True),
    _resnet(56, with_skip=True),
    _resnet(20, with_skip=False),
    _resnet(56, with_skip=False),
    Template(
        name="mlp-digits",
        title="Multilayer perceptron",
        doc="Three linear layers on the flattened image: the simplest net that reads digits.",
        paper="Rumelhart, Hinton and Williams 1986, Nature 323",
        make=_mlp,
        options=(IntParam(name="width", doc="Hidden units.", default=64, maximum=65_536),),
    ),
    Template(
        name="draw-your-own",
        title="Draw your own",
        doc="A small net that lacks one skip connection.",
        paper="",
        make=_draw_your_own,
        hidden=True,
    ),
)
