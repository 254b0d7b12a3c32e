"""Every problem of the diagram: what, where, and a click that goes there or mends it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app import icons, theme
from app.document import Document
from graphcore.diagnostics import Diagnostic
from graphcore.diagram import Diagram

PADDING = QSize(16, 8)
"""What the style sheet puts around an item."""

MOST = 200
"""A diagram that is broken all over shows this many; the rest follow when these are mended."""


class ProblemsPanel(QWidget):
    """A row a problem; errors come first."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self._shown: tuple[Diagnostic, ...] | None = None
        self.tree = ProblemTree()
        self.tree.chosen.connect(self._go)
        self.nothing = QLabel(
            "No problems. Mistakes in the diagram will be listed here, each with its place and, "
            "where there is one, a button that mends it."
        )
        self.nothing.setObjectName("empty")
        self.nothing.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.nothing)
        self._stack.addWidget(self.tree)
        document.analysed.connect(self._refresh)
        theme.signals.changed.connect(self._rebuild)
        self._refresh()

    def _refresh(self) -> None:
        problems = self.document.analysis.diagnostics
        if problems != self._shown:
            self._rebuild()

    def _rebuild(self) -> None:
        problems = self._shown = self.document.analysis.diagnostics
        self.tree.clear()
        ordered = sorted(problems, key=lambda problem: problem.severity != "error")
        for problem in ordered[:MOST]:
            self._add(problem)
        if len(problems) > MOST:
            rest = QTreeWidgetItem([f"and {len(problems) - MOST} more"])
            self.tree.addTopLevelItem(rest)
        self._stack.setCurrentIndex(1 if problems else 0)

    def _add(self, problem: Diagnostic) -> None:
        colors = theme.current()
        message = problem.message + in_copies(problem)
        item = QTreeWidgetItem([message, place_of(self.document.diagram, problem), ""])
        color = colors.error if problem.severity == "error" else colors.warning
        item.setIcon(0, icons.icon(problem.severity, color))
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{problem.severity}: {message}")
        item.setData(0, Qt.ItemDataRole.UserRole, problem)
        item.setForeground(1, colors.muted)
        for column in (0, 1):
            item.setToolTip(column, f"{message}\n{place_of(self.document.diagram, problem)}")
        self.tree.addTopLevelItem(item)
        if problem.fixes:
            fixes = self._fixes(problem)
            self.tree.setItemWidget(item, 2, fixes)
            # The style sheet's padding is taken off the room that an item's widget gets.
            item.setSizeHint(2, fixes.sizeHint() + PADDING)

    def _fixes(self, problem: Diagnostic) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(4, 2, 8, 2)
        row.setSpacing(6)
        row.addStretch(1)
        for fix in problem.fixes:
            button = QPushButton(fix.title)
            button.setToolTip("Mends it; one step that Ctrl+Z takes back")
            button.clicked.connect(
                lambda _=False, fix=fix: self.document.apply(fix.title, fix.edit)
            )
            row.addWidget(button)
            button.ensurePolished()
        return holder

    def _go(self, index: QModelIndex) -> None:
        problem = index.siblingAtColumn(0).data(Qt.ItemDataRole.UserRole)
        if isinstance(problem, Diagnostic):
            self.document.reveal(problem.at)


class ProblemTree(QTreeWidget):
    """The rows; ``chosen(index)`` for a click or Return."""

    chosen = Signal(QModelIndex)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Problems")
        self.setColumnCount(3)
        self.setHeaderLabels(["Problem", "Where", "Mend it"])
        self.setRootIsDecorated(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setWordWrap(True)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.header().setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        # The rows are as high as their words need at the width that is left for them.
        self.header().sectionResized.connect(lambda *_: self.scheduleDelayedItemsLayout())
        self.clicked.connect(self.chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return goes to the problem."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


def in_copies(problem: Diagnostic) -> str:
    """Which copies of a repeated block have the problem, counted from one; empty: all."""
    if not problem.copies:
        return ""
    numbers = ", ".join(str(copy + 1) for copy in problem.copies)
    return f" (in cop{'y' if len(problem.copies) == 1 else 'ies'} {numbers})"


def place_of(diagram: Diagram, problem: Diagnostic) -> str:
    """Where a problem is, in words: ``Residual › conv1 · x``."""
    block = diagram.blocks.get(problem.at.block)
    if block is None or not problem.at.item:
        return problem.at.block
    node, edge = block.graph.nodes.get(problem.at.item), block.graph.edges.get(problem.at.item)
    if node is not None:
        name = node.label
    elif edge is not None:
        ends = (edge.source.node, edge.target.node)
        name = " → ".join(block.graph.nodes[end].label for end in ends if end in block.graph.nodes)
    else:
        name = problem.at.item
    detail = problem.param or problem.port
    return f"{problem.at.block} › {name}" + (f" · {detail}" if detail else "")
