"""Histograms of one layer on demand: its weights, their gradients and what it gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.page_parts import Elided
from app.runs.listing.comparison import Plotted
from app.runs.plots.histogram_chart import HistogramChart, charts_in
from graphcore.diagram import Instance

MARGIN: Final = 18


class HistogramView(QWidget):
    """Shows the histograms of a layer of the runs that are pictured, and asks for them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = Elided("hint")
        self.log_button = _button("log", "Count on a logarithmic scale: single numbers are seen")
        self.log_button.setCheckable(True)
        self.take_button = _button("Take", "Take the histograms as the net is at this moment")
        self.picture = HistogramPicture()
        self._runs: tuple[Plotted, ...] = ()
        self._layer: Instance | None = None
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, MARGIN, 0)
        head.setSpacing(4)
        head.addWidget(self.name, 1)
        for button in (self.log_button, self.take_button):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.picture, 1)
        self.log_button.toggled.connect(self.picture.set_logarithmic)
        self.take_button.clicked.connect(self.take)
        self.refresh()

    @property
    def layer(self) -> Instance | None:
        """The layer that is shown."""
        return self._layer

    def set_runs(self, runs: Sequence[Plotted]) -> None:
        """Show the layer of these runs; where they are others, none is chosen."""
        if {id(one.run) for one in runs} != {id(one.run) for one in self._runs}:
            self._layer = None
        self._runs = tuple(runs)
        self.refresh()

    def choose(self, layer: Instance) -> None:
        """Show this layer; its histograms are taken where none are known yet."""
        self._layer = layer
        if self.isVisible():
            self.take(known=True)
        self.refresh()

    def take(self, *, known: bool = False) -> None:
        """Ask every run for the histograms of the layer; with ``known`` only those that have
        none."""
        if self._layer is None:
            return
        for one in self._runs:
            if not (known and self._layer in one.run.histograms.taken):
                one.run.ask_histogram(self._layer)
        self.refresh()

    def showEvent(self, event: object) -> None:
        """What was chosen meanwhile is asked for now."""
        self.take(known=True)

    def refresh(self) -> None:
        """Show what has come."""
        layer = self._layer
        answers = [one.run.histograms.taken.get(layer) for one in self._runs] if layer else []
        named = next((answer.name for answer in answers if answer and answer.name), "")
        self.name.tell(named or (_labels(layer) if layer else ""))
        self.take_button.setEnabled(layer is not None and bool(self._runs))
        going = any(one.run.is_going for one in self._runs)
        self.take_button.setText("Take now" if going else "Read weights")
        charts = charts_in([(o, a) for o, a in zip(self._runs, answers, strict=False) if a])
        self.picture.show_charts(charts, self._words(charts))

    def step(self) -> int:
        """The step after which the histograms were taken; 0 for none."""
        layer = self._layer
        answers = [one.run.histograms.taken.get(layer) for one in self._runs] if layer else []
        return max((answer.step for answer in answers if answer), default=0)

    def _words(self, charts: Sequence[HistogramChart]) -> str:
        """What stands here besides histograms: how to get them, why there are none, where they
        come from."""
        layer = self._layer
        if layer is None or not self._runs:
            what = "Press a layer in the picture of gradients, or select one in the diagram: here "
            what += "stand the histograms of its weights, their gradients and its output, as they "
            what += "are at that moment."
            return what if self._runs else what + "\n\nTrain a diagram first."
        if any(layer in one.run.histograms.waiting for one in self._runs):
            return "" if charts else "They are taken before the next step …"
        answers = [one.run.histograms.taken.get(layer) for one in self._runs]
        said = dict.fromkeys(answer.message for answer in answers if answer and answer.message)
        return "\n".join(words[:1].upper() + words[1:] for words in said)


class HistogramPicture(QWidget):
    """Draws histograms below each other; the pointer reads single intervals."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._charts: tuple[HistogramChart, ...] = ()
        self._words = ""
        self._logarithmic = False
        self.setMouseTracking(True)
        self.setAccessibleName("Histograms of a layer")
        theme.signals.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Room for three."""
        return QSize(280, 260)

    def set_logarithmic(self, on: bool) -> None:
        """Count on a logarithmic scale, or on a plain one."""
        self._logarithmic = on
        self.update()

    def show_charts(self, charts: Sequence[HistogramChart], words: str) -> None:
        """Show these, and below them the words."""
        self._charts, self._words = tuple(charts), words
        self.setAccessibleDescription("; ".join(chart.in_words() for chart in charts) or words)
        self.update()

    def boxes(self) -> list[QRectF]:
        """Where each histogram is drawn."""
        below = 34.0 if self._words and self._charts else 0.0
        room = (self.height() - below) / max(len(self._charts), 1)
        height = min(room, 170.0)
        return [
            QRectF(0, index * height, self.width() - MARGIN, height)
            for index in range(len(self._charts))
        ]

    def figure_at(self, point: QPointF) -> str:
        """What the pointer reads: ``−0.12 to −0.11: 34 of 2,304, 1.5 %``."""
        for chart, box in zip(self._charts, self.boxes(), strict=True):
            if box.contains(point):
                return chart.figure_at(box, point)
        return ""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the histograms and the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        boxes = self.boxes()
        for chart, box in zip(self._charts, boxes, strict=True):
            chart.draw(painter, box, logarithmic=self._logarithmic)
        if self._words:
            painter.setPen(theme.current().muted)
            painter.setFont(theme.ui_font(11 if self._charts else 12))
            top = boxes[-1].bottom() if boxes else 0.0
            rest = QRectF(0, top, self.width() - MARGIN, self.height() - top)
            middle = Qt.AlignmentFlag.AlignVCenter if not boxes else Qt.AlignmentFlag.AlignTop
            painter.drawText(rest, middle | Qt.TextFlag.TextWordWrap, self._words)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the interval under the pointer."""
        text = self.figure_at(event.position())
        QToolTip.showText(event.globalPosition().toPoint(), text, self)


def _labels(layer: Instance) -> str:
    return ".".join(f"{step.node}.{step.copy}" if step.copy else step.node for step in layer)


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("small")
    button.setFixedHeight(24)
    button.setText(text)
    button.setToolTip(tip)
    return button
