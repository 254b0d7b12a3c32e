"""On which wires a shape stands: those where it has changed since the last one shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from graphcore.diagram import Edge
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.results import NodeResult


def edges_with_new_shape(
    order: Iterable[str],
    changing: Collection[str],
    edges: Mapping[str, Edge],
    hidden: Collection[str],
) -> set[str]:
    """The flow edges that carry another type than what entered the node they leave.

    ``order`` is that of the wires, ``changing`` the nodes whose type changes. A wire in ``hidden``
    has no room for words (a chip attached to its block), so what it would say is said by the next
    one. Of several wires from one port the first speaks.
    """
    entering_hidden = {edges[name].target.node: edges[name].source.node for name in hidden}
    changed: set[str] = set()
    for node in order:
        if node in changing or entering_hidden.get(node) in changed:
            changed.add(node)
    spoken: set[tuple[str, str]] = set()
    found: set[str] = set()
    for name, edge in edges.items():
        flows = EDGE_KINDS[edge.kind].join == "none"
        if flows and edge.source.node in changed and name not in hidden:
            if edge.source not in spoken:
                found.add(name)
            spoken.add(edge.source)
    return found


def changes_type(copies: tuple[NodeResult, ...]) -> bool:
    """Whether the type differs between the first input of the first copy and the output of the
    last; where values come from (an ``Input``) the block itself says it."""
    if not copies:
        return False
    entering = next(iter(copies[0].inputs.values()), None)
    leaving = next(iter(copies[-1].outputs.values()), None)
    return entering is not None and leaving is not None and entering != leaving
