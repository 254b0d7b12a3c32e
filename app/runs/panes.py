"""Parts of the Train workspace: a titled canvas, a titled chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from app import theme
from app.canvas.edge_flow import EdgeFlows
from app.canvas.openings import Openings
from app.canvas.view import CanvasView
from app.document import Document
from graphcore.diagram import Diagram, Instance
from graphcore.layout import arrange
from graphcore.training.events import Failed

HEAD: Final = 28
"""The height of a chart's title, switches included, so that charts side by side are level."""


LOW: Final = (1_150, 150)
"""Pixels that a canvas of the Train workspace has for a diagram, of two above each other."""


def for_a_low_pane(diagram: Diagram) -> Diagram:
    """``diagram`` with its lines as long as a low canvas takes them, where they are as they were
    arranged; what a user has moved stays where it is."""
    block = diagram.main_block
    if block.positions != arrange(diagram, diagram.main):
        return diagram
    long = arrange(diagram, diagram.main, LOW)
    if long == block.positions:
        return diagram
    longer = replace(block, positions=long)
    return replace(diagram, blocks={**diagram.blocks, diagram.main: longer})


class CanvasPane(QWidget):
    """A diagram that can be looked into and not changed, with a title above it.

    ``chosen(Instance)``: one block was selected; ``histogram_wanted(Instance)``: its menu asked for
    the block's histograms.
    """

    chosen = Signal(object)
    histogram_wanted = Signal(object)

    def __init__(
        self, diagram: Diagram, openings: Openings | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._given = diagram
        self.document = Document(for_a_low_pane(diagram), self, read_only=True)
        self.view = CanvasView(self.document, self, read_only=True, openings=openings)
        self.view.more_verbs = (("Histogram", self.histogram_wanted.emit),)
        self.document.selection_changed.connect(self._choose)
        # All is in view here; a map and zoom buttons would only cover it.
        for overlay in (self.view.minimap, self.view.zoom_bar):
            overlay.setFixedSize(0, 0)
        self.title = QLabel(self)
        self.title.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.title.move(24, 14)
        self.remark = QLabel(self)
        self.remark.setObjectName("hint")
        self._remark = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.setMinimumHeight(110)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.signals.changed.connect(self._dress)
        self._dress()

    def set_title(self, text: str, remark: str = "") -> None:
        """Name what is shown, with a remark in small type, which a narrow pane cuts."""
        self.title.setText(text)
        self.title.adjustSize()
        self.title.setVisible(bool(text))
        self.title.raise_()
        self._remark = remark
        self._place_remark()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the remark the room that there is."""
        super().resizeEvent(event)
        self._place_remark()

    def _place_remark(self) -> None:
        self.remark.setVisible(bool(self._remark))
        left = self.title.geometry().right() + 12
        room = max(0, self.width() - left - 24)
        metrics = self.remark.fontMetrics()
        cut = metrics.elidedText(self._remark, Qt.TextElideMode.ElideRight, room)
        self.remark.setText(cut)
        self.remark.setToolTip(self._remark)
        self.remark.adjustSize()
        middle = self.title.geometry().center().y()
        self.remark.move(left, middle - self.remark.height() // 2)
        self.remark.raise_()

    def show_diagram(self, diagram: Diagram) -> None:
        """Show another diagram, whole."""
        if diagram is self._given:
            return
        self._given = diagram
        self.document.new(for_a_low_pane(diagram))
        self.document.read_only = True
        self.view.fit()

    def preview(self, diagram: Diagram) -> None:
        """Show a diagram as it would be trained."""
        self.show_diagram(diagram)
        self.set_title(diagram.main)
        self.clear_figures()

    def enter(self, instance: Instance) -> None:
        """Show the block instance at ``instance``."""
        self.document.enter(instance)

    def set_gradients(self, rms: Mapping[Instance, float]) -> None:
        """Colour the blocks."""
        self.view.set_gradients(rms or None)

    def set_flows(self, flows: EdgeFlows | None) -> None:
        """Draw the wires as thick as the gradient along them."""
        self.view.set_flows(flows)

    def clear_figures(self) -> None:
        """Show the diagram as it is while nothing was measured."""
        self.set_gradients({})
        self.set_flows(None)

    def mark(self, failed: Failed) -> None:
        """Outline the block that a failure names, or the block of the main block that holds it."""
        at, definition = failed.instance, failed.definition
        if at:
            self.document.select([at[0].node])
        elif definition is not None and definition.block == self.document.diagram.main:
            self.document.select([definition.item])

    def _choose(self) -> None:
        sheet, selected = self.view.diagram_scene.sheet, self.document.selection
        if len(selected) == 1 and selected <= sheet.block.graph.nodes.keys():
            self.chosen.emit(sheet.place.inside(*selected))

    def _dress(self) -> None:
        self.title.setFont(theme.ui_font(13, 600))
        self.title.setStyleSheet(f"color: {theme.current().text.name()}; background: transparent;")
        self.title.adjustSize()
        self._place_remark()


def canvas_side(panes: Sequence[CanvasPane], beside: QWidget) -> QWidget:
    """Canvases over each other, with the scale of their colours ``beside``."""
    canvases = QSplitter(Qt.Orientation.Vertical)
    canvases.setHandleWidth(1)
    for pane in panes:
        canvases.addWidget(pane)
    side = QWidget()
    side.setObjectName("canvas_side")
    row = QHBoxLayout(side)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    row.addWidget(canvases, 1)
    row.addWidget(beside)
    return side


class ChartPane(QWidget):
    """A chart below its title, with room beside the title for a switch or a remark."""

    def __init__(self, title: str, chart: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart = chart
        self.title = QLabel(title)
        self.title.setFont(theme.ui_font(13, 600))
        self.remark = QLabel()
        self.remark.setObjectName("hint")
        self.head = QHBoxLayout()
        self.head.setContentsMargins(0, 0, 10, 0)
        self.head.setSpacing(8)
        self.head.addWidget(self.title)
        self.head.addWidget(self.remark)
        self.head.addStretch(1)
        self.title.setFixedHeight(HEAD)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(self.head)
        column.addWidget(chart, 1)
        chart.setAccessibleName(title)

    def set_title(self, text: str, remark: str = "") -> None:
        """Name what is shown, with a remark in small type."""
        if self.title.text() != text:
            self.title.setText(text)
            self.chart.setAccessibleName(text)
        if self.remark.text() != remark:
            self.remark.setText(remark)
