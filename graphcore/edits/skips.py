"""Edits of skip connections: drawing one, putting one round a selection, taking all out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from graphcore.diagram import Block, Diagram
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits.editing import map_blocks
from graphcore.edits.joins import add_join, join_around
from graphcore.spec import ParamValue


def add_skip(
    diagram: Diagram, block: str, source: str, target: str, **params: ParamValue
) -> tuple[Diagram, str]:
    """Draw a skip from what leaves node ``source`` to what enters node ``target``.

    x is the first output of ``source``; it is added at the first input of ``target``, where the
    wire that is there already brings F(x). Returns the new edge's id. Raises EditError as
    :func:`~graphcore.edits.edges.connect` does, and where nothing feeds ``target`` yet.
    """
    return add_join(diagram, block, source, target, "skip", **params)


def skip_around(
    diagram: Diagram, block: str, items: Collection[str], **params: ParamValue
) -> tuple[Diagram, str]:
    """Put a skip round consecutive nodes: from what feeds the first to where the last one's
    output goes, so that F is the selection. Edges among ``items`` are ignored.

    Returns the new edge's id. The selection must hang together, with one value coming in and one
    wire going out. Where the last node feeds several inputs, or none, it is not known which of
    them the sum is for: EditError says so and what to do.
    """
    return join_around(diagram, block, items, "skip", **params)


def without_skips(diagram: Diagram) -> Diagram:
    """The plain twin: the same diagram with every adding edge, in every block, switched off."""

    def change(_: str, block: Block) -> Block:
        edges = {
            name: replace(edge, active=False)
            for name, edge in block.graph.edges.items()
            if EDGE_KINDS[edge.kind].join == "add" and edge.active is not False
        }
        if not edges:
            return block
        return replace(block, graph=replace(block.graph, edges={**block.graph.edges, **edges}))

    return map_blocks(diagram, change)
