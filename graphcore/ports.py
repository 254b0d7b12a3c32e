"""The ports of a node: those of its layer, or the inputs and outputs of the block it is."""

from __future__ import annotations

from graphcore.diagram import Block, Diagram, Node
from graphcore.layers import LAYERS
from graphcore.spec import Param, Port


def block_inputs(block: Block) -> tuple[Port, ...]:
    """The input ports of every instance of ``block``: its ``Input`` nodes, by label."""
    return tuple(Port(node.label) for node in block.graph.inputs())


def block_outputs(block: Block) -> tuple[Port, ...]:
    """The output ports of every instance of ``block``: its ``Output`` nodes, by label."""
    return tuple(Port(node.label) for node in block.graph.outputs())


def input_ports(diagram: Diagram, node: Node) -> tuple[Port, ...]:
    """Where edges may end at ``node``, in order. Raises KeyError for a kind that does not exist."""
    if node.kind in LAYERS:
        return LAYERS[node.kind].inputs
    return block_inputs(diagram.blocks[node.kind])


def output_ports(diagram: Diagram, node: Node) -> tuple[Port, ...]:
    """Where edges may start at ``node``, in order. Raises KeyError as :func:`input_ports` does."""
    if node.kind in LAYERS:
        return LAYERS[node.kind].outputs
    return block_outputs(diagram.blocks[node.kind])


def declared_params(diagram: Diagram, kind: str) -> tuple[Param, ...]:
    """The parameters that a node of ``kind`` takes. Raises KeyError as above."""
    return LAYERS[kind].params if kind in LAYERS else diagram.blocks[kind].params
