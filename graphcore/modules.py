"""Which nodes are modules of their own."""

from __future__ import annotations

from graphcore.diagram import Block, Diagram, Node
from graphcore.layers import LAYERS


def has_module(diagram: Diagram, block: Block, node: Node) -> bool:
    """Whether ``node`` of ``block`` becomes an attribute of the class.

    A layer that is a function (``torch.flatten``) is called in ``forward``, except inside a block
    of sequential form, where only modules stand, and where it is repeated.
    """
    if node.kind not in LAYERS:
        return True
    spec = LAYERS[node.kind]
    if spec.construct is None:
        return False
    return spec.function is None or block.form == "sequential" or node.repeat != 1
