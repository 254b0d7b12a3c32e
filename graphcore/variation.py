"""In which copies of its block a joining edge is what: *projection in copy 1, identity in 2–4*."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from graphcore.diagram import Diagram, Instance
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.results import Analysis, BlockResult, EdgeResult

_MOST_PLACES = 4
"""So many places are named; of more it is told how many."""


class Place(NamedTuple):
    """A node that is an instance of the block, as its label in what is around it, and what the
    edge is in each of its copies."""

    label: str
    kinds: tuple[str, ...]


def variations(analysis: Analysis, block: str) -> Mapping[str, str]:
    """For every joining edge of ``block`` that is not the same in every instance: what it is
    where. Edges that are the same everywhere are left out.

    One node's copies are told as *projection in copy 1, identity in 2–4*; of several nodes what
    is rarer is told by place: *projection in layer2–4 copy 1, identity elsewhere*.
    """
    if block == analysis.diagram.main:
        return {}
    edges = analysis.diagram.blocks[block].graph.edges.values()
    joining = [edge.id for edge in edges if EDGE_KINDS[edge.kind].join != "none"]
    if not joining:
        return {}
    instances = [(at, result) for at, result in analysis.blocks() if result.block == block]
    found: dict[str, str] = {}
    for edge in joining:
        text = _told(_places(analysis, instances, edge))
        if text:
            found[edge] = text
    return found


def ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers, runs of them as first–last.

    >>> ranges([1, 3, 4, 5])
    '1, 3–5'
    """
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), _offset)]
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _offset(pair: tuple[int, int]) -> int:
    return pair[1] - pair[0]


def _kind(found: EdgeResult | None) -> str:
    if found is None:
        return ""
    return (found.shortcut or "on") if found.active else "off"


def _places(
    analysis: Analysis, instances: Sequence[tuple[Instance, BlockResult]], edge: str
) -> list[Place]:
    kinds: dict[tuple[Instance, str], list[str]] = defaultdict(list)
    for at, result in instances:
        kinds[at[:-1], at[-1].node].append(_kind(result.edges.get(edge)))
    return [
        Place(_label(analysis, around, node), tuple(found))
        for (around, node), found in kinds.items()
    ]


def _label(analysis: Analysis, around: Instance, node: str) -> str:
    """The labels on the way to a node, with the copies of what is repeated: ``stage copy 2 ›
    unit``."""
    words: list[str] = []
    result, diagram = analysis.root, analysis.diagram
    for step in around:
        copies = result.nodes[step.node]
        copy = f" copy {step.copy + 1}" if len(copies) > 1 else ""
        words.append(_name(diagram, result, step.node) + copy)
        inside = copies[step.copy].body
        assert inside is not None, f"{step.node} was analysed as a block and has no inside"
        result = inside
    return " › ".join([*words, _name(diagram, result, node)])


def _name(diagram: Diagram, around: BlockResult, node: str) -> str:
    return diagram.blocks[around.block].graph.nodes[node].label


def _told(places: Sequence[Place]) -> str:
    counts = Counter(kind for place in places for kind in place.kinds)
    if "" in counts or len(counts) < 2:
        return ""
    if len(places) == 1:
        return _by_copy(places[0].kinds)
    # What is most frequent is what the others are told against; of equals, the identity.
    usual = max(counts, key=lambda kind: (counts[kind], kind == "identity"))
    told = [f"{kind} in {_where(places, kind)}" for kind in counts if kind != usual]
    return ", ".join([*told, f"{usual} elsewhere"])


def _by_copy(kinds: Sequence[str]) -> str:
    told = []
    for kind in dict.fromkeys(kinds):
        copies = ranges([copy for copy, other in enumerate(kinds, 1) if other == kind])
        told.append(f"{kind} in {copies}")
    told[0] = told[0].replace(" in ", " in copy " if kinds.count(kinds[0]) == 1 else " in copies ")
    return ", ".join(told)


def _where(places: Sequence[Place], kind: str) -> str:
    """The places where the edge is ``kind``, those with the same copies together."""
    labels: dict[str, list[str]] = defaultdict(list)
    for place in places:
        copies = [copy for copy, other in enumerate(place.kinds, 1) if other == kind]
        if not copies:
            continue
        which = "" if len(copies) == len(place.kinds) else _copies(copies)
        labels[which].append(place.label)
    return " and ".join(f"{_together(names)}{which}" for which, names in labels.items())


def _copies(copies: Sequence[int]) -> str:
    return f" {'copy' if len(copies) == 1 else 'copies'} {ranges(copies)}"


def _together(labels: Sequence[str]) -> str:
    """Labels that only count on as one: layer2–4."""
    stems: dict[str, list[int]] = defaultdict(list)
    for label in labels:
        match = re.fullmatch(r"(.*?)(\d+)", label)
        stem, number = (match[1], int(match[2])) if match else (label, -1)
        stems[stem].append(number)
    named = [stem if numbers == [-1] else stem + ranges(numbers) for stem, numbers in stems.items()]
    return ", ".join(named) if len(named) <= _MOST_PLACES else f"{len(labels)} places"
