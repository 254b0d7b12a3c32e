"""Blocks that hide what a model is made of."""

from __future__ import annotations

from graphcore.diagram import Diagram
from graphcore.measures import expected_copies


def containers(diagram: Diagram) -> list[str]:
    """The nodes of the main block that stand for one instance of a block in which other blocks are
    repeated: a transformer with its stack, the features of a DenseNet."""
    found: list[str] = []
    for id, node in diagram.main_block.graph.nodes.items():
        block = diagram.blocks.get(node.kind)
        if block is None or expected_copies(diagram, node) != 1:
            continue
        inside = [item for item in block.graph.nodes.values() if item.kind in diagram.blocks]
        if any(item.repeat != 1 for item in inside):
            found.append(id)
    return found
