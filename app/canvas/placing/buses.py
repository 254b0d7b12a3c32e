"""Edges that are drawn as one line with taps: which hang together, and how thick it is where.

A dense block of n layers has n(n + 1)/2 connections. One line carries them all: it takes up what
every layer makes and thickens by its channels, and gives it out before every later layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from app.canvas.placing.edge_routing import Corner
from graphcore.deferred import networkx as nx
from graphcore.diagram import Edge, Point, PortRef
from graphcore.edge_kinds import EDGE_KINDS


def buses(edges: Mapping[str, Edge], places: Mapping[str, Point]) -> dict[str, str]:
    """The bus of every edge that shares its beginning or its end, by way of others, with another
    of its kind; the name of a bus is that of its first edge.

    Only edges that begin in one line of the arrangement and end in one share a bus.
    """
    able = {name: edge for name, edge in edges.items() if EDGE_KINDS[edge.kind].bus}
    if len(able) < 2:
        return {}
    linked: nx.Graph[tuple[object, ...]] = nx.Graph()
    ends = {name: _ends(edge, places) for name, edge in able.items()}
    linked.add_edges_from(ends.values())
    found: dict[str, str] = {}
    for together in nx.connected_components(linked):
        members = [name for name in able if ends[name][0] in together]
        if len(members) > 1:
            found.update(dict.fromkeys(members, members[0]))
    return found


def _ends(edge: Edge, places: Mapping[str, Point]) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Both ends of an edge as two that share a bus would share them."""
    rows = (places[edge.source.node].y, places[edge.target.node].y)
    return ("from", edge.source, rows, edge.kind), ("to", edge.target, rows, edge.kind)


class Tap(NamedTuple):
    """Where something enters the bus or leaves it: the corners from its port to the bus or from
    the bus to its join, and the edges that pass there."""

    port: PortRef
    corners: tuple[Corner, ...]
    edges: tuple[str, ...]
    enters: bool

    @property
    def x(self) -> float:
        """Where it meets the bus."""
        return self.corners[-1 if self.enters else 0][0]


class Stretch(NamedTuple):
    """A piece of the bus and the number of channels that it carries all along it."""

    start: float
    end: float
    channels: int


class Bus(NamedTuple):
    """A bus as it lies: the height of its lane, its stretches from left to right, its taps."""

    lane: float
    stretches: tuple[Stretch, ...]
    taps: tuple[Tap, ...]

    @property
    def edges(self) -> tuple[str, ...]:
        """Every edge that it carries."""
        return tuple(dict.fromkeys(name for tap in self.taps for name in tap.edges))

    def width(self, stretch: Stretch) -> float:
        """How thick a stretch is, in pixels: a wire's width where it carries the least, and more
        in proportion to the channels."""
        least = min(one.channels for one in self.stretches)
        return min(_THIN + _MORE * (stretch.channels / max(least, 1) - 1), _THICKEST)


_THIN = 2.2
_MORE = 1.4
_THICKEST = 10.0


def bus_of(
    members: Mapping[str, Edge],
    routes: Mapping[str, tuple[Corner, ...]],
    channels: Mapping[str, int],
) -> Bus:
    """The bus of ``members``, whose routes share a lane. ``channels`` is what each edge brings; an
    edge that is not there is taken for a single one."""
    sources = _by_port((edge.source, name) for name, edge in members.items())
    targets = _by_port((edge.target, name) for name, edge in members.items())
    taps = [Tap(port, routes[n[0]][:3], n, enters=True) for port, n in sources.items()]
    taps += [Tap(port, routes[n[0]][3:], n, enters=False) for port, n in targets.items()]
    carried = [
        (_reach(routes[name] for name in names), channels.get(names[0], 1))
        for names in sources.values()
    ]
    lane = routes[next(iter(members))][2][1]
    return Bus(lane, _stretches(carried), tuple(sorted(taps, key=lambda tap: tap.x)))


def _stretches(carried: list[tuple[tuple[float, float], int]]) -> tuple[Stretch, ...]:
    """The pieces between the places where what is carried changes."""
    places = sorted({place for reach, _ in carried for place in reach})
    found: list[Stretch] = []
    for start, end in pairwise(places):
        total = sum(count for (a, b), count in carried if a <= start and end <= b)
        if found and found[-1].end == start and found[-1].channels == total:
            found[-1] = Stretch(found[-1].start, end, total)
        elif total:
            found.append(Stretch(start, end, total))
    return tuple(found)


def _by_port(pairs: Iterable[tuple[PortRef, str]]) -> dict[PortRef, tuple[str, ...]]:
    found: dict[PortRef, tuple[str, ...]] = {}
    for port, name in pairs:
        found[port] = (*found.get(port, ()), name)
    return found


def _reach(routes: Iterable[tuple[Corner, ...]]) -> tuple[float, float]:
    """From where to where routes run along their lane."""
    xs = [corners[index][0] for corners in routes for index in (2, 3)]
    return min(xs), max(xs)
