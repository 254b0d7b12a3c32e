"""Every layer that runs, with the name it has in the module's ``state_dict``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphcore.diagram import Block, Definition, Diagram, Instance, Node, Step
from graphcore.layers import LAYERS
from graphcore.modules import has_module, is_container
from graphcore.ports import input_ports
from graphcore.results import Analysis, BlockResult, ChainLayer, Leaf
from graphcore.spec import Weight, path_of


def leaves(analysis: Analysis) -> tuple[Leaf, ...]:
    """Every layer that runs, in the order of execution and registration, with its
    ``state_dict`` prefix. Layers that have no module of their own are left out.

    The last step of a shortcut's layer is the edge's id with the place in its chain; that of a
    scale is its label.
    """
    return tuple(_leaves(analysis.diagram, analysis.root, (), "", frozenset()))


def _leaves(
    diagram: Diagram, result: BlockResult, inside: Instance, prefix: str, tied: frozenset[str]
) -> Iterator[Leaf]:
    """``tied`` are the keys of the weights that are another's."""
    block = diagram.blocks[result.block]
    tied |= _tied(block, prefix)
    sequential = block.form == "sequential"
    position = 0
    for node_id in sorted(result.order, key=lambda node_id: _rank(block.graph.nodes[node_id])):
        node = block.graph.nodes[node_id]
        if not sequential:
            yield from _join_leaves(diagram, result, node, inside, prefix)
        if not has_module(diagram, block, node):
            continue
        name = f"{prefix}{position if sequential else node.label}"
        position += 1
        copies = result.nodes[node_id] if is_container(node) else result.nodes[node_id][:1]
        for copy, one in enumerate(copies):
            path = (*inside, Step(node_id, copy))
            module = f"{name}.{copy_name(node, copy)}" if is_container(node) else name
            if one.body is not None:
                yield from _leaves(diagram, one.body, path, module + ".", tied)
            elif one.active and one.accepted:
                at = Definition(result.block, node_id)
                output = next(iter(one.outputs.values()), None)
                weights = _with_ties(module, one.weights, tied)
                times = len(result.nodes[node_id]) if node.shared else 1
                operations = times * one.operations
                yield Leaf(path, at, module, node.kind, weights, operations, output)


def _rank(node: Node) -> int:
    """A module's own parameters and buffers come before those of its parts."""
    value = LAYERS[node.kind].value if node.kind in LAYERS else ""
    return ("nn.Parameter", "nn.Buffer", "").index(value)


def _tied(block: Block, prefix: str) -> frozenset[str]:
    """The keys of the weights that the ties of ``block`` replace."""
    nodes = block.graph.nodes
    ends = (tie.target for tie in block.graph.ties)
    return frozenset(path_of(prefix + nodes[node].label, name) for node, name in ends)


def _with_ties(
    module: str, weights: tuple[Weight, ...], tied: frozenset[str]
) -> tuple[Weight, ...]:
    """The weights of ``module``, those that are another's marked as tied."""
    if not tied:
        return weights
    return tuple(weight._replace(tied=weight.below(module) in tied) for weight in weights)


def _join_leaves(
    diagram: Diagram, result: BlockResult, node: Node, inside: Instance, prefix: str
) -> Iterator[Leaf]:
    """At each port: the scales on F, then each shortcut and the scales on it."""
    graph = diagram.blocks[result.block].graph
    for port in input_ports(diagram, node):
        scales = result.nodes[node.id][0].scales.get(port.name, ())
        labels = [scale.label for scale in node.scales.get(port.name, ())]
        yield from _scale_leaves(result.block, node.id, labels, scales, inside, prefix)
        for edge in graph.into(node.id, port.name):
            found = result.edges[edge.id]
            several = len(found.chain) > 1
            for place, layer in enumerate(found.chain):
                module = f"{prefix}{edge.label}" + (f".{place}" if several else "")
                step = Step(edge.id, place)
                yield _chain_leaf(result.block, edge.id, step, module, layer, inside)
            labels = [scale.label for scale in edge.scales]
            yield from _scale_leaves(result.block, edge.id, labels, found.scales, inside, prefix)


def _scale_leaves(
    block: str,
    item: str,
    labels: Sequence[str],
    scales: Sequence[ChainLayer],
    inside: Instance,
    prefix: str,
) -> Iterator[Leaf]:
    for label, layer in zip(labels, scales, strict=False):
        yield _chain_leaf(block, item, Step(label, 0), prefix + label, layer, inside)


def _chain_leaf(
    block: str, item: str, step: Step, module: str, layer: ChainLayer, inside: Instance
) -> Leaf:
    return Leaf(
        (*inside, step),
        Definition(block, item),
        module,
        layer.kind,
        layer.weights,
        layer.operations,
        layer.output,
    )


def copy_name(node: Node, copy: int) -> str:
    """The name of a copy of a repeated node in its container: ``0``, or by ``copy_names``."""
    return node.copy_names.replace("{i+1}", str(copy + 1)).replace("{i}", str(copy))
