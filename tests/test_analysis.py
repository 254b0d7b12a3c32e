"""What the analysis finds wrong, where it says so, and that its fixes mend it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graphcore.analysis import analyse, leaves
from graphcore.diagnostics import Diagnostic, DiagramError
from graphcore.diagram import Block, Definition, Diagram, Edge, Node, Step, empty_diagram
from graphcore.expression import Expr
from graphcore.lowering import lower
from graphcore.spec import IntParam
from tests.diagrams import block, diagram, image, node, residual, wire


def conv(label: str = "conv", **params: object) -> Node:
    return node(label, "Conv2d", **{"out_channels": 4, "kernel_size": 3, "padding": 1, **params})


def net(*nodes: Node, extra: tuple[Edge, ...] = (), **blocks: Block) -> Diagram:
    return diagram(block(image(), *nodes, node("output", "Output"), extra=extra), **blocks)


def errors(made: Diagram) -> list[Diagnostic]:
    return [problem for problem in analyse(made).diagnostics if problem.severity == "error"]


def cyclic() -> Diagram:
    a, b = conv("a"), conv("b")
    back = wire("b", "a", label="back")
    return net(a, b, extra=(replace(back, label=""),))


def unconnected() -> Diagram:
    made = net(conv("a"), conv("b"))
    graph = made.main_block.graph
    edges = {key: edge for key, edge in graph.edges.items() if edge.target.node != "b"}
    return replace(
        made, blocks={"Net": replace(made.main_block, graph=replace(graph, edges=edges))}
    )


def recursive() -> Diagram:
    inner = block(node("x", "Input"), node("again", "Inner"), node("output", "Output"))
    return net(node("inner", "Inner"), Inner=inner)


BROKEN: dict[str, tuple[Diagram, Definition, str]] = {
    "a cycle": (cyclic(), Definition("Net", "a"), "runs in a circle"),
    "an open input": (unconnected(), Definition("Net", "b"), "nothing is connected here"),
    "a refused parameter": (
        net(conv(out_channels=0)),
        Definition("Net", "conv"),
        "'out_channels' must be at least 1, not 0",
    ),
    "an unknown name": (
        net(conv(out_channels=Expr("wdth"))),
        Definition("Net", "conv"),
        "'wdth' is not known here; known names: in_channels",
    ),
    "a kind that does not exist": (
        net(node("what", "Nonsense")),
        Definition("Net", "what"),
        "no layer or block called 'Nonsense'",
    ),
    "a block that contains itself": (
        recursive(),
        Definition("Inner", "again"),
        "would contain itself",
    ),
    "too many copies": (net(conv(repeat=5000)), Definition("Net", "conv"), "between 1 and 4096"),
    "a keyword as a name": (net(conv("class")), Definition("Net", "class"), "word of the Python"),
    "a name that shadows": (net(conv("forward")), Definition("Net", "forward"), "would shadow"),
    "a private name": (net(conv("_conv")), Definition("Net", "_conv"), "underscore"),
    "a ligature": (net(conv("ﬁ")), Definition("Net", "ﬁ"), "only the letters"),
    "no output": (
        diagram(block(image(), conv())),
        Definition("Net", ""),
        "there is no output block",
    ),
    "a second wire": (
        net(conv("a"), conv("b"), extra=(wire("x", "b", label="second"),)),
        Definition("Net", "b"),
        "2 wires end here",
    ),
    "a skip into nothing": (
        diagram(
            block(
                image(),
                conv(),
                node("output", "Output"),
                edges=[wire("x", "conv", "skip", "s"), wire("conv", "output")],
            )
        ),
        Definition("Net", "s"),
        "nothing to be added to",
    ),
    "adding and concatenating at once": (
        net(conv("a"), conv("b"), extra=(wire("x", "b", "skip", "s"), wire("x", "b", "dense"))),
        Definition("Net", "b"),
        "ambiguous",
    ),
    "a size that only the run knows": (
        diagram(
            block(
                node("x", "Input", shape=("N", 3, "H", 8)),
                node("flat", "Flatten"),
                node("fc", "Linear", out_features=3),
                node("output", "Output"),
            )
        ),
        Definition("Net", "fc"),
        "not known before the net runs",
    ),
    "a division by zero": (
        net(conv(out_channels=Expr("4 // (in_channels - 4)"))),
        Definition("Net", "conv"),
        "divides by zero",
    ),
    "a parameter of the main block without a default": (
        diagram(
            block(
                image(),
                conv(),
                node("output", "Output"),
                params=(IntParam(name="width", doc="Width."),),
            )
        ),
        Definition("Net", ""),
        "give it a default",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_problem_stands_at_its_place(name: str) -> None:
    made, at, message = BROKEN[name]
    found = [problem for problem in errors(made) if problem.at == at]
    assert any(message in problem.message for problem in found), errors(made)
    with pytest.raises(DiagramError) as refused:
        lower(made)
    assert refused.value.diagnostics == tuple(errors(made))


@pytest.mark.parametrize("name", BROKEN)
def test_every_fix_is_an_edit_that_helps(name: str) -> None:
    made = BROKEN[name][0]
    before = len(errors(made))
    for problem in errors(made):
        for fix in problem.fixes:
            mended = errors(fix.edit(made))
            assert problem not in mended or len(mended) < before


def test_what_follows_an_error_is_unknown_and_the_rest_keeps_its_shapes() -> None:
    made = net(conv("a"), conv("b", groups=3), conv("c"))
    analysis = analyse(made)
    assert [problem.at.item for problem in errors(made)] == ["b"]
    assert str(analysis.root.nodes["a"][0].outputs["y"]) == "N×4×8×8"
    assert analysis.root.nodes["b"][0].outputs["y"] is None
    assert analysis.root.nodes["c"][0].outputs["y"] is None
    assert not analysis.ok


def test_an_empty_diagram_is_analysed() -> None:
    assert not analyse(empty_diagram()).ok


def test_a_problem_names_the_copies_it_is_in() -> None:
    """The second copy gets 8 channels and wants 9 in 4 groups; the first is content."""
    inner = block(
        node("x", "Input"),
        conv("grow", out_channels=Expr("2 * in_channels")),
        conv("refuse", groups=4, out_channels=Expr("2 * in_channels if in_channels < 8 else 9")),
        node("output", "Output"),
    )
    made = net(node("inner", "Inner", repeat=3), Inner=inner)
    (problem,) = errors(made)
    assert problem.at == Definition("Inner", "refuse")
    assert problem.copies == (1,)


def test_a_repeat_chains_its_copies() -> None:
    made = net(
        node("res", "Residual", width=8, stride=Expr("2 if i == 0 else 1"), repeat=3),
        Residual=residual(),
    )
    result = analyse(made).root.nodes["res"]
    assert [str(copy.outputs["output"]) for copy in result] == ["N×8×4×4"] * 3
    first, second = (analyse(made).at((Step("res", copy),)) for copy in (0, 1))
    assert first is not None
    assert second is not None
    assert first.edges["downsample"].shortcut == "projection"
    assert second.edges["downsample"].shortcut == "identity"
    assert first.args["in_channels"] == 4


def test_leaves_have_the_names_of_the_state_dict() -> None:
    made = net(node("res", "Residual", width=8, repeat=2), Residual=residual())
    modules = [leaf.module for leaf in leaves(analyse(made)) if leaf.weights]
    assert modules == [
        "res.0.conv1",
        "res.0.bn1",
        "res.0.conv2",
        "res.0.bn2",
        "res.0.downsample.0",
        "res.0.downsample.1",
        "res.1.conv1",
        "res.1.bn1",
        "res.1.conv2",
        "res.1.bn2",
    ]
    assert sum(leaf.parameters for leaf in leaves(analyse(made))) == 944 + 1184


def test_an_inactive_layer_passes_its_input_on() -> None:
    made = net(conv("a", out_channels=9, active=False), conv("b"))
    result = analyse(made).root
    assert str(result.nodes["a"][0].outputs["y"]) == "N×4×8×8"
    assert "self.a" not in str(lower(made))


def test_an_unused_value_is_a_warning_only() -> None:
    made = net(conv("a"), extra=())
    graph = made.main_block.graph
    spare = {**graph.nodes, "spare": conv("spare")}
    edges = {**graph.edges, "w": wire("x", "spare", label="w")}
    edges["w"] = replace(edges["w"], label="")
    changed = replace(made.main_block, graph=replace(graph, nodes=spare, edges=edges))
    analysis = analyse(replace(made, blocks={"Net": changed}))
    assert analysis.ok
    assert [problem.at.item for problem in analysis.diagnostics] == ["spare"]


def test_a_linear_layer_on_an_image_is_doubted() -> None:
    """Torch accepts it and it acts on the width: a silent fault worth a warning."""
    analysis = analyse(net(node("fc", "Linear", out_features=3)))
    (problem,) = analysis.diagnostics
    assert (problem.severity, problem.at.item) == ("warning", "fc")
    assert "put a Flatten before it" in problem.message
    assert analysis.ok


def test_unchanged_parts_keep_their_results() -> None:
    """The promise behind instant feedback: an edit recomputes what it touches."""
    made = net(conv("a"), conv("b"), conv("c"))
    before = analyse(made).root
    graph = made.main_block.graph
    nodes = {**graph.nodes, "c": conv("c", out_channels=5)}
    changed = replace(made.main_block, graph=replace(graph, nodes=nodes))
    after = analyse(replace(made, blocks={"Net": changed})).root
    assert after.nodes["a"] is before.nodes["a"]
    assert after.nodes["b"] is before.nodes["b"]
    assert str(after.nodes["c"][0].outputs["y"]) == "N×5×8×8"


def test_a_diagram_too_large_is_refused_at_once() -> None:
    deep = block(node("x", "Input"), node("c", "Inner", repeat=400), node("output", "Output"))
    inner = block(node("x", "Input"), node("act", "ReLU", repeat=400), node("output", "Output"))
    made = net(node("d", "Deep", repeat=4000), Deep=deep, Inner=inner)
    (problem,) = errors(made)
    assert problem.at == Definition("Deep", "c")
    assert "more than 100,000 layers" in problem.message
