"""The weights of a node by their names below it, those inside a block by the path of labels."""

from __future__ import annotations

from collections.abc import Iterator

from graphcore.diagram import Diagram, Tie
from graphcore.modules import has_module, is_container
from graphcore.results import BlockResult, NodeResult
from graphcore.tensor_type import Size

Shape = tuple[Size, ...]


def weights_below(diagram: Diagram, result: NodeResult) -> Iterator[tuple[str, Shape]]:
    """Each weight that a tie can name: not those of copies, which are many under one name."""
    if result.body is None:
        yield from ((weight.name, weight.shape) for weight in result.weights if not weight.buffer)
        return
    block = diagram.blocks[result.body.block]
    if block.form == "sequential":
        return
    for node in block.graph.nodes.values():
        copies = result.body.nodes.get(node.id, ())
        if is_container(node) or not copies or not has_module(diagram, block, node):
            continue
        for name, shape in weights_below(diagram, copies[0]):
            yield (f"{node.label}.{name}" if name else node.label), shape


def possible_ties(diagram: Diagram, result: BlockResult, node: str) -> Iterator[Tie]:
    """What a weight of ``node`` could be instead of its own: the weights of the same shape of
    other nodes, and of itself, that are not tied already."""
    graph = diagram.blocks[result.block].graph
    taken = {tie.target for tie in graph.ties}
    led = {tie.source for tie in graph.ties}
    known = {
        (other.id, name): shape
        for other in graph.nodes.values()
        if not is_container(other) and other.same_as is None and result.nodes.get(other.id)
        for name, shape in weights_below(diagram, result.nodes[other.id][0])
    }
    for target, shape in known.items():
        if target[0] != node or target in taken or target in led:
            continue
        for source, other_shape in known.items():
            if source != target and source not in taken and other_shape == shape:
                yield Tie(source, target)
