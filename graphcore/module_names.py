"""The qualified module name of every instance, of blocks and copies as well as of layers."""

from __future__ import annotations

from graphcore.diagram import Instance
from graphcore.leaves import leaves
from graphcore.modules import is_container
from graphcore.results import Analysis


def module_names(analysis: Analysis) -> dict[Instance, str]:
    """The name by which ``get_submodule`` finds each instance that has a module (or a parameter
    that is a node of its own). Functions have none, nor has a block that consists of them."""
    names: dict[Instance, str] = {}
    blocks = analysis.diagram.blocks
    for leaf in leaves(analysis):
        parts, taken = leaf.module.split("."), 0
        block = analysis.diagram.main_block
        for depth, step in enumerate(leaf.instance[:-1], start=1):
            node = block.graph.nodes[step.node]
            taken += 2 if is_container(node) else 1
            names[leaf.instance[:depth]] = ".".join(parts[:taken])
            block = blocks[node.kind]
        names[leaf.instance] = leaf.module
    return names


def parameter_keys(analysis: Analysis, instance: Instance) -> tuple[str, ...]:
    """The keys, in the ``state_dict``, of the parameters of ``instance`` and of all inside it;
    those that are another's are left out."""
    return tuple(
        weight.below(leaf.module)
        for leaf in leaves(analysis)
        if leaf.instance[: len(instance)] == instance
        for weight in leaf.weights
        if not weight.buffer and not weight.tied
    )
