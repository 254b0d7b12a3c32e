"""Sizes are polynomials in normal form: whatever is written, equal things compare equal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcore.tensor_type import (
    Dim,
    Size,
    TensorType,
    ceil_div,
    differ,
    equal,
    exact_quotient,
    opaque,
    product,
    substitute,
    surely_less,
    symbol,
)

H, W, N = symbol("H"), symbol("W"), symbol("N")


def convolved(size: Size, kernel: int = 3, stride: int = 2, padding: int = 1) -> Size:
    return (size + 2 * padding - kernel) // stride + 1


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        (H + W, W + H, True),
        (2 * H - H, H, True),
        (H * W - W * H, 0, True),
        ((2 * H + 4) // 2, H + 2, True),
        (H // 2 // 2, H // 4, True),
        (convolved(convolved(H)), ceil_div(H, 4), True),
        (convolved(H), ceil_div(H, 2), True),
        (H % 2 + H // 2 * 2, H, True),
        (H + 1, H, False),
        (H // 2, (H + 2) // 2, False),
        (H, 8, None),
        (2 * (H // 2), H, None),
        (8, 8, True),
        (8, 9, False),
    ],
)
def test_equality(a: Size, b: Size, answer: bool | None) -> None:
    assert equal(a, b) is answer
    assert equal(b, a) is answer
    assert differ(a, b) is (answer is False)


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [(0, H, True), (H, H + 1, True), (H, 0, False), (H, 2 * H, True), (3, 4, True), (H, W, False)],
)
def test_what_is_surely_less(a: Size, b: Size, answer: bool) -> None:
    assert surely_less(a, b) is answer


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (4 * symbol("width"), "4 * width"),
        (symbol("width") - 1, "width - 1"),
        ((symbol("depth") - 2) // 6, "(depth - 2) // 6"),
        (3 * ((H + 1) // 2), "3 * ((H + 1) // 2)"),
        (symbol("c") + symbol("i") * 12, "c + 12 * i"),
        (H * W, "H * W"),
        (opaque("64 if first else 128"), "64 if first else 128"),
        (opaque("64 if first else 128") * 2, "2 * (64 if first else 128)"),
    ],
)
def test_it_reads_as_people_write(size: Size, text: str) -> None:
    assert str(size) == text


def test_a_symbolic_size_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match="equal"):
        bool(H)


def test_types_read_as_shapes() -> None:
    image = TensorType((N, 3, 32, 32))
    assert str(image) == "N×3×32×32"
    assert image.without_batch() == "3×32×32"
    assert (image.channel_axis, image.channels) == (1, 3)
    assert TensorType((N, 12, 64)).channels == 64
    assert str(TensorType((N, 7), "int64")) == "N×7 int64"
    assert not TensorType((N,), "int64").is_floating


ATOMS = st.sampled_from([1, 2, 3, 5, H, W])
STEPS: list[Callable[[Size, Size], Size]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
]


@given(
    st.lists(st.tuples(st.integers(0, 4), ATOMS), max_size=6), st.integers(1, 9), st.integers(1, 9)
)
def test_arithmetic_is_that_of_integers(
    steps: list[tuple[int, Size]], height: int, width: int
) -> None:
    """A polynomial evaluated is what the same steps give on numbers."""
    values = {"H": height, "W": width}

    def number(size: Size) -> int:
        return substitute(size, values, int)

    general: Size = H
    exact: Size = height
    for step, operand in steps:
        if step < len(STEPS):
            general, exact = STEPS[step](general, operand), STEPS[step](exact, number(operand))
        elif step == 3:
            general, exact = general // 3, exact // 3
        else:
            general, exact = general % 4, exact % 4
        assert number(general) == exact
    if isinstance(general, Dim):
        parsed = eval(str(general), {}, dict(values))  # noqa: S307  The printed form is Python.
        assert parsed == exact


def test_the_product_of_nothing_is_one() -> None:
    assert product([]) == 1
    assert product([2, H]) == 2 * H


@pytest.mark.parametrize(
    ("a", "b"),
    [(W, H), (W, 4), (3 * W, H), (H * W, H), (W + 1, H), (4 * W, 8), (W, 2 * H), (12, 4)],
)
def test_a_quotient_without_remainder_multiplies_back(a: Size, b: Size) -> None:
    quotient = exact_quotient(a, b)
    assert str(quotient) == str(a // b)
    assert equal(quotient, a // b)
    assert quotient * b == b * quotient == a
    assert N * quotient * b == N * a


def test_a_floor_does_not_multiply_back() -> None:
    assert H * (W // H) != W
