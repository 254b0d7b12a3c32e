"""The model's declared parameters as sliders above the canvas."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from app.document import Document
from app.fields import Field, SliderField, TextField, field_for
from app.form import tooltip_of
from app.track import track_around
from app.wrapping import WrappingRow
from graphcore import edits
from graphcore.spec import Param, ParamValue


class ParamBar(QWidget):
    """The model's name and a slider for each of its parameters; ``emptied(bool)`` tells whether it
    has none."""

    wrong = Signal(str)
    emptied = Signal(bool)

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setObjectName("param_bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.document = document
        self.fields: dict[str, Field] = {}
        self._made_of: tuple[object, ...] = ()
        # More parameters than one row has room for stand in the next.
        self._row = WrappingRow(self, across=24, down=2)
        self._row.setContentsMargins(18, 6, 18, 6)
        document.analysed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        diagram = self.document.diagram
        params = diagram.main_block.params
        made_of = (diagram.main, tuple(replace(param, default=None) for param in params))
        if made_of != self._made_of:
            self._made_of = made_of
            self._rebuild(params)
        for param in params:
            self.fields[param.name].set_value(param.default)

    def _rebuild(self, params: tuple[Param, ...]) -> None:
        while (item := self._row.takeAt(0)) is not None:
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self.fields = {}
        name = QToolButton()
        name.setObjectName("model")
        name.setText(self.document.diagram.main)
        name.setToolTip("The model; click for its name, description and parameters")
        name.clicked.connect(self._show_model)
        self._row.addWidget(name)
        for param in params:
            self._add(param)
        # What holds the bar asks at once how high it is, and what is not shown takes no room.
        for index in range(self._row.count()):
            item = self._row.itemAt(index)
            if item is not None and (widget := item.widget()):
                widget.show()
        self._row.activate()
        self.emptied.emit(not params)

    def _add(self, param: Param) -> None:
        label = QLabel(param.name.replace("_", " "))
        label.setObjectName("muted")
        track = track_around(param)
        field = SliderField(param, track) if track else field_for(param, param.default)
        label.setBuddy(field)
        field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if isinstance(field, SliderField):
            field.setFixedWidth(162)
            field.box.setFixedWidth(68)
        elif isinstance(field, TextField):
            field.setFixedWidth(96)
        for widget in (label, field):
            widget.setToolTip(tooltip_of(param))
        field.edited.connect(lambda value: self._set(param.name, value))
        field.wrong.connect(self.wrong)
        field.finished.connect(self.document.seal)
        self.fields[param.name] = field
        pair = QWidget()
        row = QHBoxLayout(pair)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(field)
        self._row.addWidget(pair)

    def _set(self, name: str, value: ParamValue) -> None:
        main = self.document.diagram.main
        self.document.apply(
            f"Set {name.replace('_', ' ')}",
            lambda d: edits.set_block_param(d, main, name, value),
            merge_key=("default", main, name),
        )

    def _show_model(self) -> None:
        self.document.enter(())
        self.document.select(())
