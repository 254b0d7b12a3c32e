"""A block of sequential form is one chain of modules, or says why it cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from graphcore.analysis import analyse, leaves
from graphcore.codegen import to_source
from graphcore.diagram import Block, Diagram, Edge, Node
from graphcore.expression import Expr
from graphcore.module import to_module
from graphcore.spec import IntParam
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
        (
            [replace(linear(repeat=3), shared=True)],
            (),
            f"fc: nothing can be shared or bypassed {ALONE}",
        ),
        ([linear(active=False)], (), f"fc: nothing can be shared or bypassed {ALONE}"),
        ([linear()], (wire("x", "output", "skip", "s"),), f"x → output: {CHAIN}"),
    ],
)
def test_what_cannot_stand_there_is_a_problem(
    inner: list[Node], extra: tuple[Edge, ...], message: str
) -> None:
    assert message + REMEDY in messages(*inner, extra=extra)


def repeating(*, copies: Any) -> Diagram:
    """A repeated layer and a repeated block inside a block of sequential form."""
    pair = (node("x", "Input"), linear(), node("act", "ReLU"), node("output", "Output"))
    inner = (
        node("x", "Input"),
        linear("first", repeat=2),
        node("body", "Pair", repeat=copies),
        node("output", "Output"),
    )
    stem = replace(block(*inner, edges=chain(*inner)), form="sequential", params=(COPIES,))
    outer = (
        node("x", "Input", shape=("N", 6)),
        node("stem", "Stem", copies=Expr("2 * depth")),
        node("output", "Output"),
    )
    main = replace(block(*outer, edges=chain(*outer)), params=(replace(COPIES, name="depth"),))
    return diagram(main, Stem=stem, Pair=block(*pair, edges=chain(*pair)))


COPIES = IntParam(name="copies", doc="Copies.", default=3)


@pytest.mark.parametrize("copies", [1, 4, Expr("copies"), Expr("1")])
def test_what_is_repeated_there_is_a_sequence_in_the_sequence(copies: Any) -> None:
    made = repeating(copies=copies)
    net: Any = to_module(made)
    x = torch.randn(2, 6)
    assert torch.equal(net(x), net.stem[1](net.stem[0][1](net.stem[0][0](x))))
    parts = [leaf.module for leaf in leaves(analyse(made)) if leaf.weights]
    assert parts == [name for name, part in net.named_modules() if isinstance(part, nn.Linear)]
    assert (
        sum("stem.1" in name for name in parts)
        == {1: 1, 4: 4, "=1": 1, "=copies": 6}[copies if isinstance(copies, int) else str(copies)]
    )


def test_their_number_is_an_argument_of_the_class_around_them() -> None:
    made = repeating(copies=Expr("copies"))
    text = to_source(made).text
    assert "def __init__(self, depth: int = 3)" in text
    assert "nn.Sequential(*(Pair(8) for _ in range(2 * depth)))" in text


def test_in_the_form_of_a_class_anything_can() -> None:
    nodes = (node("x", "Input"), node("swap", "Transpose"), node("output", "Output"))
    stem = replace(block(*nodes, edges=chain(*nodes)), form="module")
    edges = [wire("x", "stem"), wire("stem.output", "output")]
    outer = (node("x", "Input", shape=("N", 6, 8)), node("stem", "Stem"), node("output", "Output"))
    assert analyse(diagram(block(*outer, edges=edges), Stem=stem)).diagnostics == ()
