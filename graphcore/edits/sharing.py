"""Edits that let one module, or one weight, serve in several places; and the names of copies."""

from __future__ import annotations

from dataclasses import replace

from graphcore.diagram import Diagram, Graph, Node, Tie
from graphcore.edits.editing import EditError, graph_of, node_of, with_graph, with_node
from graphcore.layers import LAYERS
from graphcore.store.error import COPY_NAMES, MAX_ID


def same_as_candidates(graph: Graph, node: str) -> tuple[Node, ...]:
    """The nodes whose module ``node`` could call again: those of its kind that build their own."""
    found = graph.nodes[node]
    if _why_not_shared(found) or _callers(graph, node):
        return ()
    return tuple(
        other
        for other in graph.nodes.values()
        if other.id != node and other.kind == found.kind and other.same_as is None
    )


def set_same_as(diagram: Diagram, block: str, node: str, other: str | None) -> Diagram:
    """Let a node call the module of ``other`` again instead of building its own; None parts them.

    Its own parameters stay in the diagram for when they part. Raises EditError for another kind,
    for a layer without a module, and for a chain of such calls.
    """
    found = node_of(diagram, block, node)
    if other is None:
        return with_node(diagram, block, replace(found, same_as=None))
    graph = graph_of(diagram, block)
    target = node_of(diagram, block, other)
    if other == node:
        raise EditError(f"'{found.label}' cannot be the same module as itself.")
    reason = _why_not_shared(found)
    if reason:
        raise EditError(reason)
    if target.kind != found.kind:
        raise EditError(
            f"'{found.label}' is a {found.kind} and '{target.label}' a {target.kind}; only two "
            "blocks of one kind can be the same module."
        )
    if target.same_as is not None:
        first = graph.nodes.get(target.same_as)
        raise EditError(
            f"'{target.label}' calls the module of '{first.label if first else target.same_as}' "
            "itself; choose that one."
        )
    callers = _callers(graph, node)
    if callers:
        raise EditError(
            f"{', '.join(callers)} calls the module of '{found.label}', which would be gone; part "
            "them first."
        )
    return with_node(diagram, block, replace(found, same_as=other))


def set_copy_names(diagram: Diagram, block: str, node: str, names: str) -> Diagram:
    """Name the copies of a repeated node in its container: ``{i}``, ``denselayer{i+1}``."""
    found = node_of(diagram, block, node)
    if len(names) > MAX_ID or not COPY_NAMES.fullmatch(names):
        raise EditError(
            f"Copies are named with letters, digits and one {{i}} or {{i+1}} for the number, as "
            f"layer{{i+1}}, not {names!r}."
        )
    return with_node(diagram, block, replace(found, copy_names=names))


def add_tie(
    diagram: Diagram, block: str, source: tuple[str, str], target: tuple[str, str]
) -> Diagram:
    """Let the weight ``target`` (node id, name of the weight below it) be the tensor ``source``.

    The name of a weight inside a block is a path of labels: ``wte.weight``. A source that is tied
    itself stands for what it is tied to; a weight that is tied already changes its partner.
    Raises EditError for a circle, or where there is no single module.
    """
    graph = graph_of(diagram, block)
    for node, _ in (source, target):
        _check_single(node_of(diagram, block, node))
    known = {tie.target: tie.source for tie in graph.ties if tie.target != target}
    source = known.get(source, source)
    if source == target:
        raise EditError(f"{_weight(graph, target)} cannot be tied to itself.")
    led = [tie.target for tie in graph.ties if tie.source == target]
    if led:
        names = " and ".join(_weight(graph, place) for place in led)
        raise EditError(f"{names} is tied to {_weight(graph, target)}; take that tie off first.")
    others = tuple(tie for tie in graph.ties if tie.target != target)
    return with_graph(diagram, block, replace(graph, ties=(*others, Tie(source, target))))


def remove_tie(diagram: Diagram, block: str, target: tuple[str, str]) -> Diagram:
    """Let the weight ``target`` be a tensor of its own again."""
    graph = graph_of(diagram, block)
    node_of(diagram, block, target[0])
    left = tuple(tie for tie in graph.ties if tie.target != target)
    if len(left) == len(graph.ties):
        raise EditError(f"{_weight(graph, target)} is tied to nothing.")
    return with_graph(diagram, block, replace(graph, ties=left))


def _why_not_shared(node: Node) -> str:
    """Why a node has no module that could be called twice, or nothing."""
    spec = LAYERS.get(node.kind)
    if spec is None or (spec.construct and not spec.function and not spec.value and spec.inputs):
        return ""
    return f"'{node.label}' has no module of its own to share: {node.kind} is " + (
        "a value; draw another wire from it." if spec.value else "a function without weights."
    )


def _callers(graph: Graph, node: str) -> list[str]:
    return [f"'{other.label}'" for other in graph.nodes.values() if other.same_as == node]


def _check_single(node: Node) -> None:
    """Raise EditError where a node is not one module with one set of weights."""
    if node.repeat != 1 and not node.shared:
        raise EditError(f"'{node.label}' is repeated: each copy has a weight of its own.")
    if node.same_as is not None:
        raise EditError(f"'{node.label}' calls another block's module; tie that one's weight.")


def _weight(graph: Graph, place: tuple[str, str]) -> str:
    node, name = place
    label = graph.nodes[node].label if node in graph.nodes else node
    return f"'{label}.{name}'" if name else f"'{label}'"
