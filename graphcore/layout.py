"""Automatic arrangement: where the blocks stand when nobody has placed them.

A node's point is the middle of its left edge, so that blocks of different heights which share a
``y`` lie on one line. Columns are longest-path ranks; a path of the graph keeps to one row, the
longest of them being the trunk. Norms, activations and dropout sit without a gap behind the block
they follow. Rows leave room for the lanes in which skips run below them.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from graphcore.deferred import networkx as nx
from graphcore.diagram import Block, Diagram, Edge, Graph, Point
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.measures import (
    BOX_HEIGHT,
    GRID,
    NAME_ROOM,
    Size,
    is_chip,
    is_end,
    node_size,
    whole_cells,
)

GAP = 72
"""Between columns: room for a shape on the wire and for a (+)."""
ROW_GAP = 48
LANE = 24
"""From the bottom of what it goes round to a skip's lane, and from lane to lane."""
_SWEEPS = 3


def lanes(intervals: Sequence[tuple[float, float]]) -> list[int]:
    """A lane for every half-open interval, so that those in one lane do not overlap; shorter ones
    first, so that what encloses another lies outside.

    >>> lanes([(0, 2), (2, 4), (0, 4)])
    [0, 0, 1]
    """
    taken: list[list[tuple[float, float]]] = []
    result = [0] * len(intervals)
    by_length = sorted(
        range(len(intervals)), key=lambda i: (intervals[i][1] - intervals[i][0], intervals[i])
    )
    for index in by_length:
        span = intervals[index]
        # Outside every lane that is crossed: an enclosing interval goes round all it encloses.
        lane = max((n + 1 for n, spans in enumerate(taken) if _crosses(spans, span)), default=0)
        if lane == len(taken):
            taken.append([])
        insort(taken[lane], span)
        result[index] = lane
    return result


def _crosses(spans: list[tuple[float, float]], span: tuple[float, float]) -> bool:
    """Whether ``span`` overlaps any of ``spans``, which are in order and apart."""
    at = bisect_left(spans, span)
    before = at > 0 and spans[at - 1][1] > span[0]
    return before or (at < len(spans) and spans[at][0] < span[1])


def arrange(diagram: Diagram, block: str) -> Mapping[str, Point]:
    """A place for every node of ``block``. Deterministic; milliseconds for thousands of nodes."""
    graph = diagram.blocks[block].graph
    if not graph.nodes:
        return {}
    units = _units(diagram, graph)
    loose: list[_Unit] = []
    if _is_chain(graph, units):
        ranks = {unit.head: rank for rank, unit in enumerate(units)}
        rows = dict.fromkeys(ranks, 0)
    else:
        linked = _unit_graph(graph, units)
        loose = [unit for unit in units if linked.degree(unit.head) == 0]
        linked.remove_nodes_from(unit.head for unit in loose)
        ranks = _ranks(linked)
        rows = _rows(linked, ranks)
    sizes = {id: node_size(diagram, node) for id, node in graph.nodes.items()}
    columns = _columns(units, ranks, sizes)
    heights = _row_positions(diagram, graph, units, ranks, rows, sizes)
    points: dict[str, Point] = {}
    for unit in units:
        if unit.head in ranks:
            _place(points, unit, columns[ranks[unit.head]], heights[rows[unit.head]], sizes)
    _place_loose(points, loose, sizes)
    return {id: points[id] for id in graph.nodes}


def arrange_diagram(diagram: Diagram) -> Diagram:
    """``diagram`` with every block arranged; blocks that were in order stay the same objects."""
    blocks: dict[str, Block] = {}
    for name, block in diagram.blocks.items():
        points = arrange(diagram, name)
        blocks[name] = block if points == block.positions else replace(block, positions=points)
    if all(blocks[name] is block for name, block in diagram.blocks.items()):
        return diagram
    return replace(diagram, blocks=blocks)


@dataclass(frozen=True)
class _Unit:
    """A block with the chips attached to it; known by its head."""

    members: tuple[str, ...]

    @property
    def head(self) -> str:
        return self.members[0]


def attached(diagram: Diagram, graph: Graph) -> dict[str, str]:
    """Which chip sits behind which node: chip -> node before it.

    A chip does where it alone takes the node's only output, by a plain wire, and nothing joins it.
    """
    leaving = Counter(edge.source.node for edge in graph.edges.values())
    arriving = Counter(edge.target.node for edge in graph.edges.values())
    behind: dict[str, str] = {}
    for edge in graph.edges.values():
        source, target = graph.nodes.get(edge.source.node), graph.nodes.get(edge.target.node)
        if source is None or target is None or not is_chip(target) or _joins(edge):
            continue
        alone = leaving[source.id] == 1 and arriving[target.id] == 1
        if alone and not is_end(source) and source.kind not in diagram.blocks:
            behind[target.id] = source.id
    return behind


def _joins(edge: Edge) -> bool:
    return EDGE_KINDS[edge.kind].join != "none"


def _units(diagram: Diagram, graph: Graph) -> list[_Unit]:
    behind = attached(diagram, graph)
    following = {before: chip for chip, before in behind.items()}
    # A ring of chips has no head; each of its chips then stands alone.
    units: list[_Unit] = []
    seen: set[str] = set()
    for id in [*(i for i in graph.nodes if i not in behind), *behind]:
        members: list[str] = []
        at: str | None = id
        while at is not None and at not in seen:
            members.append(at)
            seen.add(at)
            at = following.get(at)
        if members:
            units.append(_Unit(tuple(members)))
    return units


def _is_chain(graph: Graph, units: Sequence[_Unit]) -> bool:
    """Whether a plain wire leads from each unit to the next and joining wires lead forward: such
    a block is a trunk and nothing else, as most are, and needs no search."""
    place = {member: rank for rank, unit in enumerate(units) for member in unit.members}
    followed: set[int] = set()
    for edge in graph.edges.values():
        start, end = place.get(edge.source.node), place.get(edge.target.node)
        if start is None or end is None or start == end:
            continue
        if end < start or (end > start + 1 and not _joins(edge)):
            return False
        if not _joins(edge):
            followed.add(start)
    return len(units) > 1 and len(followed) == len(units) - 1


def _unit_graph(graph: Graph, units: Iterable[_Unit]) -> nx.DiGraph[str]:
    """The units by their heads, with ``joins`` on edges of which every one joins."""
    head = {member: unit.head for unit in units for member in unit.members}
    linked: nx.DiGraph[str] = nx.DiGraph()
    linked.add_nodes_from(unit.head for unit in units)
    for edge in graph.edges.values():
        source, target = head.get(edge.source.node), head.get(edge.target.node)
        if source is None or target is None or source == target:
            continue
        joins = _joins(edge) and linked.get_edge_data(source, target, {"joins": True})["joins"]
        linked.add_edge(source, target, joins=joins)
    if nx.is_directed_acyclic_graph(linked):
        return linked
    order = {unit: index for index, unit in enumerate(linked)}
    backward = [(a, b) for a, b in linked.edges if order[a] >= order[b]]
    linked.remove_edges_from(backward)
    return linked


def _ranks(linked: nx.DiGraph[str]) -> dict[str, int]:
    """Longest-path ranks; what nothing leads to stands right before what it feeds."""
    ranks = {
        unit: rank
        for rank, generation in enumerate(nx.topological_generations(linked))
        for unit in generation
    }
    for unit, degree in linked.in_degree():
        if degree == 0:
            ranks[unit] = min(ranks[after] for after in linked.successors(unit)) - 1
    return ranks


def _rows(linked: nx.DiGraph[str], ranks: Mapping[str, int]) -> dict[str, int]:
    """A row for every unit: the longest path is the trunk in row 0, branches lie beside it."""
    paths = _paths(linked, ranks)
    rows: dict[str, int] = {}
    taken: dict[int, list[tuple[int, int]]] = {}
    spans: list[tuple[int, int]] = []
    for path in paths:
        before = [u for u in linked.predecessors(path[0]) if u in rows]
        after = [u for u in linked.successors(path[-1]) if u in rows]
        start = max((ranks[u] + 1 for u in before), default=ranks[path[0]])
        end = min((ranks[u] - 1 for u in after), default=ranks[path[-1]])
        span = (min(start, ranks[path[0]]), max(end, ranks[path[-1]]))
        near = rows[(before or after)[0]] if before or after else 0
        up = bool(after) and _comes_before_neighbour(linked, path[-1], after[0], rows)
        row = _free_row(taken, span, near, up=up)
        taken.setdefault(row, []).append(span)
        spans.append(span)
        rows.update(dict.fromkeys(path, row))
    _uncross(linked, paths, spans, rows)
    return rows


def _paths(linked: nx.DiGraph[str], ranks: Mapping[str, int]) -> list[list[str]]:
    """The units as disjoint paths along flow wires, each taking the longest way on."""
    depth: dict[str, int] = {}
    for unit in sorted(ranks, key=ranks.__getitem__, reverse=True):
        following = (v for v in linked.successors(unit) if not linked.edges[unit, v]["joins"])
        depth[unit] = 1 + max((depth[v] for v in following), default=0)
    order = {unit: index for index, unit in enumerate(linked)}
    starts = sorted(ranks, key=lambda unit: (ranks[unit], -depth[unit], order[unit]))
    seen: set[str] = set()
    paths: list[list[str]] = []
    for start in starts:
        if start in seen:
            continue
        path = [start]
        seen.add(start)
        while True:
            ways = [
                v
                for v in linked.successors(path[-1])
                if v not in seen and not linked.edges[path[-1], v]["joins"]
            ]
            if not ways:
                break
            path.append(max(ways, key=lambda unit: depth[unit]))
            seen.add(path[-1])
        paths.append(path)
    return paths


def _comes_before_neighbour(
    linked: nx.DiGraph[str], unit: str, merge: str, rows: Mapping[str, int]
) -> bool:
    """Whether ``unit`` enters ``merge`` above what is already in that one's row."""
    arriving = list(linked.predecessors(merge))
    beside = [arriving.index(u) for u in arriving if rows.get(u) == rows[merge]]
    return bool(beside) and arriving.index(unit) < beside[0]


def _free_row(
    taken: Mapping[int, list[tuple[int, int]]], span: tuple[int, int], near: int, *, up: bool
) -> int:
    """The row nearest to ``near`` in which ``span`` is free; above where ``up``."""
    step = -1 if up else 1
    row = near
    while any(start <= span[1] and span[0] <= end for start, end in taken.get(row, ())):
        row += step
    return row


def _uncross(
    linked: nx.DiGraph[str],
    paths: Sequence[list[str]],
    spans: Sequence[tuple[int, int]],
    rows: dict[str, int],
) -> None:
    """A few barycentre sweeps: branches between the same two columns change places so that they
    stand in the order of the ports they leave and enter."""
    groups: dict[tuple[tuple[int, int], bool], list[int]] = {}
    for index, span in enumerate(spans):
        if rows[paths[index][0]] != 0:
            groups.setdefault((span, rows[paths[index][0]] > 0), []).append(index)
    for _ in range(_SWEEPS):
        for group in groups.values():
            free = sorted(rows[paths[index][0]] for index in group)
            ordered = sorted(group, key=lambda index: (*_barycentre(linked, paths[index]), index))
            for index, row in zip(ordered, free, strict=True):
                rows.update(dict.fromkeys(paths[index], row))


def _barycentre(linked: nx.DiGraph[str], path: list[str]) -> tuple[float, float]:
    """The mean place of a path among what enters its end and leaves its start."""
    entering = [list(linked.predecessors(v)).index(path[-1]) for v in linked.successors(path[-1])]
    leaving = [list(linked.successors(u)).index(path[0]) for u in linked.predecessors(path[0])]
    return _mean(entering), _mean(leaving)


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values) if values else 0.0


def _columns(
    units: Iterable[_Unit], ranks: Mapping[str, int], sizes: Mapping[str, Size]
) -> dict[int, int]:
    widths: dict[int, int] = {}
    for unit in units:
        if unit.head in ranks:
            width = sum(sizes[member][0] for member in unit.members)
            rank = ranks[unit.head]
            widths[rank] = max(widths.get(rank, 0), width)
    columns: dict[int, int] = {}
    x = 0
    for rank in sorted(widths):
        columns[rank] = x
        x += widths[rank] + GAP
    return columns


def _row_positions(
    diagram: Diagram,
    graph: Graph,
    units: Sequence[_Unit],
    ranks: Mapping[str, int],
    rows: Mapping[str, int],
    sizes: Mapping[str, Size],
) -> dict[int, int]:
    """The ``y`` of every row: as far from the next as its blocks, names and lanes need."""
    above, below = dict[int, int](), dict[int, int]()
    head = {member: unit.head for unit in units for member in unit.members}
    for unit in units:
        row = rows.get(unit.head)
        if row is None:
            continue
        half = max(sizes[member][1] for member in unit.members) // 2
        name = NAME_ROOM if graph.nodes[unit.head].kind in diagram.blocks else 0
        above[row] = max(above.get(row, 0), half)
        below[row] = max(below.get(row, 0), half + name)
    for row, count in _lane_counts(graph, head, ranks, rows).items():
        below[row] += count * LANE
    heights = {0: 0}
    for row in range(1, max(above, default=0) + 1):
        heights[row] = whole_cells(heights[row - 1] + below[row - 1] + ROW_GAP + above[row])
    for row in range(-1, min(above, default=0) - 1, -1):
        heights[row] = -whole_cells(-(heights[row + 1] - above[row + 1] - ROW_GAP - below[row]))
    return heights


def _lane_counts(
    graph: Graph, head: Mapping[str, str], ranks: Mapping[str, int], rows: Mapping[str, int]
) -> dict[int, int]:
    """How many lanes run below each row."""
    spans: dict[int, list[tuple[float, float]]] = {}
    for edge in graph.edges.values():
        source, target = head.get(edge.source.node), head.get(edge.target.node)
        if source in rows and target in rows and _joins(edge) and source and target:
            row = min(rows[source], rows[target])
            spans.setdefault(row, []).append((ranks[source], ranks[target]))
    return {row: 1 + max(lanes(found)) for row, found in spans.items()}


def _place(
    points: dict[str, Point], unit: _Unit, x: int, y: int, sizes: Mapping[str, Size]
) -> None:
    for member in unit.members:
        points[member] = Point(x, y)
        x += sizes[member][0]


def _place_loose(
    points: dict[str, Point], loose: Iterable[_Unit], sizes: Mapping[str, Size]
) -> None:
    """Blocks without any wire stand side by side below everything else."""
    bottom = max((point.y for point in points.values()), default=-2 * BOX_HEIGHT)
    x = 0
    for unit in loose:
        _place(points, unit, x, bottom + 2 * BOX_HEIGHT, sizes)
        x += sum(sizes[member][0] for member in unit.members) + GRID
