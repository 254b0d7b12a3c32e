"""DenseNet for CIFAR, and one small enough for the digits: each layer reads what all layers before
it in its stage have made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from graphcore.diagram import Block, Diagram, Edge, Node, PortRef
from graphcore.expression import Expr
from graphcore.gallery.digits import RECIPE
from graphcore.gallery.residual import convolution
from graphcore.gallery.template import Template, chained, classes, image, layer, with_defaults
from graphcore.spec import Args, IntParam, Param, ParamValue

PAPER = "Huang et al. 2017, Densely Connected Convolutional Networks, arXiv:1608.06993"
GROWTH = IntParam(name="growth", doc="Channels that each layer adds.", default=12, maximum=1024)


def dense_layer(growth: int | None, squeeze: bool = True) -> Block:
    """A layer and its input side by side. With ``squeeze`` a 1×1 convolution stands before the
    3×3 one; without a number ``growth`` is a parameter of the block."""
    wide: ParamValue = Expr("4 * growth") if growth is None else 4 * growth
    made: ParamValue = Expr("growth") if growth is None else growth
    bottleneck = (
        layer("norm1", "BatchNorm2d"),
        layer("relu1", "ReLU"),
        convolution("conv1", wide, 1),
        layer("norm2", "BatchNorm2d"),
        layer("relu2", "ReLU"),
        convolution("conv2", made, 3),
    )
    single = (layer("norm", "BatchNorm2d"), layer("relu", "ReLU"), convolution("conv", made, 3))
    nodes = (
        layer("x", "Input"),
        *(bottleneck if squeeze else single),
        layer("output", "Output"),
    )
    what = "a bottleneck" if squeeze else "a convolution"
    params = () if growth is not None else (replace(GROWTH, default=None),)
    block = chained(nodes, (), params, f"Its input, and what {what} makes of it, side by side.")
    dense = Edge("dense", PortRef("x", "y"), PortRef("output", "x"), "dense")
    edges = {"dense": dense, **block.graph.edges}
    return replace(block, graph=replace(block.graph, edges=edges))


def transition(compress: bool = True) -> Block:
    """Half the size and, with ``compress``, half the channels."""
    width = Expr("in_channels // 2" if compress else "in_channels")
    nodes = (
        layer("x", "Input"),
        layer("norm", "BatchNorm2d"),
        layer("relu", "ReLU"),
        convolution("conv", width, 1),
        layer("pool", "AvgPool2d", kernel_size=2, stride=2),
        layer("output", "Output"),
    )
    return chained(nodes, doc=f"Half the {'channels, half the ' * compress}size.")


def _sizes(depth: int, growth: int, squeeze: bool) -> tuple[Param, ...]:
    each = 6 if squeeze else 3
    doc = f"Layers with weights, {each}n + 4: n dense layers in each of three stages."
    return (
        IntParam(name="depth", doc=doc, default=depth, minimum=4 + each, maximum=400),
        replace(GROWTH, default=growth),
        classes(10),
    )


def _densenet(
    sizes: tuple[Param, ...],
    squeeze: bool,
    picture: Node,
    recipe: Mapping[str, ParamValue],
    args: Args,
) -> Diagram:
    nodes: list[Node] = [
        picture,
        convolution("conv", Expr("2 * growth") if squeeze else 16, 3),
    ]
    depth = args["depth"]
    assert isinstance(depth, int)
    repeat = (depth - 4) // (6 if squeeze else 3)
    for stage in (1, 2, 3):
        nodes.append(layer(f"dense{stage}", "DenseLayer", repeat, growth=Expr("growth")))
        if stage < 3:
            nodes.append(layer(f"transition{stage}", "Transition"))
    nodes += [
        layer("norm", "BatchNorm2d"),
        layer("relu", "ReLU"),
        layer("pool", "AdaptiveAvgPool2d", output_size=1),
        layer("flatten", "Flatten"),
        layer("fc", "Linear", out_features=Expr("classes")),
        layer("output", "Output"),
    ]
    name = f"DenseNet{'BC' if squeeze else ''}{depth}"
    main = chained(nodes, (), with_defaults(sizes[1:], args), "A densely connected network.")
    blocks = {
        name: main,
        "DenseLayer": dense_layer(None, squeeze),
        "Transition": transition(squeeze),
    }
    return Diagram(blocks, name, recipe=recipe)


def _template(name: str, title: str, doc: str, depth: int, growth: int, squeeze: bool) -> Template:
    digits = name.endswith("-digits")
    sizes = _sizes(depth, growth, squeeze)
    picture, recipe = (image(8, 1), RECIPE) if digits else (image(32), {})
    make = partial(_densenet, sizes, squeeze, picture, recipe)
    return Template(name, title, doc, PAPER, make, sizes)


TEMPLATES = (
    _template(
        "densenet-bc100-cifar",
        "DenseNet-BC-100-12 for CIFAR",
        "100 layers that add 12 channels each, through a bottleneck; half the channels go on to "
        "the next stage.",
        100,
        12,
        squeeze=True,
    ),
    _template(
        "densenet40-cifar",
        "DenseNet-40-12 for CIFAR",
        "40 layers that add 12 channels each to what they were given.",
        40,
        12,
        squeeze=False,
    ),
    _template(
        "densenet22-digits",
        "DenseNet-22",
        "22 layers that add 8 channels each: dense connections that train in seconds.",
        22,
        8,
        squeeze=True,
    ),
)
