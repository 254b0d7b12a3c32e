"""The strict reading of one node, one edge, one tie of a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from graphcore.diagram import (
    EMPTY,
    MAX_REPEAT,
    NO_SCALES,
    Edge,
    Node,
    Point,
    PortRef,
    Scale,
    Scales,
    Tie,
)
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.expression import Expr
from graphcore.layers import LAYERS
from graphcore.spec import ParamValue
from graphcore.store.error import COPY_NAMES, MAX_ID
from graphcore.store.fields import (
    check_fields,
    elements,
    expression_or,
    flag,
    identity,
    items,
    name,
    shown,
    text,
    value,
    whole,
)
from graphcore.store.strict_json import Found
from graphcore.values import MAX_ITEMS, text_problem

MAX_COORDINATE = 2**31

Kinds = Mapping[str, Collection[str]]
"""Every kind that a node can be, with the names of its parameters."""


_NODE = ("id", "kind")
_NODE_OPTIONAL = (
    "label",
    "params",
    "repeat",
    "shared",
    "same_as",
    "active",
    "scales",
    "copy_names",
    "at",
)


def node_of(found: Found, kinds: Kinds) -> Node:
    """One node. Raises StoreError."""
    check_fields(found, "a node", _NODE, _NODE_OPTIONAL)
    fields = found.value
    item = identity(found.inner("id"), "a node's id")
    kind = text(found.inner("kind"), "a node's kind")
    if kind not in kinds and not found.newer:
        raise found.inner("kind").refuse(
            f"'{item}' is of the kind {kind!r}, which is neither a layer nor a block of this file"
        )
    label = name(found.inner("label" if "label" in fields else "id"), f"the label of '{item}'")
    if len(fields) == len(_NODE):
        return Node(item, kind, label)
    params = (
        values_of(found.inner("params"), f"'{item}'", kinds.get(kind))
        if "params" in fields
        else EMPTY
    )
    return Node(
        item,
        kind,
        label,
        params,
        _repeat(found.inner("repeat"), item) if "repeat" in fields else 1,
        flag(found.inner("shared"), "shared") if "shared" in fields else False,
        identity(found.inner("same_as"), "same_as") if "same_as" in fields else None,
        _active(found.inner("active")) if "active" in fields else True,
        _port_scales(found.inner("scales")) if "scales" in fields else NO_SCALES,
        _copy_names(found.inner("copy_names")) if "copy_names" in fields else "{i}",
    )


_EDGE = ("id", "from", "to")
_EDGE_OPTIONAL = ("kind", "label", "params", "active", "scales")


def edge_of(found: Found, nodes: Collection[str]) -> Edge:
    """One edge between ``nodes``. Raises StoreError."""
    check_fields(found, "an edge", _EDGE, _EDGE_OPTIONAL)
    fields = found.value
    item = identity(found.inner("id"), "an edge's id")
    source, target = _ref(found.inner("from"), nodes), _ref(found.inner("to"), nodes)
    if len(fields) == len(_EDGE):
        return Edge(item, source, target)
    kind: Any = text(found.inner("kind"), "an edge's kind") if "kind" in fields else "flow"
    if kind not in EDGE_KINDS:
        raise found.inner("kind").refuse(
            f"there is no kind of edge {shown(kind)}; kinds: {', '.join(EDGE_KINDS)}"
        )
    if "label" not in fields and EDGE_KINDS[kind].join == "add":
        raise found.refuse(f"the {kind} '{item}' has no \"label\", which names its projection")
    if "label" in fields and not EDGE_KINDS[kind].stem:
        raise found.inner("label").refuse(f"'{item}' is a plain wire, which has no label")
    known = [param.name for param in EDGE_KINDS[kind].params]
    return Edge(
        item,
        source,
        target,
        kind,
        name(found.inner("label"), f"the label of '{item}'") if "label" in fields else "",
        values_of(found.inner("params"), f"'{item}'", known) if "params" in fields else EMPTY,
        _active(found.inner("active")) if "active" in fields else True,
        _scales(found.inner("scales")) if "scales" in fields else (),
    )


def _ref(found: Found, nodes: Collection[str]) -> PortRef:
    node, port = (text(each, "an end", MAX_ID) for each in elements(found, "an end", 2, 2))
    if node not in nodes:
        raise found.refuse(f"the edge ends at '{node}', and there is no such node")
    return PortRef(node, port)


def tie_of(found: Found, nodes: Collection[str]) -> Tie:
    """One tie between weights of ``nodes``. Raises StoreError."""
    check_fields(found, "a tie", ("source", "target"))
    ends: list[tuple[str, str]] = []
    for end in ("source", "target"):
        ref = found.inner(end)
        node, weight = (text(each, "an end", MAX_ID) for each in elements(ref, "an end", 2, 2))
        if node not in nodes:
            raise ref.refuse(f"the tie is to '{node}', and there is no such node")
        ends.append((node, weight))
    return Tie(ends[0], ends[1])


def point_of(found: Found) -> Point:
    """Where a node stands. Raises StoreError."""
    x, y = (
        whole(each, "a position", -MAX_COORDINATE, MAX_COORDINATE)
        for each in elements(found, "a position", 2, 2)
    )
    return Point(x, y)


def _repeat(found: Found, item: str) -> int | Expr:
    return expression_or(found, "repeat") or whole(found, f"repeat of '{item}'", 1, MAX_REPEAT)


def _active(found: Found) -> bool | Expr:
    return expression_or(found, "active") or flag(found, "active")


def _copy_names(found: Found) -> str:
    names = text(found, "copy_names", MAX_ID)
    if not COPY_NAMES.fullmatch(names):
        raise found.refuse(f"copies are named like {{i}} or layer{{i+1}}, not {names!r}")
    return names


def _port_scales(found: Found) -> Mapping[str, Scales]:
    return {_port(port, each): _scales(each) for port, each in items(found, "the scales")}


def _port(called: str, found: Found) -> str:
    """The name of a port, of which a layer or block that is not known may have any."""
    problem = text_problem(called, MAX_ID)
    if problem:
        raise found.refuse(f"the name of a port: {problem}")
    return called


def _scales(found: Found) -> Scales:
    scales = []
    for each in elements(found, "the scales", MAX_ITEMS):
        check_fields(each, "a scale", ("kind", "label"), ("params",))
        kind = text(each.inner("kind"), "a scale's kind")
        if kind not in LAYERS and not each.newer:
            raise each.inner("kind").refuse(f"a scale is a layer, and {kind!r} is none")
        known = LAYERS[kind].by_name if kind in LAYERS else None
        given = "params" in each.value
        params = values_of(each.inner("params"), f"the scale {kind}", known) if given else EMPTY
        label = name(each.inner("label"), "the label of a scale")
        scales.append(Scale(kind, label, params))
    return tuple(scales)


def values_of(found: Found, what: str, known: Collection[str] | None) -> Mapping[str, ParamValue]:
    """The parameters of a thing whose names are ``known`` (None: not, in a newer file)."""
    values: dict[str, ParamValue] = {}
    for called, each in items(found, what):
        if known is not None and called not in known and not found.newer:
            there = ", ".join(known) or "none"
            raise each.refuse(f"{what} has no parameter {shown(called)}; its parameters: {there}")
        values[called] = value(each, f"{called} of {what}")
    return values


def check_key(found: Found, called: str, what: str) -> None:
    """The name gate for a key of the file."""
    name(Found(called, found.path, found.text, found.block, found.newer), what)
