"""Which nodes are modules of their own, and what they are called."""

from __future__ import annotations

from graphcore.diagram import Block, Diagram, Node
from graphcore.layers import LAYERS


def has_module(diagram: Diagram, block: Block, node: Node) -> bool:
    """Whether ``node`` of ``block`` becomes an attribute of the class.

    A layer that is a function (``torch.flatten``) is called in ``forward``, except inside a block
    of sequential form, where only modules stand, and where it is repeated. A node that is the
    same as another calls that one's module.
    """
    if node.same_as is not None:
        return False
    if node.kind not in LAYERS:
        return True
    spec = LAYERS[node.kind]
    if spec.construct is None:
        return False
    only_module = spec.function is None and not spec.passes
    return only_module or block.form == "sequential" or node.repeat != 1


def module_label(block: Block, node: Node) -> str:
    """The attribute that ``node`` calls: its own, or that of the node it is the same as."""
    other = block.graph.nodes.get(node.same_as) if node.same_as is not None else None
    return other.label if other is not None else node.label


def is_container(node: Node) -> bool:
    """Whether ``node`` is a container of copies, each a module of its own."""
    return node.repeat != 1 and not node.shared
