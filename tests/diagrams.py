"""Diagrams for tests: a short way to write them, and random valid ones."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from graphcore import edits
from graphcore.analysis import analyse
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


SIZES = st.sampled_from([4, 6, 8])


@st.composite
def chains(draw: st.DrawFn, depth: int, blocks: tuple[str, ...]) -> tuple[list[Node], list[Edge]]:
    """A random trunk: layers, forks that are joined again, and repeated blocks."""
    nodes: list[Node] = [node("x", "Input", shape=("N", draw(SIZES), 8, 8))]
    edges: list[Edge] = []
    last = "x.y"
    for index in range(draw(st.integers(1, depth))):
        choices = ["conv", "strided", "norm", "act", "pool", "fork", "repeat"]
        choice = draw(st.sampled_from(choices + ["block"] * 2 * bool(blocks)))
        made = _unit(draw, choice, index, blocks)
        if choice == "fork":
            left, right, join = made
            edges += [wire(last, left.id), wire(last, right.id)]
            edges += [wire(left.id, join.id, label=f"l{index}"), wire(right.id, join.id)]
            edges[-2] = replace(edges[-2], label="")
        else:
            edges.append(wire(last, made[0].id))
        nodes += made
        last = f"{made[-1].id}.{'y' if made[-1].kind in LAYERS else 'output'}"
    nodes.append(node("output", "Output"))
    edges.append(wire(last, "output"))
    return nodes, edges


def _unit(draw: st.DrawFn, choice: str, index: int, blocks: tuple[str, ...]) -> list[Node]:
    name = f"{choice}{index}"
    width: Any = draw(SIZES)
    match choice:
        case "conv":
            return [node(name, "Conv2d", out_channels=width, kernel_size=3, padding=1)]
        case "strided":
            return [node(name, "Conv2d", out_channels=width, kernel_size=3, padding=1, stride=2)]
        case "norm":
            return [node(name, draw(st.sampled_from(["BatchNorm2d", "InstanceNorm2d"])))]
        case "act":
            return [node(name, draw(st.sampled_from(["ReLU", "GELU", "Tanh", "Dropout"])))]
        case "pool":
            return [node(name, "AvgPool2d", kernel_size=1)]
        case "repeat":
            copies = draw(st.sampled_from([1, 2, 5, Expr("copies")]))
            return [
                node(name, "Conv2d", out_channels=width, kernel_size=3, padding=1, repeat=copies)
            ]
        case "fork":
            same = {"out_channels": width, "kernel_size": 1, "padding": 0}
            kind = draw(st.sampled_from(["Add", "Concat", "Multiply"]))
            return [
                node(f"left{index}", "Conv2d", **same),
                node(f"right{index}", "Conv2d", **same),
                node(f"join{index}", kind),
            ]
    stride = draw(st.sampled_from([1, 2, Expr("2 if i == 0 else 1")]))
    copies = draw(st.sampled_from([2, 4, Expr("copies"), Expr("copies + 1")]))
    return [node(name, blocks[-1], width=width, stride=stride, repeat=copies)]


@st.composite
def skips(draw: st.DrawFn, nodes: list[Node]) -> list[Edge]:
    """Random skip and dense edges from earlier to later nodes."""
    found = []
    for index in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(nodes) - 3)) if len(nodes) > 3 else 0
        stop = draw(st.integers(min(start + 2, len(nodes) - 1), len(nodes) - 1))
        kind = draw(st.sampled_from(["skip", "skip", "skip", "dense"]))
        given: dict[str, Any] = {}
        if kind == "skip":
            shortcuts = ["auto", "projection", "pad", "if-equal"]
            given = {"shortcut": draw(st.sampled_from(shortcuts)), "norm": draw(st.booleans())}
        source = nodes[start]
        port = "y" if source.kind in LAYERS else "output"
        label = f"skip{index}" if kind == "skip" else ""
        edge = wire(f"{source.id}.{port}", nodes[stop].id, kind, label, **given)
        found.append(replace(edge, id=f"edge{index}"))
    return found


@st.composite
def valid_diagrams(draw: st.DrawFn) -> Diagram:
    """A random diagram without errors: nested repeated blocks, every kind of shortcut, forks,
    dense edges, expressions."""
    inner_nodes, inner_edges = draw(chains(4, ()))
    inner = _stride_and_width(block(*inner_nodes, edges=inner_edges + draw(skips(inner_nodes))))
    nodes, edges = draw(chains(5, ("Inner",)))
    main = block(
        *nodes,
        edges=edges + draw(skips(nodes)),
        params=(IntParam(name="copies", doc="Copies.", default=draw(st.integers(1, 4))),),
    )
    made = diagram(main, Inner=inner)
    if not any(n.kind == "Inner" for n in nodes):
        made = diagram(main)
    return _without_errors(made)


def _stride_and_width(inner: Block) -> Block:
    """Gives the inner block parameters that its layers use."""
    nodes = {}
    for key, one in inner.graph.nodes.items():
        if one.repeat != 1 and isinstance(one.repeat, Expr):
            one = replace(one, repeat=2)
        if key.startswith("conv"):
            one = replace(one, params={**one.params, "out_channels": Expr("width")})
        if key.startswith("strided"):
            one = replace(one, params={**one.params, "stride": Expr("stride")})
        nodes[key] = one
    params = (
        IntParam(name="width", doc="Channels."),
        IntParam(name="stride", doc="Stride.", default=1),
    )
    return replace(inner, graph=replace(inner.graph, nodes=nodes), params=params)


def _without_errors(made: Diagram) -> Diagram:
    """Takes out what the analysis refuses: edges first, then whole nodes."""
    for _ in range(60):
        errors = [p for p in analyse(made).diagnostics if p.severity == "error"]
        if not errors:
            return made
        at = errors[0].at
        graph = made.blocks[at.block].graph
        if at.item in graph.edges:
            made = edits.delete(made, at.block, {at.item})
        else:
            joining = [e.id for e in graph.into(at.item) if e.kind != "flow"]
            if joining:
                made = edits.delete(made, at.block, set(joining))
            else:
                made = edits.dissolve(made, at.block, {at.item})
    raise AssertionError(f"errors remain: {errors}")
