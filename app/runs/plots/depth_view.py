"""One figure a layer and run, from input to output: how far weights move, zeros, deviations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.runs.cursor import Cursor
from app.runs.listing.comparison import Plotted
from app.runs.plots.chart import Frame
from app.runs.plots.depth_chart import (
    REACH,
    LayerChart,
    distance,
    draw_axis,
    draw_names,
    marker_radius,
    room_for_names,
)
from app.runs.plots.depth_figures import UPDATES, DepthFigure, DepthKind, RunDepth
from app.runs.plots.look import draw_marker
from app.runs.plots.rows import stages
from graphcore.diagram import Instance


class Marker(NamedTuple):
    """A figure where it is drawn; ``off`` the axis it is hollow at its end."""

    depth: RunDepth
    figure: DepthFigure
    at: QPointF
    beside: QPointF | None
    off: bool


class DepthView(LayerChart):
    """The figures of one kind, such as the share of zeros."""

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(cursor, parent)
        self._runs: tuple[RunDepth, ...] = ()
        self._kind = UPDATES

    def set_runs(self, runs: Sequence[Plotted]) -> None:
        """Show these runs."""
        self._runs = tuple(RunDepth(one) for one in runs)
        self.update()

    def set_kind(self, kind: DepthKind) -> None:
        """Show this figure of the layers."""
        self._kind = kind
        self.update()

    @property
    def step(self) -> int:
        """The last step that was measured, at the cursor; 0 for none."""
        return max((self._kind.figures(run, self._cursor.step)[0] for run in self._runs), default=0)

    def names(self) -> list[str]:
        """The rows: the layers of the run that has most, so that a layer stands at one height in
        both of a pair."""
        found = [self._kind.figures(run, self._cursor.step)[1] for run in self._runs]
        return [figure.name for figure in max(found, key=len, default=())]

    def frame(self, names: Sequence[str]) -> Frame:
        """Where the markers are drawn: figures to the right, layers downwards."""
        return self.frame_of(room_for_names(stages(names)), self._kind.axis, len(names))

    def markers(self) -> list[Marker]:
        """All that is drawn, of every run."""
        names = self.names()
        frame, rows = self.frame(names), {name: row for row, name in enumerate(names)}
        found = []
        for run in self._runs:
            for index, figure in enumerate(self._kind.figures(run, self._cursor.step)[1]):
                if math.isnan(figure.value):
                    continue
                y = frame.py(rows.get(figure.name, index) + 0.5)
                share = frame.x.share(figure.value) if math.isfinite(figure.value) else 2.0
                beside = None
                if not math.isnan(figure.beside):
                    beside = QPointF(_across(frame, frame.x.share(figure.beside)), y)
                at = QPointF(_across(frame, share), y)
                found.append(Marker(run, figure, at, beside, not 0 <= share <= 1))
        return found

    def marker_at(self, point: QPointF) -> Marker | None:
        """The marker under the pointer, or None."""
        near = [(distance(one.at, point), index, one) for index, one in enumerate(self.markers())]
        away, _, marker = min(near, default=(math.inf, 0, None))
        return marker if away <= REACH else None

    def layer_at(self, point: QPointF) -> Instance | None:
        """The layer whose marker is under the pointer."""
        marker = self.marker_at(point)
        return marker.figure.instance if marker is not None else None

    def figure_at(self, point: QPointF) -> str:
        """What the pointer reads: ``with: stage1.0.relu, step 21: 48 % zeros``."""
        marker = self.marker_at(point)
        if marker is None:
            return ""
        step = self._kind.figures(marker.depth, self._cursor.step)[0]
        return f"{marker.depth.title}: {marker.figure.name}, step {step}: {marker.figure.words}"

    def empty_text(self) -> str:
        """What stands here instead of markers; "" where there are some."""
        if self.names():
            return ""
        what = f"Here stands, for every layer from input to output, {self._kind.about}\n\n"
        if not self._runs:
            return what + "Train a diagram to see it."
        run = self._runs[0].run
        if not run.recipe.edges_every:
            return what + "The recipe of this run does not measure it (edges every: 0)."
        if run.is_going:
            return what + f"It is measured every {run.recipe.edges_every} steps, first at step 1."
        return what + "It was not measured in this run; train it again."

    def paint_chart(self, painter: QPainter) -> None:
        """Draw the axis, the names of stages and the markers; hollow at the axis's ends."""
        names, kind = self.names(), self._kind
        frame = self.frame(names)
        draw_axis(painter, frame, kind.ticks, kind.title, marked=kind.usual)
        draw_names(painter, frame, stages(names))
        radius = marker_radius(frame)
        for marker in self.markers():
            if marker.beside is not None:
                draw_marker(painter, marker.beside, marker.depth.look, radius * 0.8, hollow=True)
            draw_marker(painter, marker.at, marker.depth.look, radius, hollow=marker.off)


def _across(frame: Frame, share: float) -> float:
    """The pixel of a share of the axis; what is beyond stands at its end."""
    return frame.rect.left() + min(max(share, 0.0), 1.0) * frame.rect.width()
