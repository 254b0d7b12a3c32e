"""Where blocks stand while some of them are open in place: pushed aside, and in new lines where
that is too long for one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from app.canvas.placing.frames import Opening
from app.canvas.placing.node_measures import NodeMeasures, covered, framed, level, room
from app.canvas.placing.reflowing import Link, Reflow
from app.canvas.placing.spreading import Covered, Spread
from graphcore.diagram import Block, Graph, Point
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.measures import NAME_ROOM


class OpenPlaces:
    """The document's ``places`` of the nodes of ``graph``, whose measures are ``closed``, as they
    are shown with the frames ``opened``."""

    def __init__(
        self,
        places: Mapping[str, Point],
        graph: Graph,
        closed: Mapping[str, NodeMeasures],
        opened: Mapping[str, Opening],
    ) -> None:
        self._is_plain = not opened
        self._spread, self._reflow = Spread({}, {}), Reflow({}, {}, ())
        if opened:
            boxes = {n: covered(closed[n], at) for n, at in places.items() if n in closed}
            ends = [(edge.source.node, edge.target.node) for edge in graph.edges.values()]
            rooms = {n: room(closed[n], opening) for n, opening in opened.items()}
            self._spread = Spread(boxes, rooms, ends)
        pushed = {node: self._pushed(node, at, closed, opened) for node, at in places.items()}
        if opened:
            measures = {**closed, **{n: framed(closed[n], o) for n, o in opened.items()}}
            covers = {n: _covers(measures[n], at) for n, at in pushed.items() if n in measures}
            levels = {n: at.y + self._spread.lower(at.y) for n, at in places.items()}
            self._reflow = Reflow(covers, levels, _links(graph))
        self.shown = {node: _by(at, *self._reflow.of(node)) for node, at in pushed.items()}

    def meant(self, x: float, y: float) -> tuple[float, float]:
        """The document's place for something that is shown at (x, y)."""
        return self._spread.meant(*self._reflow.undone(x, y))

    def moved(
        self, nodes: Collection[str], dx: float, dy: float, block: Block, *, frames: bool
    ) -> dict[str, Point]:
        """The document's places for ``nodes`` of ``block`` that were dragged by (dx, dy);
        ``frames``: some of them are open, and go as far in the document as in the picture."""
        found: dict[str, Point] = {}
        for node in nodes & block.positions.keys():
            at = block.positions[node]
            x, y = at.x + dx, at.y + dy
            if not self._is_plain and not frames:
                right, down = self._reflow.of(node)
                right += round(self._spread.right(node))
                x, y = self.meant(x + right, y + down + self._spread.lower(at.y))
            found[node] = Point(round(x), round(y))
        return found

    def _pushed(
        self,
        node: str,
        at: Point,
        closed: Mapping[str, NodeMeasures],
        opened: Mapping[str, Opening],
    ) -> Point:
        x, y = at.x + self._spread.right(node), at.y + self._spread.lower(at.y)
        x += closed[node].set_back if node in closed else 0
        y += level(closed[node], opened[node]) if node in opened else 0.0
        return Point(round(x), round(y))


def _links(graph: Graph) -> list[Link]:
    return [
        Link(edge.source.node, edge.target.node, EDGE_KINDS[edge.kind].join != "none")
        for edge in graph.edges.values()
    ]


def _covers(measures: NodeMeasures, at: Point) -> Covered:
    """What a block or a frame covers, its name included."""
    width, height = measures.size
    name = NAME_ROOM if measures.is_named else 0
    return Covered(at.x, at.y - height / 2, at.x + width, at.y + height / 2 + name)


def _by(at: Point, dx: int, dy: int) -> Point:
    return Point(at.x + dx, at.y + dy)


def chips_in_order(behind: Mapping[str, str]) -> list[tuple[str, str]]:
    """(chip, what it sits behind), each after what it depends on."""
    ordered: dict[str, str] = {}
    for chip in behind:
        chain: list[str] = []
        at = chip
        while at in behind and at not in ordered and at not in chain:
            chain.append(at)
            at = behind[at]
        ordered.update((link, behind[link]) for link in reversed(chain))
    return list(ordered.items())
