"""A form made from typed parameters: a row each, with documentation, outcome and complaint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.disclosure import Disclosure
from app.fields import Field, field_for
from app.param_text import outcome, shown
from app.restyling import mark, restyle
from graphcore.expression import Expr, Value
from graphcore.spec import (
    MAX_SIZE,
    FloatParam,
    IntParam,
    IntsParam,
    Param,
    ParamValue,
    Refused,
)

LABEL_WIDTH = 92


class _Mixed:
    """The value of a parameter that several selected blocks do not share."""


MIXED = _Mixed()

FormValue = ParamValue | _Mixed


@dataclass
class Row:
    """The widgets of one parameter and what they say."""

    label: QLabel
    field: Field
    hint: QLabel
    wrong: str = ""
    failed: str = ""
    problem: str = ""
    note: str = ""
    outcome: str = ""

    def tell(self) -> None:
        """Show the most urgent of what there is to say below the field. A problem of the analysis
        is told in full at the head of the page; here it only marks the field."""
        complaint = self.wrong or self.problem or self.failed
        told = self.wrong or ("" if self.problem else self.failed)
        text = told or self.outcome or self.note
        name = "wrong" if told else "hint"
        restyle(self.hint, name)
        self.hint.setText(text)
        self.hint.setVisible(bool(text) and not self.field.isHidden())
        for widget in self.field.findChildren(QWidget):
            mark(widget, "wrong", bool(complaint))


class Form(QWidget):
    """Parameters as rows. ``edited(name, value)`` carries allowed values only.

    ``finished(name)`` ends a gesture: what follows is another undo step.
    """

    edited = Signal(str, object)
    finished = Signal(str)

    def __init__(
        self,
        params: Sequence[Param],
        values: Mapping[str, FormValue],
        *,
        names: Mapping[str, Value] | None = None,
        sliders: bool = False,
        titles: Mapping[str, str] | None = None,
        label_width: int = LABEL_WIDTH,
    ) -> None:
        super().__init__()
        self.params = tuple(params)
        self._names = names
        self._sliders = sliders
        self._titles = titles or {}
        self._label_width = label_width
        self._values: dict[str, FormValue] = {}
        self._refusals: Mapping[str, str] = {}
        self.rows: dict[str, Row] = {}
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(4)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnMinimumWidth(0, label_width)
        self._grid.setColumnStretch(1, 1)
        outer.addLayout(self._grid)
        for param in self.params:
            self._add_row(param, values.get(param.name, param.default))
        self._more = self._fold_advanced(outer)
        self.set_values(values)

    def field(self, name: str) -> Field:
        """The widget of the parameter ``name``."""
        return self.rows[name].field

    def set_values(self, values: Mapping[str, FormValue]) -> None:
        """Show ``values``, defaults where they have none. What is being typed stays."""
        for param in self.params:
            value = values.get(param.name, param.default)
            known = param.name in self._values and _same(self._values[param.name], value)
            self._values[param.name] = value
            if not known:
                self._show(param.name, value)
            self._show_outcome(param.name)

    def set_names(self, names: Mapping[str, Value] | None) -> None:
        """What expressions may refer to here; None where it is not known yet."""
        self._names = names
        for name in self.rows:
            self._show_outcome(name)

    def set_problems(self, problems: Mapping[str, str]) -> None:
        """Mark the fields that caused complaints of the analysis."""
        for name, row in self.rows.items():
            row.problem = problems.get(name, "")
            row.tell()

    def set_refusals(self, refusals: Mapping[str, str]) -> None:
        """Say below fields why their values, allowed as such, cannot be used together; a folded
        field is shown for it."""
        self._refusals = refusals
        for name in self.rows:
            self._show_outcome(name)
        if any(param.advanced and param.name in refusals for param in self.params):
            self.show_advanced(True)

    def set_notes(self, notes: Mapping[str, str]) -> None:
        """Show remarks below fields."""
        for name, row in self.rows.items():
            row.note = notes.get(name, "")
            row.tell()

    def set_read_only(self, read_only: bool) -> None:
        """Let the fields be looked at only."""
        for row in self.rows.values():
            row.field.setEnabled(not read_only)

    def _add_row(self, param: Param, value: FormValue) -> None:
        plain = None if isinstance(value, _Mixed) else value
        field = field_for(param, plain, sliders=self._sliders)
        label = QLabel(self._titles.get(param.name, title_of(param)))
        label.setObjectName("muted")
        label.setWordWrap(True)
        label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        label.setFixedWidth(self._label_width)
        label.setBuddy(field)
        for widget in (label, field):
            widget.setToolTip(tooltip_of(param))
        field.setAccessibleDescription(param.doc)
        hint = QLabel()
        hint.setWordWrap(True)
        hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        line = self._grid.rowCount()
        self._grid.addWidget(label, line, 0)
        self._grid.addWidget(field, line, 1)
        self._grid.addWidget(hint, line + 1, 1)
        self.rows[param.name] = Row(label, field, hint)
        field.edited.connect(lambda value: self._on_edited(param.name, value))
        field.wrong.connect(lambda message: self._on_wrong(param.name, message))
        field.finished.connect(lambda: self.finished.emit(param.name))

    def _fold_advanced(self, outer: QVBoxLayout) -> QPushButton | None:
        advanced = [param.name for param in self.params if param.advanced]
        if not advanced:
            return None
        names = ", ".join(name.replace("_", " ") for name in advanced)
        button = Disclosure("More", f"Show or hide {names}")
        button.toggled.connect(lambda shown: self._show_advanced(shown, button))
        outer.addWidget(button, alignment=Qt.AlignmentFlag.AlignLeft)
        self._show_advanced(False, button)
        return button

    def show_advanced(self, shown: bool) -> None:
        """Unfold or fold the advanced parameters."""
        if self._more is not None:
            self._more.setChecked(shown)

    def _show_advanced(self, visible: bool, button: QPushButton) -> None:
        for param in self.params:
            if param.advanced:
                row = self.rows[param.name]
                row.label.setVisible(visible)
                row.field.setVisible(visible)
                row.tell()

    def _show(self, name: str, value: FormValue) -> None:
        row = self.rows[name]
        if isinstance(value, _Mixed):
            row.field.set_mixed()
        else:
            row.field.set_value(value)
        row.wrong = ""

    def _show_outcome(self, name: str) -> None:
        row, value = self.rows[name], self._values[name]
        row.outcome, row.failed = "", self._refusals.get(name, "")
        if not row.wrong and self._names is not None and not isinstance(value, _Mixed):
            try:
                row.outcome = outcome(row.field.param, value, self._names)
            except Refused as error:
                row.failed = str(error)
        row.tell()

    def _on_edited(self, name: str, value: ParamValue) -> None:
        self._values[name] = value
        self.rows[name].problem = ""
        self._show_outcome(name)
        self.edited.emit(name, value)

    def _on_wrong(self, name: str, message: str) -> None:
        row = self.rows[name]
        row.wrong = message
        row.outcome = ""
        row.tell()


def title_of(param: Param) -> str:
    """The name of a parameter as a form writes it: ``Kernel size``."""
    words = param.name.replace("_", " ")
    return words[:1].upper() + words[1:]


def tooltip_of(param: Param) -> str:
    """Name, documentation, bounds and default of a parameter."""
    facts = [_bounds(param), f"default {shown(param.default)}" if param.default is not None else ""]
    told = " · ".join(fact for fact in facts if fact)
    return f"<p><b>{param.name}</b><br>{param.doc}</p>" + (f"<p>{told}</p>" if told else "")


def _bounds(param: Param) -> str:
    if not isinstance(param, IntParam | IntsParam | FloatParam):
        return ""
    low = shown(param.minimum) if abs(param.minimum) < MAX_SIZE else ""
    high = shown(param.maximum) if abs(param.maximum) < MAX_SIZE else ""
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def _same(a: FormValue, b: FormValue) -> bool:
    """Equal and of one type: 1 is not True, and ``=2`` is not 2."""
    return type(a) is type(b) and a == b and isinstance(a, Expr) == isinstance(b, Expr)
