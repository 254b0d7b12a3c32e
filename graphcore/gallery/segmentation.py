"""U-Net: the one of the paper, and the padded one with batch norm that most people use."""

from __future__ import annotations

from dataclasses import replace

from graphcore.diagram import Block, Diagram, Edge, Graph, Node, PortRef
from graphcore.expression import Expr
from graphcore.gallery.template import Template, chained, layer
from graphcore.spec import Args, IntParam, ParamValue

_PAPER = "Ronneberger et al. 2015, U-Net, arXiv:1505.04597"
_CLASSES = IntParam(name="classes", doc="Classes of a pixel.", default=2, maximum=10_000)
_WIDTH = IntParam(name="width", doc="Channels that leave.")
_CHANNELS = IntParam(name="width", doc="Channels of the first level.", default=8, maximum=1024)

_RECIPE: dict[str, ParamValue] = {
    "data": "shapes",
    "optimizer": "adamw",
    "learning_rate": 0.005,
    "weight_decay": 1e-4,
    "schedule": "one_cycle",
    "batch_size": 16,
    "epochs": 8,
    "channels_last": True,
}


def _double_conv(norm: bool) -> dict[str, Block]:
    """Two 3×3 convolutions: padded and normalised, or as in the paper, which loses the border."""
    padding, bias = (1, False) if norm else (0, True)
    same = {"out_channels": Expr("width"), "kernel_size": 3, "padding": padding, "bias": bias}
    nodes: list[Node] = [layer("x", "Input")]
    for place in ("1", "2"):
        nodes.append(layer(f"conv{place}", "Conv2d", **same))  # type: ignore[arg-type]
        nodes += [layer(f"bn{place}", "BatchNorm2d")] * norm
        nodes.append(layer(f"relu{place}", "ReLU"))
    nodes.append(layer("output", "Output"))
    chain = replace(chained(nodes, params=(_WIDTH,)), form="sequential")
    outer = (
        layer("x", "Input"),
        layer("double_conv", "ConvPair", width=Expr("width")),
        layer("output", "Output"),
    )
    doc = "Two 3×3 convolutions."
    return {"DoubleConv": chained(outer, params=(_WIDTH,), doc=doc), "ConvPair": chain}


def _down() -> dict[str, Block]:
    inner = (
        layer("x", "Input"),
        layer("pool", "MaxPool2d", kernel_size=2, stride=2),
        layer("conv", "DoubleConv", width=Expr("width")),
        layer("output", "Output"),
    )
    outer = (
        layer("x", "Input"),
        layer("maxpool_conv", "PoolConv", width=Expr("width")),
        layer("output", "Output"),
    )
    return {
        "Down": chained(outer, params=(_WIDTH,), doc="Half the size, then two convolutions."),
        "PoolConv": replace(chained(inner, params=(_WIDTH,)), form="sequential"),
    }


def _up(align: str) -> Block:
    nodes = (
        layer("x", "Input"),
        layer("encoded", "Input"),
        layer("up", "ConvTranspose2d", out_channels=Expr("width"), kernel_size=2, stride=2),
        layer("conv", "DoubleConv", width=Expr("width")),
        layer("output", "Output"),
    )
    lateral = Edge(
        "lateral",
        PortRef("encoded", "y"),
        PortRef("conv", "x"),
        "encoder_decoder",
        "lateral",
        {"align": align},
    )
    edges = (
        lateral,
        Edge("e1", PortRef("x", "y"), PortRef("up", "x")),
        Edge("e2", PortRef("up", "y"), PortRef("conv", "x")),
        Edge("e3", PortRef("conv", "output"), PortRef("output", "x")),
    )
    graph = Graph({node.id: node for node in nodes}, {edge.id: edge for edge in edges})
    return Block(graph, (_WIDTH,), doc="Twice the size, joined with what the encoder saw.")


def _unet(norm: bool, channels: int, size: int, args: Args, levels: int = 4) -> Diagram:
    """``width`` channels (64 where it is no option), doubled at each of ``levels`` levels."""

    def wide(times: int) -> ParamValue:
        return Expr(f"{times} * width" if times > 1 else "width") if "width" in args else 64 * times

    nodes = [
        layer("x", "Input", shape=("N", channels, size, size)),
        layer("inc", "DoubleConv", width=wide(1)),
        *(layer(f"down{i}", "Down", width=wide(1 << i)) for i in range(1, levels + 1)),
        *(layer(f"up{i}", "Up", width=wide(1 << levels - i)) for i in range(1, levels + 1)),
        layer("outc", "Conv2d", out_channels=Expr("classes"), kernel_size=1, padding=0),
        layer("output", "Output"),
    ]
    if norm:
        nodes[-2] = layer("outc", "OutConv", classes=Expr("classes"))
    options = [_CHANNELS] * ("width" in args) + [_CLASSES]
    params = tuple(replace(one, default=args[one.name]) for one in options)  # type: ignore[arg-type]
    main = chained(nodes, params=params, doc="U-Net.")
    edges = dict(main.graph.edges)
    encoders = ["inc", *(f"down{i}" for i in range(1, levels))]
    for i, encoder in enumerate(reversed(encoders), 1):
        lateral = f"lateral{i}"
        edges[lateral] = Edge(lateral, PortRef(encoder, "output"), PortRef(f"up{i}", "encoded"))
    main = replace(main, graph=replace(main.graph, edges=edges))
    blocks = {"UNet": main, **_double_conv(norm), **_down(), "Up": _up("pad" if norm else "crop")}
    if norm:
        out = (
            layer("x", "Input"),
            layer("conv", "Conv2d", out_channels=Expr("classes"), kernel_size=1, padding=0),
            layer("output", "Output"),
        )
        blocks["OutConv"] = chained(out, params=(replace(_CLASSES, default=None),))
    return Diagram(blocks, "UNet", symbols={"N": 1 if size > 400 else 2})


def _paper(args: Args) -> Diagram:
    return _unet(False, 1, 572, args)


def _with_norm(args: Args) -> Diagram:
    return _unet(True, 3, 96, args)


def _for_shapes(args: Args) -> Diagram:
    return replace(_unet(True, 1, 64, args, levels=3), recipe=_RECIPE)


TEMPLATES = (
    Template(
        name="unet",
        title="U-Net of the paper",
        doc="An encoder and a decoder whose levels are joined; what the encoder saw is cropped.",
        paper=_PAPER,
        make=_paper,
        options=(_CLASSES,),
    ),
    Template(
        name="unet-bn",
        title="U-Net with batch norm",
        doc="Padded convolutions and batch norm, so that the output is as large as the image.",
        paper=_PAPER,
        make=_with_norm,
        options=(_CLASSES,),
    ),
    Template(
        name="unet-shapes",
        title="U-Net for shapes",
        doc="A narrow U-Net with three levels that finds discs, squares and triangles in noise; "
        "trainable in about a minute on a CPU.",
        paper=_PAPER,
        make=_for_shapes,
        options=(_CHANNELS, replace(_CLASSES, default=4)),
    ),
)
