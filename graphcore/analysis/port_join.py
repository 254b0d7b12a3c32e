"""The join at one input port: what arrives, what is added or concatenated, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from graphcore import edits
from graphcore.alignment import ALIGNMENTS, aligns
from graphcore.analysis.scope import Scope
from graphcore.diagnostics import Diagnostic, Fix
from graphcore.diagram import Edge, Node
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.expression import ExpressionError, evaluate
from graphcore.join import concatenated, resolve_skip
from graphcore.resolution import resolve_args
from graphcore.results import ChainLayer, EdgeResult
from graphcore.scales import scaled
from graphcore.spec import Port, Refused
from graphcore.tensor_type import TensorType

Arrival = tuple[Edge, TensorType | None]


class PortJoin(NamedTuple):
    """``type`` is the port's type after the join; ``operands`` are what a layer's rule sees (more
    than one at a variadic port, none at an open optional one); ``known`` whether they all are;
    ``scales`` act on F before it is joined."""

    port: Port
    type: TensorType | None
    operands: tuple[TensorType, ...]
    known: bool
    edges: Mapping[str, EdgeResult]
    diagnostics: tuple[Diagnostic, ...] = ()
    scales: tuple[ChainLayer, ...] = ()


def join_at(scope: Scope, node: Node, port: Port, arrivals: list[Arrival]) -> PortJoin:
    """The join of ``arrivals`` at ``port`` of ``node``. Never raises."""
    edges = {edge.id: EdgeResult(kind, active=False) for edge, kind in arrivals}
    problems: list[Diagnostic] = []
    present: list[Arrival] = []
    for edge, kind in arrivals:
        active, problem = _active(scope, edge)
        if active:
            present.append((edge, kind))
            edges[edge.id] = EdgeResult(kind)
        problems += [problem] if problem else []
    problem = _misuse(scope, node, port, present)
    if problem:
        problems.append(problem)
    if not present and port.optional:
        return PortJoin(port, None, (), not problems, edges, tuple(problems))
    if problems or any(kind is None for _, kind in present):
        return PortJoin(port, None, (), False, edges, tuple(problems))
    kinds = tuple(kind for _, kind in present if kind is not None)
    if port.variadic or len(present) == 1:
        return PortJoin(port, kinds[0], kinds, True, edges)
    if EDGE_KINDS[_joining(present)[0][0].kind].join == "add":
        return _added(scope, node, port, present, edges)
    return _concatenated(scope, node, port, present, edges)


def _active(scope: Scope, edge: Edge) -> tuple[bool, Diagnostic | None]:
    if isinstance(edge.active, bool):
        return edge.active, None
    if scope.guide is not None and edge.id in scope.guide.edges:
        return scope.guide.edges[edge.id].active, None
    try:
        return bool(evaluate(edge.active, scope.names)), None
    except ExpressionError as error:
        fix = scope.fix(f"Switch {_name(scope, edge)} on", edits.set_active, {edge.id}, True)
        message = f"{_name(scope, edge)}: {error}"
        return False, scope.problem(edge.id, message, param="active", fixes=(fix,))


def _joining(arrivals: list[Arrival]) -> list[Arrival]:
    return [arrival for arrival in arrivals if EDGE_KINDS[arrival[0].kind].join != "none"]


def _flow(arrivals: list[Arrival]) -> list[Arrival]:
    return [arrival for arrival in arrivals if EDGE_KINDS[arrival[0].kind].join == "none"]


def _misuse(scope: Scope, node: Node, port: Port, present: list[Arrival]) -> Diagnostic | None:
    """What is wrong with the edges at ``port`` whatever their types are."""
    where = f"{node.label}.{port.name}" if port.name != "x" else node.label
    flow, joining = _flow(present), _joining(present)
    if not present:
        if port.optional:
            return None
        message = f"{where}: nothing is connected here; draw a wire to it"
        return scope.problem(
            node.id, message, port=port.name, fixes=(_removal(scope, node.id, node.label),)
        )
    if joining and port.variadic:
        edge = joining[0][0]
        message = f"{where}: this block combines wires itself; make the skip a plain wire"
        return scope.problem(edge.id, message, port=port.name, fixes=(_to_wire(scope, edge),))
    if not flow:
        edge = joining[0][0]
        message = f"{where}: the skip has nothing to be added to; draw a wire to this block as well"
        return scope.problem(edge.id, message, port=port.name, fixes=(_to_wire(scope, edge),))
    if len(flow) > 1 and not port.variadic:
        message = (
            f"{where}: {len(flow)} wires end here; an input takes one. Add or concatenate them"
        )
        fixes = tuple(_removal(scope, edge.id, _name(scope, edge)) for edge, _ in flow)
        return scope.problem(node.id, message, port=port.name, fixes=fixes)
    if len({EDGE_KINDS[edge.kind].join for edge, _ in joining}) > 1:
        message = (
            f"{where}: adding and concatenating at one port is ambiguous; put an Add or Concat"
        )
        return scope.problem(node.id, message, port=port.name)
    return None


def _added(
    scope: Scope, node: Node, port: Port, present: list[Arrival], edges: dict[str, EdgeResult]
) -> PortJoin:
    f = _flow(present)[0][1]
    assert f is not None
    problems: list[Diagnostic] = []
    for edge, x in _joining(present):
        assert x is not None
        try:
            edges[edge.id] = _shortcut(scope, edge, x, f)
        except (Refused, ExpressionError) as error:
            problems.append(_refused_skip(scope, edge, x, f, error))
    joins = any(edges[edge.id].shortcut != "absent" for edge, _ in _joining(present))
    scales, more = _scales_on_branch(scope, node, port, f) if joins else ((), [])
    problems += more
    joined = None if problems else f
    return PortJoin(port, joined, (f,), not problems, edges, tuple(problems), scales)


def _shortcut(scope: Scope, edge: Edge, x: TensorType, f: TensorType) -> EdgeResult:
    """What the skip ``edge`` becomes, with the scales on it."""
    if scope.guide is not None:
        found = scope.guide.edges[edge.id]._replace(type=x)
        return found._replace(scales=scaled(scope.names, edge.scales, f, found.scales))
    args = resolve_args(EDGE_KINDS[edge.kind].params, edge.params, scope.names)
    found = resolve_skip(args, x, f, scope.diagram.symbols)
    if found.shortcut == "absent":
        return found
    return found._replace(scales=scaled(scope.names, edge.scales, f, None))


def _scales_on_branch(
    scope: Scope, node: Node, port: Port, f: TensorType
) -> tuple[tuple[ChainLayer, ...], list[Diagnostic]]:
    scales = node.scales.get(port.name, ())
    known = scope.guide.nodes[node.id][0].scales.get(port.name, ()) if scope.guide else None
    try:
        return scaled(scope.names, scales, f, known), []
    except (Refused, ExpressionError) as error:
        message = f"{node.label}: the scale on F(x): {error}"
        return (), [scope.problem(node.id, message, port=port.name)]


def _refused_skip(
    scope: Scope, edge: Edge, x: TensorType, f: TensorType, error: Exception
) -> Diagnostic:
    fixes: list[Fix] = []
    given = edge.params.get("shortcut", "auto")
    for shortcut, title in (("projection", "Use a projection"), ("pad", "Pad with zeros")):
        if shortcut != given and _fits(scope, edge, x, f, shortcut):
            fixes.append(scope.fix(title, edits.set_param, edge.id, "shortcut", shortcut))
    fixes.append(scope.fix("Remove the skip", edits.delete, {edge.id}))
    param = error.param if isinstance(error, Refused) else None
    message = f"{_name(scope, edge)}: {error}"
    return scope.problem(edge.id, message, port=edge.target.port, param=param, fixes=tuple(fixes))


def _fits(scope: Scope, edge: Edge, x: TensorType, f: TensorType, shortcut: str) -> bool:
    given = {**edge.params, "shortcut": shortcut}
    try:
        args = resolve_args(EDGE_KINDS[edge.kind].params, given, scope.names)
        resolve_skip(args, x, f, scope.diagram.symbols)
    except (Refused, ExpressionError):
        return False
    return True


def _concatenated(
    scope: Scope, node: Node, port: Port, present: list[Arrival], edges: dict[str, EdgeResult]
) -> PortJoin:
    kinds = {edge.id: kind for edge, kind in present if kind is not None}
    flow = _flow(present)[0][0]
    before, f = dict(kinds), kinds[flow.id]
    scales, problems = _scales_on_branch(scope, node, port, kinds[flow.id])
    aligned: dict[str, str] = {}
    for edge, _ in _joining(present):
        try:
            aligned[edge.id] = _align(scope, edge, kinds, flow.id)
        except (Refused, ExpressionError) as error:
            problems.append(_refused_concat(scope, edge, str(error), (before[edge.id], f)))
    try:
        operands = [kinds[edge.id] for edge, _ in present]
        joined = concatenated(operands, operands[0].channel_axis)
    except Refused as error:
        if not problems:
            edge = _misfit(_joining(present), kinds, kinds[flow.id])
            problems.append(_refused_concat(scope, edge, str(error), (before[edge.id], f)))
    chains: dict[str, tuple[ChainLayer, ...]] = {}
    for edge, kind in _joining(present):
        assert kind is not None
        known = scope.guide.edges[edge.id].scales if scope.guide else None
        try:
            chains[edge.id] = scaled(scope.names, edge.scales, kind, known)
        except (Refused, ExpressionError) as error:
            message = f"{_name(scope, edge)}: the scale on it: {error}"
            problems.append(scope.problem(edge.id, message, port=port.name))
    if problems:
        return PortJoin(port, None, (), False, edges, tuple(problems))
    for edge, kind in _joining(present):
        how = aligned[edge.id]
        caption = "concat" + (f" · {how}" if how != "none" else "")
        reason = f"gives {joined}"
        edges[edge.id] = EdgeResult(
            kind, caption=caption, reason=reason, align=how, scales=chains[edge.id]
        )
    return PortJoin(port, joined, (joined,), True, edges, (), scales)


def _align(scope: Scope, edge: Edge, kinds: dict[str, TensorType], flow: str) -> str:
    """Makes the sizes of an edge and of F equal in ``kinds`` as the edge says, and returns how."""
    args = resolve_args(EDGE_KINDS[edge.kind].params, edge.params, scope.names)
    how = args["align"]
    assert isinstance(how, str)
    if how == "none":
        return how
    alignment = ALIGNMENTS[how]
    changed, like = (edge.id, flow) if alignment.changes == "edge" else (flow, edge.id)
    kinds[changed] = alignment.shape(kinds[changed], kinds[like])
    return how


def _misfit(joining: list[Arrival], kinds: dict[str, TensorType], f: TensorType) -> Edge:
    """The first edge that cannot be concatenated with F; the first of all if each alone could."""
    for edge, _ in joining:
        try:
            concatenated((kinds[edge.id], f), f.channel_axis)
        except Refused:
            return edge
    return joining[0][0]


def _refused_concat(
    scope: Scope, edge: Edge, why: str, types: tuple[TensorType, TensorType]
) -> Diagnostic:
    """The problem of ``edge``, with the ways of aligning that would make ``types`` (what it brings
    and F) fit."""
    fixes = [
        scope.fix(title, edits.set_param, edge.id, "align", how)
        for how, title in (
            ("crop", "Crop what the edge brings"),
            ("pad", "Pad the other one with zeros"),
            ("resize", "Resize the other one"),
        )
        if how != edge.params.get("align", "none") and aligns(how, *types)
    ]
    fixes.append(_removal(scope, edge.id, _name(scope, edge)))
    message = f"{_name(scope, edge)}: {why}"
    return scope.problem(edge.id, message, port=edge.target.port, fixes=tuple(fixes))


def _name(scope: Scope, edge: Edge) -> str:
    nodes = scope.block.graph.nodes
    return f"{nodes[edge.source.node].label} → {nodes[edge.target.node].label}"


def _to_wire(scope: Scope, edge: Edge) -> Fix:
    return scope.fix("Make it a plain wire", edits.set_edge_kind, edge.id, "flow")


def _removal(scope: Scope, item: str, name: str) -> Fix:
    return scope.fix(f"Remove {name}", edits.delete, {item})
