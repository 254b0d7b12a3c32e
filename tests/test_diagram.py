"""Names that become Python identifiers, and the graph that a block's inside is."""

from __future__ import annotations

import builtins
import keyword

import pytest
from torch import nn

from graphcore.diagram import MAX_NAME, RESERVED, name_problem
from tests.diagrams import block, image, node, wire


@pytest.mark.parametrize("container", [nn.Module, nn.Sequential])
def test_no_name_shadows_what_torch_looks_up_on_a_module(container: type[nn.Module]) -> None:
    attributes = [name for name in dir(container()) if not name.startswith("__")]
    assert [name for name in attributes if name_problem(name) is None] == []


def test_what_is_reserved_could_be_a_name_otherwise() -> None:
    """A misspelt word in the list would reserve nothing."""
    generated = {"self", "super", "torch", "nn", "math", "min", "max", "range"}
    torchs = {*dir(nn.Module()), *dir(nn.Sequential())}
    assert RESERVED - generated <= torchs | {"call_super_init", "dump_patches", "T_destination"}
    assert {name for name in generated if hasattr(builtins, name)} == {
        "super",
        "min",
        "max",
        "range",
    }


@pytest.mark.parametrize("name", [*keyword.kwlist, *keyword.softkwlist])
def test_no_name_is_a_word_of_the_language(name: str) -> None:
    assert name_problem(name)


PROBLEMS = [
    ("", "a name is needed"),
    ("a" * (MAX_NAME + 1), "longer than 60 characters"),
    ("größe", "only the letters a-z"),
    ("ﬁ", "only the letters a-z"),
    ("a.b", "use letters, digits and underscores"),
    ("1st", "no digit first"),
    ("a b", "use letters, digits and underscores"),
    ("a\n", "use letters, digits and underscores"),
    ("class", "a word of the Python language; try 'class_'"),
    ("_x", "begins with an underscore"),
    ("__class__", "begins with an underscore"),
    ("forward", "would shadow something of nn.Module; try 'forward_1'"),
]


@pytest.mark.parametrize(("name", "message"), PROBLEMS)
def test_what_is_no_name(name: str, message: str) -> None:
    assert message in (name_problem(name) or "")


@pytest.mark.parametrize("name", ["x", "conv1", "BasicBlock", "a" * MAX_NAME, "class_", "i"])
def test_what_is(name: str) -> None:
    assert name_problem(name) is None


def test_edges_are_found_by_their_ends_in_order() -> None:
    skip = wire("x", "b", "skip", "down")
    graph = block(image(), node("a", "ReLU"), node("b", "ReLU"), extra=(skip,)).graph
    assert [edge.kind for edge in graph.into("b", "x")] == ["flow", "skip"]
    assert [edge.target.node for edge in graph.out_of("x", "y")] == ["a", "b"]
    assert graph.into("b", "z") == graph.out_of("b") == ()


def test_an_edge_without_an_end_is_no_part_of_the_structure() -> None:
    graph = block(image(), edges=[wire("x", "gone")]).graph
    assert list(graph.networkx().nodes) == ["x"]
