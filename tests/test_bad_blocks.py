"""What can be wrong with blocks, repeats, ties and expressions: said where it is, with a fix where
there is one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest

from graphcore.analysis import analyse
from graphcore.diagram import Block, Definition, Diagram, Edge, Node, Tie
from graphcore.expression import Expr
from tests.diagrams import block, diagram, image, node, residual, wire


def conv(label: str, channels: object = 4, **more: object) -> Node:
    return node(label, "Conv2d", out_channels=channels, kernel_size=1, **more)


def chain_of(*nodes: Node, **blocks: Block) -> Diagram:
    return diagram(block(image(), *nodes, node("output", "Output")), **blocks)


def inside(*nodes: Node) -> Block:
    return block(node("x", "Input"), *nodes, node("output", "Output"))


def tied(source: tuple[str, str], target: tuple[str, str]) -> Diagram:
    made = chain_of(conv("a"), conv("b", 8))
    graph = replace(made.main_block.graph, ties=(Tie(source, target),))
    return replace(made, blocks={"Net": replace(made.main_block, graph=graph)})


def skipping(**more: object) -> Diagram:
    edge = replace(wire("x", "output", "skip", "s"), **more)  # type: ignore[arg-type]
    return diagram(block(image(), conv("a"), node("output", "Output"), extra=(edge,)))


@dataclass(frozen=True)
class Case:
    """A diagram, where its problem is, what it says, and a fix that takes it away."""

    made: Diagram
    at: tuple[str, str]
    message: str
    fix: str = ""
    param: str | None = None


RESET = "Set 'out_channels' of a back to its default"
GRAMMAR = r"only \+ - \* / // %, comparisons.*are understood"


def loose(source: str, *more: Edge) -> Diagram:
    nodes = (image(), node("res", "Residual", width=4), conv("a"), node("output", "Output"))
    edges = [wire("x", "res"), wire(source, "a"), wire("a", "output"), *more]
    return diagram(block(*nodes, edges=edges), Residual=residual())


CASES: dict[str, Case] = {
    "a wire from an output that is not there": Case(
        loose("res.gone"),
        ("Net", "flow_res_a_x"),
        r"a wire ends at the output 'gone', which is not there \(it has output\)",
        "Remove the wire",
    ),
    "a wire to an input that is not there": Case(
        loose("res.output", wire("x", "res.gone")),
        ("Net", "flow_x_res_gone"),
        r"a wire ends at the input 'gone', which is not there \(it has x\)",
        "Remove the wire",
    ),
    "a block that contains itself": Case(
        chain_of(node("b", "B"), B=inside(node("again", "B"))),
        ("B", "again"),
        "the block B would contain itself; remove this copy of it",
        "Remove again from B",
    ),
    "two that contain each other": Case(
        chain_of(node("b", "B"), B=inside(node("c", "C")), C=inside(node("b", "B"))),
        ("C", "b"),
        "the block B would contain itself",
        "Remove b from C",
    ),
    "the model in itself": Case(
        chain_of(node("b", "Net")), ("Net", "b"), "Net would contain itself", "Remove b from Net"
    ),
    "a copy that refuses what the copy before gives": Case(
        chain_of(node("p", "MaxPool2d", kernel_size=2, repeat=5)),
        ("Net", "p"),
        "p, copy 3: MaxPool2d looks at windows of 2×2, but the input of 1×1",
        "Leave p at 3 copies",
        "kernel_size",
    ),
    "a copy of a block that refuses it": Case(
        chain_of(
            node("b", "B", repeat=3),
            B=inside(conv("halve", Expr("in_channels // 2"), groups=2)),
        ),
        ("B", "halve"),
        "cannot split 1 output channels evenly by groups = 2",
        "Set 'groups' of halve back to its default",
        "groups",
    ),
    "no copies": Case(
        chain_of(conv("a", repeat=Expr("2 - 2"))),
        ("Net", "a"),
        "number of copies must be between 1 and 4096, not 0",
        "Set the copies of a to 1",
        "repeat",
    ),
    "a number of copies that divides by zero": Case(
        chain_of(conv("a", repeat=Expr("4 // 0"))),
        ("Net", "a"),
        "'4 // 0' divides by zero",
        "Set the copies of a to 1",
        "repeat",
    ),
    "neither on nor off": Case(
        chain_of(conv("a", active=Expr("7"))),
        ("Net", "a"),
        "'active' must come out true or false, not 7",
        "Switch a on",
        "active",
    ),
    "an edge that a call switches": Case(
        skipping(active=Expr("f(1)")), ("Net", "s"), "uses a call", "Switch x → output on", "active"
    ),
    "a stride of a projection that divides by zero": Case(
        skipping(params={"stride": Expr("1 // 0"), "shortcut": "projection"}),
        ("Net", "s"),
        "'1 // 0' divides by zero",
        "Remove the skip",
        "stride",
    ),
    "a tie between different shapes": Case(
        tied(("a", "weight"), ("b", "weight")),
        ("Net", "b"),
        "a.weight is 4×4×1×1 and b.weight is 8×4×1×1; make them equal, or untie them",
        "Untie b.weight",
    ),
    "a tie to a weight that there is not": Case(
        tied(("a", "weight"), ("b", "gain")),
        ("Net", "b"),
        "b.gain does not exist",
        "Untie b.gain",
    ),
    "a tie to a block that is gone": Case(
        tied(("gone", "weight"), ("b", "weight")),
        ("Net", "b"),
        "gone is not there any more",
        "Untie b.weight",
    ),
    "a tie of a block that is gone": Case(
        tied(("a", "weight"), ("gone", "weight")),
        ("Net", ""),
        "gone is not there any more",
        "Untie gone.weight",
    ),
    "an instance that lacks a value": Case(
        chain_of(node("b", "Residual"), Residual=residual()),
        ("Net", "b"),
        "'width' needs a value",
        param="width",
    ),
}

EXPRESSIONS: dict[str, str] = {
    "f(2)": f"uses a call; {GRAMMAR}",
    "2 ** 3": rf"uses \*\*; {GRAMMAR}",
    "width.x": f"uses a dot; {GRAMMAR}",
    "[1, 2]": f"uses a list; {GRAMMAR}",
    "1 < 2 < 3": "uses several comparisons in one",
    "__import__('os')": "uses a call",
    "(": "is not an expression",
    "8 // 0": "'8 // 0' divides by zero",
    "8 % 0": "'8 % 0' divides by zero",
    "2 * 1000000000000": r"beyond ±2\^40",
    "9" * 30: r"beyond ±2\^40",
    "1 + " * 80 + "1": "longer than 200 characters",
    "width": "'width' is not known here; known names: in_channels",
    "'a' + 1": "mixes values that do not combine",
}
CASES |= {
    f"={text[:24]}": Case(
        chain_of(conv("a", Expr(text))), ("Net", "a"), message, RESET, "out_channels"
    )
    for text, message in EXPRESSIONS.items()
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_is_said_where_it_is(case: Case) -> None:
    errors = [p for p in analyse(case.made).diagnostics if p.severity == "error"]
    assert [problem.at for problem in errors] == [Definition(*case.at)]
    (problem,) = errors
    assert re.search(case.message, problem.message)
    assert problem.param == case.param
    titles = [fix.title for fix in problem.fixes]
    assert case.fix in titles if case.fix else not titles


MENDED = {name: case for name, case in CASES.items() if case.fix}


@pytest.mark.parametrize("case", MENDED.values(), ids=list(MENDED))
def test_a_fix_takes_it_away(case: Case) -> None:
    (problem,) = (p for p in analyse(case.made).diagnostics if p.severity == "error")
    for fix in problem.fixes:
        mended = analyse(fix.edit(case.made))
        assert problem.message not in [p.message for p in mended.diagnostics]
