"""Names for new things: labels that read well in code, ids that never clash."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Container, Iterable, Iterator
from itertools import count

from graphcore.diagram import INPUT, MAX_NAME, OUTPUT, RESERVED, Diagram, Graph, Scale
from graphcore.expression import Expr
from graphcore.layers import LAYERS

_SINGLE = frozenset({INPUT, OUTPUT})
"""Kinds whose first label carries no number: ``x``, ``output``."""

_LONGEST_ID = 200
"""Room is left for a number: a file takes ids of up to 250 characters."""


def stem_of(kind: str) -> str:
    """What the labels of nodes of ``kind`` begin with: a layer's stem, a block's name in
    snake case.

    >>> stem_of("BasicBlock")
    'basic_block'
    """
    if kind in LAYERS:
        return LAYERS[kind].stem
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind).lower()[: MAX_NAME - 8]
    return snake + "_" if snake[-1].isdigit() else snake


def labels_in(graph: Graph) -> set[str]:
    """Every label that is taken in ``graph``: those of nodes, of edges and of the scales on both
    share one namespace."""
    taken = {node.label for node in graph.nodes.values()}
    taken |= {edge.label for edge in graph.edges.values() if edge.label}
    return taken | {scale.label for _, scale in scales_in(graph)}


def scales_in(graph: Graph) -> Iterator[tuple[str, Scale]]:
    """Every scale with the id of the node or edge that has it."""
    for node in graph.nodes.values():
        for chain in node.scales.values():
            yield from ((node.id, scale) for scale in chain)
    for edge in graph.edges.values():
        yield from ((edge.id, scale) for scale in edge.scales)


def fresh_label(kind: str, taken: Container[str]) -> str:
    """The first free label for a new node of ``kind``: ``conv1``, ``conv2``; ``x``, ``x2``."""
    if kind in _SINGLE:
        return fresh(stem_of(kind), taken)
    return next(label for label in _numbered(stem_of(kind), 1) if label not in taken)


def fresh(stem: str, taken: Container[str]) -> str:
    """``stem`` itself if it is free, else the first free of ``stem2``, ``stem3``, …"""
    if stem not in taken:
        return stem
    return next(label for label in _numbered(_without_number(stem), 2) if label not in taken)


class FreshLabels:
    """Labels for many things at once: what is handed out is taken from then on."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._numbers: dict[str, Iterator[str]] = {}

    def take(self, wanted: str) -> str:
        """``wanted``, or as :func:`fresh` if it is taken."""
        label = wanted
        if label in self._taken:
            plain = _without_number(wanted)
            labels = self._numbers.setdefault(plain, _numbered(plain, 2))
            label = next(label for label in labels if label not in self._taken)
        self._taken.add(label)
        return label


def fresh_id(wanted: str, graph: Graph) -> str:
    """``wanted`` if no node or edge of ``graph`` has that id, else ``wanted.2``, ``wanted.3``, …"""
    wanted = wanted[:_LONGEST_ID]
    if wanted not in graph.nodes and wanted not in graph.edges:
        return wanted
    ids = (f"{wanted}.{number}" for number in count(2))
    return next(name for name in ids if name not in graph.nodes and name not in graph.edges)


def fresh_block(wanted: str, diagram: Diagram) -> str:
    """``wanted`` if neither a block nor a layer has that name, else ``wanted2``, …"""
    return fresh(wanted, {*diagram.blocks, *LAYERS})


def renamed_in(expr: Expr, old: str, new: str) -> Expr:
    """``expr`` with the name ``old`` replaced by ``new``, spacing kept; the very object where
    nothing changes or the text is no expression.

    >>> str(renamed_in(Expr("2 * width"), "width", "channels"))
    '=2 * channels'
    """
    pieces: list[str] = []
    end = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(expr.source).readline):
            if token.type == tokenize.NAME and token.string == old and token.start[0] == 1:
                pieces += [expr.source[end : token.start[1]], new]
                end = token.end[1]
    except (tokenize.TokenError, SyntaxError):
        return expr
    return Expr("".join([*pieces, expr.source[end:]])) if pieces else expr


def _numbered(stem: str, start: int) -> Iterator[str]:
    """``stem`` with each number, cut where it would be too long for a name; those that mean
    something, as ``bfloat16``, are left out."""
    labels = (stem[: MAX_NAME - len(str(n))] + str(n) for n in count(start))
    return (label for label in labels if label not in RESERVED)


def _without_number(label: str) -> str:
    return label.rstrip("0123456789") or label
