"""Whether something is there: always, never, or where an expression says so."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app import theme
from app.form import LABEL_WIDTH
from app.param_text import outcome, read, shown
from app.restyling import mark, restyle
from graphcore.expression import Expr, Value
from graphcore.spec import BoolParam, ParamValue, Refused

ACTIVE = BoolParam(
    name="active",
    doc="Off: a block passes its first input on, a skip is absent (Ctrl+B). A condition over the "
    "block's parameters, such as stride == 1, decides it in each place.",
    default=True,
)


class ConditionLine(QWidget):
    """A check box with a line beside it: what is written there decides instead of the box.

    ``edited(value)`` carries True, False or an expression that can be read; ``finished()`` ends a
    gesture.
    """

    edited = Signal(object)
    finished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._names: Mapping[str, Value] | None = None
        self._value: ParamValue = None
        label = QLabel("Active")
        label.setObjectName("muted")
        label.setFixedWidth(LABEL_WIDTH)
        self.box = QCheckBox()
        self.box.setAccessibleName("active")
        self.line = QLineEdit()
        self.line.setFont(theme.mono_font(12))
        self.line.setPlaceholderText("condition")
        self.line.setMinimumWidth(40)
        self.line.setAccessibleName("condition")
        for widget in (label, self.box, self.line):
            widget.setToolTip(f"<p>{ACTIVE.doc}</p>")
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.box)
        row.addWidget(self.line, 1)
        below = QHBoxLayout()
        below.addSpacing(LABEL_WIDTH + 8)
        below.addWidget(self.hint, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addLayout(below)
        self.box.clicked.connect(self._on_clicked)
        self.line.textEdited.connect(self._on_typed)
        self.line.editingFinished.connect(self.finished)
        self._tell("", wrong=False)

    def set_value(self, value: ParamValue) -> None:
        """Show ``value``; what is being typed stays."""
        if value == self._value and isinstance(value, Expr) == isinstance(self._value, Expr):
            self._judge()
            return
        self._value = value
        written = isinstance(value, Expr)
        self.line.setText(shown(value)[1:] if written else "")
        self.box.setEnabled(not written)
        self.box.setChecked(bool(value) if not written else False)
        self._judge()

    def set_names(self, names: Mapping[str, Value] | None) -> None:
        """What a condition may refer to here; None where it is not known yet."""
        self._names = names
        self._judge()

    def _on_clicked(self) -> None:
        self._value = self.box.isChecked()
        self.edited.emit(self._value)
        self.finished.emit()

    def _on_typed(self, text: str) -> None:
        text = text.strip().removeprefix("=").strip()
        value: ParamValue = True
        try:
            if text:
                value = read(ACTIVE, f"={text}")
                if self._names is not None:
                    outcome(ACTIVE, value, self._names)
        except Refused as error:
            # Half a name is no condition yet; told to the document it would stop the analysis.
            self._tell(str(error), wrong=True)
            return
        self._value = value
        self.box.setEnabled(not text)
        self.box.setChecked(value is True)
        self._judge()
        self.edited.emit(value)

    def _judge(self) -> None:
        """Say what the condition comes out as here."""
        if not isinstance(self._value, Expr) or self._names is None:
            self._tell("", wrong=False)
            return
        try:
            found = outcome(ACTIVE, self._value, self._names)
        except Refused as error:
            self._tell(str(error), wrong=True)
            return
        self._tell({"= True": "on here", "= False": "off here"}.get(found, found), wrong=False)

    def _tell(self, text: str, *, wrong: bool) -> None:
        restyle(self.hint, "wrong" if wrong else "hint")
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
        mark(self.line, "wrong", wrong)
