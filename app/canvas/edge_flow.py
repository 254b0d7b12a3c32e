"""What is measured on the edges at one step, and how thick that makes them.

The width is logarithmic over the same fixed range as the colours of gradients, so that a width
means the same number in every picture and every run. A gradient below the range is dotted, not
thin; one above it has a core of its own colour; an edge that nothing was measured on is pale.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from app import gradient_scale
from graphcore.diagram import Instance

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

THINNEST: Final = 1.0
THICKEST: Final = 8.0
_STEPS_A_PIXEL: Final = 4
"""Widths differ by quarters of a pixel: what cannot be seen is not painted anew."""
_VANISHED_WIDTH: Final = 2.0

FlowMark = Literal["", "vanished", "exploded", "unmeasured"]


class EdgeMeasure(NamedTuple):
    """The figures of one edge, as ``graphcore.training.measuring.edge_file`` names
    them; NaN for what was not measured."""

    gradient: float
    share: float
    cosine: float
    mean: float
    deviation: float
    zeros: float


class FlowStroke(NamedTuple):
    """How an edge is drawn because of what flows through it: its width in pixels, and what is off
    the scale."""

    width: float
    mark: FlowMark = ""


_UNMEASURED: Final = FlowStroke(THINNEST, "unmeasured")


def flow_stroke(gradient: float) -> FlowStroke:
    """The stroke of an edge along which a gradient of this norm comes back.

    >>> flow_stroke(1e-4)
    FlowStroke(width=4.5, mark='')
    """
    if math.isnan(gradient):
        return _UNMEASURED
    if gradient_scale.is_vanished(gradient):
        return FlowStroke(_VANISHED_WIDTH, "vanished")
    if gradient_scale.is_exploded(gradient):
        return FlowStroke(THICKEST, "exploded")
    width = THINNEST + (THICKEST - THINNEST) * gradient_scale.position(gradient)
    return FlowStroke(round(width * _STEPS_A_PIXEL) / _STEPS_A_PIXEL)


class SheetFlow:
    """What was measured on the edges of one block instance in step ``step``."""

    def __init__(self, step: int, figures: Mapping[str, EdgeMeasure]) -> None:
        self.step = step
        self.figures = figures

    @cached_property
    def strokes(self) -> Mapping[str, FlowStroke]:
        """The stroke of every edge that is known; see :meth:`stroke`."""
        return {edge: flow_stroke(one.gradient) for edge, one in self.figures.items()}

    def stroke(self, edge: str) -> FlowStroke:
        """How an edge is drawn."""
        return self.strokes.get(edge, _UNMEASURED)


class EdgeFlows:
    """One measurement of all edges, made in step ``step`` of a run; steps count from 1.

    ``rows`` tells where in ``figures``, of shape (rows, figures), an edge's are.
    """

    def __init__(
        self,
        step: int,
        rows: Mapping[Instance, Mapping[str, int]],
        figures: npt.NDArray[np.float32],
    ) -> None:
        self.step = step
        self._rows = rows
        self._figures = figures

    def of(self, instance: Instance, edge: str) -> EdgeMeasure | None:
        """What was measured on one edge; None for an edge that there is not."""
        row = self._rows.get(instance, {}).get(edge)
        return None if row is None else EdgeMeasure._make(self._figures[row].tolist())

    def inside(self, instance: Instance) -> SheetFlow:
        """What was measured inside a block instance; that of one that has no edges is empty."""
        rows = self._rows.get(instance, {})
        if not rows:
            return SheetFlow(self.step, {})
        picked = self._figures[list(rows.values())].tolist()
        return SheetFlow(self.step, dict(zip(rows, map(EdgeMeasure._make, picked), strict=True)))
