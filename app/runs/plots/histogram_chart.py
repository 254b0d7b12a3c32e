"""One histogram as it is drawn: of one run filled, of a pair one over the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from app import theme
from app.canvas.flow_words import percent
from app.runs.listing.comparison import Plotted
from app.runs.plots import chart
from app.runs.plots.look import RunLook
from graphcore.training.events import HistogramTaken
from graphcore.training.measuring.distribution import Distribution

SIZE: Final = 11
LINE: Final = 16.0
BELOW: Final = 18.0
"""Room for the ends of the axis."""
LEAST_HEIGHT: Final = 14.0


@dataclass(frozen=True)
class One:
    """The distribution of a run's layer."""

    title: str
    look: RunLook
    distribution: Distribution


@dataclass(frozen=True)
class HistogramChart:
    """The distributions of one tensor, of all runs that have it."""

    name: str
    ones: tuple[One, ...]

    @property
    def ends(self) -> tuple[float, float]:
        """Of the axis, which all share."""
        lows = [one.distribution.low for one in self.ones]
        highs = [one.distribution.high for one in self.ones]
        return min(lows), max(highs)

    def in_words(self) -> str:
        """All that is said of it."""
        return "; ".join(", ".join(_words(self.name, one.distribution)) for one in self.ones)

    def draw(self, painter: QPainter, box: QRectF, *, logarithmic: bool) -> None:
        """Words above, bars, and the ends of the axis with zero marked."""
        self._draw_words(painter, QRectF(box.left(), box.top(), box.width(), LINE))
        inside = self._inside(box)
        low, high = self.ends
        for one in self.ones:
            color = one.look.color
            path = _outline(one.distribution, inside, (low, high), logarithmic=logarithmic)
            fill = QColor(color)
            fill.setAlphaF(0.55 if len(self.ones) == 1 else 0.30)
            painter.fillPath(path, fill)
            if len(self.ones) > 1:
                painter.strokePath(path, QPen(color, 1))
        painter.setPen(QPen(theme.current().line, 1))
        painter.drawLine(QLineF(inside.bottomLeft(), inside.bottomRight()))
        self._draw_axis(painter, inside)

    def figure_at(self, box: QRectF, point: QPointF) -> str:
        """What the pointer reads in ``box``."""
        inside = self._inside(box)
        low, high = self.ends
        value = low + (point.x() - inside.left()) / max(inside.width(), 1) * (high - low)
        lines = []
        for one in self.ones:
            known = one.distribution
            place = _bin_of(known, value)
            if place is None:
                continue
            width = (known.high - known.low) / len(known.counts)
            begin, count = known.low + place * width, known.counts[place]
            share = percent(count / known.count)
            words = (
                f"{short(begin)} to {short(begin + width)}: {count:,} of {known.count:,}, {share}"
            )
            lines.append(f"{one.title}: {words}" if len(self.ones) > 1 else words)
        return "\n".join([*lines, self.in_words()]) if lines else self.in_words()

    def _inside(self, box: QRectF) -> QRectF:
        top = LINE * len(self.ones) + 2
        height = max(box.height() - top - BELOW, LEAST_HEIGHT)
        return QRectF(box.left(), box.top() + top, box.width(), height)

    def _draw_words(self, painter: QPainter, line: QRectF) -> None:
        for one in self.ones:
            known = one.distribution
            words = _words(self.name, known)
            if len(self.ones) > 1:
                words[0] = f"{self.name}, {one.title}"
            left = line.left()
            for index, word in enumerate(words):
                painter.setFont(theme.ui_font(SIZE, 400 if index else 600))
                metrics = QFontMetricsF(painter.font())
                width = metrics.horizontalAdvance(word)
                if left + width > line.right():
                    break
                painter.setPen(self._ink(index, word, one))
                painter.drawText(QPointF(left, line.top() + metrics.ascent()), word)
                left += width + 9
            line = line.translated(0, LINE)

    def _ink(self, index: int, word: str, one: One) -> QColor:
        colors = theme.current()
        if word.endswith("not finite"):
            return colors.error
        if index:
            return colors.muted
        return one.look.color if len(self.ones) > 1 else colors.text

    def _draw_axis(self, painter: QPainter, inside: QRectF) -> None:
        """The ends, and a line at zero where it is between them."""
        low, high = self.ends
        colors = theme.current()
        zero = inside.left() - low / (high - low) * inside.width()
        if low < 0 < high:
            painter.setPen(QPen(colors.muted, 1, Qt.PenStyle.DashLine))
            x = round(zero) + 0.5
            painter.drawLine(QLineF(x, inside.top(), x, inside.bottom() + 3))
        painter.setFont(theme.mono_font(chart.TICK_SIZE))
        metrics = QFontMetricsF(painter.font())
        painter.setPen(colors.muted)
        baseline = inside.bottom() + 3 + metrics.ascent()
        taken: list[tuple[float, float]] = []
        marks = [(inside.left(), short(low)), (inside.right(), short(high))]
        marks += [(zero, "0")] if low < 0 < high else []
        for at, text in marks:
            width = metrics.horizontalAdvance(text)
            left = min(max(at - width / 2, inside.left()), inside.right() - width)
            if any(left < end + 6 and begin < left + width + 6 for begin, end in taken):
                continue
            taken.append((left, left + width))
            painter.drawText(QPointF(left, baseline), text)


def charts_in(answers: Sequence[tuple[Plotted, HistogramTaken]]) -> tuple[HistogramChart, ...]:
    """The histograms that runs have answered with: those of one tensor together."""
    names = dict.fromkeys(one.name for _, taken in answers for one in taken.distributions)
    return tuple(
        HistogramChart(
            name,
            tuple(
                One(plotted.title, plotted.look, one)
                for plotted, taken in answers
                for one in taken.distributions
                if one.name == name
            ),
        )
        for name in names
    )


def short(value: float) -> str:
    """Two digits, with an exponent where that is shorter, and a true minus sign.

    >>> short(-0.0123)
    '−0.012'
    """
    if not math.isfinite(value):
        return "–"
    mantissa, _, exponent = f"{value:.2g}".partition("e")
    written = f"{mantissa}e{int(exponent)}" if exponent else mantissa
    return written.replace("-", "−", 1)


def _words(name: str, known: Distribution) -> list[str]:
    """The name, and then what a histogram does not show by itself, most important first."""
    words = [name]
    if known.not_finite:
        words.append(f"{known.not_finite:,} not finite")
    words += [f"mean {short(known.mean)}", f"deviation {short(known.deviation)}"]
    if known.zeros:
        words.append(f"{percent(known.zeros)} zeros")
    if known.dead is not None and known.zeros:
        words.append(f"{percent(known.dead)} dead")
    words.append(f"n = {known.count:,}")
    return words


def _bin_of(known: Distribution, value: float) -> int | None:
    if not known.low <= value <= known.high:
        return None
    share = (value - known.low) / (known.high - known.low)
    return min(int(share * len(known.counts)), len(known.counts) - 1)


def _heights(known: Distribution, *, logarithmic: bool) -> Iterator[float]:
    """Of each interval, the highest being 1."""
    counts = [math.log1p(count) if logarithmic else float(count) for count in known.counts]
    highest = max(counts) or 1.0
    return (count / highest for count in counts)


def _outline(
    known: Distribution, inside: QRectF, ends: tuple[float, float], *, logarithmic: bool
) -> QPainterPath:
    low, high = ends
    scale = inside.width() / (high - low)
    width = (known.high - known.low) / len(known.counts) * scale
    left = inside.left() + (known.low - low) * scale
    path = QPainterPath(QPointF(left, inside.bottom()))
    for index, height in enumerate(_heights(known, logarithmic=logarithmic)):
        # A single number among millions is seen as well.
        drawn = max(height * inside.height(), 1.0) if height else 0.0
        top = inside.bottom() - drawn
        path.lineTo(left + index * width, top)
        path.lineTo(left + (index + 1) * width, top)
    path.lineTo(left + len(known.counts) * width, inside.bottom())
    path.closeSubpath()
    return path
