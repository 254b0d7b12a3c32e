"""Slices and equations of any kind, with torch as the judge."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from graphcore.layers import LAYERS
from graphcore.spec import ParamValue
from graphcore.tensor_type import TensorType
from tests.layers.oracle import resolve
from tests.layers.symbolic import with_sizes
from tests.layers.test_symbolic import in_plain_numbers, in_symbols
from tests.layers.test_torch_agrees import disagreement

PLACES = st.integers(-7, 7)


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=4),
    st.integers(-4, 3),
    PLACES,
    st.none() | PLACES,
    st.integers(1, 4),
)
def test_slices(dims: list[int], dim: int, start: int, stop: int | None, step: int) -> None:
    spec = LAYERS["Slice"]
    args = resolve(spec, {"dim": dim, "start": start, "stop": stop, "step": step})
    inputs = (TensorType(tuple(dims)),)
    assert disagreement(spec, args, inputs) == ""
    plain = in_plain_numbers(spec, args, inputs)
    if plain is not None:
        assert in_symbols(spec, args, with_sizes(inputs)) == plain


@st.composite
def equations(draw: st.DrawFn) -> tuple[str, tuple[TensorType, ...]]:
    """An equation of up to three inputs, and inputs that fit it."""
    letters = string.ascii_letters[: draw(st.integers(1, 5))]
    sizes = {letter: draw(st.integers(2, 4)) for letter in letters}
    term = st.text(letters, min_size=1, max_size=4)
    terms = draw(st.lists(term, min_size=1, max_size=3))
    used = sorted(set("".join(terms)))
    result = draw(st.lists(st.sampled_from(used), unique=True))
    inputs = tuple(TensorType(tuple(sizes[letter] for letter in one)) for one in terms)
    return ",".join(terms) + "->" + "".join(result), inputs


@given(equations())
def test_equations(drawn: tuple[str, tuple[TensorType, ...]]) -> None:
    equation, inputs = drawn
    spec = LAYERS["Einsum"]
    params: dict[str, ParamValue] = {"equation": equation}
    args = resolve(spec, params)
    assert disagreement(spec, args, inputs) == ""
    assert in_symbols(spec, args, with_sizes(inputs)) == in_plain_numbers(spec, args, inputs)
