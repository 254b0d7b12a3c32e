"""A table of what differs between the runs that are compared: a column a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.runs.listing.comparison import Plotted
from app.runs.listing.run_facts import facts_of
from app.runs.plots.look import SMALL_SWATCH, RunLook, swatch
from graphcore.training.run_table import TableRow, as_text, rows_that_differ, run_table

DISPLAY: Final = int(Qt.ItemDataRole.DisplayRole)
REFRESH_MS: Final = 1_000
"""Between two looks at runs that go on."""
WIDEST: Final = 240
NARROWEST: Final = 96
_INDENT: Final = " " * 4
_SHEET: Final = """
QHeaderView { background: transparent; border: none; }
QHeaderView::section:vertical { background: transparent; border: none; padding: 0 14px 0 2px;
    font-size: 12px; font-weight: 400; }
QTableCornerButton::section { background: transparent; border: none; }
"""
Index = QModelIndex | QPersistentModelIndex


class DifferencesModel(QAbstractTableModel):
    """A line a figure or parameter; before each group a line that names it."""

    def __init__(self) -> None:
        super().__init__()
        self.names: tuple[str, ...] = ()
        self.looks: tuple[RunLook, ...] = ()
        self.lines: tuple[TableRow | str, ...] = ()

    def show_table(
        self, names: Sequence[str], looks: Sequence[RunLook], rows: Sequence[TableRow]
    ) -> bool:
        """Show these rows; whether other lines are there now than before."""
        lines: list[TableRow | str] = []
        for index, row in enumerate(rows):
            if not index or row.group != rows[index - 1].group:
                lines.append(row.group)
            lines.append(row)
        same = [_title(line) for line in lines] == [_title(line) for line in self.lines]
        if same and tuple(names) == self.names and tuple(looks) == self.looks:
            self.lines = tuple(lines)
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return False
        self.beginResetModel()
        self.names, self.looks, self.lines = tuple(names), tuple(looks), tuple(lines)
        self.endResetModel()
        return True

    def rows_of(self, lines: Sequence[int]) -> list[TableRow]:
        """The figures in these lines."""
        return [row for row in (self.lines[line] for line in lines) if isinstance(row, TableRow)]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The number of lines."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The number of runs."""
        return len(self.names)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The name of a group cannot be selected."""
        is_row = isinstance(self.lines[index.row()], TableRow)
        return super().flags(index) if is_row else Qt.ItemFlag.NoItemFlags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> object:
        """The runs with their looks; the names of figures and parameters."""
        if orientation is Qt.Orientation.Horizontal:
            return self._run(section, role)
        line = self.lines[section]
        if role == DISPLAY:
            return f"{_INDENT}{line.name}" if isinstance(line, TableRow) else line
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = DISPLAY) -> object:
        """A cell; what is the same in all runs is pale."""
        row = self.lines[index.row()]
        if not isinstance(row, TableRow):
            return None
        if role == DISPLAY:
            return row.cells[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            note = row.notes[index.column()] if row.notes else ""
            return "\n".join(filter(None, (row.cells[index.column()], note)))
        if role == Qt.ItemDataRole.ForegroundRole and not row.differs:
            return theme.current().muted
        return None

    def _run(self, section: int, role: int) -> object:
        if role in (DISPLAY, Qt.ItemDataRole.ToolTipRole):
            return self.names[section]
        if role == Qt.ItemDataRole.DecorationRole:
            return swatch(self.looks[section], size=SMALL_SWATCH)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None


class DifferencesTable(QTableView):
    """The table; Ctrl+C takes the lines that are selected, or all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = DifferencesModel()
        self.setModel(self.lines)
        self.setAccessibleName("Differences between the runs")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setStyleSheet(_SHEET)
        self.verticalHeader().setDefaultSectionSize(24)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setHighlightSections(False)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideMiddle)

    def show_table(
        self, names: Sequence[str], looks: Sequence[RunLook], rows: Sequence[TableRow]
    ) -> None:
        """Show these rows, with the columns as wide as they need."""
        if not self.lines.show_table(names, looks, rows):
            return
        for column in range(len(names)):
            wanted = max(self.sizeHintForColumn(column), self._head_width(column))
            self.setColumnWidth(column, min(max(wanted, NARROWEST), WIDEST))

    def text(self, *, selected: bool) -> str:
        """The lines that are ``selected``, or all where none is, for the clipboard."""
        chosen = sorted({index.row() for index in self.selectedIndexes()}) if selected else []
        rows = self.lines.rows_of(chosen or range(self.lines.rowCount()))
        return as_text(self.lines.names, rows)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.text(selected=True))
        else:
            super().keyPressEvent(event)

    def _head_width(self, column: int) -> int:
        metrics = self.horizontalHeader().fontMetrics()
        return metrics.horizontalAdvance(self.lines.names[column]) + SMALL_SWATCH.width() + 28


class DifferencesView(QWidget):
    """The table, and what of it is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plotted: tuple[Plotted, ...] = ()
        self.table = DifferencesTable()
        self.all_box = QCheckBox("All of the recipe")
        self.copy_button = QPushButton("Copy the table")
        self.remark = QLabel()
        self.remark.setObjectName("hint")
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._timer.timeout.connect(self._fill)
        self.all_box.toggled.connect(self._fill)
        self.copy_button.clicked.connect(self.copy_all)
        self.copy_button.setToolTip("Tabs between the cells, as spreadsheets take them")
        theme.signals.changed.connect(self._fill)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(12)
        head.addWidget(self.remark)
        head.addStretch(1)
        head.addWidget(self.all_box)
        head.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 4, 14, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.table, 1)

    def set_runs(self, plotted: Sequence[Plotted]) -> None:
        """Compare these runs, of which diagrams are compared with that of the first."""
        self._plotted = tuple(plotted)
        self._fill()

    def refresh(self) -> None:
        """Runs that go on have come further."""
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def copy_all(self) -> None:
        """Put the table, as it is shown, on the clipboard."""
        QGuiApplication.clipboard().setText(self.table.text(selected=False))

    def showEvent(self, event: QShowEvent) -> None:
        """What has come meanwhile is shown."""
        super().showEvent(event)
        self._fill()

    def _fill(self) -> None:
        if not self.isVisible():
            return
        rows = run_table([facts_of(one) for one in self._plotted])
        shown = rows if self.all_box.isChecked() else rows_that_differ(rows)
        names = [one.title for one in self._plotted]
        self.table.show_table(names, [one.look for one in self._plotted], shown)
        same = len(rows) - len(rows_that_differ(rows))
        self.remark.setText(f"{same} lines are the same in all runs" if same else "")


def _title(line: TableRow | str) -> str:
    return line.name if isinstance(line, TableRow) else line
