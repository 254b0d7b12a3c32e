"""Where blocks stand on their way between their own places and those of the highway view."""

from __future__ import annotations

from dataclasses import replace

from graphcore.diagram import Block, Diagram, Point
from graphcore.highway import has_highway, highway


class TurnedPlaces:
    """Remembers how far the picture is turned, and the places of the highway view for as long as
    the block is the same."""

    def __init__(self) -> None:
        self._share = 0.0
        self._block: Block | None = None
        self._goal: Block | None = None

    def turn(self, share: float) -> bool:
        """Turn the picture by ``share``, 1 being the highway view; whether that is new."""
        before, self._share = self._share, share
        return share != before

    def of(self, diagram: Diagram, name: str) -> Block:
        """The block ``name`` as it is placed now."""
        block, share = diagram.blocks[name], self._share
        if not share or not has_highway(diagram, name):
            return block
        goal = self._turned(diagram, name)
        if share >= 1:
            return goal
        places = {
            id: _between(block.positions.get(id, at), at, share)
            for id, at in goal.positions.items()
        }
        return replace(block, positions=places)

    def _turned(self, diagram: Diagram, name: str) -> Block:
        block = diagram.blocks[name]
        if self._goal is None or self._block is not block:
            self._block = block
            self._goal = replace(block, positions=highway(diagram, name))
        return self._goal


def _between(start: Point, end: Point, share: float) -> Point:
    return Point(
        round(start.x + (end.x - start.x) * share), round(start.y + (end.y - start.y) * share)
    )
