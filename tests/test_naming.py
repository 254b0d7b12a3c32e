"""Names for new things: free, legal, short enough, and readable in code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcore.diagram import MAX_NAME, Graph, Node, empty_diagram, name_problem
from graphcore.expression import Expr
from graphcore.naming import (
    FreshLabels,
    fresh,
    fresh_block,
    fresh_id,
    fresh_label,
    renamed_in,
    stem_of,
)
from graphcore.store.error import ID, MAX_ID
from tests.any_diagrams import NAMES

LABELS = [
    ("Conv2d", (), "conv1"),
    ("Conv2d", ("conv1", "conv2"), "conv3"),
    ("Input", (), "x"),
    ("Input", ("x",), "x2"),
    ("Output", ("output",), "output2"),
    ("BasicBlock", (), "basic_block1"),
    ("Stage2", (), "stage2_1"),
]


@pytest.mark.parametrize(("kind", "taken", "label"), LABELS)
def test_a_new_node_is_called_after_its_kind(kind: str, taken: tuple[str, ...], label: str) -> None:
    assert fresh_label(kind, taken) == label


FRESH = [
    ("stem", (), "stem"),
    ("stem", ("stem",), "stem2"),
    ("conv1", ("conv1", "conv2"), "conv3"),
    ("bfloat15", ("bfloat15", *(f"bfloat{n}" for n in range(2, 16))), "bfloat17"),
    ("a" * MAX_NAME, ("a" * MAX_NAME,), "a" * (MAX_NAME - 1) + "2"),
]


@pytest.mark.parametrize(("wanted", "taken", "label"), FRESH)
def test_a_name_that_is_taken_gets_the_next_number(
    wanted: str, taken: tuple[str, ...], label: str
) -> None:
    assert fresh(wanted, taken) == label
    assert FreshLabels(taken).take(wanted) == label


@given(st.lists(st.one_of(NAMES, NAMES.map(lambda name: name[0] * MAX_NAME)), max_size=30))
def test_many_at_once_are_all_free_and_legal(wanted: list[str]) -> None:
    labels = FreshLabels(["x"])
    given_out = [labels.take(name) for name in wanted]
    assert len({*given_out, "x"}) == len(wanted) + 1
    assert not any(map(name_problem, given_out))


def test_a_block_has_the_name_of_no_layer() -> None:
    assert fresh_block("ReLU", empty_diagram()) == "ReLU2"
    assert fresh_block("Net", empty_diagram()) == "Net2"


def test_an_id_is_free_and_fits_into_a_file() -> None:
    taken = Graph({name: Node(name, "ReLU", "a") for name in ("a", "a.2", "b" * 200)})
    assert fresh_id("a", taken) == "a.3"
    long = fresh_id("b" * 501, taken)
    assert ID.fullmatch(long)
    assert len(long) <= MAX_ID
    assert long not in taken.nodes


@pytest.mark.parametrize("kind", ["A" * MAX_NAME, "Stage" + "9" * 40])
def test_a_long_name_leaves_room_for_a_number(kind: str) -> None:
    assert name_problem(stem_of(kind) + "1234") is None


RENAMED = [
    ("2*width", "2*filters"),
    ("width if i == 0 else 2 * width", "filters if i == 0 else 2 * filters"),
    ("width2 + in_width", "width2 + in_width"),
    ("'width'", "'width'"),
    ("(width", "(width"),
    ("", ""),
]


@pytest.mark.parametrize(("source", "expected"), RENAMED)
def test_a_name_in_an_expression_is_replaced_as_a_word(source: str, expected: str) -> None:
    expr = Expr(source)
    renamed = renamed_in(expr, "width", "filters")
    assert renamed.source == expected
    assert (renamed is expr) == (source == expected)
