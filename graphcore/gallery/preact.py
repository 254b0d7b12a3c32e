"""The pre-activation residual networks of He et al. 2016b: norm and ReLU before each convolution,
so that nothing stands on the way of the shortcuts, and a thousand layers train."""

from __future__ import annotations

from functools import partial

from graphcore.diagram import Block, Diagram, Node
from graphcore.expression import Expr
from graphcore.gallery.digits import RECIPE
from graphcore.gallery.residual import STRIDE, convolution
from graphcore.gallery.template import (
    HALVING,
    Template,
    chained,
    classes,
    image,
    layer,
    skip,
    with_defaults,
)
from graphcore.spec import Args, IntParam, Param, ParamValue

_PAPER = "He et al. 2016, Identity Mappings in Deep Residual Networks, arXiv:1603.05027"


def _options(depth: int, width: int = 16) -> tuple[Param, ...]:
    doc = "Layers with weights, 9n + 2: n bottlenecks in each of three stages."
    return (
        IntParam(name="depth", doc=doc, default=depth, minimum=11, maximum=1001),
        IntParam(name="width", doc="Channels of the stem.", default=width, maximum=1024),
        classes(10),
    )


def _bottleneck() -> Block:
    """Where the type changes, the projection reads what norm and ReLU made of x, which the paper
    has the two paths share; elsewhere x itself goes past everything."""
    bare: dict[str, ParamValue] = {"norm": False, "bias": False}
    width, widening = Expr("width"), Expr("stride != 1 or in_channels != 4 * width")
    nodes = (
        layer("x", "Input"),
        layer("bn1", "BatchNorm2d"),
        layer("relu1", "ReLU"),
        convolution("conv1", width, 1),
        layer("bn2", "BatchNorm2d"),
        layer("relu2", "ReLU"),
        convolution("conv2", width, 3, stride=Expr("stride")),
        layer("bn3", "BatchNorm2d"),
        layer("relu3", "ReLU"),
        convolution("conv3", Expr("4 * width"), 1),
        layer("output", "Output"),
    )
    skips = (
        skip("x", "output", "skip", shortcut="if-equal"),
        skip("relu1", "output", "projection", widening, shortcut="projection", **bare),
    )
    params = (IntParam(name="width", doc="Channels inside; four times as many leave."), STRIDE)
    doc = "Norm, ReLU and convolution, three times, and a shortcut that nothing stands on."
    return chained(nodes, skips, params, doc)


def _preact(digits: bool, args: Args) -> Diagram:
    def stage(number: int, width: str, stride: ParamValue) -> Node:
        repeat = Expr("(depth - 2) // 9")
        given = {"width": Expr(width), "stride": stride}
        return layer(f"layer{number}", "PreActBottleneck", repeat, **given)

    nodes = (
        image(8, 1) if digits else image(32),
        convolution("conv", Expr("width"), 3),
        stage(1, "width", 1),
        stage(2, "2 * width", HALVING),
        stage(3, "4 * width", HALVING),
        layer("bn", "BatchNorm2d"),
        layer("relu", "ReLU"),
        layer("pool", "AdaptiveAvgPool2d", output_size=1),
        layer("flatten", "Flatten"),
        layer("fc", "Linear", out_features=Expr("classes")),
        layer("output", "Output"),
    )
    name = f"PreActResNet{args['depth']}"
    doc = "A pre-activation residual network."
    main = chained(nodes, params=with_defaults(_options(0), args), doc=doc)
    blocks = {name: main, "PreActBottleneck": _bottleneck()}
    return Diagram(blocks, name, recipe=RECIPE if digits else {})


TEMPLATES = (
    *(
        Template(
            name=f"resnet{depth}-cifar",
            title=f"Pre-activation ResNet-{depth}",
            doc=f"{depth} layers for images of 3×32×32: norm and ReLU stand before the "
            "convolutions and nothing on the shortcuts.",
            paper=_PAPER,
            make=partial(_preact, False),
            options=_options(depth),
        )
        for depth in (164, 1001)
    ),
    Template(
        name="preact56-digits",
        title="Pre-activation ResNet-56",
        doc="56 layers with nothing on the shortcuts, trained in seconds.",
        paper=_PAPER,
        make=partial(_preact, True),
        options=_options(56, width=8),
    ),
)
