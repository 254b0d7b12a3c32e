"""A table of every layer that runs, and what the engine says of the whole."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app import figures, theme
from app.document import Document
from app.page_parts import spaced
from graphcore.analysis import leaves
from graphcore.results import Leaf

COLUMNS = ("Layer", "Kind", "Output", "Parameters", "Multiply–adds")
DISPLAY = int(Qt.ItemDataRole.DisplayRole)
Index = QModelIndex | QPersistentModelIndex


class SummaryModel(QAbstractTableModel):
    """A row a layer, in the order in which they run."""

    def __init__(self) -> None:
        super().__init__()
        self.leaves: tuple[Leaf, ...] = ()
        self._operations: tuple[int, ...] = ()

    def show_leaves(self, shown: tuple[Leaf, ...], operations: tuple[int, ...]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self.leaves, self._operations = shown, operations
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The number of layers."""
        return 0 if parent.isValid() else len(self.leaves)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Layer, kind, output, parameters, multiply–adds."""
        return len(COLUMNS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = DISPLAY,
    ) -> object:
        """The titles of the columns."""
        if orientation is Qt.Orientation.Horizontal and role == DISPLAY:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = DISPLAY) -> object:
        """The text of a cell; numbers are set to the right, in the face of code."""
        if role == DISPLAY:
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role == Qt.ItemDataRole.FontRole and index.column() != 1:
            return theme.mono_font(12)
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 1:
            return theme.current().muted
        return None

    def _text(self, row: int, column: int) -> str:
        leaf = self.leaves[row]
        return (
            leaf.module,
            leaf.kind,
            spaced(leaf.output),
            f"{leaf.parameters:,}" if leaf.parameters else "–",
            figures.short(self._operations[row]) if self._operations[row] else "–",
        )[column]


class SummaryPanel(QWidget):
    """The table, and below it the totals. ``check_wanted()`` asks for the engine's answer."""

    check_wanted = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self._stale = True
        self.model = SummaryModel()
        self.table = self._make_table()
        self.totals = QLabel()
        self.totals.setObjectName("muted")
        self.totals.setContentsMargins(16, 6, 16, 8)
        self.totals.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.nothing = QLabel(
            "Every layer will be listed here with its output shape, parameters and multiply–adds, "
            "as soon as there is one. Drag a layer from the palette to begin."
        )
        self.nothing.setObjectName("empty")
        self.nothing.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(self.totals)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.nothing)
        self._stack.addWidget(whole)
        document.source_changed.connect(self._on_settled)
        self._answer = ""

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setAccessibleName("Layers of the model")
        table.setModel(self.model)
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setShowGrid(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(24)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setHighlightSections(False)
        table.clicked.connect(self._go)
        table.activated.connect(self._go)
        return table

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with the diagram."""
        super().showEvent(event)
        self._refresh()

    def tell_answer(self, text: str) -> None:
        """What the engine found when it built the model: totals, or where it disagrees."""
        self._answer = text
        self._tell_totals()

    def _on_settled(self) -> None:
        self._stale = True
        self._answer = ""
        if self.isVisible():
            self._refresh()

    def _refresh(self) -> None:
        if not self._stale:
            return
        self._stale = False
        analysis = self.document.analysis
        shown = leaves(analysis)
        counted = figures.of_leaves(analysis.diagram, shown)
        self.model.show_leaves(shown, counted)
        self._stack.setCurrentIndex(1 if shown else 0)
        self._tell_totals()
        if analysis.ok and shown:
            self.check_wanted.emit()

    def _tell_totals(self) -> None:
        analysis = self.document.analysis
        total = figures.of_diagram(analysis.diagram, analysis.root)
        self.totals.setText(" · ".join(filter(None, (str(total), self._answer))))

    def _go(self, index: QModelIndex) -> None:
        leaf = self.model.leaves[index.row()]
        self.document.enter(leaf.instance[:-1])
        self.document.select([leaf.definition.item])


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column >= 3 else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
