"""The inside of a collapsed block in small, as a value: a cell a copy, or a cell a layer, and the
joining edges over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from graphcore.deferred import networkx as nx
from graphcore.diagram import Block, Diagram, Edge, Graph, Node
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.layers import LAYERS
from graphcore.measures import expected_copies, is_chip, is_end
from graphcore.results import BlockResult

MOST_CELLS = 24
"""More copies than this are drawn as this many, the middle left out."""


class Arc(NamedTuple):
    """A joining edge from ``start`` to ``end``, where a cell is 1 wide. ``changes`` marks a
    shortcut that is not the identity: a projection or a pad."""

    start: float
    end: float
    kind: str
    changes: bool = False


class Miniature(NamedTuple):
    """What is painted: so many cells, the arcs over them, and the inner node each cell stands for
    (none where a cell is a copy of the block itself; several for a node that is repeated).
    ``left_out`` copies in the middle have no cell."""

    cells: int
    arcs: tuple[Arc, ...]
    nodes: tuple[str, ...] = ()
    left_out: int = 0

    def copy_of(self, cell: int) -> int:
        """The copy that a cell stands for, where cells are copies."""
        return cell if cell < self.cells // 2 else cell + self.left_out


def miniature(
    diagram: Diagram, node: Node, copies: int, bodies: Sequence[BlockResult | None] = ()
) -> Miniature:
    """The miniature of ``node``, which is an instance of a block. ``bodies`` are the analyses of
    its copies, where it is known which edges take part and what a shortcut became."""
    block = diagram.blocks[node.kind]
    if copies == 1:
        return _inside(diagram, block, _body(bodies, 0))
    shown = min(copies, MOST_CELLS)
    picture = Miniature(shown, (), left_out=copies - shown)
    arcs: list[Arc] = []
    # Copies that were analysed to the same result look the same: one of them is gone through.
    known: dict[int, list[Arc]] = {}
    for cell in range(shown):
        body = _body(bodies, picture.copy_of(cell))
        if id(body) not in known:
            known[id(body)] = _arcs_of_copy(diagram, block, body)
        arcs += [Arc(cell + a.start, cell + a.end, a.kind, a.changes) for a in known[id(body)]]
    return Miniature(shown, tuple(arcs), left_out=copies - shown)


def _body(bodies: Sequence[BlockResult | None], copy: int) -> BlockResult | None:
    return bodies[copy] if copy < len(bodies) else None


def _arcs_of_copy(diagram: Diagram, block: Block, body: BlockResult | None) -> list[Arc]:
    """The arcs of a copy in a cell 1 wide."""
    own = _inside(diagram, block, body)
    width = own.cells + own.left_out
    return [Arc(a.start / width, a.end / width, a.kind, a.changes) for a in own.arcs]


def _inside(diagram: Diagram, block: Block, body: BlockResult | None) -> Miniature:
    """A cell for every layer that is neither an end nor attached to another. A block among them
    shows by an arc of its own that there are joining edges inside it; a copy of one that has
    several shows each of them."""
    graph = block.graph
    # The analysis has the order already, and the first picture is there before networkx is.
    known = body.order if body is not None else ()
    order = list(known) if len(known) == len(graph.nodes) else _in_order(graph)
    units = [id for id in order if _is_unit(graph.nodes[id])]
    units = units or [id for id in order if not is_end(graph.nodes[id])]
    copies = _cells_of(diagram, graph, units, body)
    cells = [id for id in units for _ in range(copies[id])][:MOST_CELLS]
    arcs: list[Arc] = []
    for cell, (id, inner) in enumerate(zip(cells, _bodies_of(cells, copies, body), strict=True)):
        kind = graph.nodes[id].kind
        several = _several(diagram, kind, inner) if copies[id] > 1 else []
        whole = [Arc(0, 1, inside) for inside in kinds_inside(diagram, kind, inner)]
        arcs += [Arc(cell + a.start, cell + a.end, a.kind, a.changes) for a in several or whole]
    arcs += _arcs(graph, order, cells, body)
    left_out = sum(copies.values()) - len(cells)
    shown = tuple(arc for arc in arcs if arc.end <= len(cells))
    return Miniature(max(len(cells), 1), shown, tuple(cells), left_out)


def _several(diagram: Diagram, kind: str, bodies: Sequence[BlockResult]) -> list[Arc]:
    """The arcs of one copy of the block ``kind``, where it has several connections."""
    block = diagram.blocks.get(kind)
    body = bodies[0] if bodies else None
    if block is None or len(joins_of(block, body)) < 2:
        return []
    return _arcs_of_copy(diagram, block, body)


def _is_unit(node: Node) -> bool:
    """Whether it has a cell of its own: it is no end, not attached to another, and does more than
    pass on what it gets, as the place where one skip ends and the next begins."""
    passes = node.kind in LAYERS and LAYERS[node.kind].passes
    return not is_chip(node) and not is_end(node) and not passes


def _cells_of(
    diagram: Diagram, graph: Graph, units: Sequence[str], body: BlockResult | None
) -> dict[str, int]:
    """How many cells each unit has: one a copy, or one where that would be too many."""
    known = body.nodes if body is not None else {}
    copies = {
        id: len(known.get(id, ())) or expected_copies(diagram, graph.nodes[id]) for id in units
    }
    return copies if sum(copies.values()) <= MOST_CELLS else dict.fromkeys(units, 1)


def _arcs(
    graph: Graph, order: Sequence[str], cells: Sequence[str], body: BlockResult | None
) -> Iterator[Arc]:
    place = {id: index for index, id in enumerate(order)}
    for edge in graph.edges.values():
        if not _is_joining(edge.kind) or not _is_active(edge.id, edge.active, body):
            continue
        if _arrives(graph, edge):
            continue
        start, end = place.get(edge.source.node, -1), place.get(edge.target.node, -1)
        inside = [i for i, id in enumerate(cells) if start < place[id] < end]
        if inside:
            yield Arc(inside[0], inside[-1] + 1, edge.kind, _changes(edge.id, body))


def _arrives(graph: Graph, edge: Edge) -> bool:
    """Whether ``edge`` only passes on what an input beside the first brings: the wire outside is
    drawn as the connection then, and an arc inside would be a second one."""
    start = graph.nodes.get(edge.source.node)
    ends = graph.inputs()
    return EDGE_KINDS[edge.kind].levels and start in ends[1:]


def _bodies_of(
    cells: Sequence[str], copies: Mapping[str, int], body: BlockResult | None
) -> Iterator[Sequence[BlockResult]]:
    """What is known of the inside of every cell: of its copy, or of all copies that share it."""
    known = body.nodes if body is not None else {}
    seen: Counter[str] = Counter()
    for id in cells:
        found = [result.body for result in known.get(id, ()) if result.body is not None]
        copy, seen[id] = seen[id], seen[id] + 1
        yield found[copy : copy + 1] if copies[id] > 1 else found


def kinds_inside(
    diagram: Diagram,
    kind: str,
    bodies: Sequence[BlockResult] = (),
    seen: frozenset[str] = frozenset(),
) -> list[str]:
    """The kinds of the joining edges inside the block ``kind`` and the blocks it is made of, each
    once; none for a layer. Where ``bodies`` are known, those count that take part in one of them.
    """
    block = diagram.blocks.get(kind)
    if block is None or kind in seen:
        return []
    seen |= {kind}
    distinct = list({id(body): body for body in bodies}.values())
    own = [edge.kind for body in distinct or (None,) for edge in joins_of(block, body)]
    deeper: list[str] = []
    for node in block.graph.nodes.values():
        if node.kind in diagram.blocks:
            results = (result for body in distinct for result in body.nodes.get(node.id, ()))
            inner = [result.body for result in results if result.body is not None]
            deeper += kinds_inside(diagram, node.kind, inner, seen)
    return list(dict.fromkeys([*own, *deeper]))


def joins_of(block: Block, body: BlockResult | None) -> list[Edge]:
    """The joining edges of a block that take part where it was analysed as ``body``."""
    return [
        edge
        for edge in block.graph.edges.values()
        if _is_joining(edge.kind) and _is_active(edge.id, edge.active, body)
    ]


def _in_order(graph: Graph) -> list[str]:
    written = {id: index for index, id in enumerate(graph.nodes)}
    try:
        linked = graph.networkx()
        return list(nx.lexicographical_topological_sort(linked, key=written.__getitem__))
    except nx.NetworkXUnfeasible:
        return list(graph.nodes)


def _is_joining(kind: str) -> bool:
    return EDGE_KINDS[kind].join != "none"


def _is_active(edge: str, active: object, body: BlockResult | None) -> bool:
    if body is not None and edge in body.edges:
        found = body.edges[edge]
        return found.active and found.shortcut != "absent"
    return active is not False


def _changes(edge: str, body: BlockResult | None) -> bool:
    found = body.edges.get(edge) if body is not None else None
    return found is not None and found.shortcut in ("projection", "pad")
