"""What a wire comes to behind the wall of the block where it ends."""

from __future__ import annotations

from collections.abc import Mapping

from graphcore.diagram import Diagram, Edge, EdgeKindName, Graph
from graphcore.edge_kinds import EDGE_KINDS


def kinds_behind_walls(diagram: Diagram, graph: Graph) -> Mapping[str, EdgeKindName]:
    """The plain wires of ``graph`` that only feed joins of one kind inside the block where they
    end, each with that kind; through as many walls as there are.

    So a U-Net made of blocks still looks like one: its wires from the encoder into the decoder's
    blocks are encoder–decoder connections, although the join is inside.
    """
    found: dict[str, EdgeKindName] = {}
    known: dict[tuple[str, str], EdgeKindName] = {}
    for edge in graph.edges.values():
        kind = _kind_of(diagram, graph, edge, known, ())
        if kind != edge.kind:
            found[edge.id] = kind
    return found


def _kind_of(
    diagram: Diagram,
    graph: Graph,
    edge: Edge,
    known: dict[tuple[str, str], EdgeKindName],
    around: tuple[str, ...],
) -> EdgeKindName:
    """The kind of what ``edge`` comes to: its own where it joins or ends at a layer."""
    target = graph.nodes.get(edge.target.node)
    joins = EDGE_KINDS[edge.kind].join != "none"
    if joins or target is None or target.kind not in diagram.blocks or target.kind in around:
        return edge.kind
    place = (target.kind, edge.target.port)
    if place not in known:
        inside = diagram.blocks[target.kind].graph
        port = next((node for node in inside.inputs() if node.label == edge.target.port), None)
        leaving = inside.out_of(port.id) if port is not None else ()
        deeper = (*around, target.kind)
        kinds = {_kind_of(diagram, inside, one, known, deeper) for one in leaving}
        known[place] = kinds.pop() if len(kinds) == 1 else edge.kind
    return known[place]
