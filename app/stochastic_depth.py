"""Asks how often the last of the selected residual branches is to be dropped, and writes the linear
decay over all of them in one step."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from app.document import Document
from app.form import Form
from app.page_parts import names_of, paragraph
from graphcore import edits
from graphcore.edits import EditError
from graphcore.edits.branches import Count, count_branches
from graphcore.expression import Expr, evaluate
from graphcore.spec import FloatParam, ParamValue

LAST = FloatParam(
    name="last_probability",
    doc="How often the last branch is dropped while training; those before it less, in proportion "
    "to their depth.",
    default=0.2,
    minimum=0.01,
    maximum=0.95,
)


def holds_branches(document: Document) -> bool:
    """Whether a residual branch is selected, or a block that holds some."""
    return bool(document.selection) and _branches(document) is not None


def _branches(document: Document) -> Count | None:
    try:
        return count_branches(document.diagram, document.block, document.selection)
    except EditError:
        return None


class DepthDialog(QDialog):
    """One number, and what it comes to for the first and the last branch. With nothing selected
    it is about the whole block that is shown."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self.document = document
        self._block = document.block
        everything = document.diagram.blocks[self._block].graph.nodes
        self._items = document.selection or frozenset(everything)
        self._last: float = 0.2
        self.setWindowTitle("Stochastic depth with linear decay")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.told = paragraph()
        self.told.setMinimumWidth(360)
        self.form = Form(
            (LAST,),
            {},
            titles={LAST.name: "Probability of dropping the last branch"},
            label_width=150,
        )
        self.form.edited.connect(self._take)
        self.form.field(LAST.name).wrong.connect(self._refuse)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Write it")
        self.ok.setObjectName("primary")
        buttons.accepted.connect(self._write)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(self.form)
        column.addWidget(self.told)
        column.addWidget(buttons)
        self._tell()

    def _take(self, _name: str, value: ParamValue) -> None:
        if isinstance(value, float | int):
            self._last = float(value)
            self._tell()
            return
        self._refuse("A number is needed here: it is written into the expressions.")

    def _refuse(self, message: str) -> None:
        self.ok.setEnabled(not message)
        if message:
            self.told.setText(message)

    def _tell(self) -> None:
        try:
            count = count_branches(self.document.diagram, self._block, self._items)
        except EditError as error:
            self._refuse(str(error))
            return
        self.ok.setEnabled(True)
        last, number = self._last, self._number(count)
        if number == 1:
            self.told.setText(f"One branch, dropped with probability {last:g}.")
            return
        ends = f"from {last / number:.3g} for the first to {last:g} for the last"
        told = f"{number} branches: {ends}."
        self.told.setText(f"{told} Their number stays {count}." if count.terms else told)

    def _number(self, count: Count) -> int:
        """How many branches these are in the instance that is shown."""
        result = self.document.result
        names = names_of(result.args if result is not None else None) or {}
        number = evaluate(Expr(str(count)), names)
        return number if isinstance(number, int) else 1

    def _write(self) -> None:
        block, items, last = self._block, self._items, self._last
        done = self.document.apply(
            "Stochastic depth", lambda d: edits.stochastic_depth(d, block, items, last)
        )
        if done:
            self.accept()
        else:
            self.reject()
