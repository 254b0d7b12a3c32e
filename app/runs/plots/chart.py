"""What the plots have in common: a frame with two axes, ticks at round numbers, thin lines.

Drawn by us, not by a plotting library: each plot is a few hundred points over at most a hundred
rows, and in this way it costs a millisecond, starts at once and keeps to the theme.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from app import theme

Numbers = npt.NDArray[np.float32] | npt.NDArray[np.float64]

TICK_SIZE: Final = 10
TICK_GAP: Final = 8.0


class Tick(NamedTuple):
    """A value on an axis and what is written there."""

    value: float
    text: str


@dataclass(frozen=True)
class Axis:
    """Values from ``low`` to ``high``, linear or logarithmic, mapped to 0 … 1."""

    low: float
    high: float
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Where ``value`` stands; outside 0 … 1 for values beyond the ends."""
        if self.logarithmic:
            value = max(value, 1e-300)
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def value(self, share: float) -> float:
        """The value at a share of the axis."""
        if self.logarithmic:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)


@dataclass(frozen=True)
class Frame:
    """Where a plot is drawn: its rectangle and axes; ``y`` grows upwards unless ``down``."""

    rect: QRectF
    x: Axis
    y: Axis
    down: bool = False

    def px(self, x: float) -> float:
        """The pixel of a value on the horizontal axis."""
        return self.rect.left() + self.x.share(x) * self.rect.width()

    def py(self, y: float) -> float:
        """The pixel of a value on the vertical axis."""
        share = self.y.share(y) if self.down else 1 - self.y.share(y)
        return self.rect.top() + share * self.rect.height()

    def value_at(self, point: QPointF) -> tuple[float, float]:
        """The values at a pixel."""
        across = (point.x() - self.rect.left()) / max(self.rect.width(), 1)
        along = (point.y() - self.rect.top()) / max(self.rect.height(), 1)
        return self.x.value(across), self.y.value(along if self.down else 1 - along)


def round_ceiling(value: float) -> float:
    """The next of 1, 1.2, 1.5, 2, 2.4, 3, 4, 6, 8 times a power of ten at or above ``value``.

    >>> round_ceiling(2.31)
    2.4
    """
    if not math.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    for mantissa in (1, 1.2, 1.5, 2, 2.4, 3, 4, 6, 8, 10):
        if value <= mantissa * power * (1 + 1e-9):
            return float(f"{mantissa * power:.6g}")
    return 10 * power


def ticks(high: float) -> tuple[Tick, ...]:
    """Values at equal distances from 0 to ``high``, in four, three or five parts, whichever needs
    the fewest digits.

    >>> [tick.text for tick in ticks(3.0)]
    ['0', '1', '2', '3']
    """
    choices = []
    for count in (4, 3, 5):
        values = [high * index / count for index in range(count + 1)]
        digits = next((d for d in range(6) if _exact(values, d)), 6)
        choices.append((digits, values))
    digits, values = min(choices, key=lambda choice: choice[0])
    return tuple(Tick(value, _written(value, digits, high)) for value in values)


def _written(value: float, digits: int, high: float) -> str:
    if value == 0:
        return "0"
    if 1e-3 <= high < 1e5:
        return f"{value:.{digits}f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"


def _exact(values: Sequence[float], digits: int) -> bool:
    return all(math.isclose(round(value, digits), value, abs_tol=1e-9) for value in values)


def step_ticks(total: int, count: int = 4) -> tuple[Tick, ...]:
    """Whole steps at about equal distances from 0 to ``total``."""
    values = sorted({round(total * index / count) for index in range(count + 1)})
    return tuple(Tick(value, f"{value:,}".replace(",", "\u2009")) for value in values)


def decade_ticks(low: float, high: float, count: int = 4) -> tuple[Tick, ...]:
    """Powers of ten from ``low`` to ``high``, at most ``count`` + 1 of them."""
    first, last = round(math.log10(low)), round(math.log10(high))
    stride = max(1, math.ceil((last - first) / count))
    return tuple(
        Tick(10.0**exponent, f"1e{exponent}") for exponent in range(first, last + 1, stride)
    )


def draw_x_ticks(painter: QPainter, frame: Frame, marks: Sequence[Tick], title: str = "") -> None:
    """Write ticks under the frame; the first and the last keep inside where they must."""
    colors = theme.current()
    painter.setFont(theme.mono_font(TICK_SIZE))
    painter.setPen(colors.muted)
    metrics = QFontMetricsF(painter.font())
    top = frame.rect.bottom() + 6
    end = -math.inf
    for mark in marks:
        width = metrics.horizontalAdvance(mark.text)
        left = frame.px(mark.value) - width / 2
        if left < end + TICK_GAP:
            continue
        end = left + width
        painter.drawText(QPointF(left, top + metrics.ascent()), mark.text)
    if title:
        painter.setFont(theme.ui_font(11))
        box = QRectF(frame.rect.left(), top + metrics.height() + 2, frame.rect.width(), 16)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, title)


def draw_y_ticks(painter: QPainter, frame: Frame, marks: Sequence[Tick], *, lines: bool) -> None:
    """Write ticks left of the frame, with hairlines across it where ``lines``."""
    colors = theme.current()
    painter.setFont(theme.mono_font(TICK_SIZE))
    metrics = QFontMetricsF(painter.font())
    for mark in marks:
        y = frame.py(mark.value)
        if lines:
            painter.setPen(QPen(colors.line, 1))
            painter.drawLine(QPointF(frame.rect.left(), y), QPointF(frame.rect.right(), y))
        painter.setPen(colors.muted)
        left = frame.rect.left() - TICK_GAP - metrics.horizontalAdvance(mark.text)
        baseline = y + (metrics.ascent() - metrics.descent()) / 2
        painter.drawText(QPointF(left, baseline), mark.text)


def draw_cursor(painter: QPainter, frame: Frame, step: float, color: QColor) -> None:
    """A vertical hairline at ``step``."""
    if step < frame.x.low or step > frame.x.high:
        return
    painter.setPen(QPen(color, 1))
    x = frame.px(step)
    painter.drawLine(QPointF(x, frame.rect.top()), QPointF(x, frame.rect.bottom()))


def envelope(values: Numbers, width: int) -> tuple[Numbers, Numbers]:
    """Indices and values of at most 2 × ``width`` points that draw as ``values`` would.

    Of every pixel's worth of values the lowest and the highest are kept, in their order, so that
    no spike is lost. Fewer values are returned as they are. NaN is kept where all are NaN.
    """
    count = len(values)
    if count <= 2 * width or width < 1:
        return np.arange(count, dtype=np.float64), values
    edges = np.linspace(0, count, width + 1).astype(np.intp)
    starts = edges[:-1]
    empty_low = np.where(np.isnan(values), np.inf, values)
    empty_high = np.where(np.isnan(values), -np.inf, values)
    low = np.minimum.reduceat(empty_low, starts)
    high = np.maximum.reduceat(empty_high, starts)
    rising = values[edges[1:] - 1] >= values[starts]
    first = np.where(rising, low, high)
    second = np.where(rising, high, low)
    mixed = np.stack([first, second], axis=1).reshape(-1)
    places = np.stack([starts, edges[1:] - 1], axis=1).reshape(-1).astype(np.float64)
    mixed[np.isinf(mixed)] = np.nan
    return places, mixed


def segments(frame: Frame, x: Numbers, y: Numbers, dashes: Sequence[float] = ()) -> list[QLineF]:
    """The curve in pixels, as single lines: one long line with a pen wider than a pixel takes Qt
    seconds where it is dense. There is none to or from a value that is not finite.

    ``dashes`` are pixels across that are drawn and left out in turn.
    """
    span = frame.rect
    across = span.left() + (x - frame.x.low) / (frame.x.high - frame.x.low) * span.width()
    along = span.bottom() - (y - frame.y.low) / (frame.y.high - frame.y.low) * span.height()
    if dashes:
        across, along = _cut_to_pixels(across, along)
    finite = np.isfinite(along)
    drawn = finite[:-1] & finite[1:]
    if dashes:
        drawn &= _inside_dashes((across[:-1] + across[1:]) / 2 - span.left(), dashes)
    begins = np.flatnonzero(drawn)
    ends = begins + 1
    corners = (across[begins], along[begins], across[ends], along[ends])
    return [QLineF(*corner) for corner in np.stack(corners, axis=1).tolist()]


def _cut_to_pixels(across: Numbers, along: Numbers) -> tuple[Numbers, Numbers]:
    """The same curve with a corner at least at every pixel, so that dashes can end there."""
    if len(across) < 2 or len(across) > across[-1] - across[0]:
        return across, along
    places = np.union1d(across, np.arange(across[0], across[-1]))
    return places, np.interp(places, across, np.where(np.isfinite(along), along, np.nan))


def _inside_dashes(places: Numbers, dashes: Sequence[float]) -> npt.NDArray[np.bool_]:
    ends = np.cumsum(dashes)
    inside: npt.NDArray[np.bool_] = np.searchsorted(ends, places % ends[-1], "right") % 2 == 0
    return inside
