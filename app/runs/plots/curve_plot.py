"""Loss, accuracy or another figure over the steps, one curve a run, labelled where it ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.runs.cursor import Cursor
from app.runs.history import History
from app.runs.plots import chart
from app.runs.plots.chart import Axis, Frame, Numbers
from app.runs.plots.curve_labels import End, Noted, draw_labels, draw_note, fit, nearest
from app.runs.plots.curves import (
    OF_ONE,
    Curve,
    Quantity,
    label_of,
    tested,
    title_of,
    values_of,
    written,
)
from app.runs.plots.look import draw_marker
from app.runs.plots.plot import StepPlot
from app.runs.plots.still_curves import StillCurves

LEFT: Final = 44
BOTTOM: Final = 42
TOP: Final = 8
RIGHT: Final = 92
"""Room for what the curves' ends say."""
ASIDE: Final = 116
"""Room for names beside the plot."""
FADED: Final = 0.22
"""How much of the other curves is seen while one is pointed out."""


class CurvePlot(StepPlot):
    """The plot, which shows the figures at the step under the pointer."""

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(cursor, parent)
        self._curves: tuple[Curve, ...] = ()
        self._quantity: Quantity = "loss"
        self._pointed: Curve | None = None
        self._names_only = False
        self._hover: QPointF | None = None
        self._still = StillCurves()
        self._known: WeakKeyDictionary[History, tuple[int, Quantity, Numbers]] = WeakKeyDictionary()
        self._tops: WeakKeyDictionary[History, tuple[int, Quantity, float]] = WeakKeyDictionary()

    def sizeHint(self) -> QSize:
        """Room for a few hundred steps."""
        return QSize(420, 260)

    def minimumSizeHint(self) -> QSize:
        """Room for the axes and a curve."""
        return QSize(220, 130)

    @property
    def quantity(self) -> Quantity:
        """What is plotted."""
        return self._quantity

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The runs that are plotted."""
        return self._curves

    @property
    def pointed(self) -> Curve | None:
        """The one that is brought to the front."""
        return self._pointed

    def set_quantity(self, quantity: Quantity) -> None:
        """Plot this."""
        self._quantity = quantity
        self.update()

    def set_curves(self, curves: Sequence[Curve], *, names_only: bool = False) -> None:
        """Plot these runs; with ``names_only`` their figures are told elsewhere."""
        self._curves = tuple(curves)
        self._names_only = names_only
        self.point_out(self._pointed.history if self._pointed is not None else None)

    def point_out(self, history: History | None) -> None:
        """Bring one run's curve to the front and fade the others; None: show all alike."""
        self._pointed = next((c for c in self._curves if c.history is history), None)
        self.update()

    def frame(self) -> Frame:
        """Where the curves are drawn, and their axes."""
        right = ASIDE if self._names_only else RIGHT
        inside = QRectF(self.rect()).adjusted(LEFT, TOP, -right, -BOTTOM)
        steps = Axis(0, max(self._cursor.total, 1))
        if self._quantity in OF_ONE:
            return Frame(inside, steps, Axis(0, 1.0))
        return Frame(inside, steps, Axis(self._lowest(), self._highest()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axes, curves, tests, labels and the cursor."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = self.frame()
        chart.draw_y_ticks(painter, frame, self._y_ticks(frame), lines=True)
        chart.draw_x_ticks(painter, frame, chart.step_ticks(int(frame.x.high)), "step")
        self._draw_curves(painter, frame)
        self._draw_nothing(painter, frame)
        if self._cursor.step and not self._cursor.is_live:
            chart.draw_cursor(painter, frame, self._cursor.step, theme.current().text)
        self._draw_labels(painter, frame)
        self._draw_hover(painter, frame)
        painter.end()

    def step_at(self, point: QPointF) -> int:
        """The step that is nearest."""
        return round(self.frame().value_at(point)[0])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the figures under the pointer; drag the cursor along."""
        super().mouseMoveEvent(event)
        self._hover = event.position()
        self.update()

    def leaveEvent(self, event: object) -> None:
        """Show no figures any more."""
        self._hover = None
        self.update()

    def _values(self, history: History) -> Numbers:
        known = self._known.get(history)
        if known is None or known[:2] != (self._known_at(history), self._quantity):
            at = self._known_at(history)
            known = (at, self._quantity, values_of(history, self._quantity))
            self._known[history] = known
        return known[2]

    def _highest(self) -> float:
        """The axis's end: above the first value and nearly all others of every run, so that one
        wild step flattens nothing."""
        return chart.round_ceiling(
            max((self._usual(curve.history) for curve in self._curves), default=1.0)
        )

    def _lowest(self) -> float:
        """The axis's beginning: zero, or below the lowest value of an evaluation."""
        values = [tested(test, self._quantity) for c in self._curves for test in c.history.tests]
        lowest = min((v for v in values if v is not None and math.isfinite(v)), default=0.0)
        return -chart.round_ceiling(-lowest) if lowest < 0 else 0.0

    def _usual(self, history: History) -> float:
        known = self._tops.get(history)
        if known is None or known[:2] != (self._known_at(history), self._quantity):
            at = self._known_at(history)
            known = (at, self._quantity, usual_value(self._values(history)))
            self._tops[history] = known
        return known[2]

    def _known_at(self, history: History) -> int:
        """A number that grows whenever something has come."""
        return history.steps + len(history.tests)

    def _y_ticks(self, frame: Frame) -> tuple[chart.Tick, ...]:
        if self._quantity not in OF_ONE:
            below = (chart.Tick(frame.y.low, f"−{-frame.y.low:g}"),) if frame.y.low < 0 else ()
            return (*below, *chart.ticks(frame.y.high))
        return tuple(chart.Tick(share / 4, f"{25 * share} %") for share in range(5))

    def _draw_curves(self, painter: QPainter, frame: Frame) -> None:
        """The one that is pointed out on top, the others faded."""
        view = (frame.x, frame.y, self._quantity, theme.current().is_dark)
        painter.setOpacity(1.0 if self._pointed is None else FADED)
        self._still.draw(
            painter,
            self,
            self._curves,
            view,
            lambda inside, one: self._draw_curve(inside, frame, one, 1.5),
        )
        painter.setOpacity(1.0)
        if self._pointed is not None:
            self._draw_curve(painter, frame, self._pointed, 2.2)

    def _draw_curve(self, painter: QPainter, frame: Frame, curve: Curve, wide: float) -> None:
        painter.save()
        painter.setClipRect(frame.rect.adjusted(-6, -6, 6, 6))
        x, y = chart.envelope(self._values(curve.history), int(frame.rect.width()))
        painter.setPen(QPen(curve.look.color, wide if len(x) < frame.rect.width() else 1))
        painter.drawLines(chart.segments(frame, x + 1, y, curve.look.dashes))
        for test in curve.history.tests:
            value = tested(test, self._quantity)
            if value is not None and math.isfinite(value):
                at = QPointF(frame.px(test.step), frame.py(value))
                draw_marker(painter, at, curve.look, 3.2, hollow=True)
        painter.restore()

    def _draw_labels(self, painter: QPainter, frame: Frame) -> None:
        """Each run's name and last figures beside the end of its curve; where there are too many,
        of the one that is pointed out."""
        ends = []
        for curve in self._curves:
            values = self._values(curve.history)
            last = last_finite(values)
            if last is not None:
                x, y = frame.px(last + 1), frame.py(float(values[last]))
                if self._names_only:
                    ends.append(End(curve, x, y, (curve.title,), aside=True))
                else:
                    lines = tuple(filter(None, label_of(curve, self._quantity)))
                    ends.append(End(curve, x, y, lines))
        if not fit(len(ends), frame.rect):
            ends = [end for end in ends if end.curve is self._pointed]
        draw_labels(painter, frame.rect, ends, self.width())

    def _draw_hover(self, painter: QPainter, frame: Frame) -> None:
        if self._hover is None or not frame.rect.contains(self._hover):
            return
        step = self.step_at(self._hover)
        noted = []
        for curve in self._curves:
            values = self._values(curve.history)
            if 1 <= step <= len(values):
                value = float(values[step - 1])
                y = frame.py(value) if math.isfinite(value) else frame.rect.top()
                noted.append(Noted(curve, written(self._quantity, value), y))
        if not noted:
            return
        chart.draw_cursor(painter, frame, step, theme.current().muted)
        shown = nearest(noted, self._hover.y())
        draw_note(painter, frame.rect, self._hover, f"step {step}", shown)

    def _draw_nothing(self, painter: QPainter, frame: Frame) -> None:
        """Say why there are no curves where steps were made."""
        if not self._cursor.last or any(
            last_finite(self._values(curve.history)) is not None for curve in self._curves
        ):
            return
        painter.setFont(theme.ui_font(12))
        painter.setPen(theme.current().muted)
        what = "No loss is a number."
        if self._quantity == "accuracy":
            what = "There is no accuracy: nothing is sorted into classes."
        elif self._quantity != "loss":
            what = f"{title_of(self._quantity)} was not measured here."
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(frame.rect.adjusted(8, 0, -8, 0), flags, what)


def last_finite(values: Numbers) -> int | None:
    """The place of the last value that is a number; most often the last of all."""
    if not len(values):
        return None
    if np.isfinite(values[-1]):
        return len(values) - 1
    found = np.flatnonzero(np.isfinite(values))
    return int(found[-1]) if len(found) else None


def usual_value(values: Numbers) -> float:
    """A value above the first and nearly all others."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0
    # Of a long run some thousand losses tell as much as all.
    some = finite[:: 1 + len(finite) // 4096]
    usual = 1.5 * np.quantile(some, 0.98, method="lower")
    return float(min(finite.max(), max(usual, 1.2 * finite[0])))
