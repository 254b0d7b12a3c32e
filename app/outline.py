"""The outline: the diagram as a tree of words, for the keyboard and for screen readers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app.document import Document
from graphcore.diagram import Instance, Node, Scales, Step
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.results import BlockResult, NodeResult
from graphcore.scale_words import chip_text

PLACE = int(Qt.ItemDataRole.UserRole)
ITEM = PLACE + 1


class Outline(QWidget):
    """Every block, layer and skip, nested as in the diagram; choosing one shows it on the canvas.

    Blocks are filled when they are unfolded, and nothing is built while the outline is hidden.
    """

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self._stale = True
        self._unfolded: set[Instance] = set()
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Outline of the diagram")
        self.tree.setHeaderHidden(True)
        self.tree.setColumnCount(1)
        self.tree.setIndentation(14)
        self.tree.setUniformRowHeights(True)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.tree.itemClicked.connect(self._go)
        self.tree.itemActivated.connect(self._go)
        self.tree.itemExpanded.connect(self._on_expanded)
        self.tree.itemCollapsed.connect(self._on_collapsed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 0)
        layout.addWidget(self.tree)
        document.analysed.connect(self._on_analysed)
        document.selection_changed.connect(self._mark_selection)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with the diagram."""
        super().showEvent(event)
        self._rebuild()

    def _on_analysed(self) -> None:
        self._stale = True
        if self.isVisible():
            self._rebuild()

    def _rebuild(self) -> None:
        if not self._stale:
            return
        self._stale = False
        position = self.tree.verticalScrollBar().value()
        self.tree.clear()
        root = QTreeWidgetItem([self.document.diagram.main])
        root.setData(0, PLACE, ())
        self.tree.addTopLevelItem(root)
        self._fill(root, (), self.document.analysis.root)
        root.setExpanded(True)
        self.tree.verticalScrollBar().setValue(position)
        self._mark_selection()

    def _fill(self, parent: QTreeWidgetItem, instance: Instance, result: BlockResult) -> None:
        graph = self.document.diagram.blocks[result.block].graph
        for id in [*result.order, *(id for id in graph.nodes if id not in result.order)]:
            node, copies = graph.nodes[id], result.nodes.get(id, ())
            item = QTreeWidgetItem(parent, [_told(node, copies)])
            item.setToolTip(0, item.text(0))
            item.setData(0, PLACE, instance)
            item.setData(0, ITEM, id)
            if node.kind in self.document.diagram.blocks:
                self._add_inside(item, (*instance, Step(id, 0)))
        for edge in graph.edges.values():
            kind = EDGE_KINDS[edge.kind]
            if kind.join == "none":
                continue
            ends = f"{graph.nodes[edge.source.node].label} → {graph.nodes[edge.target.node].label}"
            found = result.edges.get(edge.id)
            shortcut = f" · {found.shortcut}" if found and found.shortcut else ""
            told = f"{kind.title} {ends}{shortcut}{_scaled(edge.scales)}"
            item = QTreeWidgetItem(parent, [told])
            item.setToolTip(0, item.text(0))
            item.setData(0, PLACE, instance)
            item.setData(0, ITEM, edge.id)

    def _add_inside(self, item: QTreeWidgetItem, inside: Instance) -> None:
        if inside in self._unfolded:
            self._fill_inside(item, inside)
            item.setExpanded(True)
        else:
            item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)

    def _fill_inside(self, item: QTreeWidgetItem, inside: Instance) -> None:
        result = self.document.analysis.at(inside)
        if result is not None:
            self._fill(item, inside, result)

    def _on_expanded(self, item: QTreeWidgetItem) -> None:
        if item.data(0, ITEM) is None:
            return
        inside = (*_instance(item), Step(item.data(0, ITEM), 0))
        self._unfolded.add(inside)
        if not item.childCount():
            self._fill_inside(item, inside)

    def _on_collapsed(self, item: QTreeWidgetItem) -> None:
        if item.data(0, ITEM) is not None:
            self._unfolded.discard((*_instance(item), Step(item.data(0, ITEM), 0)))

    def _go(self, item: QTreeWidgetItem) -> None:
        self.document.enter(_instance(item))
        if item.data(0, ITEM) is not None:
            self.document.select([item.data(0, ITEM)])

    def _mark_selection(self) -> None:
        if not self.isVisible() or len(self.document.selection) != 1:
            return
        (chosen,) = self.document.selection
        pending = [self.tree.topLevelItem(0)]
        while pending:
            item = pending.pop()
            if item is None:
                continue
            if item.data(0, ITEM) == chosen and _instance(item) == self.document.instance:
                self.tree.setCurrentItem(item)
                return
            pending += [item.child(index) for index in range(item.childCount())]


def _instance(item: QTreeWidgetItem) -> Instance:
    return tuple(Step(*step) for step in item.data(0, PLACE))


def _told(node: Node, copies: tuple[NodeResult, ...]) -> str:
    times = f" ×{len(copies)}" if len(copies) > 1 else ""
    outputs = copies[-1].outputs.values() if copies else ()
    shape = next((str(type) for type in outputs if type is not None), "")
    scales = "".join(_scaled(chain) for chain in node.scales.values())
    return f"{node.label} · {node.kind}{times}" + (f" · {shape}" if shape else "") + scales


def _scaled(chain: Scales) -> str:
    """What the chips of a branch or a shortcut say."""
    words = ", ".join(chip_text(scale).removeprefix("· ") for scale in chain)
    return f" · scaled by {words}" if words else ""
