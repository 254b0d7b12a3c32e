"""The plots of a session side by side: curves, a heat map a run, the profile."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from app import theme
from app.runs.cursor import Cursor
from app.runs.heatmap import HeatMap
from app.runs.panes import ChartPane
from app.runs.plots import Curve, CurvePlot, Quantity
from app.runs.profile import Profile
from app.runs.session import Run

_SHORT = {"With skips": "with", "Without skips": "without"}


class PlotRow(QWidget):
    """The plots; made once and given other runs to show."""

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cursor = cursor
        self._runs: tuple[Run, ...] = ()
        self.curves = CurvePlot(cursor)
        self.heat_maps = (HeatMap(cursor), HeatMap(cursor))
        self.profile = Profile(cursor)
        self.curve_pane = ChartPane("Training loss", self.curves)
        self.heat_panes = tuple(
            ChartPane("Gradient of every layer", heat_map) for heat_map in self.heat_maps
        )
        self.profile_pane = ChartPane("Gradient, input to output", self.profile)
        self._add_switch()
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 4, 14, 6)
        row.setSpacing(22)
        row.addWidget(self.curve_pane, 16)
        for pane in self.heat_panes:
            row.addWidget(pane, 12)
        row.addWidget(self.profile_pane, 11)
        cursor.moved.connect(self._name)
        theme.signals.changed.connect(self._recolor)
        self.set_runs(())

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Show these runs, one or two."""
        self._runs = tuple(runs)
        for index, (heat_map, pane) in enumerate(zip(self.heat_maps, self.heat_panes, strict=True)):
            shown = index < len(self._runs)
            heat_map.set_history(self._runs[index].history if shown else None)
            pane.setVisible(shown or index == 0)
        self._recolor()
        self._name()

    def refresh(self) -> None:
        """Draw what has come since."""
        self.curves.update()
        self.profile.update()
        for heat_map in self.heat_maps:
            heat_map.update()

    def set_quantity(self, quantity: Quantity) -> None:
        """Plot the loss or the accuracy."""
        self.curves.set_quantity(quantity)
        self._name()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave remarks out where titles need the room."""
        super().resizeEvent(event)
        self._name()

    def _add_switch(self) -> None:
        self.switch = QButtonGroup(self)
        for index, (text, quantity) in enumerate((("Loss", "loss"), ("Accuracy", "accuracy"))):
            button = QToolButton()
            button.setObjectName("small")
            button.setFixedHeight(24)
            button.setText(text)
            button.setCheckable(True)
            button.setChecked(index == 0)
            button.setProperty("quantity", quantity)
            self.switch.addButton(button, index)
            self.curve_pane.head.addWidget(button)
        self.switch.buttonClicked.connect(
            lambda button: self.set_quantity(button.property("quantity"))
        )

    def _recolor(self) -> None:
        colors = theme.current().run_colors
        pair = len(self._runs) > 1
        curves = [
            Curve(
                _SHORT.get(run.title, run.title) if pair else "batch",
                colors[index % len(colors)],
                run.history,
                diamond=bool(index % 2),
            )
            for index, run in enumerate(self._runs)
        ]
        self.curves.set_curves(curves)
        self.profile.set_curves(curves)

    def _name(self) -> None:
        pair = len(self._runs) > 1
        if self.curves.quantity == "loss":
            title, remark = "Training loss", "○ held-out"
        else:
            title, remark = "Accuracy", "mean of 20 batches · ○ held-out"
        roomy = self.curve_pane.width() > 400
        self.curve_pane.set_title(title, remark if roomy else "")
        first = "Gradient of every layer"
        self.heat_panes[0].set_title(f"{first} · with" if pair else first)
        self.heat_panes[1].set_title("without")
        step = self._cursor.step
        self.profile_pane.set_title(
            f"Step {step}, input to output" if step else "Input to output",
            "● with ◆ without" if pair and self.profile_pane.width() > 280 else "",
        )
