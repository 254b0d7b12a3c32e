"""The runs as lines of a list: sorted by a click on a column's head, narrowed by words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from app import theme
from app.runs.listing.run_summary import RunSummary, when_in_words
from app.runs.plots.look import SWATCH, RunLook, swatch
from graphcore.training.run_folder import RunFolder

COLUMNS: Final = ("Run", "When", "Recipe", "Steps", "Test loss", "Accuracy", "State")
_NAME_WIDTH: Final = 170
_WHEN: Final = 1
_RECIPE: Final = 2
_LEAST_WIDTH: Final = 56
"""Of a column: the recipe's shrinks first."""
_ACCURACY_IS: Final = (
    "Of the held-out samples, after the last evaluation; of a pair with / without skips"
)
_FIGURES: Final = (3, 4, 5)
_LARGEST_FIRST: Final = (1, 3, 5)
"""Columns of which a first click shows the newest, the longest, the most accurate on top."""

Key = str | float | tuple[datetime, int]


class RunLine(QTreeWidgetItem):
    """One run; ``age`` breaks ties of time (larger is newer)."""

    def __init__(self, summary: RunSummary, now: datetime, age: int) -> None:
        super().__init__(list(cells(summary, now)))
        self.summary = summary
        self._keys = _keys(summary, age)
        self._words = _words(summary)
        _dress(self, summary)

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        """Whether it stands above ``other`` in ascending order of the column that sorts."""
        column = max(self.treeWidget().sortColumn(), 0)
        assert isinstance(other, RunLine)
        return bool(self._keys[column] < other._keys[column])  # type: ignore[operator]

    def matches(self, words: Sequence[str]) -> bool:
        """Whether every word is part of its name, folder, notes, recipe or state."""
        return all(word in self._words for word in words)


class RunsList(QTreeWidget):
    """The newest run on top until another order is asked for.

    ``put_back_wanted()`` is Ctrl+Z, where ``can_put_back`` says that something is in the bin.
    """

    put_back_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self._looks: Mapping[Path, RunLook] = {}
        self.can_put_back: Callable[[], bool] = lambda: False
        self.setHeaderLabels(COLUMNS)
        self.setRootIsDecorated(False)
        self.setStyleSheet("QTreeView::item { padding: 5px 7px; border-radius: 0; }")
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName("Runs")
        self.setIconSize(SWATCH)
        theme.signals.changed.connect(self._dress)
        self._set_up_header()

    @property
    def chosen(self) -> list[RunSummary]:
        """The runs that are selected and can be seen, from top to bottom."""
        return [line.summary for line in self.lines if line.isSelected() and not line.isHidden()]

    @property
    def selected(self) -> RunSummary | None:
        """The one run that is selected and can be seen."""
        chosen = self.chosen
        return chosen[0] if len(chosen) == 1 else None

    @property
    def lines(self) -> list[RunLine]:
        """All lines as they stand, the hidden ones as well."""
        items = (self.topLevelItem(row) for row in range(self.topLevelItemCount()))
        return [item for item in items if isinstance(item, RunLine)]

    @property
    def shown(self) -> int:
        """How many runs the search leaves."""
        return sum(not line.isHidden() for line in self.lines)

    def show_runs(self, summaries: Sequence[RunSummary], now: datetime) -> None:
        """List these runs, the newest first in ``summaries``; order, search and selection stay."""
        kept = [summary.folder.path for summary in self.chosen]
        current = self.currentItem()
        at = current.summary.folder.path if isinstance(current, RunLine) else None
        was_blocked = self.blockSignals(True)
        self.clear()
        made = [RunLine(each, now, -index) for index, each in enumerate(summaries)]
        self.addTopLevelItems(made)
        for line in made:
            line.setHidden(not line.matches(self._words))
            if line.summary.folder.path == at:
                self.setCurrentItem(line, 0, QItemSelectionModel.SelectionFlag.NoUpdate)
            line.setSelected(line.summary.folder.path in kept)
        self._dress()
        self.blockSignals(was_blocked)
        self.itemSelectionChanged.emit()

    def show_looks(self, looks: Mapping[Path, RunLook]) -> None:
        """Mark the runs that the plots show, each as it is shown there."""
        self._looks = looks
        self._dress()

    def event(self, event: QEvent) -> bool:
        """Ctrl+Z here takes the last deletion back rather than the last edit of the diagram."""
        if event.type() is QEvent.Type.ShortcutOverride and _is_undo(event) and self.can_put_back():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Z puts back what was deleted; the other keys are those of every list."""
        if _is_undo(event) and self.can_put_back():
            self.put_back_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _dress(self) -> None:
        ratio = self.devicePixelRatioF()
        for line in self.lines:
            look = self._looks.get(line.summary.folder.path)
            line.setIcon(0, swatch(look, ratio) if look is not None else QIcon())

    def search(self, text: str) -> None:
        """Show only runs that have every word of ``text``."""
        self._words = text.casefold().split()
        for line in self.lines:
            line.setHidden(not line.matches(self._words))
        self.itemSelectionChanged.emit()

    def select(self, folder: RunFolder) -> None:
        """Select a run, where it is listed."""
        for line in self.lines:
            if line.summary.folder.path == folder.path:
                self.setCurrentItem(line)

    def _set_up_header(self) -> None:
        head = self.headerItem()
        for column in _FIGURES:
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            head.setTextAlignment(column, right)
        for column in _LARGEST_FIRST:
            largest = Qt.SortOrder.DescendingOrder
            head.setData(column, Qt.ItemDataRole.InitialSortOrderRole, largest)
        header = self.header()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(_LEAST_WIDTH)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_RECIPE, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, _NAME_WIDTH)
        head.setToolTip(_FIGURES[-1], _ACCURACY_IS)
        header.setSectionsClickable(True)
        self.sortByColumn(_WHEN, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)


def _is_undo(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Undo)


def cells(summary: RunSummary, now: datetime) -> tuple[str, ...]:
    """What a line says of a run, column by column."""
    name = summary.title + (" · pair" if summary.is_pair else "")
    loss = f"{summary.loss:.3g}" if summary.loss is not None else "–"
    accuracy = _percent(summary.accuracy)
    if summary.twin_accuracy is not None:
        accuracy += f" / {_percent(summary.twin_accuracy)}"
    when = when_in_words(summary.when, now)
    return name, when, summary.recipe_words, f"{summary.steps:,}", loss, accuracy, summary.state


def _keys(summary: RunSummary, age: int) -> tuple[Key, ...]:
    """What each column is sorted by; what was not measured counts as the worst."""
    loss = math.inf if summary.loss is None or math.isnan(summary.loss) else summary.loss
    accuracy = -1.0 if summary.accuracy is None else summary.accuracy
    named = summary.title.casefold()
    when = (summary.when, age)
    return named, when, summary.recipe_words, summary.steps, loss, accuracy, summary.state


def _words(summary: RunSummary) -> str:
    """All that a search looks in."""
    recipe = summary.recipe.values() if summary.recipe is not None else {}
    values = (f"{name.replace('_', ' ')} {value}" for name, value in recipe.items())
    pair = "pair" if summary.is_pair else ""
    about = (summary.folder.name, summary.about.name, summary.about.notes)
    begun = summary.weights.title if summary.weights is not None else ""
    return "\n".join((*about, pair, begun, summary.state, *values)).casefold()


def _percent(share: float | None) -> str:
    return f"{share * 100:.1f} %" if share is not None else "–"


def _dress(item: QTreeWidgetItem, summary: RunSummary) -> None:
    for column in _FIGURES:
        item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    notes = summary.about.notes.strip() or summary.about_problem
    item.setToolTip(0, "\n\n".join(filter(None, (str(summary.folder.path), notes))))
    item.setToolTip(_WHEN, f"{summary.when:%Y-%m-%d %H:%M:%S}")
    if summary.recipe is not None:
        values = summary.recipe.values().items()
        told = [f"{name.replace('_', ' ')}: {value}" for name, value in values]
        item.setToolTip(_RECIPE, "\n".join([*_begun(summary), *told]))
    pair = ""
    if summary.twin_accuracy is not None:
        with_skips, without = _percent(summary.accuracy), _percent(summary.twin_accuracy)
        pair = f"with skips {with_skips}, without {without}"
    for column, first in zip(_FIGURES[1:], ("", pair), strict=True):
        item.setToolTip(column, "\n".join(filter(None, (first, summary.metric_words))))
    item.setToolTip(len(COLUMNS) - 1, summary.message)


def _begun(summary: RunSummary) -> list[str]:
    """With which weights the run began, in full."""
    record = summary.weights
    if record is None:
        return []
    match = f"\n{record.match.sentence()}" if record.match is not None else ""
    return [f"began with {record.file}{match}\n"]
