"""In the inspector of a block: its inputs and outputs, named, ordered, added and removed."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.document import Document
from app.page_parts import NameLine
from graphcore import edits
from graphcore.diagram import INPUT, OUTPUT, Diagram, Node

_TITLES = {INPUT: "Input", OUTPUT: "Output"}


class PortList(QWidget):
    """A row for each input and output of the block that is shown."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._block = document.block
        self._shown: tuple[Node, ...] | None = None
        self.rows: dict[str, PortRow] = {}
        self.adders: dict[str, QPushButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        adding = QHBoxLayout()
        adding.setSpacing(12)
        for kind, title in _TITLES.items():
            button = QPushButton(f"Add an {title.lower()}")
            button.setObjectName("link")
            button.clicked.connect(partial(self._add, kind))
            self.adders[kind] = button
            adding.addWidget(button)
        adding.addStretch(1)
        self._column.addLayout(adding)
        self.refresh()

    def refresh(self) -> None:
        """Show the ports as they are now."""
        block = self._document.diagram.blocks.get(self._block)
        if block is None:
            return
        ends = (*block.graph.inputs(), *block.graph.outputs())
        if ends == self._shown:
            return
        self._shown = ends
        for row in self.rows.values():
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        for place, end in enumerate(ends):
            row = PortRow(self._document, self._block, end)
            side = [other for other in ends if other.kind == end.kind]
            row.earlier.setEnabled(end is not side[0])
            row.later.setEnabled(end is not side[-1])
            for arrow in (row.earlier, row.later):
                arrow.setVisible(len(side) > 1)
            if len(side) > 1:
                row.name.leave_room()
            self._column.insertWidget(place, row)
            row.show()
            self.rows[end.id] = row

    def _add(self, kind: str, _checked: bool = False) -> None:
        block = self._block
        title = f"Add an {_TITLES[kind].lower()}"
        self._document.apply(title, lambda d: edits.add_port(d, block, kind)[0])


class PortRow(QWidget):
    """A port's name, and buttons that move and remove it."""

    def __init__(self, document: Document, block: str, end: Node) -> None:
        super().__init__()
        self._document = document
        self._block = block
        self._id = end.id
        self.name = NameLine(_TITLES[end.kind], "The port of every instance; wires follow")
        self.name.tell(end.label)
        self.name.renamed.connect(self._rename)
        self.earlier = _small("↑", "Move it before the one above")
        self.later = _small("↓", "Move it behind the one below")
        self.remove = _small("×", "Remove it, with the wires at it in every instance")
        self.earlier.clicked.connect(lambda: self._move(-1))
        self.later.clicked.connect(lambda: self._move(1))
        self.remove.clicked.connect(self._remove)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self.hide()
        row.addWidget(self.name, 1)
        for button in (self.earlier, self.later, self.remove):
            row.addWidget(button)

    def _rename(self, label: str) -> None:
        block, id = self._block, self._id
        self._document.apply("Rename the port", lambda d: edits.rename(d, block, id, label))

    def _move(self, by: int) -> None:
        block, id = self._block, self._id
        self._document.apply("Move the port", lambda d: edits.move_port(d, block, id, by))

    def _remove(self) -> None:
        block, id = self._block, self._id

        def edit(diagram: Diagram) -> Diagram:
            return edits.delete(diagram, block, {id})

        self._document.apply("Remove the port", edit)


def _small(sign: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("small")
    button.setText(sign)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFixedWidth(24)
    return button
