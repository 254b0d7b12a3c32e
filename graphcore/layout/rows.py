"""Columns and rows for units that branch: longest-path ranks, a row for every path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphcore.deferred import networkx as nx

_SWEEPS = 3


def ranks_of(linked: nx.DiGraph[str]) -> dict[str, int]:
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


def rows_of(linked: nx.DiGraph[str], ranks: Mapping[str, int]) -> dict[str, int]:
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
