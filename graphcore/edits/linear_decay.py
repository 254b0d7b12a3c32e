"""The edit that writes stochastic depth over many residual branches at once, its probability
rising linearly with depth: branch ``k`` of ``K`` is dropped with probability ``p k / K``
(Huang et al. 2016, arXiv:1603.09382).

A branch whose join stands in the edited block gets a number. A block that holds its join inside
declares the probability as a parameter, and each place where it is used says what it is there:
``0.2 * (4 + i) / 16`` for the copies of a stage that begins with the fourth branch of sixteen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from graphcore.diagram import Diagram, Node, PortRef
from graphcore.edits.blocks import add_block_param
from graphcore.edits.branches import (
    Count,
    added_ports,
    adds_inside,
    bracketed,
    branches_inside,
    count_branches,
    in_order,
    symbols,
)
from graphcore.edits.editing import EditError, graph_of, with_node
from graphcore.edits.scales import ScalePlace, add_scale, set_scale_param
from graphcore.expression import Expr
from graphcore.layers import LAYERS
from graphcore.naming import fresh
from graphcore.spec import FloatParam, IntParam, Param, ParamValue

DEPTH_KIND, DEPTH_PARAM = next((kind, spec.decays) for kind, spec in LAYERS.items() if spec.decays)
"""The layer that drops branches, and its parameter that rises with depth."""

_DROP = FloatParam(
    name="drop",
    doc="Probability that the branch is dropped while training.",
    default=0.0,
    minimum=0.0,
    maximum=1.0,
)
_LAST = replace(_DROP, doc="Probability that the last branch of the net is dropped.")
_FIRST = IntParam(name="first", doc="The place in the net of the first branch here.", default=1)
_TOTAL = IntParam(name="total", doc="How many residual branches the net has.", default=1)
_DIGITS = 4


def stochastic_depth(diagram: Diagram, block: str, items: Collection[str], last: float) -> Diagram:
    """Drop the residual branches of ``items`` while training: the last with probability ``last``
    and the ``k``-th of ``K`` with ``last * k / K``.

    ``items`` are nodes at which a skip is added, skips, or blocks that hold some, to any depth;
    what holds none is left alone. All joins directly inside one block share its probability.
    Raises EditError where there is no residual branch, or it is not known how many there are.
    """
    if not 0 < last < 1:
        raise EditError(f"The probability must lie between 0 and 1; {last:g} does not.")
    total = str(count_branches(diagram, block, items))
    return _write(diagram, block, in_order(diagram, block, items), (repr(last), Count(1), total))


_Decay = tuple[str, Count, str]
"""The last probability, the place of the next branch and the number of them all, as written in
the names of the block that is edited."""


def _write(diagram: Diagram, block: str, nodes: Collection[Node], decay: _Decay) -> Diagram:
    last, place, total = decay
    for node in nodes:
        for port in added_ports(graph_of(diagram, block), node.id):
            value = _probability(last, place, total)
            diagram = _drop(diagram, block, PortRef(node.id, port), value)
            place += Count(1)
        held = branches_inside(diagram, node, symbols(diagram, block))
        if held is not None:
            diagram = _hand_down(diagram, block, node, (last, place, total))
            place += held
    return diagram


def _hand_down(diagram: Diagram, block: str, node: Node, decay: _Decay) -> Diagram:
    """Tell the block that ``node`` is an instance of with what its branches are dropped."""
    last, place, total = decay
    many = node.repeat != 1 and not node.shared
    if adds_inside(diagram.blocks[node.kind]):
        diagram, drop = _with_drop(diagram, node.kind)
        value = _rising(last, place, total) if many else _probability(last, place, total)
        return _with_params(diagram, block, node.id, {drop: value})
    one = branches_inside(diagram, replace(node, repeat=1), symbols(diagram, block)) or Count(1)
    start = f"{place} + {_factor(one)}i" if many else str(place)
    names = []
    for param in (_LAST, _FIRST, _TOTAL):
        diagram, name = _declared(diagram, node.kind, param)
        names.append(name)
    given = dict(zip(names, map(_read, (last, start, total)), strict=True))
    diagram = _with_params(diagram, block, node.id, given)
    inside = in_order(diagram, node.kind, diagram.blocks[node.kind].graph.nodes)
    return _write(diagram, node.kind, inside, (names[0], Count(0, {names[1]: 1}), names[2]))


def _drop(diagram: Diagram, block: str, at: PortRef, value: ParamValue) -> Diagram:
    """Let the branch at a join be dropped with probability ``value``, as the last of its scales."""
    chain = graph_of(diagram, block).nodes[at.node].scales.get(at.port, ())
    label = next((scale.label for scale in chain if scale.kind == DEPTH_KIND), "")
    if label:
        return set_scale_param(diagram, block, label, DEPTH_PARAM, value)
    stem = LAYERS[DEPTH_KIND].presets[0].stem
    place, params = ScalePlace(*at), {DEPTH_PARAM: value}
    return add_scale(diagram, block, place, DEPTH_KIND, params=params, stem=stem)[0]


def _with_drop(diagram: Diagram, kind: str) -> tuple[Diagram, str]:
    """``kind`` with a declared probability that drops each branch directly inside, and its name:
    that of a parameter that does so already, if there is one."""
    graph = diagram.blocks[kind].graph
    places = [PortRef(node, port) for node in graph.nodes for port in added_ports(graph, node)]
    chains = [graph.nodes[at.node].scales.get(at.port, ()) for at in places]
    written = [s.params.get(DEPTH_PARAM) for c in chains for s in c if s.kind == DEPTH_KIND]
    declared = {param.name for param in diagram.blocks[kind].params}
    own = [value.source for value in written if isinstance(value, Expr)]
    name = next((source for source in own if source in declared), "")
    if not name:
        diagram, name = _declared(diagram, kind, _DROP)
    for at in places:
        diagram = _drop(diagram, kind, at, Expr(name))
    return diagram, name


def _declared(diagram: Diagram, kind: str, param: Param) -> tuple[Diagram, str]:
    """``kind`` with ``param``, and the name that it has there; what was written before is used."""
    params = diagram.blocks[kind].params
    known = next((p.name for p in params if p.doc == param.doc and type(p) is type(param)), "")
    if known:
        return diagram, known
    taken = {p.name for p in params}
    taken |= {"in_channels"} | {f"{n.label}_channels" for n in diagram.blocks[kind].graph.inputs()}
    name = fresh(param.name, taken)
    return add_block_param(diagram, kind, replace(param, name=name)), name


def _with_params(
    diagram: Diagram, block: str, node: str, values: Mapping[str, ParamValue]
) -> Diagram:
    found = graph_of(diagram, block).nodes[node]
    return with_node(diagram, block, replace(found, params={**found.params, **values}))


def _probability(last: str, place: Count, total: str) -> ParamValue:
    """``last * place / total``; a number, rounded so that it reads well, where all are numbers."""
    if str(place) == total:
        return _read(last)
    known = _read(last)
    if isinstance(known, float) and total.isdigit() and not place.terms:
        return round(known * place.number / int(total), _DIGITS)
    return Expr(f"{last} * {bracketed(str(place))} / {bracketed(total)}")


def _rising(last: str, place: Count, total: str) -> Expr:
    """The same for each copy ``i`` of a repeat that begins at ``place``."""
    return Expr(f"{last} * ({place} + i) / {bracketed(total)}")


def _factor(count: Count) -> str:
    return "" if count == Count(1) else f"{bracketed(str(count))} * "


def _read(text: str) -> ParamValue:
    """A number as such, anything else as an expression."""
    if text.isdigit():
        return int(text)
    try:
        return float(text)
    except ValueError:
        return Expr(text)
