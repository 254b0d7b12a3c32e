"""Which parts of a block look alike, and in what they differ: what a new block's parameters could
be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from graphcore.diagram import INPUT, OUTPUT, Diagram, Edge, Graph, PortRef, Scales, name_problem
from graphcore.edits.editing import EditError
from graphcore.edits.grouping import groupable
from graphcore.expression import Expr, ExpressionError, names_in
from graphcore.naming import FreshLabels
from graphcore.ordering import order_of
from graphcore.ports import declared_params
from graphcore.spec import FloatParam, IntParam, IntsParam, Param, ParamValue

Piece = tuple[str, ...]
"""Nodes in the order in which they run."""
Spot = tuple[int, str]
"""Where a value stands in a piece: the node by its place, and the parameter."""


@dataclass(frozen=True)
class Candidate:
    """A parameter that a block of pieces could have: where it stands in each piece, and its value
    in each of them."""

    param: Param
    spots: tuple[Spot, ...]
    values: tuple[ParamValue, ...]

    @property
    def varies(self) -> bool:
        """Whether the pieces differ in it."""
        return any(value != self.values[0] for value in self.values)


def parts_of(diagram: Diagram, block: str, items: Collection[str]) -> tuple[Piece, ...]:
    """The selection as consecutive pieces that look alike, as many as there can be of two nodes or
    more; one piece where it has no such parts. Raises EditError where it cannot be a block."""
    whole = groupable(diagram, block, items)
    graph = diagram.blocks[block].graph
    for count in range(len(whole) // 2, 1, -1):
        if len(whole) % count:
            continue
        size = len(whole) // count
        pieces = tuple(whole[start : start + size] for start in range(0, len(whole), size))
        forms = {_form(graph, piece) for piece in pieces}
        if len(forms) == 1 and all(_is_groupable(diagram, block, piece) for piece in pieces):
            return pieces
    return (whole,)


def others_like(diagram: Diagram, block: str, piece: Piece, taken: Collection[str]) -> list[Piece]:
    """The pieces of the block that look like ``piece`` and touch neither ``taken`` nor each
    other."""
    graph = diagram.blocks[block].graph
    wanted = _form(graph, piece)
    order = [n for n in order_of(graph)[0] if graph.nodes[n].kind not in (INPUT, OUTPUT)]
    used = set(taken)
    found: list[Piece] = []
    for start in range(len(order) - len(piece) + 1):
        window = tuple(order[start : start + len(piece)])
        if used & set(window) or _form(graph, window) != wanted:
            continue
        if _is_groupable(diagram, block, window):
            found.append(window)
            used |= set(window)
    return found


def candidates(diagram: Diagram, block: str, pieces: Sequence[Piece]) -> tuple[Candidate, ...]:
    """What could be a parameter of a block made of ``pieces``: what they differ in, then numbers
    that were set and are the same in all. Equal values under one name are one parameter."""
    graph = diagram.blocks[block].graph
    merged: dict[tuple[str, tuple[ParamValue, ...]], list[Spot]] = {}
    kept: dict[tuple[str, tuple[ParamValue, ...]], Param] = {}
    for index, name in enumerate(pieces[0]):
        for param in declared_params(diagram, graph.nodes[name].kind):
            nodes = [graph.nodes[piece[index]] for piece in pieces]
            values = tuple(node.params.get(param.name, param.default) for node in nodes)
            if _is_worth_it(param, values, set_=any(param.name in n.params for n in nodes)):
                merged.setdefault((param.name, values), []).append((index, param.name))
                kept.setdefault((param.name, values), param)
    labels = FreshLabels(_names_used(diagram, block))
    names = [name for name, _ in merged]
    found = []
    for (name, values), spots in merged.items():
        label = graph.nodes[pieces[0][spots[0][0]]].label
        wanted = name if names.count(name) == 1 else f"{label}_{name}"
        if name_problem(wanted):
            continue
        param = _declared(kept[name, values], labels.take(wanted), values)
        found.append(Candidate(param, tuple(spots), values))
    return tuple(sorted(found, key=lambda candidate: not candidate.varies))


def agreeing(
    pieces: Sequence[Piece], found: Sequence[Candidate], chosen: Collection[str]
) -> tuple[Piece, ...]:
    """The pieces that have the values of the first one wherever no parameter is ``chosen``."""
    fixed = [candidate for candidate in found if candidate.param.name not in chosen]
    return tuple(
        piece
        for place, piece in enumerate(pieces)
        if all(candidate.values[place] == candidate.values[0] for candidate in fixed)
    )


def is_chain(diagram: Diagram, block: str, pieces: Sequence[Piece]) -> bool:
    """Whether each piece takes one value, gives one, and gives it to the next one only."""
    graph = diagram.blocks[block].graph
    for piece, following in zip(pieces, [*pieces[1:], None], strict=True):
        within = set(piece)
        entering = {e.source for n in piece for e in graph.into(n) if e.source.node not in within}
        leaving = [e for n in piece for e in graph.out_of(n) if e.target.node not in within]
        if len(entering) != 1 or len({e.source for e in leaving}) != 1:
            return False
        if following is not None and any(e.target.node not in following for e in leaving):
            return False
    return True


def progression(values: Sequence[ParamValue]) -> ParamValue:
    """One value, or an expression in the copy ``i``, that comes out as ``values``; None where none
    is short enough to be read.

    >>> progression([16, 24, 32]), progression([2, 1, 1])
    (Expr(source='16 + 8 * i'), Expr(source='2 if i == 0 else 1'))
    """
    first, *rest = values
    if all(value == first for value in rest):
        return first
    texts = [_text(value) for value in values]
    if None in texts:
        return None
    if len(values) > 2 and all(type(value) is int for value in values):
        steps = {b - a for a, b in zip(values, rest, strict=False)}  # type: ignore[operator]
        if len(steps) == 1:
            step = steps.pop()
            return Expr(f"{first} {'+' if step > 0 else '-'} {abs(step)} * i")
    runs = _runs(values)
    if len(runs) > 4:
        return None
    text = str(_text(runs[-1][1]))
    for last, value in reversed(runs[:-1]):
        test = f"i == {last}" if last == 0 else f"i <= {last}"
        text = f"{_text(value)} if {test} else {text}"
    return Expr(text)


def _runs(values: Sequence[ParamValue]) -> list[tuple[int, ParamValue]]:
    """Equal values in a row as (the last place, the value)."""
    runs: list[tuple[int, ParamValue]] = []
    for place, value in enumerate(values):
        if runs and runs[-1][1] == value:
            runs.pop()
        runs.append((place, value))
    return runs


def _text(value: ParamValue) -> str | None:
    match value:
        case Expr(source=source):
            return source if source.isidentifier() else f"({source})"
        case bool() | int() | float() | str():
            return repr(value)
    return None


def _form(graph: Graph, piece: Piece) -> tuple[object, ...]:
    """What makes two pieces alike: all but names, places and the values of parameters."""
    place = {name: index for index, name in enumerate(piece)}
    nodes = [
        (
            node.kind,
            node.repeat,
            node.shared,
            node.active,
            node.copy_names,
            place.get(node.same_as, -1) if node.same_as is not None else None,
            tuple((port, _unlabelled(chain)) for port, chain in sorted(node.scales.items())),
            tuple(sorted(name for name, value in node.params.items() if _says_copy(value))),
        )
        for node in (graph.nodes[name] for name in piece)
    ]
    outside: dict[PortRef, int] = {}

    def end(edge: Edge) -> tuple[int, str]:
        if edge.source.node in place:
            return place[edge.source.node], edge.source.port
        return -1 - outside.setdefault(edge.source, len(outside)), ""

    wires = [
        (
            end(edge),
            place[name],
            edge.target.port,
            edge.kind,
            bool(edge.label),
            edge.active,
            tuple(sorted(edge.params.items())),
            _unlabelled(edge.scales),
        )
        for name in piece
        for edge in graph.into(name)
    ]
    leaving = {
        (place[edge.source.node], edge.source.port)
        for name in piece
        for edge in graph.out_of(name)
        if edge.target.node not in place
    }
    return tuple(nodes), tuple(wires), tuple(sorted(leaving))


def _unlabelled(scales: Scales) -> tuple[object, ...]:
    return tuple((scale.kind, tuple(sorted(scale.params.items()))) for scale in scales)


def _says_copy(value: ParamValue) -> bool:
    """Whether ``value`` says which copy of its own node it is for."""
    if isinstance(value, tuple):
        return any(map(_says_copy, value))
    try:
        return isinstance(value, Expr) and bool(names_in(value) & {"i", "n"})
    except ExpressionError:
        return False


def _is_groupable(diagram: Diagram, block: str, piece: Piece) -> bool:
    try:
        return groupable(diagram, block, piece) == piece
    except EditError:
        return False


def _is_worth_it(param: Param, values: tuple[ParamValue, ...], *, set_: bool) -> bool:
    if any(map(_says_copy, values)):
        return False
    if any(value != values[0] for value in values):
        return True
    plain = isinstance(values[0], int | float) and not isinstance(values[0], bool)
    return set_ and plain and isinstance(param, IntParam | IntsParam | FloatParam)


def _names_used(diagram: Diagram, block: str) -> set[str]:
    """Names that a parameter of a block inside ``block`` had better not have."""
    return {"i", "n", "in_channels", *(param.name for param in diagram.blocks[block].params)}


def _declared(param: Param, name: str, values: tuple[ParamValue, ...]) -> Param:
    """The parameter of a block that stands for ``param`` of a layer."""
    literal = next((value for value in values if not _has_expression(value)), None)
    if isinstance(param, IntsParam) and all(isinstance(v, int | Expr) for v in values):
        return IntParam(
            name=name, doc=param.doc, default=literal, minimum=param.minimum, maximum=param.maximum
        )
    return replace(param, name=name, default=literal, advanced=False)


def _has_expression(value: ParamValue) -> bool:
    if isinstance(value, tuple):
        return any(map(_has_expression, value))
    return isinstance(value, Expr)
