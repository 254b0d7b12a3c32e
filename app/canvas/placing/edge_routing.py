"""Where the wires run: corners of orthogonal lines that keep clear of the blocks.

A flow wire runs straight if it can, else with one step in a gap between columns, else in a lane
above what it passes. Joining wires run in a lane below what they go round, the inner ones
nearer, so that no skip hides under the trunk; where nothing lies between their ends and no wire
runs along, they are straight.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from graphcore.deferred import numpy as np
from graphcore.layout import LANE

if TYPE_CHECKING:
    import numpy.typing as npt

Corner = tuple[float, float]

JOIN_OFFSET = 24.0
"""How far before its port a join stands."""
STUB = 14.0
"""How far a wire runs out of its port before it turns."""
_CLEARANCE = 10.0
_STEP = 7.0
_LEAST_FOR_A_STEP = 24.0
_FEW = 64
"""So many blocks are gone through one by one; numpy pays, and is imported, for more."""


class Box(NamedTuple):
    """What a block covers, its name included."""

    left: float
    top: float
    right: float
    bottom: float


class Wire(NamedTuple):
    """An edge to be routed: from a port to a port, or to the (+) before a port if it ``joins``.

    ``rank`` tells apart the ports of one target, so that steps towards them do not coincide. A
    wire that ``rises`` comes from another level into a join that the connection reaches level; a
    connection has a plain wire ``along`` where one leaves its source on its own level, and
    ``returns`` where that wire goes back to the beginning of the next line, as it does.
    Wires of one ``bus`` share a lane.
    """

    source: Corner
    target: Corner
    joins: bool = False
    joined: bool = False
    rank: int = 0
    rises: bool = False
    along: bool = False
    returns: bool = False
    bus: str = ""


@dataclass(frozen=True)
class Route:
    """The corners of a wire. ``lane`` is the height of its lane, None where it has none."""

    corners: tuple[Corner, ...]
    lane: float | None = None

    @cached_property
    def around(self) -> Box:
        """The smallest box around it."""
        xs, ys = zip(*self.corners, strict=True)
        return Box(min(xs), min(ys), max(xs), max(ys))

    @property
    def span(self) -> float:
        """How far apart its ends are, across and down."""
        (x, y), (end_x, end_y) = self.corners[0], self.corners[-1]
        return abs(x - end_x) + abs(y - end_y)


class Obstacles:
    """The blocks by their left edges, asked for what lies in a stretch."""

    def __init__(self, boxes: Iterable[Box]) -> None:
        self._boxes = sorted(boxes)
        self._lefts = [box.left for box in self._boxes]
        self._widest = max((box.right - box.left for box in self._boxes), default=0.0)

    def hit(self, left: float, top: float, right: float, bottom: float) -> Box | None:
        """The extent of the blocks that the rectangle meets, or None if it is free."""
        first = bisect_left(self._lefts, left - self._widest)
        last = bisect_left(self._lefts, right)
        if first >= last:
            return None
        if last - first <= _FEW:
            met = [
                box
                for box in self._boxes[first:last]
                if box.right > left and box.top < bottom and box.bottom > top
            ]
        else:
            _, tops, rights, bottoms = self._sides[:, first:last]
            among = (rights > left) & (tops < bottom) & (bottoms > top)
            met = [self._boxes[first + int(index)] for index in np.flatnonzero(among)]
        if not met:
            return None
        return Box(left, min(box.top for box in met), right, max(box.bottom for box in met))

    @cached_property
    def _sides(self) -> npt.NDArray[np.float64]:
        """Lefts, tops, rights and bottoms of the blocks, each a row."""
        return np.array(self._boxes, dtype=float).T.copy()


def lane_routes(obstacles: Obstacles, wires: Mapping[str, Wire]) -> dict[str, Route]:
    """Routes for wires that go round something: joining ones below it, flow wires above. One that
    returns stays outside the flow wire beside it, between that one's lane and the next line."""
    below = {name: wire for name, wire in wires.items() if wire.joins and not wire.returns}
    above = {name: wire for name, wire in wires.items() if name not in below}
    return {**_in_lanes(obstacles, below, 1.0), **_in_lanes(obstacles, above, -1.0)}


def direct_route(obstacles: Obstacles, wire: Wire) -> Route | None:
    """A straight line or a line with one step, if one of them is free."""
    (sx, sy), (tx, ty) = wire.source, wire.target
    if tx < sx:
        return None
    level = abs(sy - ty) < 0.5
    if level and _level_free(obstacles, sx, tx, sy):
        return Route((wire.source, wire.target))
    if level or tx - sx < _LEAST_FOR_A_STEP:
        return None
    back = JOIN_OFFSET + STUB if wire.joined else STUB
    # What rises into a join enters the (+) itself, where the connection passes from left to right.
    first = (tx - JOIN_OFFSET,) if wire.rises and sx + STUB <= tx - JOIN_OFFSET else ()
    for x in (*first, tx - back - _STEP * wire.rank, sx + STUB + _STEP * wire.rank):
        if sx < x < tx and _step_free(obstacles, wire, x):
            return _step(wire, x)
    return None


def level_route(obstacles: Obstacles, wire: Wire) -> Route | None:
    """The straight line of a connection whose ends stand on one level with nothing between them,
    as in a U-Net or in the highway view."""
    (sx, sy), (tx, ty) = wire.source, wire.target
    if wire.bus or wire.along or abs(sy - ty) >= 0.5 or tx < sx:
        return None
    if not _level_free(obstacles, sx, tx, sy):
        return None
    return Route((wire.source, wire.target))


def _step(wire: Wire, x: float) -> Route:
    return Route((wire.source, (x, wire.source[1]), (x, wire.target[1]), wire.target))


def _level_free(obstacles: Obstacles, start: float, end: float, y: float) -> bool:
    return obstacles.hit(start + 1, y - 2, end - 1, y + 2) is None


def _step_free(obstacles: Obstacles, wire: Wire, x: float) -> bool:
    (sx, sy), (tx, ty) = wire.source, wire.target
    upright = obstacles.hit(x - 2, min(sy, ty), x + 2, max(sy, ty)) is None
    return upright and _level_free(obstacles, sx, x, sy) and _level_free(obstacles, x, tx, ty)


def _in_lanes(obstacles: Obstacles, wires: Mapping[str, Wire], side: float) -> dict[str, Route]:
    """Routes in lanes below (``side`` 1) or above (-1), shorter wires nearer to the blocks."""
    lanes: dict[tuple[str, str], list[str]] = {}
    for name, wire in wires.items():
        lanes.setdefault((wire.bus, "" if wire.bus else name), []).append(name)
    spans = {key: _span_of_all(wires[name] for name in names) for key, names in lanes.items()}
    order = sorted(lanes, key=lambda key: (spans[key][1] - spans[key][0], spans[key], key))
    taken: list[tuple[float, float, float]] = []
    routes: dict[str, Route] = {}
    for key in order:
        left, right = spans[key]
        crossed = sorted(lane for start, end, lane in taken if start < right and end > left)
        together = [wires[name] for name in lanes[key]]
        lane = _free_lane(obstacles, together, (left, right), crossed, side)
        taken.append((left, right, lane))
        routes.update((name, _lane_route(wires[name], lane)) for name in lanes[key])
    return routes


def _span_of_all(wires: Iterable[Wire]) -> tuple[float, float]:
    starts, ends = zip(*(span_of(wire) for wire in wires), strict=True)
    return min(starts), max(ends)


def span_of(wire: Wire) -> tuple[float, float]:
    """From where to where a wire runs along its lane, if it has one."""
    start, end = _turns(wire)
    return min(start, end), max(start, end)


def overlapping(
    spans: Mapping[str, tuple[float, float]],
) -> Iterator[dict[str, tuple[float, float]]]:
    """The half-open ``spans`` in groups of those that overlap, one by way of another."""
    group: dict[str, tuple[float, float]] = {}
    end = 0.0
    for name, span in sorted(spans.items(), key=lambda pair: pair[1]):
        if group and span[0] >= end:
            yield group
            group = {}
        end = max(end, span[1]) if group else span[1]
        group[name] = span
    if group:
        yield group


def _turns(wire: Wire) -> tuple[float, float]:
    """Where the wire leaves the line of its source, and where it reaches that of its target."""
    end = wire.target[0] if wire.joins else wire.target[0] - STUB - _STEP * wire.rank
    if wire.joined and not wire.joins:
        end -= JOIN_OFFSET
    return wire.source[0] + STUB + (2 * _STEP if wire.returns else 0.0), end


def _free_lane(
    obstacles: Obstacles,
    wires: Iterable[Wire],
    span: tuple[float, float],
    crossed: Sequence[float],
    side: float,
) -> float:
    """The nearest level below (above) the ends that no block and none of the lanes that are
    ``crossed``, in order, is near."""
    ends = [y for wire in wires for y in (wire.source[1], wire.target[1])]
    level = (min(ends) if side > 0 else max(ends)) + side * LANE
    while True:
        met = obstacles.hit(span[0], level - _CLEARANCE, span[1], level + _CLEARANCE)
        if met is not None:
            level = met.bottom + LANE if side > 0 else met.top - LANE
            continue
        near = crossed[bisect_right(crossed, level - LANE) : bisect_left(crossed, level + LANE)]
        if not near:
            return level
        level = near[-1] + LANE if side > 0 else near[0] - LANE


def _lane_route(wire: Wire, lane: float) -> Route:
    start, end = _turns(wire)
    (_, sy), (tx, ty) = wire.source, wire.target
    last = () if end == tx else ((end, ty),)
    corners = (wire.source, (start, sy), (start, lane), (end, lane), *last, wire.target)
    return Route(corners, lane)
