"""Blocks that hide what a model is made of."""

from __future__ import annotations

from graphcore.diagram import Diagram, Node
from graphcore.measures import expected_copies, is_chip, is_end

_MANY = 12
"""So many layers in a row are a row of equal cells where the block is closed."""


def containers(diagram: Diagram) -> list[str]:
    """The nodes of the main block that stand for one instance of a block in which other blocks are
    repeated, or which is a long chain of layers: a transformer with its stack, the features of a
    DenseNet or of a VGG."""
    found: list[str] = []
    for id, node in diagram.main_block.graph.nodes.items():
        block = diagram.blocks.get(node.kind)
        if block is None or expected_copies(diagram, node) != 1:
            continue
        inside = [item for item in block.graph.nodes.values() if item.kind in diagram.blocks]
        layers = [item for item in block.graph.nodes.values() if _is_seen(item)]
        if any(item.repeat != 1 for item in inside) or len(layers) >= _MANY:
            found.append(id)
    return found


def _is_seen(node: Node) -> bool:
    return not is_chip(node) and not is_end(node)
