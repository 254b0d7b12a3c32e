"""Forms: each parameter has its widget, typing changes it at once, mistakes are told below it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.fields import (
    CheckField,
    ChoiceField,
    Field,
    NumberField,
    ParagraphField,
    SliderField,
    TextField,
    field_for,
    stepped,
)
from app.form import MIXED, Form, tooltip_of
from graphcore.expression import Expr
from graphcore.layers import LAYERS
from graphcore.spec import (
    BoolParam,
    ChoiceParam,
    FloatParam,
    IntParam,
    IntsParam,
    Param,
    ParamValue,
    ShapeParam,
    TextParam,
)

OUT = IntParam(name="out_channels", doc="Channels that leave.", default=8, maximum=512)
KERNEL = IntsParam(name="kernel_size", doc="Size of the kernel.", default=3, length=2)
RATE = FloatParam(name="p", doc="Share.", default=0.5, minimum=0.0, maximum=1.0)
BIAS = BoolParam(name="bias", doc="Add a bias.", default=True)
MODE = ChoiceParam(name="mode", doc="Mode.", default="zeros", choices=("zeros", "reflect"))
SHAPE = ShapeParam(name="shape", doc="Shape.", default=("N", 1, 8, 8))
NOTE = TextParam(name="note", doc="Note.", default="")
DILATION = IntParam(name="dilation", doc="Spacing.", default=1, advanced=True)
PARAMS = (OUT, KERNEL, RATE, BIAS, MODE, SHAPE, NOTE, DILATION)


@pytest.fixture
def form(qtbot: QtBot) -> Form:
    form = Form(PARAMS, {"out_channels": 16}, names={"width": 16}, sliders=True)
    qtbot.addWidget(form)
    form.show()
    return form


def edits_of(form: Form) -> list[tuple[str, ParamValue]]:
    told: list[tuple[str, ParamValue]] = []
    form.edited.connect(lambda name, value: told.append((name, value)))
    return told


def retype(field: Field, text: str) -> None:
    assert isinstance(field, NumberField | TextField)
    field.line.selectAll()
    QTest.keyClicks(field.line, text)


@pytest.mark.parametrize(
    ("param", "kind"),
    [
        (OUT, NumberField),
        (KERNEL, NumberField),
        (RATE, SliderField),
        (BIAS, CheckField),
        (MODE, ChoiceField),
        (SHAPE, TextField),
        (NOTE, TextField),
    ],
)
def test_each_type_has_its_widget(qtbot: QtBot, param: Param, kind: type[Field]) -> None:
    assert type(field_for(param, param.default, sliders=True)) is kind


@pytest.mark.parametrize("param", [BIAS, MODE])
def test_an_expression_for_a_choice_is_shown_as_text(qtbot: QtBot, param: Param) -> None:
    field = field_for(param, Expr("i == 0"))
    field.set_value(Expr("i == 0"))
    assert isinstance(field, TextField)
    assert field.value() == Expr("i == 0")


def test_every_parameter_of_every_layer_has_a_widget_that_keeps_its_default(qtbot: QtBot) -> None:
    for spec in LAYERS.values():
        for param in spec.params:
            field = field_for(param, param.default, sliders=True)
            qtbot.addWidget(field)
            field.set_value(param.default)
            if param.default is not None or param.optional:
                shown = field.value()
                assert param.resolve(shown) == param.resolve(param.default), (spec.kind, param.name)  # type: ignore[arg-type]


def test_typing_edits_at_once(form: Form) -> None:
    told = edits_of(form)
    retype(form.field("out_channels"), "32")
    assert told == [("out_channels", 3), ("out_channels", 32)]


def test_what_is_not_allowed_is_told_below_and_not_passed_on(form: Form) -> None:
    told = edits_of(form)
    retype(form.field("out_channels"), "0")
    row = form.rows["out_channels"]
    assert told == []
    assert row.hint.isVisible()
    assert "between 1 and 512" in row.hint.text()
    assert row.hint.objectName() == "wrong"
    retype(form.field("out_channels"), "9")
    assert not row.hint.isVisible()


def test_an_expression_says_what_it_comes_out_as(form: Form) -> None:
    told = edits_of(form)
    retype(form.field("out_channels"), "=2*width")
    assert told[-1] == ("out_channels", Expr("2*width"))
    assert form.rows["out_channels"].hint.text() == "= 32"


def test_an_expression_that_fails_says_why(form: Form) -> None:
    retype(form.field("out_channels"), "=widht")
    assert "known names: width" in form.rows["out_channels"].hint.text()
    form.set_names({"widht": 4})
    assert form.rows["out_channels"].hint.text() == "= 4"


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [("out_channels", Qt.Key.Key_Up, 17), ("out_channels", Qt.Key.Key_Down, 15)],
)
def test_arrows_step(form: Form, name: str, key: Qt.Key, value: int) -> None:
    told = edits_of(form)
    field = form.field(name)
    assert isinstance(field, NumberField)
    QTest.keyClick(field.box, key)
    assert told == [(name, value)]


def test_a_check_box_a_list_and_a_slider_edit(form: Form) -> None:
    told = edits_of(form)
    bias, mode, rate = form.field("bias"), form.field("mode"), form.field("p")
    assert isinstance(bias, CheckField)
    assert isinstance(mode, ChoiceField)
    assert isinstance(rate, SliderField)
    QTest.keyClick(bias.box, Qt.Key.Key_Space)
    QTest.keyClick(mode.box, Qt.Key.Key_Down)
    QTest.keyClick(rate.slider, Qt.Key.Key_Home)
    assert told == [("bias", False), ("mode", "reflect"), ("p", 0.0)]


def test_the_wheel_scrolls_past_a_field_without_the_keyboard(form: Form) -> None:
    told = edits_of(form)
    for name in ("out_channels", "mode", "p"):
        field = form.field(name)
        target = field.slider if isinstance(field, SliderField) else field.focusProxy()
        assert target is not None
        target.clearFocus()
        at, none = QPointF(5, 5), Qt.KeyboardModifier.NoModifier
        event = QWheelEvent(
            at,
            target.mapToGlobal(at),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            none,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(target, event)
    assert told == []


def test_new_values_replace_old_ones_but_not_what_is_being_typed(form: Form) -> None:
    field = form.field("p")
    assert isinstance(field, SliderField)
    retype(field, "0.")
    form.set_values({"p": 0.0})
    assert field.line.text() == "0."
    form.set_values({"p": 0.75})
    assert field.line.text() == "0.75"
    assert field.slider.value() == 750


def test_advanced_parameters_are_folded_away(form: Form) -> None:
    assert not form.field("dilation").isVisible()
    form.show_advanced(True)
    assert form.field("dilation").isVisible()


def test_problems_of_the_analysis_mark_their_field_and_are_told_once(form: Form) -> None:
    field = form.field("kernel_size")
    assert isinstance(field, NumberField)
    form.set_problems({"kernel_size": "larger than the input"})
    assert field.line.property("wrong")
    assert not form.rows["kernel_size"].hint.isVisible()
    form.set_problems({})
    assert not field.line.property("wrong")


def test_values_that_differ_are_shown_as_several(form: Form) -> None:
    form.set_values({"out_channels": MIXED, "bias": MIXED, "mode": MIXED})
    out, bias = form.field("out_channels"), form.field("bias")
    assert isinstance(out, NumberField)
    assert isinstance(bias, CheckField)
    assert out.line.placeholderText() == "several"
    assert bias.box.checkState() is Qt.CheckState.PartiallyChecked


@pytest.mark.parametrize(
    ("param", "value", "steps", "after"),
    [
        (OUT, 8, 1, 9),
        (OUT, 8, 10, 18),
        (OUT, 1, -1, 1),
        (OUT, 512, 1, 512),
        (KERNEL, 3, 1, 4),
        (RATE, 0.5, 1, 0.55),
        (RATE, 1.0, 1, 1.0),
        (FloatParam(name="x", doc=""), 1.0, -1, 0.9),
        (FloatParam(name="lr", doc="", minimum=1e-8, maximum=1.0, logarithmic=True), 0.1, -1, 0.05),
        (FloatParam(name="lr", doc="", minimum=1e-8, maximum=1.0, logarithmic=True), 0.05, 1, 0.1),
        (IntParam(name="stride", doc="", optional=True), None, 1, 1),
    ],
)
def test_steps_stay_within_bounds(
    param: Param, value: ParamValue, steps: int, after: ParamValue
) -> None:
    assert stepped(param, value, steps) == pytest.approx(after)


def test_a_tooltip_tells_name_documentation_bounds_and_default() -> None:
    told = tooltip_of(OUT)
    for part in ("out_channels", "Channels that leave.", "1 to 512", "default 8"):
        assert part in told


def test_fields_have_names_for_screen_readers(form: Form) -> None:
    for name, row in form.rows.items():
        proxy = row.field.focusProxy()
        assert proxy is not None
        assert proxy.accessibleName() == name.replace("_", " ")
        assert row.field.accessibleDescription()


class TestAText:
    """One that is long is wrapped, and as high as its lines."""

    LONG = TextParam(name="description", doc="What it is.", default="", longest=10_000)
    WORDS = "A residual network in the form of the paper, for small images of digits."

    def test_is_seen_whole(self, qtbot: QtBot) -> None:
        form = Form((self.LONG,), {})
        qtbot.addWidget(form)
        form.resize(280, 200)
        form.show()
        field = form.field("description")
        assert isinstance(field, ParagraphField)
        low = field.text.height()
        told = edits_of(form)
        QTest.keyClicks(field.text, self.WORDS)
        assert told[-1] == ("description", self.WORDS)
        assert field.text.height() > low
        assert not field.text.verticalScrollBar().isVisible()

    def test_is_seen_whole_as_soon_as_it_is_shown(self, qtbot: QtBot) -> None:
        form = Form((self.LONG,), {"description": self.WORDS})
        qtbot.addWidget(form)
        form.resize(280, 200)
        form.show()
        qtbot.waitExposed(form)
        QApplication.processEvents()
        field = form.field("description")
        assert isinstance(field, ParagraphField)
        lines = field.text.document().size().height()
        assert lines > 1
        assert field.text.height() >= lines * field.text.fontMetrics().lineSpacing()

    def test_return_ends_the_edit_and_pasted_lines_are_joined(self, qtbot: QtBot) -> None:
        form = Form((self.LONG,), {})
        qtbot.addWidget(form)
        form.show()
        field = form.field("description")
        assert isinstance(field, ParagraphField)
        QApplication.clipboard().setText("two\nlines")
        QTest.keyClick(field.text, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert field.value() == "two lines"
        with qtbot.waitSignal(field.finished):
            QTest.keyClick(field.text, Qt.Key.Key_Return)
        assert field.value() == "two lines"


@pytest.mark.parametrize(
    ("param", "told"),
    [
        (IntParam(name="stride", doc="Step.", optional=True), "auto"),
        (IntParam(name="index", doc="Which.", optional=True, unset="none"), "none"),
        (IntParam(name="width", doc="Channels."), "no default"),
    ],
)
def test_an_empty_field_says_what_that_means(qtbot: QtBot, param: IntParam, told: str) -> None:
    field = field_for(param)
    qtbot.addWidget(field)
    field.set_value(None)
    assert isinstance(field, NumberField)
    assert field.line.placeholderText() == told
