"""The residual networks for CIFAR of He et al. 2016, with shortcuts that have no weights."""

from __future__ import annotations

from functools import partial

from graphcore.diagram import Block, Diagram, Node
from graphcore.expression import Expr
from graphcore.gallery.imagenet import image
from graphcore.gallery.residual import basic_block, convolution
from graphcore.gallery.template import Template, chained, layer, skip
from graphcore.spec import Args, IntParam, ParamValue

_PAPER = "He et al. 2016, Deep Residual Learning for Image Recognition, arXiv:1512.03385"
_CLASSES = IntParam(name="classes", doc="Classes to tell apart.", default=10, maximum=1_000_000)


def _block() -> Block:
    shortcut = skip("x", "relu2", "shortcut", shortcut="pad")
    return basic_block(shortcut, "Two 3×3 convolutions and a shortcut without weights.")


def _resnet(depth: int, args: Args) -> Diagram:
    def stage(number: int, width: int) -> Node:
        stride: ParamValue = Expr("2 if i == 0 else 1") if number > 1 else 1
        repeat = Expr("(depth - 2) // 6")
        return layer(f"layer{number}", "BasicBlock", repeat=repeat, width=width, stride=stride)

    nodes = (
        image(32),
        convolution("conv1", 16, 3),
        layer("bn1", "BatchNorm2d"),
        layer("relu", "ReLU"),
        stage(1, 16),
        stage(2, 32),
        stage(3, 64),
        layer("pool", "AdaptiveAvgPool2d", output_size=1),
        layer("flatten", "Flatten"),
        layer("linear", "Linear", out_features=Expr("classes")),
        layer("output", "Output"),
    )
    params = (
        IntParam(
            name="depth",
            doc="Layers with weights, 6n + 2: n blocks in each of three stages.",
            default=depth,
            minimum=8,
            maximum=1202,
        ),
        IntParam(name="classes", doc=_CLASSES.doc, default=args["classes"], maximum=1_000_000),  # type: ignore[arg-type]
    )
    main = chained(nodes, params=params, doc=f"The CIFAR ResNet of {depth} layers.")
    return Diagram({f"ResNet{depth}": main, "BasicBlock": _block()}, f"ResNet{depth}")


TEMPLATES = tuple(
    Template(
        name=f"resnet{depth}-cifar",
        title=f"ResNet-{depth} for CIFAR",
        doc=f"{depth} layers for images of 3×32×32, shortcuts by subsampling and zero channels.",
        paper=_PAPER,
        make=partial(_resnet, depth),
        options=(_CLASSES,),
    )
    for depth in (20, 32, 44, 56, 110, 1202)
)
