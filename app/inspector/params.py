"""In the inspector of a block: what a declared parameter is, changed in place."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from types import MappingProxyType

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.document import Document
from app.form import Form, FormValue
from app.page_parts import NameLine
from graphcore import edits
from graphcore.diagram import Diagram
from graphcore.spec import (
    MAX_SIZE,
    BoolParam,
    ChoiceParam,
    FloatParam,
    IntParam,
    IntsParam,
    Param,
    ParamValue,
    TextParam,
)

TYPES: Mapping[str, Callable[[str], Param]] = MappingProxyType(
    {
        "Integer": lambda name: IntParam(name=name, doc="", default=1, minimum=0),
        "Number": lambda name: FloatParam(name=name, doc="", default=0.0),
        "Yes or no": lambda name: BoolParam(name=name, doc="", default=True),
        "Choice": lambda name: ChoiceParam(name=name, doc="", default="a", choices=("a", "b")),
        "Two sizes": lambda name: IntsParam(name=name, doc="", default=(1, 1), length=2),
    }
)
"""What a new parameter can be."""

_WORDS = TextParam(name="description", doc="What it is; shown with its field.", longest=1000)
_OPTIONAL = BoolParam(name="may_be_none", doc="Whether it can be left without a value.")
_LEAST = -MAX_SIZE


def _whole(name: str, doc: str) -> Param:
    return IntParam(name=name, doc=doc, optional=True, minimum=_LEAST, maximum=MAX_SIZE)


def _number(name: str, doc: str) -> Param:
    return FloatParam(name=name, doc=doc, optional=True)


_BOUNDS = ("minimum", "maximum")
_BOUND_DOCS = ("The smallest value; empty: no bound.", "The largest value; empty: no bound.")


class ParamEditor(QWidget):
    """Name, type, bounds and words of one declared parameter; below them moving and removing."""

    closed = Signal()

    def __init__(self, document: Document, block: str, name: str) -> None:
        super().__init__()
        self._document = document
        self._block = block
        self.name = name
        param = self._param
        assert param is not None
        self._made_of = type(param)
        self.title = NameLine("Name", "Expressions in the block and its instances follow")
        self.title.renamed.connect(self._rename)
        self.kind = QComboBox()
        self.kind.setAccessibleName("Type of the parameter")
        self.kind.addItems(list(TYPES))
        self.kind.setCurrentText(type_name(param))
        self.kind.activated.connect(self._retype)
        self.form = Form(_form_of(param), {})
        self.form.edited.connect(self._change)
        self.form.finished.connect(lambda _: document.seal())
        self.earlier, self.later = QPushButton("Move up"), QPushButton("Move down")
        self.remove, self.done = QPushButton("Remove"), QPushButton("Done")
        self.earlier.clicked.connect(lambda: self._move(-1))
        self.later.clicked.connect(lambda: self._move(1))
        self.remove.clicked.connect(self._remove)
        self.done.clicked.connect(self.closed)
        self._lay_out()
        self.refresh()

    @property
    def _param(self) -> Param | None:
        params = self._document.diagram.blocks[self._block].params
        return next((param for param in params if param.name == self.name), None)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(6)
        column.addWidget(self.title)
        row = QHBoxLayout()
        row.setSpacing(8)
        label = QLabel("Type")
        label.setObjectName("muted")
        label.setFixedWidth(92)
        row.addWidget(label)
        row.addWidget(self.kind, 1)
        column.addLayout(row)
        column.addWidget(self.form)
        for pair in ((self.earlier, self.later), (self.remove, self.done)):
            buttons = QHBoxLayout()
            buttons.setSpacing(6)
            for button in pair:
                buttons.addWidget(button, 1)
            column.addLayout(buttons)

    def refresh(self) -> None:
        """Show the parameter as it is now."""
        param = self._param
        if param is None:
            return
        self.title.tell(self.name)
        self.form.set_values(_values_of(param))
        params = self._document.diagram.blocks[self._block].params
        self.earlier.setEnabled(params[0] is not param)
        self.later.setEnabled(params[-1] is not param)

    def is_about(self, param: Param) -> bool:
        """Whether the widgets still suit the parameter."""
        return type(param) is self._made_of

    def _apply(self, title: str, edit: Callable[[Diagram], Diagram], key: Hashable = None) -> bool:
        return self._document.apply(title, edit, merge_key=key)

    def _rename(self, new: str) -> None:
        old, block = self.name, self._block
        title = f"Rename the parameter {old}"
        self.name = new  # Before the page hears of it and looks for the old one.
        if not self._apply(title, lambda d: edits.rename_block_param(d, block, old, new)):
            self.name = old

    def _retype(self) -> None:
        param = self._param
        if param is None or type_name(param) == self.kind.currentText():
            return
        new = replace(TYPES[self.kind.currentText()](self.name), doc=param.doc)
        block, name = self._block, self.name
        self._apply(
            f"Change the parameter {name}",
            lambda d: edits.change_block_param(d, block, name, new),
        )

    def _change(self, field: str, value: ParamValue) -> None:
        param, block, name = self._param, self._block, self.name
        if param is None:
            return
        new = _changed(param, field, value)
        self._apply(
            f"Change the parameter {name}",
            lambda d: edits.change_block_param(d, block, name, new),
            ("declare", block, name, field),
        )
        self.refresh()

    def _move(self, by: int) -> None:
        block, name = self._block, self.name
        title = f"Move the parameter {name}"
        self._apply(title, lambda d: edits.move_block_param(d, block, name, by))

    def _remove(self) -> None:
        block, name = self._block, self.name
        title = f"Remove the parameter {name}"
        if self._apply(title, lambda d: edits.remove_block_param(d, block, name)):
            self.closed.emit()


def type_name(param: Param) -> str:
    """What the type of a parameter is called in the inspector."""
    made = {type(make("p")): title for title, make in TYPES.items()}
    return made.get(type(param), "Choice")


def _form_of(param: Param) -> tuple[Param, ...]:
    fields: list[Param] = []
    match param:
        case IntParam() | IntsParam():
            fields = [_whole(n, d) for n, d in zip(_BOUNDS, _BOUND_DOCS, strict=True)]
        case FloatParam():
            fields = [_number(n, d) for n, d in zip(_BOUNDS, _BOUND_DOCS, strict=True)]
        case ChoiceParam():
            fields = [TextParam(name="choices", doc="Separated by commas.", longest=2000)]
    return (*fields, _OPTIONAL, _WORDS)


def _values_of(param: Param) -> dict[str, FormValue]:
    values: dict[str, FormValue] = {"description": param.doc, "may_be_none": param.optional}
    if isinstance(param, IntParam | IntsParam | FloatParam):
        values["minimum"] = param.minimum if abs(param.minimum) < MAX_SIZE else None
        values["maximum"] = param.maximum if abs(param.maximum) < MAX_SIZE else None
    if isinstance(param, ChoiceParam):
        values["choices"] = ", ".join(param.choices)
    return values


def _changed(param: Param, field: str, value: ParamValue) -> Param:
    """``param`` with one row of the form changed; its default moves into the new bounds."""
    if field == "description":
        return replace(param, doc=str(value or ""))
    if field == "may_be_none":
        return replace(param, optional=bool(value))
    if field == "choices" and isinstance(param, ChoiceParam):
        choices = tuple(text for item in str(value or "").split(",") if (text := item.strip()))
        default = param.default if param.default in choices else next(iter(choices), None)
        return replace(param, choices=choices, titles=(), default=default)
    bound = value
    if value is None:
        far = math.inf if isinstance(param, FloatParam) else MAX_SIZE
        bound = -far if field == "minimum" else far
    return _within(replace(param, **{field: bound}))  # type: ignore[arg-type]


def _within(param: Param) -> Param:
    if not isinstance(param, IntParam | FloatParam) or not isinstance(param.default, int | float):
        return param
    if param.minimum > param.maximum:
        return param  # The edit refuses it in words.
    return replace(param, default=min(max(param.default, param.minimum), param.maximum))
