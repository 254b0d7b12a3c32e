"""What keeps a block from being an ``nn.Sequential``: anything but a chain of modules."""

from __future__ import annotations

from collections.abc import Iterator

from graphcore.diagnostics import Diagnostic
from graphcore.diagram import INPUT, OUTPUT, Block, Definition, Diagram, Edge, Node
from graphcore.layers import LAYERS
from graphcore.ports import input_ports, output_ports

_REMEDY = "set the form of {} to 'module'"


def sequence_problems(diagram: Diagram, name: str, block: Block) -> Iterator[Diagnostic]:
    """Every reason why the block ``name``, of sequential form, cannot have it."""
    if block.form != "sequential" or name == diagram.main:
        return
    remedy = _REMEDY.format(name)
    for node in block.graph.nodes.values():
        reason = _reason(diagram, node)
        if reason:
            message = f"{node.label}: {reason} in a block of sequential form; {remedy}"
            yield Diagnostic("error", message, Definition(name, node.id))
    for edge in block.graph.edges.values():
        if not _follows(block, edge):
            message = (
                f"{block.graph.nodes[edge.source.node].label} → "
                f"{block.graph.nodes[edge.target.node].label}: a block of sequential form is one "
                f"chain of wires without joins; {remedy}"
            )
            yield Diagnostic("error", message, Definition(name, edge.id))


def _reason(diagram: Diagram, node: Node) -> str:
    if node.kind in (INPUT, OUTPUT):
        return ""
    if node.kind in LAYERS and not LAYERS[node.kind].is_plain_module:
        return f"{node.kind} is no module that stands by itself"
    known = node.kind in LAYERS or node.kind in diagram.blocks
    if known and len(input_ports(diagram, node)) + len(output_ports(diagram, node)) != 2:
        return "only what takes one value and gives one can stand"
    if node.shared or node.same_as is not None or node.active is not True:
        return "nothing can be shared or bypassed"
    return ""


def _follows(block: Block, edge: Edge) -> bool:
    """Whether ``edge`` is the only wire that leaves its source and the only one at its target."""
    edges = block.graph.edges.values()
    leaving = [other for other in edges if other.source.node == edge.source.node]
    arriving = [other for other in edges if other.target.node == edge.target.node]
    plain = edge.kind == "flow" and edge.active is True
    return plain and len(leaving) == 1 and len(arriving) == 1
