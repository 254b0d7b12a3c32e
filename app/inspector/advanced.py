"""What is seldom set of a node: copies that are one module and what they are called, when it is
there, whose module it calls, and which of its weights are another's. Folded until it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import icons, theme
from app.canvas.gestures.add_popup import AddPopup
from app.canvas.gestures.offers import Offer
from app.condition_line import ConditionLine
from app.disclosure import Disclosure
from app.document import Document
from app.fields import WheelSafeComboBox
from app.form import LABEL_WIDTH, Form
from app.page_parts import Elided, connect_form, names_of
from graphcore import edits
from graphcore.diagram import Diagram, Node, Tie
from graphcore.edits.sharing import same_as_candidates
from graphcore.expression import Expr
from graphcore.modules import is_container
from graphcore.ports import input_ports, output_ports
from graphcore.spec import BoolParam, ParamValue, Refused, Resolved, TextParam
from graphcore.store.error import COPY_NAMES
from graphcore.weights_below import possible_ties, weights_below


@dataclass(frozen=True, kw_only=True)
class CopyNamesParam(TextParam):
    """The pattern of the names of copies."""

    def _resolve(self, value: Resolved) -> Resolved:
        if isinstance(value, str) and COPY_NAMES.fullmatch(value):
            return value
        raise Refused("letters, digits and one {i} or {i+1}, as layer{i+1}", param=self.name)


SHARED = BoolParam(
    name="shared",
    doc="All copies are one module with one set of weights, as in ALBERT.",
    default=False,
)
NAMES = CopyNamesParam(
    name="copy_names",
    doc="What the copies are called in their container: {i} counts from 0, denselayer{i+1} from 1.",
    default="{i}",
)
OWN = "its own"


class Folded(QWidget):
    """Widgets below a link that shows and hides them."""

    def __init__(self, title: str, tip: str, *inside: QWidget) -> None:
        super().__init__()
        self.fold = Disclosure(title, tip)
        self.body = QWidget()
        inner = QVBoxLayout(self.body)
        inner.setContentsMargins(0, 2, 0, 2)
        inner.setSpacing(6)
        for widget in inside:
            inner.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.body)
        self.body.hide()
        self.fold.toggled.connect(self.body.setVisible)


class AdvancedSection(QWidget):
    """The seldom set properties of a node, below a link that unfolds them."""

    def __init__(self, document: Document, node: str) -> None:
        super().__init__()
        self.document = document
        self.node_id = node
        self._seen = False
        self.copies = Form((SHARED, NAMES), {})
        key = ("advanced", document.block, node)
        connect_form(document, self.copies, self._set_copies, key)
        self.active = ConditionLine()
        self.active.edited.connect(self._set_active)
        self.active.finished.connect(document.seal)
        self.same = WheelSafeComboBox()
        self.same.setAccessibleName("same module as")
        self.same.setSizeAdjustPolicy(
            self.same.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.same.setMinimumContentsLength(8)
        self.same.setToolTip("Call the module of another block again instead of building one")
        self.same.activated.connect(self._set_same)
        self.same_row = _labelled("Module", self.same)
        self.ties = TieList(document, node)
        inside = (self.copies, self.active, self.same_row, self.ties)
        folded = Folded("Advanced", "Copies, conditions, shared modules and weights", *inside)
        self.fold = folded.fold
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(folded)

    @property
    def _node(self) -> Node:
        return self.document.diagram.blocks[self.document.block].graph.nodes[self.node_id]

    def refresh(self) -> None:
        """Show the node as it is now."""
        node, diagram, result = self._node, self.document.diagram, self.document.result
        passes = bool(input_ports(diagram, node) and output_ports(diagram, node))
        self.setVisible(passes)
        self.copies.setVisible(node.repeat != 1)
        self.copies.set_values({"shared": node.shared, "copy_names": node.copy_names})
        self.active.set_value(node.active)
        self.active.set_names(names_of(result.args if result is not None else None))
        self._fill_same(node)
        self.ties.refresh()
        if not self._seen:
            # What differs from the usual is not hidden at first.
            self._seen = True
            self.fold.setChecked(self._is_set(node))

    def _is_set(self, node: Node) -> bool:
        odd_copies = node.shared or node.copy_names != NAMES.default
        return odd_copies or node.active is not True or node.same_as is not None or self.ties.some

    def _fill_same(self, node: Node) -> None:
        graph = self.document.diagram.blocks[self.document.block].graph
        known = {other.id: other.label for other in same_as_candidates(graph, node.id)}
        if node.same_as is not None and node.same_as in graph.nodes:
            known[node.same_as] = graph.nodes[node.same_as].label
        shown = [(OWN, None), *((f"that of {label}", id) for id, label in known.items())]
        there = [(self.same.itemText(i), self.same.itemData(i)) for i in range(self.same.count())]
        if shown != there:
            self.same.clear()
            for text, id in shown:
                self.same.addItem(text, id)
        self.same.setCurrentIndex(max(0, self.same.findData(node.same_as)))
        self.same_row.setVisible(len(shown) > 1)

    def _set_copies(self, diagram: Diagram, name: str, value: ParamValue) -> Diagram:
        block = self.document.block
        if name == SHARED.name:
            return edits.set_shared(diagram, block, self.node_id, value is True)
        return edits.set_copy_names(diagram, block, self.node_id, str(value))

    def _set_active(self, value: bool | Expr) -> None:
        block, node = self.document.block, self.node_id
        self.document.apply(
            "Set active",
            lambda d: edits.set_active(d, block, [node], value),
            merge_key=("active", block, node),
        )

    def _set_same(self, index: int) -> None:
        block, other = self.document.block, self.same.itemData(index)
        title = "Share a module" if other else "Part from a module"
        self.document.apply(title, lambda d: edits.set_same_as(d, block, self.node_id, other))


class TieList(QWidget):
    """The ties of a node's weights, each with a button that takes it off, and one that adds one."""

    def __init__(self, document: Document, node: str) -> None:
        super().__init__()
        self.document = document
        self.node_id = node
        self._shown: tuple[Tie, ...] = ()
        self._popup: AddPopup | None = None
        self.add = QPushButton("Tie a weight…")
        self.add.setObjectName("link")
        self.add.setToolTip("Let a weight of this block be another one's tensor, as in GPT-2")
        self.add.clicked.connect(self._ask)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(self._rows)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)

    @property
    def some(self) -> bool:
        """Whether a weight of the node is tied."""
        return bool(self._shown)

    @property
    def popup(self) -> AddPopup | None:
        """The search, once it was asked for."""
        return self._popup

    def refresh(self) -> None:
        """Show the ties as they are now."""
        graph = self.document.diagram.blocks[self.document.block].graph
        ties = tuple(t for t in graph.ties if self.node_id in (t.source[0], t.target[0]))
        self.add.setVisible(self._has_weights())
        if ties == self._shown:
            return
        self._shown = ties
        while (item := self._rows.takeAt(0)) is not None:
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for tie in ties:
            self._rows.addWidget(self._row(tie))

    def _has_weights(self) -> bool:
        """Whether the node is one module that has weights; what fits them is found when asked."""
        document = self.document
        node = document.diagram.blocks[document.block].graph.nodes[self.node_id]
        copies = document.result.nodes.get(self.node_id, ()) if document.result else ()
        if not copies or is_container(node):
            return False
        return next(weights_below(document.diagram, copies[0]), None) is not None

    def _row(self, tie: Tie) -> QWidget:
        holder = QWidget()
        words = Elided("muted")
        words.setFont(theme.mono_font(11))
        words.tell(f"{self._name(tie.target)} = {self._name(tie.source)}")
        remove = QToolButton()
        remove.setIcon(icons.icon("close", theme.current().muted))
        remove.setIconSize(QSize(14, 14))
        remove.setStyleSheet("padding: 0")
        remove.setFixedSize(22, 22)
        remove.setToolTip("Let it be a weight of its own again")
        remove.setAccessibleName(f"take off the tie of {self._name(tie.target)}")
        remove.clicked.connect(partial(self._remove, tie))
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(words, 1)
        row.addWidget(remove)
        return holder

    def _name(self, place: tuple[str, str]) -> str:
        nodes = self.document.diagram.blocks[self.document.block].graph.nodes
        label = nodes[place[0]].label if place[0] in nodes else place[0]
        return f"{label}.{place[1]}" if place[1] else label

    def _possible(self) -> dict[str, Tie]:
        result = self.document.result
        if result is None:
            return {}
        found = possible_ties(self.document.diagram, result, self.node_id)
        return {f"{tie.target[1]} = {self._name(tie.source)}": tie for tie in found}

    def _ask(self) -> None:
        possible = self._possible()
        if not possible:
            self.document.refused.emit(
                "No other weight of this block has the shape of one of these, so none can be tied."
            )
            return
        if self._popup is None:
            self._popup = AddPopup(self.window())
        doc = "One tensor under two names."
        rows = [Offer(title, "one tensor", doc) for title in possible]
        corner = self.add.mapTo(self.window(), QPoint(0, self.add.height() + 2))
        self._popup.ask(corner, rows, "Search weights", lambda title: self._tie(possible[title]))

    def _tie(self, tie: Tie) -> None:
        block = self.document.block
        self.document.apply("Tie weights", lambda d: edits.add_tie(d, block, *_ends(tie)))

    def _remove(self, tie: Tie, _checked: bool = False) -> None:
        block = self.document.block
        self.document.apply("Untie weights", lambda d: edits.remove_tie(d, block, tie.target))


def _ends(tie: Tie) -> tuple[tuple[str, str], tuple[str, str]]:
    return tie.source, tie.target


def _labelled(text: str, field: QWidget) -> QWidget:
    holder = QWidget()
    label = QLabel(text)
    label.setObjectName("muted")
    label.setFixedWidth(LABEL_WIDTH)
    label.setBuddy(field)
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(label)
    row.addWidget(field, 1)
    return holder
