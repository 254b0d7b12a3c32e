"""U-Net: the one of the paper, and the padded one with batch norm that most people use."""

from __future__ import annotations

from dataclasses import replace

from graphcore.diagram import Block, Diagram, Edge, Graph, Node, PortRef
from graphcore.expression import Expr
from graphcore.gallery.template import Template, chained, layer
from graphcore.spec import Args, IntParam

_PAPER = "Ronneberger et al. 2015, U-Net, arXiv:1505.04597"
_CLASSES = IntParam(name="classes", doc="Classes of a pixel.", default=2, maximum=10_000)
_WIDTH = IntParam(name="width", doc="Channels that leave.")


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


def _unet(norm: bool, channels: int, size: int, args: Args) -> Diagram:
    nodes = [
        layer("x", "Input", shape=("N", channels, size, size)),
        layer("inc", "DoubleConv", width=64),
        *(layer(f"down{i}", "Down", width=64 << i) for i in range(1, 5)),
        *(layer(f"up{i}", "Up", width=1024 >> i) for i in range(1, 5)),
        layer("outc", "Conv2d", out_channels=Expr("classes"), kernel_size=1, padding=0),
        layer("output", "Output"),
    ]
    if norm:
        nodes[-2] = layer("outc", "OutConv", classes=Expr("classes"))
    params = (replace(_CLASSES, default=args["classes"]),)  # type: ignore[arg-type]  # a number
    main = chained(nodes, params=params, doc="U-Net.")
    edges = dict(main.graph.edges)
    encoders = ("down3", "down2", "down1", "inc")
    for i, encoder in enumerate(encoders, 1):
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
)
