"""What a template of the gallery is, and a short way to write one down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from graphcore.diagram import Block, Diagram, Edge, Graph, Node, PortRef
from graphcore.expression import Expr
from graphcore.layers import LAYERS
from graphcore.spec import Args, IntParam, Param, ParamValue

HALVING = Expr("2 if i == 0 else 1")
"""The stride of a stage that halves the size in its first copy."""


class Template(NamedTuple):
    """A model of the gallery. ``options`` are what a user chooses before it opens; ``make`` turns
    them, resolved, into a diagram without positions. ``hidden`` templates are opened by a card or
    a lesson and do not stand in the gallery."""

    name: str
    title: str
    doc: str
    paper: str
    make: Callable[[Args], Diagram]
    options: tuple[Param, ...] = ()
    hidden: bool = False


def layer(label: str, kind: str, repeat: ParamValue = 1, **params: ParamValue) -> Node:
    """A node whose id is its label, so that the file reads well."""
    return Node(label, kind, label, params, repeat=repeat)  # type: ignore[arg-type]


def chain(nodes: Sequence[Node]) -> list[Edge]:
    """Wires from each node to the next. Edges are numbered: ``e1``, ``e2``, …"""
    return [
        Edge(f"e{number}", PortRef(a.id, _leaves(a)), PortRef(b.id, "x"))
        for number, (a, b) in enumerate(pairwise(nodes), 1)
    ]


def _leaves(node: Node) -> str:
    return "y" if node.kind in LAYERS else "output"


def skip(
    source: str, target: str, label: str, active: bool | Expr = True, **params: ParamValue
) -> Edge:
    """A skip connection whose id is its label."""
    ends = PortRef(source, "y"), PortRef(target, "x")
    return Edge(label, *ends, "skip", label, params, active)


def image(size: int, channels: int = 3) -> Node:
    """The input: a batch of square images."""
    return layer("x", "Input", shape=("N", channels, size, size))


def classes(count: int) -> IntParam:
    """The number of classes of a classifier, ``count`` by default."""
    return IntParam(name="classes", doc="Classes to tell apart.", default=count, maximum=1_000_000)


def with_defaults(params: Sequence[Param], args: Args) -> tuple[Param, ...]:
    """``params`` with what a user has chosen as their defaults."""
    return tuple(
        replace(param, default=args[param.name])  # type: ignore[arg-type]  # a resolved value
        for param in params
    )


def chained(
    nodes: Sequence[Node],
    skips: Sequence[Edge] = (),
    params: tuple[Param, ...] = (),
    doc: str = "",
) -> Block:
    """A block whose nodes stand in a chain, with skip connections over it."""
    edges = [*chain(nodes), *skips]
    graph = Graph({node.id: node for node in nodes}, {edge.id: edge for edge in edges})
    return Block(graph, params, doc=doc)


def wired(
    nodes: Sequence[Node], wires: str, params: tuple[Param, ...] = (), doc: str = ""
) -> Block:
    """A block whose wires are written out: ``"x norm, norm attention.q, x +output"``.

    A port is said where it is not the only one of a layer, or where it is a block's; ``+`` makes
    the wire a skip connection.
    """
    by_id = {node.id: node for node in nodes}
    edges: dict[str, Edge] = {}
    for number, wire in enumerate(wires.split(", "), 1):
        start, end = wire.split()
        source, target = _port(start, by_id, _leaves), _port(end.lstrip("+"), by_id, _enters)
        edge = Edge(f"e{number}", source, target)
        if end.startswith("+"):
            label = f"skip{sum(one.kind == 'skip' for one in edges.values()) + 1}"
            edge = Edge(label, source, target, "skip", label)
        edges[edge.id] = edge
    return Block(Graph(by_id, edges), params, doc=doc)


def _port(end: str, nodes: Mapping[str, Node], usual: Callable[[Node], str]) -> PortRef:
    node, _, port = end.partition(".")
    return PortRef(node, port or usual(nodes[node]))


def _enters(node: Node) -> str:
    return "x"


def required(*params: Param) -> tuple[Param, ...]:
    """``params`` without defaults: whoever uses the block gives them."""
    return tuple(replace(param, default=None) for param in params)


def handed_on(params: Sequence[Param]) -> dict[str, ParamValue]:
    """The values of ``params`` for a block inside one that has the same."""
    return {param.name: Expr(param.name) for param in params}


def smaller(params: Sequence[Param], **defaults: ParamValue) -> tuple[Param, ...]:
    """``params`` with other defaults, for a model that trains at once."""
    return tuple(replace(param, default=defaults[param.name]) for param in params)
