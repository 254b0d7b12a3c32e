"""The basic residual block and the bottleneck, in the forms in which the families use them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graphcore.diagram import Block, Edge, Node, Scale
from graphcore.expression import Expr
from graphcore.gallery.template import chained, layer, skip
from graphcore.spec import IntParam, Param, ParamValue

STRIDE = IntParam(name="stride", doc="Stride of the block.", default=1, maximum=8)
_DOWNSAMPLE = skip("x", "relu3", "downsample")


def convolution(label: str, width: ParamValue, kernel: int, **more: ParamValue) -> Node:
    """A convolution without bias that keeps the size at stride 1."""
    given: dict[str, ParamValue] = {
        "out_channels": width,
        "kernel_size": kernel,
        "padding": kernel // 2,
        "bias": False,
    }
    return layer(label, "Conv2d", **given, **more)


def basic_block(
    shortcut: Edge | None,
    doc: str,
    scale: Scale | None = None,
    more: tuple[Param, ...] = (),
    norm: bool = True,
) -> Block:
    """Two 3×3 convolutions, each normalised if ``norm``, and ``shortcut``, from ``x`` to ``relu2``.

    ``scale`` acts on what the convolutions made; ``more`` are the block's further parameters.
    """
    nodes = (
        layer("x", "Input"),
        convolution("conv1", Expr("width"), 3, stride=Expr("stride")),
        *[layer("bn1", "BatchNorm2d")] * norm,
        layer("relu1", "ReLU"),
        convolution("conv2", Expr("width"), 3),
        *[layer("bn2", "BatchNorm2d")] * norm,
        scaled(layer("relu2", "ReLU"), scale),
        layer("output", "Output"),
    )
    params = (IntParam(name="width", doc="Channels of both convolutions."), STRIDE, *more)
    return chained(nodes, [shortcut] if shortcut else [], params, doc)


def bottleneck(
    doc: str, inner: str = "width", groups: int = 1, scale: Scale | None = None
) -> Block:
    """A 1×1, a 3×3 and a 1×1 convolution and a shortcut, as torchvision has it: ``inner`` channels
    inside, in ``groups``, and ``4 * width`` of them leave."""
    grouped: dict[str, ParamValue] = {"groups": groups} if groups > 1 else {}
    nodes = (
        layer("x", "Input"),
        convolution("conv1", Expr(inner), 1),
        layer("bn1", "BatchNorm2d"),
        layer("relu1", "ReLU"),
        convolution("conv2", Expr(inner), 3, stride=Expr("stride"), **grouped),
        layer("bn2", "BatchNorm2d"),
        layer("relu2", "ReLU"),
        convolution("conv3", Expr("4 * width"), 1),
        layer("bn3", "BatchNorm2d"),
        scaled(layer("relu3", "ReLU"), scale),
        layer("output", "Output"),
    )
    of_width = "Channels inside; four times as many leave."
    if inner != "width":
        of_width = "A quarter of the channels that leave."
    params = (IntParam(name="width", doc=of_width), STRIDE)
    return chained(nodes, [_DOWNSAMPLE], params, doc)


def scaled(node: Node, scale: Scale | None) -> Node:
    """``node`` with ``scale`` on what arrives at its join."""
    return replace(node, scales={"x": (scale,)}) if scale else node


def cifar_depth(depth: int) -> IntParam:
    """The depth of a network in the arrangement for CIFAR of He et al. 2016."""
    doc = "Layers with weights, 6n + 2: n blocks in each of three stages."
    return IntParam(name="depth", doc=doc, default=depth, minimum=8, maximum=1202)


_BLOCKS = Expr("(depth - 2) // 6")


def cifar_main(
    block: str,
    picture: Node,
    params: Sequence[Param],
    doc: str,
    given: Sequence[dict[str, ParamValue]] = ({}, {}, {}),
    norm: bool = True,
    repeat: ParamValue = _BLOCKS,
) -> Block:
    """Three stages of ``block``, the channels doubled and the size halved between them; ``given``
    are the further parameters of each stage's blocks, ``repeat`` how many a stage has."""
    nodes: list[Node] = [
        picture,
        convolution("conv1", Expr("width"), 3),
        *[layer("bn1", "BatchNorm2d")] * norm,
        layer("relu", "ReLU"),
    ]
    for stage, more in enumerate(given):
        width = Expr(f"{2**stage} * width" if stage else "width")
        stride: ParamValue = Expr("2 if i == 0 else 1") if stage else 1
        nodes.append(layer(f"layer{stage + 1}", block, repeat, width=width, stride=stride, **more))
    nodes += [
        layer("pool", "AdaptiveAvgPool2d", output_size=1),
        layer("flatten", "Flatten"),
        layer("linear", "Linear", out_features=Expr("classes")),
        layer("output", "Output"),
    ]
    return chained(nodes, params=tuple(params), doc=doc)
