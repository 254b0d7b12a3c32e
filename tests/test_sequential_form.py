"""A block of sequential form is one chain of modules, or says why it cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graphcore.analysis import analyse
from graphcore.diagram import Block, Edge, Node
from tests.diagrams import block, chain, diagram, node, wire


def messages(*inner: Node, extra: tuple[Edge, ...] = (), **blocks: Block) -> list[str]:
    """The problems of a net around a sequential block of ``inner``."""
    nodes = (node("x", "Input"), *inner, node("output", "Output"))
    stem = block(*nodes, edges=chain(*nodes), extra=extra, form="sequential")
    edges = [wire("x", "stem"), wire("stem.output", "output")]
    outer = (node("x", "Input", shape=("N", 6, 8)), node("stem", "Stem"), node("output", "Output"))
    made = diagram(block(*outer, edges=edges), Stem=stem, **blocks)
    return [problem.message for problem in analyse(made).diagnostics]


def linear(label: str = "fc", **more: Any) -> Node:
    return node(label, "Linear", out_features=8, **more)


def test_a_chain_of_modules_is_fine() -> None:
    assert messages(linear(), node("act", "ReLU"), node("flatten", "Flatten")) == []


REMEDY = "; set the form of Stem to 'module'"
ALONE = "in a block of sequential form"
CHAIN = "a block of sequential form is one chain of wires without joins"


@pytest.mark.parametrize(
    ("inner", "extra", "message"),
    [
        (
            [node("swap", "Transpose")],
            (),
            f"swap: Transpose is no module that stands by itself {ALONE}",
        ),
        (
            [node("attention", "MultiheadAttention")],
            (),
            f"attention: MultiheadAttention is no module that stands by itself {ALONE}",
        ),
        ([linear(repeat=3)], (), f"fc: nothing can be repeated, shared or bypassed {ALONE}"),
        ([linear(active=False)], (), f"fc: nothing can be repeated, shared or bypassed {ALONE}"),
        ([linear()], (wire("x", "output", "skip", "s"),), f"x → output: {CHAIN}"),
    ],
)
def test_what_cannot_stand_there_is_a_problem(
    inner: list[Node], extra: tuple[Edge, ...], message: str
) -> None:
    assert message + REMEDY in messages(*inner, extra=extra)


def test_in_the_form_of_a_class_anything_can() -> None:
    nodes = (node("x", "Input"), node("swap", "Transpose"), node("output", "Output"))
    stem = replace(block(*nodes, edges=chain(*nodes)), form="module")
    edges = [wire("x", "stem"), wire("stem.output", "output")]
    outer = (node("x", "Input", shape=("N", 6, 8)), node("stem", "Stem"), node("output", "Output"))
    assert analyse(diagram(block(*outer, edges=edges), Stem=stem)).diagnostics == ()
