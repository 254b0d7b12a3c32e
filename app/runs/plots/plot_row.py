"""The plots of a session side by side: curves, the key to them where runs are compared, a heat
map a run, the profile or the shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.runs.cursor import Cursor
from app.runs.listing.comparison import Plotted, incomparable
from app.runs.panes import ChartPane
from app.runs.plots.curve_plot import CurvePlot
from app.runs.plots.curves import Curve, Quantity, title_of
from app.runs.plots.depth_pane import DepthPane
from app.runs.plots.heatmap import HeatMap
from app.runs.plots.key import RunKey
from app.runs.plots.quantity_switch import QuantitySwitch
from app.runs.session import Run

_REMARKS: Final = {
    "loss": "○ held-out",
    "accuracy": "mean of 20 batches · ○ held-out",
    "learning_rate": "of every step",
}


class PlotRow(QWidget):
    """The plots; made once and given other runs to show.

    ``chosen(Run)`` and ``left_out(Run)`` are those of :class:`app.runs.plots.key.RunKey`.
    """

    chosen = Signal(object)
    left_out = Signal(object)

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cursor = cursor
        self._plotted: tuple[Plotted, ...] = ()
        self._pictured: tuple[Plotted, ...] = ()
        self.curves = CurvePlot(cursor)
        self.key = RunKey(cursor)
        self.caution = QLabel()
        self.heat_maps = (HeatMap(cursor), HeatMap(cursor))
        self.curve_pane = ChartPane("Training loss", self.curves)
        self.heat_panes = tuple(
            ChartPane("Gradient of every layer", heat_map) for heat_map in self.heat_maps
        )
        self.depth_pane = DepthPane(cursor)
        self.switch = QuantitySwitch()
        self.curve_pane.head.addWidget(self.switch)
        self.switch.chosen.connect(self.set_quantity)
        self.key_side = self._key_side()
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 4, 14, 6)
        row.setSpacing(22)
        row.addWidget(self.curve_pane, 16)
        row.addWidget(self.key_side, 12)
        for pane in self.heat_panes:
            row.addWidget(pane, 12)
        row.addWidget(self.depth_pane, 11)
        cursor.moved.connect(self._name)
        theme.signals.changed.connect(self._recolor)
        self.key.chosen.connect(self.chosen)
        self.key.left_out.connect(self.left_out)
        self.key.pointed.connect(self._point_out)
        for heat_map in self.heat_maps:
            heat_map.chosen.connect(self.depth_pane.choose)
            heat_map.histogram_wanted.connect(self.depth_pane.show_histogram)
        self.set_runs((), ())

    def set_runs(self, plotted: Sequence[Plotted], pictured: Sequence[Run]) -> None:
        """Show the curves of these runs, and of those ``pictured`` (one or two) every layer."""
        self._plotted = tuple(plotted)
        self._pictured = tuple(one for one in self._plotted if one.run in pictured)
        compares = len(self._plotted) > len(self._pictured)
        for index, (heat_map, pane) in enumerate(zip(self.heat_maps, self.heat_panes, strict=True)):
            shown = index < len(self._pictured)
            heat_map.set_history(self._pictured[index].run.history if shown else None)
            pane.setVisible(shown or index == 0)
        self.key_side.setVisible(compares)
        self.key.show_runs(self._plotted if compares else (), next(iter(pictured), None))
        self.caution.setText(incomparable([one.run for one in self._plotted]))
        self.caution.setVisible(bool(self.caution.text()))
        self._offer()
        self._recolor()
        self._name()

    def refresh(self) -> None:
        """Draw what has come since."""
        self._offer()
        self.curves.update()
        self.key.refresh()
        for heat_map in self.heat_maps:
            heat_map.update()
        self.depth_pane.refresh()
        self._name()

    def set_quantity(self, quantity: Quantity) -> None:
        """Plot this."""
        self.curves.set_quantity(quantity)
        self.key.set_quantity(quantity)
        self._name()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave remarks out where titles need the room."""
        super().resizeEvent(event)
        self._name()

    def _key_side(self) -> QWidget:
        self.caution.setObjectName("hint")
        self.caution.setWordWrap(True)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(4)
        column.addWidget(self.key, 1)
        column.addWidget(self.caution)
        return side

    def _offer(self) -> None:
        """Let what any of the runs has be plotted."""
        had = (name for one in self._plotted for name in one.run.history.quantities)
        self.switch.offer(tuple(dict.fromkeys(had)))

    def _point_out(self, run: Run | None) -> None:
        self.curves.point_out(run.history if run is not None else None)

    def _recolor(self) -> None:
        compares = not self.key_side.isHidden()
        self.curves.set_curves([_curve(one) for one in self._plotted], names_only=compares)
        self.depth_pane.set_runs(self._pictured)

    def _name(self) -> None:
        quantity = self.curves.quantity
        title, remark = title_of(quantity), _REMARKS.get(quantity, "of held-out samples")
        roomy = self.curve_pane.width() > 400
        self.curve_pane.set_title(title, remark if roomy else "")
        pair = len(self._pictured) > 1
        self.heat_panes[0].set_title(self._heat_title(pair))
        self.heat_panes[1].set_title("without")
        self.depth_pane.name()

    def _heat_title(self, pair: bool) -> str:
        first = "Gradient of every layer"
        if self.key_side.isHidden() or not self._pictured:
            return f"{first} · with" if pair else first
        pane = self.heat_panes[0]
        return pane.title.fontMetrics().elidedText(
            f"Gradients · {self._pictured[0].title}",
            Qt.TextElideMode.ElideMiddle,
            max(pane.width() - 16, 80),
        )


def _curve(one: Plotted) -> Curve:
    return Curve(one.title, one.look, one.run.history)
