"""Reading refuses what it does not know, naming the line, the block and the remedy."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcore.analysis import analyse
from graphcore.diagram import MAX_NESTING, MAX_NODES, Definition, Diagram
from graphcore.store import NewerVersion, StoreError, dumps, loads
from graphcore.store.error import MAX_EDGES
from graphcore.store.strict_json import line_of, parse

TEXT = """{
  "format": "skipwright",
  "version": 1,
  "main": "Net",
  "symbols": {"N": 4},
  "recipe": {"epochs": 8},
  "blocks": {
    "Net": {
      "params": [
        {"name": "width", "type": "int", "doc": "Channels.", "default": 8}
      ],
      "nodes": [
        {"id": "x", "kind": "Input", "at": [0, 0]},
        {"id": "conv1", "kind": "Conv2d", "params": {"out_channels": "=width"}},
        {"id": "body", "kind": "Body", "repeat": 2},
        {"id": "output", "kind": "Output"}
      ],
      "edges": [
        {"id": "e1", "from": ["x", "y"], "to": ["conv1", "x"]},
        {"id": "e2", "from": ["conv1", "y"], "to": ["body", "x"]},
        {"id": "e3", "from": ["body", "output"], "to": ["output", "x"]},
        {"id": "s1", "from": ["x", "y"], "to": ["output", "x"], "kind": "skip", "label": "s1"}
      ]
    },
    "Body": {
      "nodes": [
        {"id": "x", "kind": "Input"},
        {"id": "output", "kind": "Output"}
      ],
      "edges": [
      ]
    }
  }
}
"""


def test_the_text_of_these_tests_is_a_diagram() -> None:
    assert list(loads(TEXT).blocks) == ["Net", "Body"]
    assert loads(TEXT.replace("\n", "\r\n")) == loads(TEXT)


Case = tuple[str, str, int, str, str]
"""What is replaced by what, and the line, the block and the words of the refusal."""

KINDS: list[Case] = [
    ('"Conv2d"', '"Conv9d"', 14, "Net", "'conv1' is of the kind 'Conv9d', which is neither"),
    ('"kind": "Body"', '"kind": 3', 15, "Net", "a node's kind should be a text in quotes, not 3"),
    ('"kind": "skip"', '"kind": "bus"', 22, "Net", "kinds: flow, skip, dense, encoder_decoder"),
    ('"kind": "skip"', '"kind": ["skip"]', 22, "Net", "should be a text in quotes, not a list"),
    ('"type": "int"', '"type": "object"', 10, "Net", "no type 'object'; types: int, float"),
    ('"skipwright"', '"other"', 1, "", 'no diagram of Skipwright: it has no "format"'),
]
KEYS: list[Case] = [
    ('"recipe"', '"recipes"', 6, "", 'the file has no field "recipes"; it has format, version'),
    ('"repeat": 2', '"repeats": 2', 15, "Net", 'a node has no field "repeats"'),
    ('"id": "e2", ', "", 20, "Net", 'an edge has no "id"'),
    ('"main": "Net",', "", 1, "", 'the file has no "main"'),
    ('"version": 1,', "", 1, "", 'the file has no "version"'),
    ('"doc": "Channels."', '"step": 6', 10, "Net", 'has no field "step"'),
    ('"default": 8', '"length": 8', 10, "Net", "'width' has no field \"length\"; it has name, doc"),
    ('"epochs"', '"speed"', 6, "", "the recipe has no parameter 'speed'; its parameters: data"),
    ("out_channels", "channels", 14, "Net", "'conv1' has no parameter 'channels'"),
    ('"kind": "Body"', '"kind": "Body", "params": {"w": 1}', 15, "Net", "its parameters: none"),
    ('"repeat": 2', '"repeat": 2, "repeat": 3', 15, "Net", '"repeat" stands twice in a node'),
    (
        '"symbols": {"N": 4}',
        '"symbols": {"N": 4, "N": 5}',
        5,
        "",
        '"N" stands twice in the symbols',
    ),
    ('"Body": {', '"Net": {', 25, "", '"Net" stands twice in the blocks; delete one'),
]
NAMES: list[Case] = [
    ('"id": "conv1", "kind"', '"id": "conv1", "label": "class", "kind"', 14, "Net", "is a word of"),
    (
        '"id": "conv1", "kind"',
        '"id": "conv1", "label": "a.b", "kind"',
        14,
        "Net",
        "not a Python name",
    ),
    ('"id": "conv1", "kind"', '"id": "conv1", "label": "ﬁ", "kind"', 14, "Net", "only the letters"),
    ('"id": "conv1", "kind"', '"id": "conv1", "label": "forward", "kind"', 14, "Net", "shadow"),
    ('"id": "body"', '"id": "bo dy"', 15, "Net", "may use letters, digits"),
    ('"id": "body"', '"id": "conv1"', 15, "Net", "the id 'conv1' is there already"),
    ('"id": "body"', '"id": "body", "label": "conv1"', 15, "Net", "the label 'conv1' is there"),
    ('"id": "e3"', '"id": "body"', 21, "Net", "the id 'body' is there already"),
    ('"label": "s1"', '"label": "body"', 22, "Net", "the label 'body' is there already"),
    (', "label": "s1"', "", 22, "Net", 'has no "label", which names its projection'),
    (
        '"repeat": 2',
        '"scales": {"x": [{"kind": "ReLU", "label": "conv1"}]}',
        15,
        "Net",
        "the label 'conv1' is there already",
    ),
    (
        '"repeat": 2',
        '"scales": {"\\ud800": []}',
        15,
        "Net",
        "the name of a port: the text contains",
    ),
    ('"id": "e2"', '"id": "e2", "label": "w"', 20, "Net", "a plain wire, which has no label"),
    ('"Body": {', '"ReLU": {', 25, "ReLU", "'ReLU' is the name of a layer"),
    ('"Body": {', '"__init__": {', 25, "__init__", "begins with an underscore"),
    ('"name": "width"', '"name": "self"', 10, "Net", "would shadow"),
    ('"N": 4', '"N-1": 4', 5, "", "not a Python name"),
    ('"main": "Net"', '"main": "Model"', 4, "", "no block 'Model' to be the main one"),
    ('"repeat": 2', '"copy_names": "{i}{self}"', 15, "Net", "copies are named like {i}"),
    ('"repeat": 2', '"same_as": "gone"', 15, "Net", "module of 'gone', and there is no such"),
]
VALUES: list[Case] = [
    ('"repeat": 2', '"repeat": NaN', 15, "Net", "a whole number, not nan"),
    ('"=width"', "NaN", 14, "Net", "out_channels of 'conv1': the number is not finite"),
    ('"=width"', "1e999", 14, "Net", "not finite"),
    ('"=width"', "-Infinity", 14, "Net", "not finite"),
    ('"=width"', "9" * 30, 14, "Net", "beyond"),
    ('"=width"', "9" * 100_000, 14, "Net", "beyond"),
    ('"=width"', '"\\ud800"', 14, "Net", "half a character"),
    ('"=width"', '{"a": 1}', 14, "Net", "not a kind of value"),
    ('"=width"', "[[[[1]]]]", 14, "Net", "nested deeper than 3"),
    ('"=width"', json.dumps([1] * 65), 14, "Net", "more than 64 items"),
    ('"=width"', json.dumps("=" + "1" * 201), 14, "Net", "longer than 200 characters"),
    ('"repeat": 2', '"repeat": 0', 15, "Net", "repeat of 'body' should be from 1 to 4,096"),
    ('"repeat": 2', '"repeat": 2.0', 15, "Net", "a whole number, not 2.0"),
    ('"repeat": 2', '"repeat": true', 15, "Net", "a whole number, not true"),
    ('"repeat": 2', '"active": 1', 15, "Net", "active should be true or false, not 1"),
    ('"repeat": 2', '"shared": null', 15, "Net", "shared should be true or false, not null"),
    ('"at": [0, 0]', '"at": [0, 0.5]', 13, "Net", "a whole number, not 0.5"),
    ('"at": [0, 0]', '"at": [0]', 13, "Net", "a position should have 2 items, not 1"),
    ('"at": [0, 0]', '"at": [0, 4294967296]', 13, "Net", "a position should be from"),
    ('"at": [0, 0]', '"at": "here"', 13, "Net", "a list […], not 'here'"),
    ('"N": 4', '"N": 0', 5, "", "the size of N should be from 1"),
    ('"version": 1', '"version": "1"', 3, "", "the version should be a whole number"),
    ('"version": 1', '"version": 0', 3, "", "the version should be from 1"),
    (
        '["x", "y"], "to": ["conv1"',
        '["w", "y"], "to": ["conv1"',
        19,
        "Net",
        "ends at 'w', and there",
    ),
    (
        '"nodes": [\n        {"id": "x", "kind": "Input"},',
        '"form": "chain", "nodes": [',
        26,
        "Body",
        "module or sequential",
    ),
    ('{"id": "x", "kind": "Input"},', '{"id": "x", "kind": "Net"},', 8, "Net", "contains itself"),
]


@pytest.mark.parametrize(
    ("old", "new", "line", "block", "words"),
    [*KINDS, *KEYS, *NAMES, *VALUES],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_a_word_that_is_not_known_is_refused_where_it_stands(
    old: str, new: str, line: int, block: str, words: str
) -> None:
    assert TEXT.count(old) == 1 or old.startswith('"id"'), "the case changes one thing"
    with pytest.raises(StoreError) as refused:
        loads(TEXT.replace(old, new, 1))
    assert words in str(refused.value)
    assert (refused.value.line, refused.value.block) == (line, block)
    assert str(refused.value).startswith(f"line {line}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        (TEXT[:300], "the file ends in the middle"),
        (TEXT[:-3], "the file ends in the middle"),
        (TEXT.replace(",", ";", 1), "this is not JSON"),
        ("\ufeff" + TEXT, "byte order mark; save it as UTF-8 without one"),
        (TEXT + "x", "this is not JSON"),
        ("[" * 200_000, "nested too deeply"),
        ('{"format":' * 100_000, "nested too deeply"),
        ("[]", "no diagram of Skipwright"),
        ("null", "no diagram of Skipwright"),
        ("5", "no diagram of Skipwright"),
    ],
)
def test_what_is_no_diagram_at_all(text: str, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        loads(text)


def fields() -> Any:
    return json.loads(TEXT)


VALUES_THAT_LOAD = ["-3", "0.5", "null", "true", '"wide"', '"=(width"', "[1, 2, 3]", "[]"]


@pytest.mark.parametrize("value", VALUES_THAT_LOAD)
def test_a_value_that_does_not_suit_its_parameter_is_a_problem_of_the_block(value: str) -> None:
    """So that a diagram with a mistake in it can be saved and opened again."""
    read = loads(TEXT.replace('"=width"', value))
    assert loads(dumps(read)) == read
    problems = [p for p in analyse(read).diagnostics if p.at == Definition("Net", "conv1")]
    assert problems, "the analysis says what is wrong"


class TestLimits:
    def test_nodes(self) -> None:
        made = fields()
        one = {"id": "x", "kind": "Input"}
        made["blocks"]["Body"]["nodes"] = [one] * (MAX_NODES + 1)
        with pytest.raises(StoreError, match=f"0 to {MAX_NODES:,} items, not {MAX_NODES + 1:,}"):
            loads(json.dumps(made))

    def test_edges(self) -> None:
        made = fields()
        made["blocks"]["Body"]["edges"] = [0] * (MAX_EDGES + 1)
        with pytest.raises(StoreError, match=f"0 to {MAX_EDGES:,} items"):
            loads(json.dumps(made))

    def test_nesting(self) -> None:
        made = fields()
        for depth in range(MAX_NESTING):
            nodes = [{"id": "b", "kind": f"B{depth + 1}" if depth + 1 < MAX_NESTING else "ReLU"}]
            made["blocks"][f"B{depth}"] = {"nodes": nodes, "edges": []}
        assert loads(json.dumps(made)).main == "Net"
        made["blocks"]["Body"]["nodes"].append({"id": "b", "kind": "B0"})
        with pytest.raises(StoreError, match=f"nested deeper than {MAX_NESTING}"):
            loads(json.dumps(made))

    def test_blocks(self) -> None:
        made = fields()
        made["blocks"] |= {f"B{n}": {"nodes": [], "edges": []} for n in range(1_000)}
        with pytest.raises(StoreError, match="more than 1,000 blocks"):
            loads(json.dumps(made))


def test_a_newer_version_is_told_apart() -> None:
    with pytest.raises(NewerVersion, match=r"line 3: the file is of version 7.*update it, or open"):
        loads(TEXT.replace('"version": 1', '"version": 7'))


@given(st.data())
def test_a_damaged_file_is_read_or_refused_never_more(data: st.DataObject) -> None:
    """Whatever stands in the file, no other error comes of it."""
    start = data.draw(st.integers(0, len(TEXT)))
    stop = data.draw(st.integers(start, min(len(TEXT), start + 40)))
    put = data.draw(
        st.one_of(st.text(max_size=8), st.sampled_from(["null", "[]", "{}", '""', "1"]))
    )
    with contextlib.suppress(StoreError):
        assert loads(TEXT[:start] + put + TEXT[stop:]).main == "Net"


HOSTILE: list[Any] = [None, True, 0, -1, 2**70, 1.5, float("nan"), float("inf")]
HOSTILE += ["", "x", "=", "=(", "\ud800", "a" * 300, [], [1], ["x"], ["x", "y"], [[]], [{}]]
HOSTILE += [{}, {"a": 1}, {"\ud800": []}, {"x": {}}]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value below ``value``."""
    steps = list(value) if isinstance(value, dict) else []
    steps = [*range(len(value))] if isinstance(value, list) else steps
    below = [(*path, step) for step in steps]
    return below + [p for step, p in zip(steps, below, strict=True) for p in places(value[step], p)]


def full() -> Any:
    """A file in which every field there is stands."""
    made = fields()
    net = made["blocks"]["Net"]
    net |= {"form": "module", "doc": "A net."}
    net["ties"] = [{"source": ["conv1", "weight"], "target": ["body", "weight"]}]
    net["params"] += [
        {"name": "p", "type": "ints", "doc": "", "length": 2, "default": [1, 2], "minimum": 0},
        {"name": "q", "type": "choice", "doc": "", "choices": ["a", "b"], "titles": ["A", "B"]},
        {"name": "r", "type": "float", "doc": "", "minimum": 0.5, "maximum": 2, "default": 1.0},
    ]
    net["nodes"][1] |= {"label": "conv1", "active": "=width > 3", "shared": False}
    net["nodes"][1] |= {"scales": {"x": [{"kind": "ReLU", "label": "relu8", "params": {}}]}}
    net["nodes"][2] |= {"same_as": "conv1", "copy_names": "{i}"}
    net["edges"][3] |= {"params": {"norm": False}, "active": True}
    net["edges"][3]["scales"] = [{"kind": "ReLU", "label": "relu9"}]
    return made | {"notes": "A note."}


def read_or_refused(content: str) -> Diagram | StoreError:
    try:
        return loads(content)
    except StoreError as refused:
        return refused


@settings(max_examples=300)
@given(st.sampled_from(places(full())), st.sampled_from([*HOSTILE, ...]))
def test_a_value_of_any_kind_in_any_place_is_read_or_refused(
    place: tuple[Any, ...], value: Any
) -> None:
    """What is read can be analysed and written again; ``...`` takes the field away."""
    made = full()
    around = made
    for step in place[:-1]:
        around = around[step]
    if value is ...:
        del around[place[-1]]
    else:
        around[place[-1]] = value
    read = read_or_refused(json.dumps(made))
    if isinstance(read, StoreError):
        assert read.line == 1, "the whole text is on one line"
        return
    assert loads(dumps(read).encode("utf-8").decode("utf-8")) == read
    analyse(read)


def test_every_value_is_found_on_its_line() -> None:
    found = parse(TEXT)
    assert line_of(TEXT, ("version",)) == 3
    assert line_of(TEXT, ("blocks", "Net", "nodes", 2, "repeat")) == 15
    assert line_of(TEXT, ("blocks", "Net", "edges", 3, "to", 1)) == 22
    assert line_of(TEXT, ("blocks", "Body", "edges")) == 30
    assert found.inner("blocks").inner("Body").inner("nodes").inner(1).refuse("x").line == 28
