"""The key to a comparison: each run's look, name and figures; the current one is the one whose
layers are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app import theme
from app.runs.cursor import Cursor
from app.runs.listing.comparison import Plotted
from app.runs.listing.run_summary import recipe_in_words
from app.runs.plots.curves import Quantity, test_in_words, title_of, values_of, written
from app.runs.plots.look import SWATCH, swatch
from app.runs.session import Run

_NAME, _NOW, _TEST = range(3)
_OF_TIME: Final = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Space,
)
"""Keys of the time cursor, which the page understands."""


class RunKey(QTreeWidget):
    """A line a run. ``chosen(Run)``: its layers are to be shown; ``pointed(Run | None)``: its curve
    is to be brought out; ``left_out(Run)``: it is to leave the comparison."""

    chosen = Signal(object)
    pointed = Signal(object)
    left_out = Signal(object)

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cursor = cursor
        self._plotted: tuple[Plotted, ...] = ()
        self._quantity: Quantity = "loss"
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setMouseTracking(True)
        self.setIconSize(SWATCH)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setAccessibleName("Runs that are compared")
        self.setStyleSheet(
            "QTreeView::item { padding: 3px 4px; border-radius: 0; }"
            "QHeaderView::section { padding: 6px 5px; }"
        )
        self.setMinimumWidth(236)
        leave_out = QAction("Leave out of the comparison", self)
        leave_out.triggered.connect(lambda: self.leave_out_current())
        self.addAction(leave_out)
        self._set_up_header()
        self.currentItemChanged.connect(self._choose)
        self.itemEntered.connect(lambda item: self.pointed.emit(self._run_of(item)))
        theme.signals.changed.connect(self._dress)
        cursor.moved.connect(self.refresh)

    @property
    def current(self) -> Run | None:
        """The run whose layers are shown."""
        return self._run_of(self.currentItem())

    def show_runs(self, plotted: Sequence[Plotted], current: Run | None) -> None:
        """List these runs."""
        self._plotted = tuple(plotted)
        with QSignalBlocker(self):
            self.clear()
            for one in self._plotted:
                item = QTreeWidgetItem([one.title, "", ""])
                for column in (_NOW, _TEST):
                    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    item.setTextAlignment(column, right)
                self.addTopLevelItem(item)
                if one.run is current:
                    self.setCurrentItem(item)
        self._dress()
        self.refresh()

    def set_quantity(self, quantity: Quantity) -> None:
        """Tell of this."""
        self._quantity = quantity
        self.headerItem().setText(_NOW, "Loss" if quantity == "loss" else title_of(quantity))
        self.refresh()

    def refresh(self) -> None:
        """Tell the figures at the cursor."""
        if not self.isVisible():
            return
        for row, one in enumerate(self._plotted):
            item = self.topLevelItem(row)
            if item is not None:
                now, test = self._figures(one.run)
                item.setText(_NOW, now)
                item.setText(_TEST, test)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down choose a run, Delete leaves it out; keys of the time cursor are the page's
        affair."""
        if event.key() in _OF_TIME:
            event.ignore()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.leave_out_current()
        else:
            super().keyPressEvent(event)

    def leave_out_current(self) -> None:
        """Ask for the current run to leave the comparison."""
        if self.current is not None:
            self.left_out.emit(self.current)

    def leaveEvent(self, event: QEvent) -> None:
        """No curve is pointed out any more."""
        super().leaveEvent(event)
        self.pointed.emit(None)

    def showEvent(self, event: object) -> None:
        """What has come meanwhile is told."""
        self.refresh()

    def mouseMoveEvent(self, event: object) -> None:
        """Below the last line nothing is pointed out."""
        super().mouseMoveEvent(event)  # type: ignore[arg-type]
        if self.itemAt(event.position().toPoint()) is None:  # type: ignore[attr-defined]
            self.pointed.emit(None)

    def _figures(self, run: Run) -> tuple[str, str]:
        step = run.history.step_at(self._cursor.step)
        if not step:
            return "no steps", ""
        values = values_of(run.history, self._quantity)
        test = run.history.last_test(step)
        tested = test_in_words(test) if test is not None else "–"
        return written(self._quantity, float(values[step - 1])), tested

    def _set_up_header(self) -> None:
        self.setHeaderLabels(["Run", "Loss", "Test"])
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(44)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        for column in (_NOW, _TEST):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            self.headerItem().setTextAlignment(column, right)
        self.headerItem().setToolTip(_NOW, "Of the batch at the cursor's step")
        self.headerItem().setToolTip(_TEST, "Of the held-out samples, up to the cursor's step")

    def _dress(self) -> None:
        for row, one in enumerate(self._plotted):
            item = self.topLevelItem(row)
            if item is not None:
                item.setIcon(_NAME, swatch(one.look, self.devicePixelRatioF()))
                item.setToolTip(_NAME, _tip(one))

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        run = self._run_of(item)
        if run is not None:
            self.chosen.emit(run)

    def _run_of(self, item: QTreeWidgetItem | None) -> Run | None:
        row = self.indexOfTopLevelItem(item) if item is not None else -1
        return self._plotted[row].run if 0 <= row < len(self._plotted) else None


def _tip(one: Plotted) -> str:
    run = one.run
    lines = [one.title, recipe_in_words(run.recipe)]
    if run.is_going:
        lines.append("is being trained now")
    elif run.failed is not None:
        lines.append(f"failed after {run.history.steps:,} steps: {run.failed.message}")
    else:
        lines.append(f"ended after {run.history.steps:,} steps")
    return "\n".join(lines)
