"""Files hold everything, one thing a line, and come back the same."""

from __future__ import annotations

import difflib
import json
from dataclasses import replace

import pytest
from hypothesis import given

from graphcore import edits
from graphcore.diagram import Diagram, Point
from graphcore.gallery import TEMPLATES, build
from graphcore.store import StoreError, dumps, loads
from graphcore.store.writing import written
from tests.any_diagrams import any_diagrams
from tests.valid_diagrams import valid_diagrams


def told(diagram: Diagram) -> str:
    """The diagram in words, without the kind of its empty mappings."""
    return repr(diagram).replace("mappingproxy({})", "{}")


@given(any_diagrams())
def test_a_diagram_comes_back_the_same_and_so_does_its_text(diagram: Diagram) -> None:
    text = dumps(diagram)
    again = loads(text)
    assert again == diagram
    assert told(again) == told(diagram), "1, 1.0 and true are kept apart, and so is the order"
    assert dumps(again) == text


@pytest.mark.parametrize("name", TEMPLATES)
def test_so_does_every_template(name: str) -> None:
    diagram = build(name)
    assert loads(dumps(diagram)) == diagram


@given(any_diagrams())
def test_the_text_is_json_and_utf8(diagram: Diagram) -> None:
    text = dumps(diagram)
    fields = json.loads(text.encode("utf-8"))
    assert list(fields)[:2] == ["format", "version"]
    assert text.endswith("}\n")


@given(any_diagrams())
def test_json_of_another_shape_is_read_as_well(diagram: Diagram) -> None:
    """People reformat files; only what the words say matters."""
    fields = json.loads(dumps(diagram))
    assert loads(json.dumps(fields)) == diagram
    assert loads(json.dumps(fields, indent=4)) == diagram


def changed_lines(before: Diagram, after: Diagram) -> tuple[int, int]:
    diff = [*difflib.ndiff(dumps(before).splitlines(), dumps(after).splitlines())]
    return sum(d.startswith("- ") for d in diff), sum(d.startswith("+ ") for d in diff)


def test_an_edit_changes_its_own_lines_only() -> None:
    before = build("resnet20-digits")
    moved = edits.move(before, "Residual", {"conv2": Point(1, 2)})
    assert changed_lines(before, moved) == (1, 1)
    renamed = edits.rename(before, "Residual", "conv2", "conv_b")
    assert changed_lines(before, renamed) == (1, 1)
    added, _ = edits.insert_on_edge(before, "Residual", "e5", "Dropout", Point(0, 0))
    removed, put = changed_lines(before, added)
    assert removed <= 2
    assert put <= 4


@given(valid_diagrams(), valid_diagrams())
def test_lines_taken_over_from_an_earlier_text_are_the_same(a: Diagram, b: Diagram) -> None:
    """Whatever was written before, the text is that of the diagram."""
    moved = edits.move(a, "Net", {"x": Point(5, 5)})
    for first, second in ((a, b), (a, moved), (moved, a), (b, edits.without_skips(b))):
        assert written(second, written(first)).text() == dumps(second)


def test_what_no_file_can_hold_is_not_written() -> None:
    diagram = replace(build("mlp-digits"), recipe={"learning_rate": float("nan")})
    with pytest.raises(StoreError, match="a number that is not finite cannot be saved"):
        dumps(diagram)
