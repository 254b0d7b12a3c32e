"""Where the branches of skips end: the norms that a run may begin at zero."""

from __future__ import annotations

from collections.abc import Iterator

from graphcore.diagram import Diagram, Edge, Instance, PortRef, Step
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.layers import LAYERS
from graphcore.leaves import leaves
from graphcore.results import Analysis, BlockResult, Leaf


def last_norms(analysis: Analysis) -> tuple[str, ...]:
    """The modules of the norms with gains at which the branch F of a skip ends, so that a gain of
    zero lets F(x) + x begin as x.

    A norm that is followed by anything but dropout is no end: behind a ReLU, zero would have no
    gradient and stay.
    """
    by_instance = {leaf.instance: leaf for leaf in leaves(analysis)}
    found: dict[str, None] = {}
    for inside, result in analysis.blocks():
        for source in _branches(analysis.diagram, result):
            end = _norm_at(analysis.diagram, result, inside, source, by_instance)
            if end is not None:
                found[end.module] = None
    return tuple(found)


def _branches(diagram: Diagram, result: BlockResult) -> Iterator[PortRef]:
    """What brings F to every port where a skip is added to it."""
    graph = diagram.blocks[result.block].graph
    for node in result.order:
        for port in {edge.target.port: None for edge in graph.into(node)}:
            edges = graph.into(node, port)
            flow = [edge for edge in edges if EDGE_KINDS[edge.kind].join == "none"]
            if len(flow) == 1 and any(_adds(result, edge) for edge in edges):
                yield flow[0].source


def _adds(result: BlockResult, edge: Edge) -> bool:
    found = result.edges[edge.id]
    return EDGE_KINDS[edge.kind].join == "add" and found.active and found.shortcut != "absent"


def _norm_at(
    diagram: Diagram,
    result: BlockResult,
    inside: Instance,
    source: PortRef,
    by_instance: dict[Instance, Leaf],
) -> Leaf | None:
    """The norm that gives what ``source`` gives, through blocks and dropout, to nobody else."""
    graph = diagram.blocks[result.block].graph
    node = graph.nodes[source.node]
    copies = result.nodes[node.id]
    if not copies or len(graph.out_of(node.id)) != 1:
        return None
    last = copies[-1]
    here = (*inside, Step(node.id, 0 if node.shared else len(copies) - 1))
    if last.body is not None:
        body = diagram.blocks[last.body.block].graph
        outputs = [output for output in body.outputs() if output.label == source.port]
        before = _only_wire(body.into(outputs[0].id)) if outputs else None
        return _norm_at(diagram, last.body, here, before, by_instance) if before else None
    spec = LAYERS.get(node.kind)
    leaf = by_instance.get(here)
    if spec is None:
        return None
    if spec.family == "Normalization" and last.active:
        has_gains = leaf is not None and any(w.name == "weight" for w in leaf.weights)
        return leaf if has_gains else None
    if spec.family == "Regularization" or not last.active:
        before = _only_wire(graph.into(node.id))
        return _norm_at(diagram, result, inside, before, by_instance) if before else None
    return None


def _only_wire(edges: tuple[Edge, ...]) -> PortRef | None:
    return edges[0].source if len(edges) == 1 else None
