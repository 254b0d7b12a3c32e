"""What differs between two diagrams, as far as one block shows it."""

from __future__ import annotations

from graphcore.diagram import Block, Diagram, Node


def changed_nodes(before: Diagram, after: Diagram, old: Block, new: Block) -> list[Node]:
    """The nodes of the shown block that differ, or are made of a block that does."""
    other = {name for name in after.blocks if after.blocks[name] is not before.blocks.get(name)}
    return [
        node
        for id, node in new.graph.nodes.items()
        if old.graph.nodes.get(id) is not node or node.kind in other
    ]
