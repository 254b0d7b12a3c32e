"""The arithmetic of block parameters: what is understood, what is refused, what stays symbolic."""

from __future__ import annotations

import pytest

from graphcore.expression import Code, Expr, ExpressionError, Value, evaluate, names_in
from graphcore.tensor_type import symbol

WIDTH = symbol("width")


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(depth - 2) // 6", 3),
        ("7 % 4", 3),
        ("-width", -16),
        ("1 / 4", 0.25),
        ("width if i == 0 else 2 * width", 16),
        ("min(width, 8, 12)", 8),
        ("max(1, i)", 1),
        ("i == 0 and width > 8", True),
        ("not (i < 0 or width <= 8)", True),
        ("'same'", "same"),
        ("0.2 * (1 + i) / depth", 0.01),
        ("True", True),
    ],
)
def test_numbers(source: str, value: Value) -> None:
    assert evaluate(Expr(source), {"depth": 20, "width": 16, "i": 0}) == value


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("__import__('os')", "uses a call"),
        ("(1).real", "uses a dot"),
        ("[1, 2]", "uses a list"),
        ("lambda: 1", "uses Lambda"),
        ("x := 1", "not an expression"),
        ("2 ** 9", "uses"),
        ("1 << 9", "uses"),
        ("a[0]", "uses an index"),
        ("f'{a}'", "uses JoinedStr"),
        ("1 < 2 < 3", "uses several comparisons"),
        ("min(*a)", "uses"),
        ("1 +", "not an expression"),
        ("", "not an expression"),
        ("missing + 1", "'missing' is not known here; known names: width"),
        ("1 // 0", "divides by zero"),
        ("1 / 0", "divides by zero"),
        ("width * 1000000000000", "beyond"),
        ("'a' + 1", "do not combine"),
        ("1" * 300, "longer than"),
        ("(" * 90 + "1" + ")" * 90, None),
    ],
)
def test_refusals(source: str, message: str | None) -> None:
    if message is None:
        assert evaluate(Expr(source), {}) == 1
        return
    with pytest.raises(ExpressionError, match=message):
        evaluate(Expr(source), {"width": 16})


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("2 * width", 2 * WIDTH),
        ("width // 2 * 2 - width // 2", WIDTH // 2),
        ("width == width", True),
        ("width + 1 == width", False),
        ("width > 0", True),
        ("width == 16", Code("width == 16")),
        ("0.5 * width", Code("0.5 * width")),
        ("width if rate > 0 else width", WIDTH),
    ],
)
def test_symbols(source: str, value: Value) -> None:
    assert evaluate(Expr(source), {"width": WIDTH, "rate": Code("rate")}) == value


def test_a_choice_between_sizes_keeps_its_text() -> None:
    value = evaluate(Expr("width if first else 8"), {"width": WIDTH, "first": Code("first")})
    assert str(value) == "width if first else 8"


def test_text_says_what_its_names_stand_for() -> None:
    """Inside a nested block, ``width`` may be ``2 * base`` of the block around it."""
    value = evaluate(Expr("0.5 * width"), {"width": 2 * symbol("base")})
    assert value == Code("0.5 * (2 * base)")


def test_the_names_of_an_expression() -> None:
    assert names_in(Expr("min(width, 8) if i == 0 else depth")) == {"width", "i", "depth"}
