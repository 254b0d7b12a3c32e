"""The residual network that reads the frames of games in reinforcement learning."""

from __future__ import annotations

from graphcore.diagram import Block, Diagram
from graphcore.expression import Expr
from graphcore.gallery.template import Template, chained, image, layer, skip, with_defaults
from graphcore.spec import Args, IntParam

_PAPER = "Espeholt et al. 2018, IMPALA, arXiv:1802.01561"
_OPTIONS = (
    IntParam(name="width", doc="Channels of the first section.", default=16, maximum=1024),
    IntParam(name="features", doc="Features that leave.", default=256, maximum=65_536),
)
_WIDTH = IntParam(name="width", doc="Channels that leave.")


def _residual() -> Block:
    same = {"out_channels": Expr("in_channels"), "kernel_size": 3, "padding": 1}
    nodes = (
        layer("x", "Input"),
        layer("relu1", "ReLU"),
        layer("conv1", "Conv2d", **same),  # type: ignore[arg-type]
        layer("relu2", "ReLU"),
        layer("conv2", "Conv2d", **same),  # type: ignore[arg-type]
        layer("output", "Output"),
    )
    doc = "ReLU and convolution, twice, and a shortcut."
    return chained(nodes, [skip("x", "output", "skip", shortcut="identity")], (), doc)


def _section() -> Block:
    nodes = (
        layer("x", "Input"),
        layer("conv", "Conv2d", out_channels=Expr("width"), kernel_size=3, padding=1),
        layer("pool", "MaxPool2d", kernel_size=3, stride=2, padding=1),
        layer("residual", "Residual", repeat=2),
        layer("output", "Output"),
    )
    return chained(nodes, (), (_WIDTH,), "A convolution, half the size, two residual blocks.")


def _impala(args: Args) -> Diagram:
    nodes = (
        image(84, 4),
        layer("section1", "Section", width=Expr("width")),
        layer("section2", "Section", width=Expr("2 * width")),
        layer("section3", "Section", width=Expr("2 * width")),
        layer("relu1", "ReLU"),
        layer("flatten", "Flatten"),
        layer("fc", "Linear", out_features=Expr("features")),
        layer("relu2", "ReLU"),
        layer("output", "Output"),
    )
    doc = "The residual network of IMPALA for four frames of a game."
    main = chained(nodes, (), with_defaults(_OPTIONS, args), doc)
    blocks = {"ImpalaNet": main, "Section": _section(), "Residual": _residual()}
    return Diagram(blocks, "ImpalaNet")


TEMPLATES = (
    Template(
        name="impala",
        title="IMPALA residual network",
        doc="15 convolutions that read four frames of a game; heads and LSTM are left to you.",
        paper=_PAPER,
        make=_impala,
        options=_OPTIONS,
    ),
)
