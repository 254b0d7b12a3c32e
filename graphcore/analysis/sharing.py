"""One module or weight used in several places: repeated, called again, or tied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from graphcore import edits
from graphcore.analysis.scope import Scope, Walked
from graphcore.diagnostics import Diagnostic
from graphcore.diagram import Diagram, Node, Tie
from graphcore.modules import is_container
from graphcore.results import NodeResult
from graphcore.spec import path_of
from graphcore.tensor_type import Size


def calling(scope: Scope, node: Node) -> Node | Diagnostic:
    """The node as it is called: one that is the same as another has that one's parameters."""
    if node.same_as is None:
        return node
    other = scope.block.graph.nodes.get(node.same_as)
    if other is None or other.same_as is not None or other.kind != node.kind:
        message = f"{node.label}: the block whose module it calls is gone or of another kind"
        fix = scope.fix(f"Remove {node.label}", edits.delete, {node.id})
        return scope.problem(node.id, message, fixes=(fix,))
    return replace(
        node,
        params=other.params,
        repeat=other.repeat,
        shared=other.shared,
        copy_names=other.copy_names,
    )


def sharing_problems(scope: Scope, walked: Mapping[str, Walked]) -> Iterator[Diagnostic]:
    """Where the calls of one module want different weights, or tied weights differ in shape."""
    for found in walked.values():
        node, copies = found.node, found.copies
        if node.shared and node.repeat != 1:
            yield from _repeated(scope, node, copies)
        other = walked.get(node.same_as) if node.same_as is not None else None
        if other and _differ(copies, other.copies):
            message = f"{node.label}: {other.node.label} has other weights than this input wants"
            yield scope.problem(node.id, f"{message}; give it a module of its own")
    if scope.block.graph.ties:
        yield from _ties(scope, walked)


def _repeated(scope: Scope, node: Node, copies: tuple[NodeResult, ...]) -> Iterator[Diagnostic]:
    if _known(copies) and any(_weights(copy) != _weights(copies[0]) for copy in copies):
        message = f"{node.label}: one module is repeated, but its copies want different weights"
        yield scope.problem(node.id, f"{message}; repeat copies of their own, or keep the type")
    if len(copies[0].inputs) != 1 or len(copies[0].outputs) != 1:
        message = f"{node.label}: a module that is repeated takes one value and gives one"
        yield scope.problem(node.id, f"{message}; repeat copies of their own")


def _known(copies: tuple[NodeResult, ...]) -> bool:
    return all(copy.accepted for copy in copies)


def _differ(a: tuple[NodeResult, ...], b: tuple[NodeResult, ...]) -> bool:
    if not _known(a) or not _known(b):
        return False
    return [_weights(copy) for copy in a] != [_weights(copy) for copy in b]


def _weights(result: NodeResult) -> list[tuple[str, tuple[Size, ...]]]:
    """The names and shapes of all weights of one copy, those inside a block included."""
    if result.body is None:
        return [(weight.name, weight.shape) for weight in result.weights]
    return [
        (f"{node}.{copy}.{name}", shape)
        for node, copies in result.body.nodes.items()
        for copy, one in enumerate(copies)
        for name, shape in _weights(one)
    ]


def _ties(scope: Scope, walked: Mapping[str, Walked]) -> Iterator[Diagnostic]:
    for tie in scope.block.graph.ties:
        gone = [node for node, _ in (tie.source, tie.target) if node not in walked]
        shapes = [
            weight_shape(scope.diagram, walked[node].copies[0], name) if node in walked else None
            for node, name in (tie.source, tie.target)
        ]
        if not gone and (shapes[0] == shapes[1] or not _judged(walked, tie, shapes)):
            continue
        names = [path_of(_label(scope, node), name) for node, name in (tie.source, tie.target)]
        why = (
            f"{gone[0]} is not there any more"
            if gone
            else " and ".join(map(_told, names, shapes)) + "; make them equal, or untie them"
        )
        at = tie.target[0] if tie.target[0] in walked else ""
        fix = scope.fix(f"Untie {names[1]}", _untied, tie)
        yield scope.problem(at, f"{names[1]} cannot be {names[0]}: {why}", fixes=(fix,))


def _label(scope: Scope, node: str) -> str:
    found = scope.block.graph.nodes.get(node)
    return found.label if found is not None else node


def _told(name: str, shape: tuple[Size, ...] | None) -> str:
    return f"{name} does not exist" if shape is None else f"{name} is {'×'.join(map(str, shape))}"


def _untied(diagram: Diagram, block: str, tie: Tie) -> Diagram:
    inside = diagram.blocks[block]
    left = tuple(other for other in inside.graph.ties if other != tie)
    changed = replace(inside, graph=replace(inside.graph, ties=left))
    return replace(diagram, blocks={**diagram.blocks, block: changed})


def _judged(walked: Mapping[str, Walked], tie: Tie, shapes: list[tuple[Size, ...] | None]) -> bool:
    """Whether a weight that is not found is missing, and not only unknown yet."""
    ends = (tie.source[0], tie.target[0])
    return all(
        shape is not None or _known(walked[node].copies)
        for node, shape in zip(ends, shapes, strict=True)
    )


def weight_shape(diagram: Diagram, result: NodeResult, name: str) -> tuple[Size, ...] | None:
    """The shape of the weight ``name`` below a node, by labels where it is inside a block."""
    if result.body is None:
        return next((weight.shape for weight in result.weights if weight.name == name), None)
    label, _, rest = name.partition(".")
    block = diagram.blocks[result.body.block]
    inside = next((node for node in block.graph.nodes.values() if node.label == label), None)
    if inside is None or is_container(inside) or block.form == "sequential":
        return None
    return weight_shape(diagram, result.body.nodes[inside.id][0], rest)
