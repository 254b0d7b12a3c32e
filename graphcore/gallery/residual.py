"""The basic residual block, in the forms in which the families use it."""

from __future__ import annotations

from graphcore.diagram import Block, Edge, Node
from graphcore.expression import Expr
from graphcore.gallery.template import chained, layer
from graphcore.spec import IntParam, ParamValue

STRIDE = IntParam(name="stride", doc="Stride of the block.", default=1, maximum=8)


def convolution(label: str, width: ParamValue, kernel: int, **more: ParamValue) -> Node:
    """A convolution without bias that keeps the size at stride 1."""
    given: dict[str, ParamValue] = {
        "out_channels": width,
        "kernel_size": kernel,
        "padding": kernel // 2,
        "bias": False,
    }
    return layer(label, "Conv2d", **given, **more)


def basic_block(shortcut: Edge | None, doc: str) -> Block:
    """Two 3×3 convolutions, each normalised, and ``shortcut``, from ``x`` to ``relu2``."""
    nodes = (
        layer("x", "Input"),
        convolution("conv1", Expr("width"), 3, stride=Expr("stride")),
        layer("bn1", "BatchNorm2d"),
        layer("relu1", "ReLU"),
        convolution("conv2", Expr("width"), 3),
        layer("bn2", "BatchNorm2d"),
        layer("relu2", "ReLU"),
        layer("output", "Output"),
    )
    params = (IntParam(name="width", doc="Channels of both convolutions."), STRIDE)
    return chained(nodes, [shortcut] if shortcut else [], params, doc)
