"""Every layer's gradient at one step, from input to output, on the one scale."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app import gradient_scale
from app.runs.cursor import Cursor
from app.runs.history import History
from app.runs.plots import chart
from app.runs.plots.chart import Axis, Frame
from app.runs.plots.curves import Curve
from app.runs.plots.depth_chart import REACH, LayerChart, distance, draw_axis, marker_radius
from app.runs.plots.look import draw_marker
from graphcore.diagram import Instance

LEFT: Final = 18


class Profile(LayerChart):
    """The gradients at the cursor: rows as in the heat map beside it, magnitude to the right."""

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(cursor, parent)
        self._curves: tuple[Curve, ...] = ()

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Show these runs."""
        self._curves = tuple(curves)
        self.update()

    def frame(self) -> Frame:
        """Where the markers are drawn."""
        rows = max((len(curve.history.rows) for curve in self._curves), default=1)
        scale = Axis(gradient_scale.LOWEST, gradient_scale.HIGHEST, logarithmic=True)
        return self.frame_of(LEFT, scale, rows)

    def points(self, history: History) -> list[tuple[str, float, QPointF]]:
        """Name, magnitude and place of every layer that was measured at the cursor's step, or at
        the last one of a run that has not come so far.

        What is off the scale stands at its end.
        """
        frame, step = self.frame(), history.step_at(self._cursor.step)
        if not step:
            return []
        heights = self._heights()
        found = []
        for index, row in enumerate(history.rows):
            value = float(history.gradients[step - 1, index])
            if not math.isnan(value):
                x = frame.rect.left() + gradient_scale.position(value) * frame.rect.width()
                height = heights.get(row.module, index)
                found.append((row.module, value, QPointF(x, frame.py(height + 0.5))))
        return found

    def _heights(self) -> dict[str, int]:
        """The row of every layer: those of the net that has most, so that a layer stands at one
        height in both of a pair, of which the plain one lacks the projections."""
        rows = max((curve.history.rows for curve in self._curves), key=len, default=())
        return {row.module: index for index, row in enumerate(rows)}

    def layer_at(self, point: QPointF) -> Instance | None:
        """The layer whose marker is under the pointer."""
        for curve, name, _ in self._under(point):
            return next(row.instance for row in curve.history.rows if row.module == name)
        return None

    def figure_at(self, point: QPointF) -> str:
        """What the pointer reads: ``with: layer1.0.conv1, 3.2e-3``; empty away from markers."""
        for curve, name, value in self._under(point):
            return f"{curve.title}: {name}, {gradient_scale.describe(value)}"
        return ""

    def empty_text(self) -> str:
        """Nothing: the scale stands here before there are markers."""
        return ""

    def paint_chart(self, painter: QPainter) -> None:
        """Draw the scale and the markers; off the scale they are hollow."""
        frame = self.frame()
        marks = chart.decade_ticks(gradient_scale.LOWEST, gradient_scale.HIGHEST, 3)
        draw_axis(painter, frame, marks, "‖∂L/∂w‖ RMS")
        radius = marker_radius(frame)
        for curve in self._curves:
            for _, value, at in self.points(curve.history):
                off = gradient_scale.is_vanished(value) or gradient_scale.is_exploded(value)
                draw_marker(painter, at, curve.look, radius, hollow=off)

    def _under(self, point: QPointF) -> Iterator[tuple[Curve, str, float]]:
        """Run, layer and magnitude of the markers that are under the pointer."""
        for curve in self._curves:
            for name, value, at in self.points(curve.history):
                if distance(at, point) <= REACH:
                    yield curve, name, value
