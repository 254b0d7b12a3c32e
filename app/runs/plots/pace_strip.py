"""Where the time of a step goes and what memory a run holds: a line a run below the plots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.canvas.painting.look import mixed
from app.runs.cursor import Cursor
from app.runs.plots.look import RunLook, draw_marker
from app.runs.session import Run
from graphcore.training.events import Telemetry
from graphcore.training.measuring.pace import (
    PART_WORDS,
    busy_in_words,
    line_of,
    memory_in_words,
    rate_in_words,
    seconds_in_words,
    share_in_words,
    shares,
    step_seconds,
)

LINE: Final = 26
"""The height of a run's line."""
BAR: Final = 16
SIZE: Final = 11
LEFT: Final = 24
RIGHT: Final = 24
GAP: Final = 18
NARROWEST_BAR: Final = 160.0
_SHADES: Final = {
    "data": 0.20,
    "forward": 0.32,
    "backward": 0.48,
    "optimizer": 0.28,
    "measuring": 0.42,
    "writing": 0.20,
}
"""How far each part's grey is from the panel to the text: neighbours differ, and a saturated
colour would mean an edge kind, a run or a gradient."""


class Piece(NamedTuple):
    """A part of the step in the bar."""

    part: str
    share: float
    box: QRectF


class PaceLine(NamedTuple):
    """What stands in a run's line: words, the bar's pieces, words behind it."""

    told: Telemetry
    before: str
    pieces: tuple[Piece, ...]
    behind: str
    left_of_behind: float


class PaceStrip(QWidget):
    """One line a run: samples a second, the time of a step as a bar of its parts, memory; of the
    steps at the cursor. The pointer reads what each part is."""

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cursor = cursor
        self._runs: tuple[Run, ...] = ()
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Time of a step and memory")
        cursor.moved.connect(self.refresh)
        theme.signals.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """A line a run."""
        return QSize(600, LINE * max(len(self._runs), 1) + 4)

    def minimumSizeHint(self) -> QSize:
        """It may be as narrow as the window is, and leaves words out then."""
        return QSize(100, self.sizeHint().height())

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Tell of these runs."""
        self._runs = tuple(runs)
        self.updateGeometry()
        self.refresh()

    def refresh(self) -> None:
        """Show what is known now; nothing is shown of runs that told nothing."""
        told = [run.pace.at(self._cursor.step) for run in self._runs]
        self.setVisible(any(told))
        self.setAccessibleDescription("; ".join(line_of(one) for one in told if one is not None))
        self.update()

    def line(self, index: int) -> PaceLine | None:
        """What stands in the line of a run; None where nothing was told."""
        told = self._runs[index].pace.at(self._cursor.step)
        if told is None:
            return None
        metrics = QFontMetricsF(theme.ui_font(SIZE))
        before = f"{rate_in_words(told)} · step {seconds_in_words(step_seconds(told))}"
        left = self._words_left() + metrics.horizontalAdvance(before) + GAP
        words = [memory_in_words(told), busy_in_words(told)]
        room = self.width() - RIGHT - left - NARROWEST_BAR - GAP
        behind = " · ".join(filter(None, words))
        while words and metrics.horizontalAdvance(behind) > room:
            words.pop()
            behind = " · ".join(filter(None, words))
        right = float(self.width() - RIGHT)
        if behind:
            right -= metrics.horizontalAdvance(behind) + GAP
        top = index * LINE + (LINE - BAR) / 2
        bar = QRectF(left, top, max(right - left, 0.0), BAR)
        return PaceLine(told, before, _pieces(told, bar), behind, right + GAP)

    def figure_at(self, point: QPointF) -> str:
        """What the pointer reads: of the bar the part under it, elsewhere all in words."""
        index = int(point.y() // LINE)
        line = self.line(index) if 0 <= index < len(self._runs) else None
        if line is None:
            return ""
        for part, share, box in line.pieces:
            if box.left() <= point.x() < box.right():
                taken = seconds_in_words(line.told.seconds.get(part, 0.0))
                return f"{part}: {taken} of each step, {share_in_words(share)}\n{PART_WORDS[part]}"
        parts = "\n".join(
            f"{part} {share_in_words(share)}: {PART_WORDS[part]}"
            for part, share in shares(line.told).items()
        )
        return f"Up to step {line.told.step}: {line_of(line.told)}.\n\n{parts}"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a line a run."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in range(len(self._runs)):
            line = self.line(index)
            if line is not None:
                self._draw(painter, index, line)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read what is under the pointer."""
        text = self.figure_at(event.position())
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def _words_left(self) -> float:
        """Of a pair each line begins with the run's mark."""
        return LEFT + (14 if len(self._runs) > 1 else 0)

    def _draw(self, painter: QPainter, index: int, line: PaceLine) -> None:
        colors = theme.current()
        painter.setFont(theme.ui_font(SIZE))
        metrics = QFontMetricsF(painter.font())
        middle = index * LINE + LINE / 2
        baseline = middle + (metrics.ascent() - metrics.descent()) / 2
        if len(self._runs) > 1:
            draw_marker(painter, QPointF(LEFT + 4, middle), RunLook(index), 3.4)
        painter.setPen(colors.muted)
        painter.drawText(QPointF(self._words_left(), baseline), line.before)
        painter.drawText(QPointF(line.left_of_behind, baseline), line.behind)
        if not line.pieces:
            return
        whole = line.pieces[0].box.united(line.pieces[-1].box)
        rounded = QPainterPath()
        rounded.addRoundedRect(whole, 4, 4)
        painter.save()
        painter.setClipPath(rounded)
        for piece in line.pieces:
            painter.fillRect(piece.box.adjusted(0, 0, -1, 0), _shade(piece.part))
            self._name(painter, piece, metrics, baseline)
        painter.restore()

    def _name(
        self, painter: QPainter, piece: Piece, metrics: QFontMetricsF, baseline: float
    ) -> None:
        """The words in a piece, as many of them as it has room for."""
        room = piece.box.width() - 10
        for words in (f"{piece.part} {share_in_words(piece.share)}", piece.part):
            width = metrics.horizontalAdvance(words)
            if width <= room:
                painter.setPen(theme.current().text)
                left = piece.box.center().x() - width / 2
                painter.drawText(QPointF(left, baseline), words)
                return


def _pieces(told: Telemetry, bar: QRectF) -> tuple[Piece, ...]:
    """The parts of the step side by side, as wide as their shares; none where there is no room."""
    found, left = [], bar.left()
    if bar.width() < 20:
        return ()
    for part, share in shares(told).items():
        width = share * bar.width()
        found.append(Piece(part, share, QRectF(left, bar.top(), width, bar.height())))
        left += width
    return tuple(found)


def _shade(part: str) -> QColor:
    colors = theme.current()
    return mixed(colors.muted, colors.panel, _SHADES[part])
