"""The dialog that makes a block of the selection: its name, its parameters, and where else."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.document import Document
from app.restyling import restyle
from graphcore.diagram import name_problem
from graphcore.edits.alike import Candidate
from graphcore.edits.editing import EditError
from graphcore.edits.names import check_block_name
from graphcore.edits.proposal import Plan, Proposal, Way

WIDTH = 420
MOST_ROWS = 8
"""Parameters that are shown without scrolling."""


class BlockDialog(QDialog):
    """Asks how the selection becomes a block; :meth:`plan` is the answer."""

    def __init__(self, document: Document, proposal: Proposal, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Make a block")
        self.setModal(True)
        self._document = document
        self._proposal = proposal
        self.ways: dict[Way, QRadioButton] = {}
        self.everywhere = QCheckBox()
        self.everywhere.toggled.connect(self._list_candidates)
        self.boxes: dict[str, QCheckBox] = {}
        self.name = QLineEdit(proposal.suggested_name(proposal.ways[0]))
        self.name.setAccessibleName("Name of the block")
        self.name.textEdited.connect(self._tell)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.make = self.buttons.addButton("Make block", QDialogButtonBox.ButtonRole.AcceptRole)
        self.make.setObjectName("primary")
        self.make.setDefault(True)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._fill()
        self._list_candidates()
        self.name.selectAll()
        self.name.setFocus()

    @property
    def way(self) -> Way:
        """The way that is chosen."""
        return next(way for way, button in self.ways.items() if button.isChecked())

    def plan(self) -> Plan:
        """What the user wants to be made."""
        chosen = {name for name, box in self.boxes.items() if box.isChecked()}
        everywhere = self.everywhere.isChecked()
        return self._proposal.plan(
            self.name.text().strip(), self.way, chosen, everywhere=everywhere
        )

    def _fill(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(8)
        self.setFixedWidth(WIDTH)
        column.addWidget(_caption("Name"))
        column.addWidget(self.name)
        group = QButtonGroup(self)
        for way in self._proposal.ways:
            button = QRadioButton(self._title(way))
            group.addButton(button)
            button.setChecked(way == self._proposal.ways[0])
            button.toggled.connect(self._on_way)
            self.ways[way] = button
        if len(self.ways) > 1:
            column.addSpacing(4)
            column.addWidget(_caption("The selection is made of equal parts"))
            for button in self.ways.values():
                column.addWidget(button)
        column.addWidget(self.everywhere)
        column.addSpacing(4)
        self.parameters = _caption("Parameters of the block")
        column.addWidget(self.parameters)
        self._rows = QScrollArea()
        self._rows.setFrameShape(QFrame.Shape.NoFrame)
        self._rows.setWidgetResizable(True)
        self._rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column.addWidget(self._rows)
        column.addSpacing(4)
        column.addWidget(self.said)
        column.addWidget(self.buttons)

    def _title(self, way: Way) -> str:
        count = len(self._proposal.parts)
        return {
            "repeat": f"One block, repeated ×{count}",
            "parts": f"One block, used {count} times",
            "whole": "One block of all of it",
        }[way]

    def _on_way(self, checked: bool) -> None:
        if not checked:
            return
        if not self.name.isModified():
            self.name.setText(self._proposal.suggested_name(self.way))
        self._list_candidates()

    def _list_candidates(self) -> None:
        """Rows for what could be a parameter; what differs is chosen to begin with."""
        others = len(self._proposal.others(self.way))
        self.everywhere.setVisible(bool(others) and self.way != "repeat")
        if self.everywhere.isHidden():
            self.everywhere.setChecked(False)
        places = "another place that looks" if others == 1 else f"{others} other places that look"
        self.everywhere.setText(f"Also in {places} the same")
        found = self._proposal.candidates(self.way, everywhere=self.everywhere.isChecked())
        was = {name: box.isChecked() for name, box in self.boxes.items()}
        self.boxes = {}
        page = QWidget()
        page.setObjectName("page")
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, candidate in enumerate(found):
            box = QCheckBox(candidate.param.name)
            box.setToolTip(candidate.param.doc)
            box.setChecked(candidate.varies or was.get(candidate.param.name, False))
            box.toggled.connect(self._tell)
            self.boxes[candidate.param.name] = box
            grid.addWidget(box, row, 0)
            grid.addWidget(_values(candidate), row, 1)
        self._rows.setWidget(page)
        height = page.sizeHint().height()
        each = height // max(len(found), 1)
        self._rows.setFixedHeight(min(height, each * MOST_ROWS))
        for widget in (self.parameters, self._rows):
            widget.setVisible(bool(found))
        self._tell()
        self.adjustSize()

    def _tell(self) -> None:
        """Say what would be made, or why it cannot be."""
        problem = self._problem()
        restyle(self.said, "wrong" if problem else "muted")
        self.said.setText(problem or _outcome(self.plan()))
        self.make.setEnabled(not problem)

    def _problem(self) -> str:
        name = self.name.text().strip()
        wrong = name_problem(name)
        if wrong:
            return f"{wrong[0].upper()}{wrong[1:]}."
        try:
            check_block_name(self._document.diagram, name)
        except EditError as error:
            return str(error)
        unsaid = self.plan().unsaid
        if unsaid:
            return (
                f"No short expression says {unsaid} of every copy; use the block "
                f"{len(self._proposal.parts)} times instead."
            )
        return ""


def _outcome(plan: Plan) -> str:
    count = len(plan.pieces)
    size = len(plan.pieces[0])
    blocks = f"{size} blocks" if size > 1 else "1 block"
    if plan.repeat:
        return f"{count} × {blocks} become one block with {count} copies."
    if count > 1:
        return f"{blocks} in each of {count} places become instances of one definition."
    return f"{blocks} {'become' if size > 1 else 'becomes'} one."


def _values(candidate: Candidate) -> QLabel:
    """What it is in each piece; one number where it is the same in all."""
    values = candidate.values if candidate.varies else candidate.values[:1]
    shown = ", ".join("none" if value is None else str(value) for value in values[:8])
    label = QLabel(shown + (" …" if len(values) > 8 else ""))
    label.setObjectName("muted")
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("family")
    return label
