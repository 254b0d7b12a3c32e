"""The plots of a session side by side: curves, a heat map a run, the profile or the shares."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QToolButton, QWidget

from app import theme
from app.runs.cursor import Cursor
from app.runs.heatmap import HeatMap
from app.runs.panes import ChartPane
from app.runs.plots import Curve, CurvePlot, Quantity
from app.runs.profile import Profile
from app.runs.session import Run
from app.runs.shares import RunShares, ShareView

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
        self.shares = ShareView(cursor)
        self.last_stack = QStackedWidget()
        self.last_stack.addWidget(self.profile)
        self.last_stack.addWidget(self.shares)
        self.profile_pane = ChartPane("Gradient, input to output", self.last_stack)
        self.shares_button = QToolButton()
        self._add_switch()
        self._add_shares_button()
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
        self.shares.update()
        for heat_map in self.heat_maps:
            heat_map.update()
        # What was measured last may belong to an earlier step than the one that is shown.
        self._name()

    def set_quantity(self, quantity: Quantity) -> None:
        """Plot the loss or the accuracy."""
        self.curves.set_quantity(quantity)
        self._name()

    def show_shares(self, shown: bool) -> None:
        """Show the shortcuts' shares in place of the profile, or the profile again."""
        self.shares_button.setChecked(shown)

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

    def _add_shares_button(self) -> None:
        self.shares_button.setObjectName("small")
        self.shares_button.setFixedHeight(24)
        self.shares_button.setText("Shortcuts")
        self.shares_button.setCheckable(True)
        self.shares_button.setToolTip(
            "How much of the gradient comes back by the shortcut, at every (+)"
        )
        self.shares_button.toggled.connect(self._switch_last)
        self.profile_pane.head.addWidget(self.shares_button)

    def _switch_last(self, shares: bool) -> None:
        self.last_stack.setCurrentWidget(self.shares if shares else self.profile)
        self._name()

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
        self.shares.set_runs([RunShares(run) for run in self._runs])

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
        self._name_last(pair)

    def _name_last(self, pair: bool) -> None:
        """Of the profile or of the shares, which are those of the last step that was measured."""
        shares = self.shares_button.isChecked()
        step = self.shares.step if shares else self._cursor.step
        width = self.profile_pane.width()
        words = "shortcuts" if shares else "input to output"
        if pair and width < 400:
            title = f"Step {step}" if step else words.capitalize()
        else:
            title = f"Step {step}, {words}" if step else words.capitalize()
        remark = "● with ◆ without" if pair and not shares and width > 250 else ""
        self.profile_pane.set_title(title, remark)
