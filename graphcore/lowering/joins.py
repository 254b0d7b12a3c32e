"""What arrives at a port as steps: joins explicit, scales and alignments as steps of their own, and
what only some instances have under a condition."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from graphcore.alignment import ALIGNMENTS
from graphcore.diagram import Definition, Edge, Node
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.lowering.class_scope import ClassScope
from graphcore.lowering.shortcuts import branch_condition, condition_of, is_joining, joins
from graphcore.lowering.steps import ROLES, Arrival, Key, Operation, Steps, Via
from graphcore.spec import Name, call

MOST_NESTED = 2
"""So many modules that a shortcut passes stand in the sum itself."""

Value = tuple[Key, Via]
"""What an edge brings to its join: a value and the modules it still passes through."""


def arriving(steps: Steps, node: Node, port: str) -> list[Arrival]:
    """The values that arrive at a port; a join there becomes steps first."""
    scope = steps.scope
    edges = [e for e in scope.block.graph.into(node.id, port) if _ever(scope, e)]
    joining = [edge for edge in edges if is_joining(edge)]
    if not joining:
        return [(steps.value(edge.source), edge.id) for edge in edges]
    flow = next(edge for edge in edges if not is_joining(edge))
    conditions = {edge.id: condition_of(scope, edge) for edge in joining}
    join = _Join(steps, node, port, edges, flow, {flow.id: "", **conditions})
    if EDGE_KINDS[joining[0].kind].join == "concat":
        return [(_concatenation(join), "")]
    return [(_sum(join), "")]


def _ever(scope: ClassScope, edge: Edge) -> bool:
    return any(joins(at.edges[edge.id]) for at in scope.instances)


@dataclass(frozen=True)
class _Join:
    """The join at a port. ``conditions`` says for each edge when it takes part: empty for
    always."""

    steps: Steps
    node: Node
    port: str
    edges: list[Edge]
    flow: Edge
    conditions: dict[str, str]

    def add(self, brought: list[tuple[Edge, Value]], how: str, condition: str = "") -> Key:
        """A step that joins what edges bring, by ``+`` or along the axis ``how``. Under a
        condition its result keeps the name of what the flow brings."""
        joining = [(edge, value) for edge, value in brought if edge is not self.flow]
        last = ".".join(edge.id for edge, _ in joining)
        return self.steps.add(
            Operation(
                ((self.node.id, f"={self.port}.{last}"),),
                tuple(key for _, (key, _) in brought),
                self.node.label,
                tuple(Definition(self.steps.scope.name, edge.id) for edge, _ in joining),
                join=how,
                via=tuple(via for _, (_, via) in brought),
                joining={key: edge.kind for edge, (key, _) in joining},
                condition=condition,
                in_place=bool(condition),
                keeps=[edge for edge, _ in brought].index(self.flow),
                edges=tuple(_untouched(self.steps, edge, key) for edge, (key, _) in brought),
            )
        )


def _untouched(steps: Steps, edge: Edge, key: Key) -> str:
    """The edge's id where ``key`` is its value as it left."""
    return edge.id if key == steps.value(edge.source) else ""


def _sum(join: _Join) -> Key:
    """``x + shortcut``; what only some instances add stands under a condition."""
    key = _scaled_branch(join)
    always = [edge for edge in join.edges if not join.conditions[edge.id]]
    if len(always) > 1:
        brought = {e.id: _brought(join.steps, e, "") for e in always if e is not join.flow}
        brought[join.flow.id] = (key, ())
        key = join.add([(edge, brought[edge.id]) for edge in always], "+")
    for edge in join.edges:
        condition = join.conditions[edge.id]
        if condition:
            value = _brought(join.steps, edge, condition)
            key = join.add([(join.flow, (key, ())), (edge, value)], "+", condition)
    return key


def _concatenation(join: _Join) -> Key:
    """``torch.cat`` of the operands in the order of their edges. Where some instances lack an
    operand, the others are put to the flow one after another, from the flow outwards."""
    key = _scaled_branch(join)
    joining = [edge for edge in join.edges if edge is not join.flow]
    values = {e.id: _brought(join.steps, e, join.conditions[e.id]) for e in joining}
    for edge in joining:
        key = _aligned(join, edge, values, key)
    kinds = (at.nodes[join.node.id][0].inputs[join.port] for at in join.steps.scope.instances)
    kind = next(iter(kinds))
    axis = str(kind.channel_axis if kind is not None else 1)
    if not any(join.conditions.values()):
        values[join.flow.id] = (key, ())
        return join.add([(edge, values[edge.id]) for edge in join.edges], axis)
    place = join.edges.index(join.flow)
    for run in _runs(join, join.edges[:place][::-1]):
        before = [(edge, values[edge.id]) for edge in run[::-1]]
        key = join.add([*before, (join.flow, (key, ()))], axis, join.conditions[run[0].id])
    for run in _runs(join, join.edges[place + 1 :]):
        after = [(edge, values[edge.id]) for edge in run]
        key = join.add([(join.flow, (key, ())), *after], axis, join.conditions[run[0].id])
    return key


def _runs(join: _Join, edges: list[Edge]) -> list[list[Edge]]:
    """Neighbours that stand under the same condition."""
    return [list(run) for _, run in groupby(edges, key=lambda edge: join.conditions[edge.id])]


def _aligned(join: _Join, edge: Edge, values: dict[str, Value], key: Key) -> Key:
    """Makes the value of ``edge`` and F, which is ``key``, equal in size; returns F's key."""
    scope, condition = join.steps.scope, join.conditions[edge.id]
    how = next(at.edges[edge.id].align for at in scope.instances if joins(at.edges[edge.id]))
    if how == "none":
        return key
    alignment = ALIGNMENTS[how]
    scope.support[alignment.source] = None
    x = values[edge.id][0]
    changes_edge = alignment.changes == "edge"
    made = join.steps.add(
        Operation(
            ((edge.id, how),),
            (x, key) if changes_edge else (key, x),
            alignment.made,
            (Definition(scope.name, edge.id),),
            call=call(alignment.function, Name("{0}"), Name("{1}")),
            joining={x: edge.kind},
            condition=condition,
            in_place=bool(condition) and not changes_edge,
            edges=(
                _untouched(
                    join.steps, edge if changes_edge else join.flow, x if changes_edge else key
                ),
                "",
            ),
        )
    )
    if not changes_edge:
        return made
    values[edge.id] = (made, ())
    return key


def _brought(steps: Steps, edge: Edge, condition: str) -> Value:
    """What an edge brings to its join. Where the modules on its way are many, or sizes are still
    to be aligned, each is a step of its own."""
    key = steps.value(edge.source)
    projects = any(at.edges[edge.id].chain for at in steps.scope.instances)
    modules = ((edge.label,) * projects) + tuple(scale.label for scale in edge.scales)
    if len(modules) <= MOST_NESTED and EDGE_KINDS[edge.kind].join == "add":
        return key, modules
    at = (Definition(steps.scope.name, edge.id),)
    for place, label in enumerate(modules):
        key = steps.add(
            Operation(
                ((edge.id, f"~{place}"),),
                (key,),
                ROLES[edge.kind],
                at,
                f"self.{label}",
                joining={key: edge.kind} if place == 0 else {},
                condition=condition,
                edges=(_untouched(steps, edge, key),),
            )
        )
    return key, ()


def _scaled_branch(join: _Join) -> Key:
    """F with the scales on it, where any instance has a join for them to act at."""
    key, scope = join.steps.value(join.flow.source), join.steps.scope
    if not any(at.nodes[join.node.id][0].scales.get(join.port) for at in scope.instances):
        return key
    condition = branch_condition(scope, join.node, join.port)
    at = (Definition(scope.name, join.node.id),)
    for place, scale in enumerate(join.node.scales[join.port]):
        key = join.steps.add(
            Operation(
                ((join.node.id, f"~{join.port}{place}"),),
                (key,),
                scale.label,
                at,
                f"self.{scale.label}",
                condition=condition,
                in_place=bool(condition),
                edges=(_untouched(join.steps, join.flow, key),),
            )
        )
    return key
