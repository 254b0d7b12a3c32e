"""Diagrams for tests: a short way to write them, and random valid ones."""

from __future__ import annotations

import itertools
from typing import Any

from graphcore.diagram import Block, Diagram, Edge, Graph, Node, PortRef
from graphcore.expression import Expr
from graphcore.layers import LAYERS
from graphcore.spec import IntParam


def node(label: str, kind: str, **params: Any) -> Node:
    """A node whose id is its label; ``repeat`` and ``active`` are taken out of ``params``."""
    more = {name: params.pop(name) for name in ("repeat", "active") if name in params}
    return Node(label, kind, label, params, **more)


def wire(source: str, target: str, kind: str = "flow", label: str = "", **params: Any) -> Edge:
    """An edge between ``node`` or ``node.port`` places; its id is its label or its ends."""
    ends = []
    for place, port in ((source, "y"), (target, "x")):
        name, _, given = place.partition(".")
        ends.append(PortRef(name, given or port))
    name = label or f"{kind}_{ends[0].node}_{ends[1].node}_{ends[1].port}"
    return Edge(name, ends[0], ends[1], kind, label, params)  # type: ignore[arg-type]


def chain(*nodes: Node) -> list[Edge]:
    """Wires from each node to the next; block instances are taken to have ``x`` and ``output``."""
    return [
        wire(f"{a.id}.{'y' if a.kind in LAYERS else 'output'}", b.id)
        for a, b in itertools.pairwise(nodes)
    ]


def block(
    *nodes: Node, edges: list[Edge] | None = None, extra: tuple[Edge, ...] = (), **more: Any
) -> Block:
    """A block of ``nodes`` in a chain (or wired by ``edges``) with ``extra`` edges."""
    wires = (edges if edges is not None else chain(*nodes)) + list(extra)
    graph = Graph({n.id: n for n in nodes}, {e.id: e for e in wires})
    return Block(graph, **more)


def diagram(main: Block, /, **blocks: Block) -> Diagram:
    """A diagram of ``main`` and the blocks it uses."""
    return Diagram({"Net": main, **blocks}, "Net")


def image(channels: int = 4, size: int = 8) -> Node:
    """The input of most tests."""
    return node("x", "Input", shape=("N", channels, size, size))


def residual(**skip: Any) -> Block:
    """The basic residual block, its stride and width parameters."""
    nodes = (
        node("x", "Input"),
        node(
            "conv1",
            "Conv2d",
            out_channels=Expr("width"),
            stride=Expr("stride"),
            kernel_size=3,
            padding=1,
            bias=False,
        ),
        node("bn1", "BatchNorm2d"),
        node("relu1", "ReLU"),
        node("conv2", "Conv2d", out_channels=Expr("width"), kernel_size=3, padding=1, bias=False),
        node("bn2", "BatchNorm2d"),
        node("relu2", "ReLU"),
        node("output", "Output"),
    )
    params = (
        IntParam(name="width", doc="Channels."),
        IntParam(name="stride", doc="Stride.", default=1),
    )
    return block(*nodes, extra=(wire("x", "relu2", "skip", "downsample", **skip),), params=params)
