"""The plots of a session side by side: curves, the key to them where runs are compared, a heat
map a run, the profile or the shares."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.runs.comparison import Plotted, incomparable
from app.runs.cursor import Cursor
from app.runs.curves import Curve, Quantity
from app.runs.heatmap import HeatMap
from app.runs.panes import ChartPane
from app.runs.plots import CurvePlot
from app.runs.profile import Profile
from app.runs.run_key import RunKey
from app.runs.session import Run
from app.runs.shares import RunShares, ShareView


class PlotRow(QWidget):
    """The plots; made once and given other runs to show.

    ``chosen(Run)`` and ``left_out(Run)`` are those of :class:`app.runs.run_key.RunKey`.
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
        self.key_side = self._key_side()
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 4, 14, 6)
        row.setSpacing(22)
        row.addWidget(self.curve_pane, 16)
        row.addWidget(self.key_side, 10)
        for pane in self.heat_panes:
            row.addWidget(pane, 12)
        row.addWidget(self.profile_pane, 11)
        cursor.moved.connect(self._name)
        theme.signals.changed.connect(self._recolor)
        self.key.chosen.connect(self.chosen)
        self.key.left_out.connect(self.left_out)
        self.key.pointed.connect(self._point_out)
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
        self._recolor()
        self._name()

    def refresh(self) -> None:
        """Draw what has come since."""
        self.curves.update()
        self.profile.update()
        self.shares.update()
        self.key.refresh()
        for heat_map in self.heat_maps:
            heat_map.update()
        # What was measured last may belong to an earlier step than the one that is shown.
        self._name()

    def set_quantity(self, quantity: Quantity) -> None:
        """Plot the loss or the accuracy."""
        self.curves.set_quantity(quantity)
        self.key.set_quantity(quantity)
        self._name()

    def show_shares(self, shown: bool) -> None:
        """Show the shortcuts' shares in place of the profile, or the profile again."""
        self.shares_button.setChecked(shown)

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

    def _point_out(self, run: Run | None) -> None:
        self.curves.point_out(run.history if run is not None else None)

    def _recolor(self) -> None:
        compares = not self.key_side.isHidden()
        self.curves.set_curves([_curve(one) for one in self._plotted], names_only=compares)
        self.profile.set_curves([_curve(one) for one in self._pictured])
        self.shares.set_runs([RunShares(one.run) for one in self._pictured])

    def _name(self) -> None:
        if self.curves.quantity == "loss":
            title, remark = "Training loss", "○ held-out"
        else:
            title, remark = "Accuracy", "mean of 20 batches · ○ held-out"
        roomy = self.curve_pane.width() > 400
        self.curve_pane.set_title(title, remark if roomy else "")
        pair = len(self._pictured) > 1
        self.heat_panes[0].set_title(self._heat_title(pair))
        self.heat_panes[1].set_title("without")
        self._name_last(pair)

    def _name_last(self, pair: bool) -> None:
        """Of the profile or of the shares, which are those of the last step that was measured."""
        shares = self.shares_button.isChecked()
        ends = [one.run.history.step_at(self._cursor.step) for one in self._pictured]
        step = self.shares.step if shares else max(ends, default=0)
        width = self.profile_pane.width()
        words = "shortcuts" if shares else "input to output"
        if pair and width < 400:
            title = f"Step {step}" if step else words.capitalize()
        else:
            title = f"Step {step}, {words}" if step else words.capitalize()
        over = [
            f"{one.title} ended at {end}" if pair else "its last"
            for one, end in zip(self._pictured, ends, strict=True)
            if end < self._cursor.step
        ]
        remark = "● with ◆ without" if pair and width > 250 else ""
        self.profile_pane.set_title(title, "" if shares else ", ".join(over) or remark)

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
