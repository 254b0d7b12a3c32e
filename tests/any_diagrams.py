"""Diagrams of every form that a file can hold, sensible or not: for the store and the journal."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from graphcore.diagram import (
    INPUT,
    OUTPUT,
    Block,
    Diagram,
    Edge,
    Graph,
    Node,
    Point,
    PortRef,
    Scale,
    Tie,
)
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.expression import Expr
from graphcore.layers import LAYERS
from graphcore.spec import (
    BoolParam,
    ChoiceParam,
    DTypeParam,
    FloatParam,
    IntParam,
    IntsParam,
    Param,
    ParamValue,
    ShapeParam,
    TextParam,
)
from graphcore.training.recipe import RECIPE

NAMES = st.builds(
    "{}{}".format, st.sampled_from("abcXY"), st.text("abcXY_019", min_size=0, max_size=7)
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["=1", "'", "'=", "", "\u2028", '"', "\\", "\n", "×‖∂"]),
)
EXPRESSIONS = st.builds(Expr, st.one_of(TEXTS, st.sampled_from(["2 * width", "i + 1", "="])))
SCALARS: st.SearchStrategy[ParamValue] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
    EXPRESSIONS,
)
VALUES: st.SearchStrategy[ParamValue] = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=3).map(tuple),
    st.lists(st.lists(SCALARS, max_size=2).map(tuple), max_size=2).map(tuple),
)
ACTIVE = st.one_of(st.just(True), st.booleans(), EXPRESSIONS)
POINTS = st.builds(Point, st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
SMALL = st.integers(-50, 50)

PARAMS: st.SearchStrategy[Param] = st.one_of(
    st.builds(
        IntParam, name=NAMES, doc=TEXTS, default=VALUES, optional=st.booleans(), minimum=SMALL
    ),
    st.builds(IntParam, name=NAMES, doc=TEXTS, advanced=st.booleans(), maximum=SMALL),
    st.builds(
        FloatParam,
        name=NAMES,
        doc=TEXTS,
        default=VALUES,
        minimum=st.one_of(SMALL, st.floats(-1e9, 1e9)),
        logarithmic=st.booleans(),
    ),
    st.builds(BoolParam, name=NAMES, doc=TEXTS, default=st.booleans()),
    st.builds(
        ChoiceParam,
        name=NAMES,
        doc=TEXTS,
        choices=st.lists(TEXTS, max_size=3).map(tuple),
        titles=st.lists(TEXTS, max_size=3).map(tuple),
    ),
    st.builds(TextParam, name=NAMES, doc=TEXTS, default=TEXTS, longest=st.integers(0, 500)),
    st.builds(
        IntsParam,
        name=NAMES,
        doc=TEXTS,
        default=VALUES,
        length=st.integers(0, 4),
        optional_items=st.booleans(),
    ),
    st.builds(ShapeParam, name=NAMES, doc=TEXTS, default=VALUES),
    st.builds(DTypeParam, name=NAMES, doc=TEXTS),
)


@st.composite
def values_for(draw: st.DrawFn, params: tuple[Param, ...]) -> dict[str, ParamValue]:
    """Values, fit or not, for some of ``params``."""
    names = (
        draw(st.lists(st.sampled_from([p.name for p in params]), unique=True, max_size=3))
        if (params)
        else []
    )
    return {name: draw(VALUES) for name in names}


@st.composite
def scales(draw: st.DrawFn, numbers: Iterator[int]) -> tuple[Scale, ...]:
    """A chain of layers on a value, with labels that no other thing has."""
    kinds = draw(st.lists(st.sampled_from(list(LAYERS)), max_size=2))
    return tuple(
        Scale(kind, f"Scale_{next(numbers)}", draw(values_for(LAYERS[kind].params)))
        for kind in kinds
    )


@st.composite
def graphs(draw: st.DrawFn, kinds: dict[str, tuple[Param, ...]]) -> Graph:
    """Nodes of ``kinds`` with edges between any of them; ids and labels differ at times."""
    numbers = itertools.count()
    labels = draw(st.lists(NAMES, unique=True, min_size=1, max_size=6))
    plain = {label: draw(st.booleans()) for label in labels}
    ids = {label: label if plain[label] else f"{label}.2" for label in labels}
    nodes = {}
    for label in labels:
        kind = draw(st.sampled_from(list(kinds)))
        others = [other for name, other in ids.items() if name != label]
        more: dict[str, Any] = {}
        if draw(st.booleans()):
            more = {
                "repeat": draw(st.one_of(st.integers(1, 4096), EXPRESSIONS)),
                "shared": draw(st.booleans()),
                "same_as": draw(st.sampled_from([None, *others])),
                "active": draw(ACTIVE),
                "scales": draw(st.dictionaries(NAMES, scales(numbers), max_size=2)),
                "copy_names": draw(st.sampled_from(["{i}", "layer{i+1}"])),
            }
        nodes[ids[label]] = Node(ids[label], kind, label, draw(values_for(kinds[kind])), **more)
    edges = {}
    ends = st.builds(PortRef, st.sampled_from(list(nodes)), st.sampled_from(["x", "y", "a.b"]))
    for number in range(draw(st.integers(0, 5))):
        edge = draw(edges_between(f"e-{number}", ends, numbers))
        edges[edge.id] = edge
    weight = st.tuples(st.sampled_from(list(nodes)), st.sampled_from(["weight", "bias"]))
    ties = tuple(draw(st.lists(st.builds(Tie, weight, weight), max_size=2)))
    return Graph(nodes, edges, ties)


@st.composite
def edges_between(
    draw: st.DrawFn, name: str, ends: st.SearchStrategy[PortRef], numbers: Iterator[int]
) -> Edge:
    """An edge of any kind; those that build something have a label."""
    kind = draw(st.sampled_from(list(EDGE_KINDS)))
    builds = EDGE_KINDS[kind].join == "add"
    return Edge(
        name,
        draw(ends),
        draw(ends),
        kind,  # type: ignore[arg-type]
        f"Projection_{name[2:]}" if builds else "",
        draw(values_for(EDGE_KINDS[kind].params)),
        draw(ACTIVE),
        draw(scales(numbers)),
    )


@st.composite
def any_diagrams(draw: st.DrawFn) -> Diagram:
    """A diagram that a file can hold, with up to three blocks."""
    names = ["Net", "Inner", "Core"][: draw(st.integers(1, 3))]
    kinds = {kind: LAYERS[kind].params for kind in (INPUT, OUTPUT, "Conv2d", "ReLU", "Concat")}
    blocks: dict[str, Block] = {}
    for name in reversed(names):
        params = tuple(draw(st.lists(PARAMS, max_size=3, unique_by=lambda p: p.name)))
        graph = draw(graphs(kinds))
        positions = {node: draw(POINTS) for node in graph.nodes if draw(st.booleans())}
        form: Any = draw(st.sampled_from(["module", "sequential"]))
        blocks[name] = Block(graph, params, form, draw(TEXTS), positions)
        kinds[name] = params
    order = draw(st.permutations(names))
    return Diagram(
        {name: blocks[name] for name in order},
        draw(st.sampled_from(names)),
        draw(st.dictionaries(NAMES, st.integers(1, 2**31), max_size=3)),
        draw(values_for(RECIPE)),
        draw(TEXTS),
    )
