"""What may be typed into a form, what comes of it, and what is said where nothing does."""

from __future__ import annotations

import pytest

from app.param_text import outcome, read, settle, shown
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
    ShapeParam,
    TextParam,
)

INT = IntParam(name="out_channels", doc="")
MAYBE = IntParam(name="stride", doc="", default=None, optional=True)
RATE = FloatParam(name="p", doc="", minimum=0.0, maximum=1.0)
PAIR = IntsParam(name="kernel_size", doc="", length=2)
SIZES = IntsParam(name="output_size", doc="", length=2, optional_items=True)
ANY = IntsParam(name="dims", doc="", length=0, minimum=0)
SHAPE = ShapeParam(name="shape", doc="")
TEXT = TextParam(name="note", doc="")
SWITCH = BoolParam(name="bias", doc="")
CHOICE = ChoiceParam(name="mode", doc="", choices=("zeros", "reflect"))


@pytest.mark.parametrize(
    ("param", "text", "value"),
    [
        (INT, "16", 16),
        (INT, "  16 ", 16),
        (INT, "=2 * width", Expr("2 * width")),
        (INT, "= width", Expr("width")),
        (MAYBE, "", None),
        (RATE, "0.25", 0.25),
        (RATE, "1", 1.0),
        (RATE, "1e-3", 0.001),
        (RATE, "=0.2 * i", Expr("0.2 * i")),
        (PAIR, "3", 3),
        (PAIR, "3, 5", (3, 5)),
        (PAIR, "3 5", (3, 5)),
        (PAIR, "3×5", (3, 5)),
        (PAIR, "3 x 5", (3, 5)),
        (PAIR, "3, =k", (3, Expr("k"))),
        (SIZES, "none, 4", (None, 4)),
        (ANY, "2", (2,)),
        (SHAPE, "N, 3, 32, 32", ("N", 3, 32, 32)),
        (SHAPE, "N×3×H×W", ("N", 3, "H", "W")),
        (TEXT, "hello", "hello"),
        (SWITCH, "=i == 0", Expr("i == 0")),
        (CHOICE, "zeros", "zeros"),
    ],
)
def test_text_becomes_a_value_and_is_shown_again(
    param: Param, text: str, value: ParamValue
) -> None:
    assert read(param, text) == value
    assert type(read(param, text)) is type(value)
    assert read(param, shown(value)) == value


@pytest.mark.parametrize(
    ("param", "text", "why"),
    [
        (INT, "", "needs a value"),
        (INT, "abc", "an expression begins with '='"),
        (INT, "1.5", "is not an integer"),
        (INT, "0", "at least 1"),
        (INT, "9" * 20, "at most"),
        (INT, "x" * 300, f"'{'x' * 40}…' is not an integer"),
        (INT, "=", "is not an expression"),
        (INT, "=print(1)", "only + - *"),
        (RATE, "2", "between 0.0 and 1.0"),
        (RATE, "nan", "between 0.0 and 1.0"),
        (PAIR, "1, 2, 3", "one integer or 2 of them"),
        (PAIR, "1, none", "is not an integer"),
        (SHAPE, "N, 0, 8", "at least 1"),
        (SHAPE, "N, -3", "at least 1"),
        (CHOICE, "other", "one of zeros, reflect"),
    ],
)
def test_what_is_not_allowed_is_refused_with_a_reason(param: Param, text: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        read(param, text)
    assert why in str(refused.value)
    assert refused.value.param == param.name


@pytest.mark.parametrize(
    ("param", "value", "told"),
    [
        (INT, Expr("2 * width"), "= 32"),
        (INT, 32, ""),
        (PAIR, Expr("width"), "= 16"),
        (PAIR, (1, Expr("width")), "= 1, 16"),
        (RATE, Expr("width / 64"), "= 0.25"),
    ],
)
def test_what_an_expression_comes_out_as_is_told(
    param: Param, value: ParamValue, told: str
) -> None:
    assert outcome(param, value, {"width": 16}) == told


def test_an_expression_that_fails_says_which_names_there_are() -> None:
    with pytest.raises(Refused, match="'widht' is not known here; known names: width"):
        settle(INT, Expr("widht"), {"width": 16})


def test_an_expression_with_a_value_out_of_bounds_is_refused() -> None:
    with pytest.raises(Refused, match="at least 1"):
        settle(INT, Expr("width - 16"), {"width": 16})
