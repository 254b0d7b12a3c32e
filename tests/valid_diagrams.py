"""Random diagrams without errors, over everything that a diagram can say: every kind of edge, every
shortcut and alignment, scales on branch and shortcut, what is active by an expression, blocks in
repeated blocks, shared modules, images and sequences."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from graphcore import edits
from graphcore.analysis import analyse, leaves
from graphcore.codegen import problems
from graphcore.diagram import Block, Diagram, Edge, Graph, Node, Scale
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.expression import Expr
from graphcore.join import example
from graphcore.layers import LAYERS
from graphcore.spec import IntParam
from tests.diagrams import block, diagram, node, wire

SIZES = st.sampled_from([4, 6, 8])
IMAGE, SEQUENCE = ("N", 8, 8), ("N", 5)
WITHIN = (IntParam(name="width", doc="Channels."), IntParam(name="stride", doc="Step.", default=1))
REPEATS: st.SearchStrategy[int | Expr] = st.sampled_from([2, Expr("stride + 1")])
ACTIVE: st.SearchStrategy[bool | Expr] = st.sampled_from([True, True, Expr("stride == 1")])
LARGEST = 2_000_000
"""Numbers, in weights and in what leaves the layers."""

ALIGN = ("none", "crop", "pad", "resize")


def leaving(one: Node) -> str:
    """The place that ``one`` gives its value at."""
    return f"{one.id}.{'y' if one.kind in LAYERS else 'output'}"


@st.composite
def trunks(
    draw: st.DrawFn, depth: int, inner: str | None, image: bool
) -> tuple[list[Node], list[Edge]]:
    """A trunk of layers, forks that are joined again, repeats, copies of the block ``inner``."""
    channels = draw(SIZES)
    shape = ("N", channels, 8, 8) if image else ("N", 5, channels)
    nodes: list[Node] = [node("x", "Input", shape=shape)]
    edges: list[Edge] = []
    for index in range(draw(st.integers(1, depth))):
        choices = ["wide", "strided", "norm", "act", "same", "fork", "repeat", "shared"]
        choice = draw(st.sampled_from(choices + ["block"] * 3 * (inner is not None)))
        made = _unit(draw, choice, index, inner, image)
        last = leaving(nodes[-1])
        if choice == "fork":
            left, right, join = made
            edges += [wire(last, left.id), wire(last, right.id)]
            edges += [wire(left.id, join.id), wire(right.id, join.id)]
        else:
            edges.append(wire(last, made[0].id))
        nodes += made
    nodes.append(node("output", "Output"))
    edges.append(wire(leaving(nodes[-2]), "output"))
    return nodes, edges


def _mixing(label: str, image: bool, width: Any, **more: Any) -> Node:
    """A layer that mixes channels and keeps the other sizes."""
    if image:
        return node(label, "Conv2d", out_channels=width, kernel_size=3, padding=1, **more)
    return node(label, "Linear", out_features=width, **more)


def _unit(draw: st.DrawFn, choice: str, index: int, inner: str | None, image: bool) -> list[Node]:
    name = f"{choice}{index}"
    width: Any = draw(SIZES)
    match choice:
        case "wide":
            return [_mixing(name, image, width)]
        case "strided" if image:
            return [_mixing(name, True, width, stride=2)]
        case "norm":
            kinds = ["BatchNorm2d", "InstanceNorm2d"] if image else ["LayerNorm", "RMSNorm"]
            return [node(name, draw(st.sampled_from(kinds)))]
        case "same":
            return [node(name, "AvgPool2d", kernel_size=1) if image else node(name, "Identity")]
        case "repeat":
            copies = draw(st.sampled_from([1, 2, 5, Expr("copies")]))
            names = draw(st.sampled_from(["{i}", "{i}", "layer{i+1}"]))
            return [replace(_mixing(name, image, width, repeat=copies), copy_names=names)]
        case "shared":
            return [replace(_mixing(name, image, width, repeat=3), shared=True)]
        case "fork":
            kind = draw(st.sampled_from(["Add", "Concat", "Multiply"]))
            sides = [_mixing(f"{side}{index}", image, width) for side in ("left", "right")]
            return [*sides, node(f"join{index}", kind)]
        case "block":
            assert inner is not None
            stride = draw(st.sampled_from([1, 2, Expr("2 if i == 0 else 1")]))
            copies = draw(st.sampled_from([2, 4, Expr("copies"), Expr("copies + 1")]))
            width = draw(st.sampled_from([width, width, Expr("4 + 2 * i"), Expr("8 * (n - i)")]))
            return [node(name, inner, width=width, stride=stride, repeat=copies)]
    return [node(name, draw(st.sampled_from(["ReLU", "GELU", "Tanh", "Dropout"])))]


@st.composite
def joins(draw: st.DrawFn, nodes: list[Node], within: bool) -> list[Edge]:
    """Random joining edges from earlier to later nodes."""
    found: list[Edge] = []
    joined: dict[str, str] = {}
    for index in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, max(0, len(nodes) - 3)))
        stop = draw(st.integers(min(start + 2, len(nodes) - 1), len(nodes) - 1))
        kind = draw(st.sampled_from(["skip", "skip", "skip", "dense", "encoder_decoder"]))
        given: dict[str, Any] = {"align": draw(st.sampled_from(ALIGN))}
        if kind == "skip":
            shortcuts = ["auto", "auto", "projection", "pad", "if-equal"]
            given = {"shortcut": draw(st.sampled_from(shortcuts)), "norm": draw(st.booleans())}
        label = f"{kind}{index}" if kind == "skip" else ""
        edge = wire(leaving(nodes[start]), nodes[stop].id, kind, label, **given)
        active: Any = draw(st.sampled_from([True] * 4 + [_condition(within)]))
        scales = draw(chains_of_scales(f"shortcut{index}"))
        join = EDGE_KINDS[kind].join
        if joined.setdefault(nodes[stop].id, join) == join:
            found.append(replace(edge, id=f"edge{index}", active=active, scales=scales))
    return found


def _condition(within: bool) -> Expr:
    return Expr("stride == 1" if within else "copies % 2 == 0")


@st.composite
def chains_of_scales(draw: st.DrawFn, label: str) -> tuple[Scale, ...]:
    """Mostly none; else one or two layers on a branch or on a shortcut."""
    kinds = ["Gain", "StochasticDepth", "SqueezeExcitation", "Dropout", "Sigmoid", "BatchNorm2d"]
    chosen = draw(st.one_of(st.just([]), st.lists(st.sampled_from(kinds), max_size=2)))
    given: dict[str, dict[str, Any]] = {
        "Gain": {"init": 0.5, "per_channel": draw(st.booleans()), "trainable": draw(st.booleans())},
        "StochasticDepth": {"p": draw(st.sampled_from([0.0, 0.25, Expr("0.5 / in_channels")]))},
        "SqueezeExcitation": {"reduction": draw(st.sampled_from([1, 2, 4]))},
    }
    return tuple(
        Scale(kind, f"{label}_scale{number}", given.get(kind, {}))
        for number, kind in enumerate(chosen)
    )


@st.composite
def blocks(draw: st.DrawFn, depth: int, inner: str | None, image: bool) -> Block:
    """A block with ``width`` and ``stride`` as its parameters: the inside of others."""
    nodes, edges = draw(trunks(depth, inner, image))
    found = []
    for one in nodes:
        if isinstance(one.repeat, Expr):
            one = replace(one, repeat=draw(REPEATS))
        width = "out_channels" if image else "out_features"
        if one.id.startswith("wide"):
            one = replace(one, params={**one.params, width: Expr("width")})
        if one.id.startswith("strided") and image:
            one = replace(one, params={**one.params, "stride": Expr("stride")})
        if one.id.startswith(("norm", "act")):
            one = replace(one, active=draw(ACTIVE))
        found.append(one)
    found = [draw(scaled(one)) for one in found]
    return block(*found, edges=edges + draw(joins(nodes, True)), params=WITHIN)


@st.composite
def scaled(draw: st.DrawFn, one: Node) -> Node:
    """The node with scales on what arrives at it, in case something is joined there."""
    if one.kind == "Input" or one.id.startswith("join"):
        return one
    scales = draw(chains_of_scales(one.label))
    return replace(one, scales={"x": scales} if scales else {})


@st.composite
def valid_diagrams(draw: st.DrawFn) -> Diagram:
    """A random diagram without errors: a main block of copies of ``Inner``, which has copies of
    ``Core``."""
    image = draw(st.booleans()) or draw(st.booleans())
    core = draw(blocks(3, None, image))
    inner = draw(blocks(4, draw(st.sampled_from([None, "Core"])), image))
    nodes, edges = draw(trunks(5, "Inner", image))
    params = (IntParam(name="copies", doc="Copies.", default=draw(st.integers(1, 4))),)
    scaling = [draw(scaled(one)) for one in nodes]
    main = block(*scaling, edges=edges + draw(joins(nodes, False)), params=params)
    used = {"Inner": inner} if any(one.kind == "Inner" for one in nodes) else {}
    if used and any(one.kind == "Core" for one in inner.graph.nodes.values()):
        used["Core"] = core
    made = _without_errors(diagram(main, **used))
    assume(is_small(made))
    return made


def is_small(made: Diagram) -> bool:
    """Whether the model can be built and run in an instant: random copies of dense connections
    can multiply their channels."""
    size = 0
    for leaf in leaves(analyse(made)):
        size += leaf.parameters + (prod(example(leaf.output, made.symbols)) if leaf.output else 0)
    return size < LARGEST


def _without_errors(made: Diagram) -> Diagram:
    """Takes out what the analysis refuses: scales first, then edges, then whole nodes."""
    for name, inside in made.blocks.items():
        made = _with_graph(made, name, _without_idle_scales(inside.graph))
    for _ in range(80):
        errors = [p for p in problems(analyse(made)) if p.severity == "error"]
        if not errors:
            return made
        made = _without(made, errors[0].at.block, errors[0].at.item)
    raise AssertionError(f"errors remain: {errors}")


def _without(made: Diagram, name: str, item: str) -> Diagram:
    graph = made.blocks[name].graph
    if item in graph.edges:
        edge = graph.edges[item]
        if not edge.scales:
            return edits.delete(made, name, {item})
        edges = {**graph.edges, item: replace(edge, scales=())}
        return _with_graph(made, name, replace(graph, edges=edges))
    one = graph.nodes[item]
    if one.scales:
        nodes = {**graph.nodes, item: replace(one, scales={})}
        return _with_graph(made, name, replace(graph, nodes=nodes))
    joining = {edge.id for edge in graph.into(item) if edge.kind != "flow"}
    if joining:
        return edits.delete(made, name, joining)
    return edits.dissolve(made, name, {item})


def _without_idle_scales(graph: Graph) -> Graph:
    """Scales stand only where something is joined."""
    joined = {edge.target.node for edge in graph.edges.values() if edge.kind != "flow"}
    nodes = {
        key: one if key in joined else replace(one, scales={}) for key, one in graph.nodes.items()
    }
    return replace(graph, nodes=nodes)


def _with_graph(made: Diagram, name: str, graph: Graph) -> Diagram:
    return replace(made, blocks={**made.blocks, name: replace(made.blocks[name], graph=graph)})
