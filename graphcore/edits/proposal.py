"""What a selection could become: one block, instances of one, or one block repeated."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from graphcore.diagram import Diagram
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits.alike import (
    Candidate,
    Piece,
    agreeing,
    candidates,
    is_chain,
    others_like,
    parts_of,
    progression,
)
from graphcore.edits.pieces import group_alike
from graphcore.layers import LAYERS
from graphcore.measures import is_chip
from graphcore.naming import fresh_block

Way = Literal["whole", "parts", "repeat"]
"""One block of all that is selected; one of each of its parts; one of all its parts, repeated."""

_NAMES = {"add": "ResidualBlock", "concat": "DenseBlock"}
"""What a block is called after the join that happens in it."""


@dataclass(frozen=True)
class Proposal:
    """What the selected nodes of a block could become."""

    diagram: Diagram
    block: str
    parts: tuple[Piece, ...]

    @property
    def whole(self) -> Piece:
        """All that is selected, in order."""
        return tuple(name for part in self.parts for name in part)

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """The ways that there are, the likeliest first."""
        if len(self.parts) == 1:
            return ("whole",)
        if is_chain(self.diagram, self.block, self.parts):
            return ("repeat", "parts", "whole")
        return ("parts", "whole")

    def others(self, way: Way) -> tuple[Piece, ...]:
        """The pieces outside the selection that look like what would become the block."""
        first = self.whole if way == "whole" else self.parts[0]
        return tuple(others_like(self.diagram, self.block, first, self.whole))

    def pieces(self, way: Way, *, everywhere: bool) -> tuple[Piece, ...]:
        """What would become instances of the block; with ``everywhere`` those outside too."""
        chosen = (self.whole,) if way == "whole" else self.parts
        return (*chosen, *self.others(way)) if everywhere else chosen

    def candidates(self, way: Way, *, everywhere: bool) -> tuple[Candidate, ...]:
        """What could be a parameter of the block."""
        pieces = self.pieces(way, everywhere=everywhere)
        return candidates(self.diagram, self.block, pieces)

    def suggested_name(self, way: Way) -> str:
        """A name that no block has, after what is in it."""
        first = self.whole if way == "whole" else self.parts[0]
        return fresh_block(_name(self.diagram, self.block, first), self.diagram)

    def plan(self, name: str, way: Way, parameters: Collection[str], *, everywhere: bool) -> Plan:
        """What would be made. Pieces that differ in something that is not among ``parameters``
        are left as they are."""
        pieces = self.pieces(way, everywhere=everywhere)
        found = self.candidates(way, everywhere=everywhere)
        kept = agreeing(pieces, found, parameters)
        at = [pieces.index(piece) for piece in kept]
        chosen = tuple(
            replace(candidate, values=tuple(candidate.values[place] for place in at))
            for candidate in found
            if candidate.param.name in parameters
        )
        repeat = way == "repeat" and len(kept) == len(pieces) and not everywhere
        return Plan(self.block, name, kept, chosen, repeat)


@dataclass(frozen=True)
class Plan:
    """A block to be made: of which pieces, with which parameters, repeated or not."""

    block: str
    name: str
    pieces: tuple[Piece, ...]
    parameters: tuple[Candidate, ...]
    repeat: bool

    def made(self, diagram: Diagram) -> tuple[Diagram, tuple[str, ...]]:
        """The edit; also the ids of the instances. Raises EditError as
        :func:`~graphcore.edits.pieces.group_alike`."""
        return group_alike(
            diagram, self.block, self.pieces, self.name, self.parameters, repeat=self.repeat
        )

    @property
    def unsaid(self) -> str:
        """The parameter that no short expression says for every copy of a repeat, or nothing."""
        if not self.repeat:
            return ""
        wrong = (c.param.name for c in self.parameters if progression(c.values) is None)
        return next(wrong, "")


def propose(diagram: Diagram, block: str, items: Collection[str]) -> Proposal:
    """What the nodes among ``items`` could become. Raises EditError where they cannot be a
    block."""
    return Proposal(diagram, block, parts_of(diagram, block, items))


def _name(diagram: Diagram, block: str, piece: Piece) -> str:
    graph = diagram.blocks[block].graph
    within = set(piece)
    joins = [
        EDGE_KINDS[edge.kind].join
        for name in piece
        for edge in graph.into(name)
        if edge.source.node in within or EDGE_KINDS[edge.kind].join != "none"
    ]
    for join, name in _NAMES.items():
        if join in joins:
            return name
    nodes = [graph.nodes[name] for name in piece]
    kinds = [node.kind for node in nodes if not is_chip(node)] or [nodes[0].kind]
    first = max(kinds, key=kinds.count)
    if first in diagram.blocks:
        return f"{first}Stage"
    return "".join(word.capitalize() for word in LAYERS[first].stem.split("_")) + "Block"
