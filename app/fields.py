"""Widgets that edit one typed parameter each."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QSlider,
)

from app.param_text import read, shown
from app.text_fields import Field, ParagraphField, TextField
from app.track import Track, bounded_track
from graphcore.expression import Expr
from graphcore.spec import (
    BoolParam,
    ChoiceParam,
    FloatParam,
    IntParam,
    IntsParam,
    Param,
    ParamValue,
    Refused,
    TextParam,
)

__all__ = [
    "CheckField",
    "ChoiceField",
    "Field",
    "NumberField",
    "ParagraphField",
    "SliderField",
    "TextField",
    "WheelSafeComboBox",
    "WheelSafeSlider",
    "field_for",
    "stepped",
]

A_LINE = 2_000
"""Characters up to which a text is a line."""


class NumberBox(QAbstractSpinBox):
    """A spin box over any text: numbers step, expressions and tuples are typed."""

    stepped = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.can_step = True

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Anything may be typed; the field judges it and says why not."""
        return QValidator.State.Acceptable, text, position

    def stepBy(self, steps: int) -> None:
        """Ask the field for the value so many steps away."""
        self.stepped.emit(steps)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Both ways wherever a plain number stands."""
        flags = QAbstractSpinBox.StepEnabledFlag
        return flags.StepUpEnabled | flags.StepDownEnabled if self.can_step else flags.StepNone

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the text its place again."""
        super().resizeEvent(event)
        self._place_text()

    def changeEvent(self, event: QEvent) -> None:
        """Give the text its place again after a change of style."""
        super().changeEvent(event)
        self._place_text()

    def _place_text(self) -> None:
        # A style sheet leaves the text no room where there are no buttons, and no margin elsewhere.
        right = 8 if self.buttonSymbols() is self.ButtonSymbols.NoButtons else 22
        self.lineEdit().setGeometry(self.rect().adjusted(8, 1, -right, -1))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only where the keyboard is, so that scrolling a form changes nothing."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class NumberField(Field):
    """A number or several, with steps; an expression after ``=``."""

    def __init__(self, param: Param) -> None:
        super().__init__(param)
        self.box = NumberBox()
        self.line = self.box.lineEdit()
        self.line.setPlaceholderText(_if_empty(param))
        self.line.textEdited.connect(self._on_edited)
        self.box.editingFinished.connect(self.finished)
        self.box.stepped.connect(self._step)
        self._hold(self.box)

    def value(self) -> ParamValue:
        """The value that is written."""
        return read(self.param, self.line.text())

    def set_value(self, value: ParamValue) -> None:
        """Write ``value``."""
        self.line.setPlaceholderText(_if_empty(self.param))
        self._write(value)

    def set_mixed(self) -> None:
        """Write nothing."""
        self.line.clear()
        self.line.setPlaceholderText("several")
        self.box.can_step = False

    def _write(self, value: ParamValue) -> None:
        if self.line.text() != shown(value):
            self.line.setText(shown(value))
            # Of a long expression the beginning is seen.
            self.line.setCursorPosition(0 if isinstance(value, Expr) else len(shown(value)))
        self.box.can_step = not isinstance(value, Expr | tuple)

    def _tell(self, value: ParamValue) -> None:
        self.box.can_step = not isinstance(value, Expr | tuple)
        super()._tell(value)

    def _step(self, steps: int) -> None:
        try:
            value = stepped(self.param, self.value(), steps)
        except Refused:
            return
        self._write(value)
        self._tell(value)


def _if_empty(param: Param) -> str:
    """What an empty field means, in its place."""
    if param.optional:
        return param.unset
    return "no default" if param.default is None else ""


def stepped(param: Param, value: ParamValue, steps: int) -> ParamValue:
    """The value ``steps`` away from ``value``, within the parameter's bounds.

    Integers step by one, bounded numbers by a twentieth of their range, logarithmic ones through
    1, 2, 5, 10, and other numbers by a tenth.
    """
    if isinstance(param, FloatParam):
        start = float(value) if isinstance(value, int | float) else max(param.minimum, 0.0)
        return _clamped(param, _stepped_number(param, start, steps))
    if not isinstance(param, IntParam | IntsParam):
        return value
    start = value if isinstance(value, int) else param.minimum - (1 if steps > 0 else 0)
    return max(param.minimum, min(param.maximum, start + steps))


def _stepped_number(param: FloatParam, value: float, steps: int) -> float:
    if param.logarithmic and value > 0:
        decade = math.floor(math.log10(value) + 1e-9)
        mantissa = value / 10**decade
        place = min(range(3), key=lambda i: abs((1, 2, 5)[i] - mantissa)) + 3 * decade + steps
        return float(f"{(1, 2, 5)[place % 3]}e{place // 3}")
    span = param.maximum - param.minimum
    return round(value + steps * (span / 20 if math.isfinite(span) else 0.1), 10)


def _clamped(param: FloatParam, value: float) -> float:
    return max(param.minimum, min(param.maximum, value))


class SliderField(NumberField):
    """A slider over ``track`` with the number beside it; beyond the track a number can be typed."""

    def __init__(self, param: Param, track: Track) -> None:
        super().__init__(param)
        self.track = track
        self.slider = WheelSafeSlider()
        self.slider.setRange(0, track.positions)
        self.slider.setMinimumWidth(64)
        self.slider.setAccessibleName(param.name.replace("_", " "))
        self.slider.valueChanged.connect(self._on_slid)
        self.slider.sliderReleased.connect(self.finished)
        self._row.insertWidget(0, self.slider, 1)
        self.box.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.box.setFixedWidth(64)

    def _write(self, value: ParamValue) -> None:
        super()._write(value)
        self._move(value)

    def _move(self, value: ParamValue) -> None:
        self.slider.setEnabled(isinstance(value, int | float) or value is None)
        if isinstance(value, int | float):
            with QSignalBlocker(self.slider):
                self.slider.setValue(self.track.position(value))

    def _on_slid(self, position: int) -> None:
        value = self.track.value(position)
        super()._write(value)
        self._tell(value)

    def _on_edited(self) -> None:
        super()._on_edited()
        try:
            self._move(self.value())
        except Refused:
            return


class WheelSafeSlider(QSlider):
    """A horizontal slider that the wheel moves only where the keyboard is."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the form unless the slider has the keyboard."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ChoiceField(Field):
    """A list to choose from."""

    def __init__(self, param: ChoiceParam) -> None:
        super().__init__(param)
        self.box = WheelSafeComboBox()
        titles = param.titles or param.choices
        if param.optional:
            self.box.addItem("none", None)
        for choice, title in zip(param.choices, titles, strict=True):
            self.box.addItem(title, choice)
        self.box.activated.connect(self._on_chosen)
        self._hold(self.box, 1)

    def value(self) -> ParamValue:
        """The choice that is shown."""
        chosen = self.box.currentData()
        return chosen if isinstance(chosen, str) else None

    def set_value(self, value: ParamValue) -> None:
        """Show a choice."""
        self.box.setCurrentIndex(self.box.findData(value))

    def set_mixed(self) -> None:
        """Show no choice."""
        self.box.setPlaceholderText("several")
        self.box.setCurrentIndex(-1)

    def _on_chosen(self) -> None:
        self.edited.emit(self.value())
        self.finished.emit()


class WheelSafeComboBox(QComboBox):
    """A combo box that the wheel turns only where the keyboard is."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the form unless the box has the keyboard."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CheckField(Field):
    """A check box."""

    def __init__(self, param: BoolParam) -> None:
        super().__init__(param)
        self.box = QCheckBox()
        self.box.clicked.connect(self._on_clicked)
        self._hold(self.box)

    def value(self) -> ParamValue:
        """Whether it is checked."""
        return self.box.isChecked()

    def set_value(self, value: ParamValue) -> None:
        """Check it or not."""
        self.box.setTristate(False)
        self.box.setChecked(bool(value))

    def set_mixed(self) -> None:
        """Show neither."""
        self.box.setTristate(True)
        self.box.setCheckState(Qt.CheckState.PartiallyChecked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return toggles as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.box.click()
        else:
            super().keyPressEvent(event)

    def _on_clicked(self) -> None:
        self.box.setTristate(False)
        self.edited.emit(self.value())
        self.finished.emit()


def field_for(param: Param, value: ParamValue = None, *, sliders: bool = False) -> Field:
    """The widget for ``param``; ``value`` decides where an expression stands for a choice."""
    if isinstance(param, BoolParam | ChoiceParam) and isinstance(value, Expr):
        return TextField(param)
    track = bounded_track(param) if sliders else None
    if track is not None:
        return SliderField(param, track)
    match param:
        case BoolParam():
            return CheckField(param)
        case ChoiceParam():
            return ChoiceField(param)
        case IntParam() | FloatParam() | IntsParam():
            return NumberField(param)
        case TextParam() if param.longest > A_LINE:
            return ParagraphField(param)
    return TextField(param)
