"""One figure a layer and run, from input to output: how far weights move, zeros, deviations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.runs.cursor import Cursor
from app.runs.listing.comparison import Plotted
from app.runs.plots import chart
from app.runs.plots.chart import Frame
from app.runs.plots.depth_figures import UPDATES, DepthFigure, DepthKind, RunDepth
from app.runs.plots.look import draw_marker
from app.runs.plots.rows import stages, without_overlap

BOTTOM: Final = 42
TOP: Final = 8
RIGHT: Final = 18
LONGEST_NAME: Final = 88.0
REACH: Final = 8.0
"""Pixels around a marker in which the pointer reads it."""


class Marker(NamedTuple):
    """A figure where it is drawn; ``off`` the axis it is hollow at its end."""

    depth: RunDepth
    figure: DepthFigure
    at: QPointF
    beside: QPointF | None
    off: bool


class DepthView(QWidget):
    """One marker a layer and run. ``chosen(Instance)``: a layer was pressed."""

    chosen = Signal(object)

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cursor = cursor
        self._runs: tuple[RunDepth, ...] = ()
        self._kind = UPDATES
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        cursor.moved.connect(self.update)
        theme.signals.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As large as the profile, whose place it takes."""
        return QSize(280, 260)

    def minimumSizeHint(self) -> QSize:
        """Room for the axis."""
        return QSize(150, 130)

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
        inside = QRectF(self.rect()).adjusted(_room(names), TOP, -RIGHT, -BOTTOM)
        return Frame(inside, self._kind.axis, chart.Axis(0, max(len(names), 1)), down=True)

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
        near = [
            (math.hypot(one.at.x() - point.x(), one.at.y() - point.y()), index, one)
            for index, one in enumerate(self.markers())
        ]
        distance, _, marker = min(near, default=(math.inf, 0, None))
        return marker if distance <= REACH else None

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

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the axis, the names of stages and the markers, or say what will be here."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        empty = self.empty_text()
        if empty:
            painter.setFont(theme.ui_font(12))
            painter.setPen(theme.current().muted)
            inside = self.rect().adjusted(4, TOP, -RIGHT, -TOP)
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inside, flags, empty)
        else:
            self._paint(painter)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the marker under the pointer."""
        text = self.figure_at(event.position())
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the layer under the pointer."""
        marker = self.marker_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and marker is not None:
            self.chosen.emit(marker.figure.instance)

    def _paint(self, painter: QPainter) -> None:
        names, colors = self.names(), theme.current()
        frame = self.frame(names)
        usual = [] if math.isnan(self._kind.usual) else [self._kind.usual]
        for value in [*(tick.value for tick in self._kind.ticks), *usual]:
            painter.setPen(QPen(colors.muted if value in usual else colors.line, 1))
            x = round(frame.px(value)) + 0.5
            painter.drawLine(QPointF(x, frame.rect.top()), QPointF(x, frame.rect.bottom()))
        chart.draw_x_ticks(painter, frame, self._kind.ticks, self._kind.title)
        _paint_names(painter, frame, names)
        radius = min(3.4, max(1.6, frame.rect.height() / len(names) / 2.6))
        for marker in self.markers():
            if marker.beside is not None:
                draw_marker(painter, marker.beside, marker.depth.look, radius * 0.8, hollow=True)
            draw_marker(painter, marker.at, marker.depth.look, radius, hollow=marker.off)


def _across(frame: Frame, share: float) -> float:
    """The pixel of a share of the axis; what is beyond stands at its end."""
    return frame.rect.left() + min(max(share, 0.0), 1.0) * frame.rect.width()


def _room(names: Sequence[str]) -> float:
    """For the names of the stages."""
    metrics = QFontMetricsF(theme.mono_font(chart.TICK_SIZE))
    widths = [metrics.horizontalAdvance(stage.name) for stage in stages(names)] if names else []
    return min(max(widths, default=0.0), LONGEST_NAME) + chart.TICK_GAP


def _paint_names(painter: QPainter, frame: Frame, names: Sequence[str]) -> None:
    painter.setFont(theme.mono_font(chart.TICK_SIZE))
    painter.setPen(theme.current().muted)
    metrics = QFontMetricsF(painter.font())
    row = frame.rect.height() / len(names)
    for stage in without_overlap(stages(names), row, metrics.height()):
        box = QRectF(0, frame.py(stage.middle) - 8, frame.rect.left() - chart.TICK_GAP, 16)
        text = metrics.elidedText(stage.name, Qt.TextElideMode.ElideMiddle, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
