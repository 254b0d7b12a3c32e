"""Gradients of running layers, gathered into the cells that the shown block has for them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from app.canvas.miniature import Miniature
from graphcore.analysis import leaves
from graphcore.diagram import Instance
from graphcore.results import Analysis

Cells = dict[str, tuple[float | None, ...]]


class GradientCells:
    """Which layers each cell of each item stands for, found once for an analysis and a place."""

    def __init__(
        self, analysis: Analysis, instance: Instance, miniatures: Mapping[str, Miniature | None]
    ) -> None:
        self._members: dict[str, dict[int, list[tuple[Instance, int]]]] = defaultdict(dict)
        self._counts = dict[str, int]()
        depth = len(instance)
        for leaf in leaves(analysis):
            if leaf.instance[:depth] != instance or len(leaf.instance) == depth:
                continue
            below = leaf.instance[depth:]
            item = below[0].node
            picture = miniatures.get(item)
            cell = _cell(picture, below)
            if cell is None:
                continue
            self._counts[item] = picture.cells if picture else 1
            members = self._members[item].setdefault(cell, [])
            members.append((leaf.instance, leaf.parameters))

    def values(self, rms: Mapping[Instance, float]) -> Cells:
        """The RMS of every cell; None for a cell in which nothing was measured.

        The RMS of several layers together is that of all their gradients: each counts by the
        number of its parameters.
        """
        result: Cells = {}
        for item, cells in self._members.items():
            values = [_together(cells.get(i, ()), rms) for i in range(self._counts[item])]
            if any(value is not None for value in values):
                result[item] = tuple(values)
        return result


def _cell(picture: Miniature | None, below: Instance) -> int | None:
    """The cell of an item that a layer belongs to; None if the picture leaves it out."""
    if picture is None:
        return 0
    if not picture.nodes:
        return _copy_cell(picture, below[0].copy)
    inner = below[1].node if len(below) > 1 else ""
    if inner not in picture.nodes:
        return None
    # The cells of a node that is repeated stand side by side.
    copy = below[1].copy if picture.nodes.count(inner) > 1 else 0
    return picture.nodes.index(inner) + copy


def _copy_cell(picture: Miniature, copy: int) -> int | None:
    """Copies from both ends have cells; those of the middle are left out where there are many."""
    half = picture.cells // 2
    if not picture.left_out or copy < half:
        return copy if copy < picture.cells else None
    later = copy - picture.left_out
    return later if later >= half else None


def _together(
    members: tuple[()] | list[tuple[Instance, int]], rms: Mapping[Instance, float]
) -> float | None:
    known = [(rms[instance], count) for instance, count in members if instance in rms]
    known = [(value, count) for value, count in known if count and not math.isnan(value)]
    if not known:
        return None
    total = sum(count for _, count in known)
    return math.sqrt(sum(value * value * (count / total) for value, count in known))
