"""The steps of ``forward`` before their values have names: joins explicit, scales and alignments
as steps of their own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from graphcore.alignment import ALIGNMENTS
from graphcore.class_scope import ClassScope
from graphcore.diagram import INPUT, OUTPUT, Definition, Edge, Node, Scales
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.layers import LAYERS
from graphcore.lower_function import count_text, function_call
from graphcore.lower_shortcuts import joins, presence
from graphcore.modules import has_module, module_label
from graphcore.ports import input_ports, output_ports
from graphcore.program import Definitions
from graphcore.spec import Call, Name, Returned, call

ROLES = {"skip": "identity", "dense": "features", "encoder_decoder": "skipped"}
"""What a value that an edge carries to a join is called while it waits there."""

MOST_NESTED = 2
"""So many modules that a shortcut passes stand in the sum itself."""

Key = tuple[str, str]
"""A value: the node and port that it leaves, or a name of its own for what a join makes."""


Via = tuple[str, ...]
"""The modules that a value passes through on its way, the first one first."""


@dataclass(frozen=True)
class Operation:
    """A step that makes values of others.

    ``call`` is a function's call; else ``head`` is called, or, without it, the operands are joined
    by ``join`` (``+``, or the axis of a concatenation), each through the modules of ``via``.
    What comes out passes through the modules of ``then``. ``joining`` tells which operands a
    joining edge brought, with its kind. ``in_place`` steps keep the name of their first operand:
    what is guarded by ``condition`` or done in a ``loop``.
    ``returns`` tells how a call returns the targets where it is not just one after another.
    """

    targets: tuple[Key, ...]
    operands: tuple[Key, ...]
    label: str
    definitions: Definitions
    head: str = ""
    call: Call | None = None
    join: str = ""
    via: tuple[Via, ...] = ()
    then: Via = ()
    joining: dict[Key, str] = field(default_factory=dict)
    condition: str = ""
    loop: tuple[str, str] | None = None
    in_place: bool = False
    returns: tuple[Returned, ...] = ()


@dataclass
class Steps:
    """The steps of one class being collected, and what each output returns. ``attributes`` are
    the values that need no step: learned parameters, read from ``self``."""

    scope: ClassScope
    operations: list[Operation] = field(default_factory=list)
    returned: list[Key] = field(default_factory=list)
    attributes: dict[Key, str] = field(default_factory=dict)
    _aliases: dict[Key, Key] = field(default_factory=dict)

    def value(self, key: Key) -> Key:
        """The value that ``key`` stands for where bypassed layers pass it on."""
        while key in self._aliases:
            key = self._aliases[key]
        return key

    def pass_on(self, key: Key, value: Key) -> None:
        """``key`` is ``value`` unchanged."""
        self._aliases[key] = value

    def add(self, operation: Operation) -> Key:
        """Adds a step and returns the first value that it makes."""
        self.operations.append(operation)
        return operation.targets[0]


def collect(scope: ClassScope) -> Steps:
    """Every step of the class in order, those that nothing needs left out."""
    steps = Steps(scope)
    for node_id in scope.symbolic.order:
        node = scope.block.graph.nodes[node_id]
        operands = [
            key
            for port in input_ports(scope.diagram, node)
            for key in _arriving(steps, node, port.name)
        ]
        if node.kind == OUTPUT:
            steps.returned.append(operands[0])
        elif node.kind != INPUT:
            _add_node(steps, node, operands)
    steps.operations = _needed(steps.operations, steps.returned)
    return steps


def _needed(operations: list[Operation], returned: list[Key]) -> list[Operation]:
    wanted = set(returned)
    kept: list[Operation] = []
    for operation in reversed(operations):
        if wanted.intersection(operation.targets):
            kept.append(operation)
            wanted.update(operation.operands)
    return kept[::-1]


def _add_node(steps: Steps, node: Node, operands: list[Key]) -> None:
    scope = steps.scope
    targets = tuple((node.id, port.name) for port in output_ports(scope.diagram, node))
    has_own = has_module(scope.diagram, scope.block, node)
    idle = node.kind in LAYERS and LAYERS[node.kind].passes and not has_own
    if idle or not any(at.nodes[node.id][0].active for at in scope.instances):
        steps.pass_on(targets[0], operands[0])
        return
    at = (Definition(scope.name, node.id),)
    if node.same_as is None and not has_own:
        call = function_call(scope, node, len(operands))
        steps.add(Operation(targets, tuple(operands), node.label, at, call=call))
        return
    head = f"self.{module_label(scope.block, node)}"
    spec = LAYERS.get(node.kind)
    if spec is not None and spec.value:
        steps.attributes[targets[0]] = head
        return
    if spec is not None and spec.invoke is not None:
        call = replace(function_call(scope, node, len(operands)), target=head)
        step = Operation(targets, tuple(operands), node.label, at, call=call, returns=spec.returns)
        steps.add(step)
        return
    loop: tuple[str, str] | None = None
    if node.shared and node.repeat != 1:
        loop = ("_", f"range({count_text(scope, node)})")
    elif node.repeat != 1 and (len(operands) > 1 or len(targets) > 1):
        loop, head = ("block", head), "block"
    in_place = loop is not None
    steps.add(
        Operation(targets, tuple(operands), node.label, at, head, loop=loop, in_place=in_place)
    )


def _arriving(steps: Steps, node: Node, port: str) -> list[Key]:
    """The values that arrive at a port; a join there becomes steps first."""
    edges = [e for e in steps.scope.block.graph.into(node.id, port) if _ever(steps.scope, e)]
    joining = [edge for edge in edges if _is_joining(edge)]
    if not joining:
        return [steps.value(edge.source) for edge in edges]
    if EDGE_KINDS[joining[0].kind].join == "concat":
        return [_concatenate(steps, node, port, edges)]
    return [_sum(steps, node, port, edges)]


def _is_joining(edge: Edge) -> bool:
    return EDGE_KINDS[edge.kind].join != "none"


def _ever(scope: ClassScope, edge: Edge) -> bool:
    return any(joins(at.edges[edge.id]) for at in scope.instances)


def _always(scope: ClassScope, edge: Edge) -> bool:
    return all(joins(at.edges[edge.id]) for at in scope.instances)


def _sum(steps: Steps, node: Node, port: str, edges: list[Edge]) -> Key:
    """``x + shortcut``; what only some instances add stands under a condition."""
    scope = steps.scope
    guarded = [e for e in edges if _is_joining(e) and not _always(scope, e)]
    constant = [edge for edge in edges if edge not in guarded]
    condition = ""
    if len(constant) == 1:
        condition = " or ".join(presence(scope, edge) for edge in guarded)
    f = next(edge for edge in edges if not _is_joining(edge))
    key = _scale_branch(steps, node, port, steps.value(f.source), condition)
    if len(constant) > 1:
        shortcuts = [_shortcut(steps, edge, "") for edge in constant if edge is not f]
        by_edge = dict(zip([e.id for e in constant if e is not f], shortcuts, strict=True))
        by_edge[f.id] = (key, ())
        key = _join(steps, node, (node.id, f"={port}"), constant, by_edge, "+")
    for edge in guarded:
        only = presence(scope, edge)
        value, via = _shortcut(steps, edge, only)
        target = (node.id, f"={port}.{edge.id}")
        at = (Definition(scope.name, edge.id),)
        step = Operation((target,), (key, value), node.label, at, join="+", via=((), via))
        key = steps.add(_guarded(step, edge, value, only))
    return key


def _guarded(step: Operation, edge: Edge, value: Key, condition: str) -> Operation:
    return Operation(
        step.targets,
        step.operands,
        step.label,
        step.definitions,
        join=step.join,
        via=step.via,
        joining={value: edge.kind},
        condition=condition,
        in_place=True,
    )


def _concatenate(steps: Steps, node: Node, port: str, edges: list[Edge]) -> Key:
    scope = steps.scope
    f = next(edge for edge in edges if not _is_joining(edge))
    key = _scale_branch(steps, node, port, steps.value(f.source), "")
    values = {edge.id: _shortcut(steps, edge, "") for edge in edges if edge is not f}
    for edge in edges:
        how = scope.instances[0].edges[edge.id].align
        if how == "none":
            continue
        alignment = ALIGNMENTS[how]
        scope.support[alignment.source] = None
        x = values[edge.id][0]
        changed, like = (x, key) if alignment.changes == "edge" else (key, x)
        made = steps.add(
            Operation(
                ((edge.id, how),),
                (changed, like),
                alignment.made,
                (Definition(scope.name, edge.id),),
                call=call(alignment.function, Name("{0}"), Name("{1}")),
                joining={x: edge.kind},
            )
        )
        if alignment.changes == "edge":
            values[edge.id] = (made, ())
        else:
            key = made
    values[f.id] = (key, ())
    kind_at = scope.instances[0].nodes[node.id][0].inputs[port]
    axis = kind_at.channel_axis if kind_at is not None else 1
    return _join(steps, node, (node.id, f"={port}"), edges, values, str(axis))


def _join(
    steps: Steps,
    node: Node,
    target: Key,
    edges: list[Edge],
    values: dict[str, tuple[Key, Via]],
    join: str,
) -> Key:
    at = tuple(Definition(steps.scope.name, edge.id) for edge in edges if _is_joining(edge))
    return steps.add(
        Operation(
            (target,),
            tuple(values[edge.id][0] for edge in edges),
            node.label,
            at,
            join=join,
            via=tuple(values[edge.id][1] for edge in edges),
            joining={values[edge.id][0]: edge.kind for edge in edges if _is_joining(edge)},
        )
    )


def _shortcut(steps: Steps, edge: Edge, condition: str) -> tuple[Key, Via]:
    """What an edge brings to its join: a value and the modules it still passes through.

    Where these are many, or sizes are still to be aligned, each is a step of its own.
    """
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
            )
        )
    return key, ()


def _scale_branch(steps: Steps, node: Node, port: str, key: Key, condition: str) -> Key:
    """The scales on F, where any instance has a join for them to act at."""
    scales: Scales = node.scales.get(port, ())
    if not any(at.nodes[node.id][0].scales.get(port) for at in steps.scope.instances):
        return key
    at = (Definition(steps.scope.name, node.id),)
    for place, scale in enumerate(scales):
        key = steps.add(
            Operation(
                ((node.id, f"~{port}{place}"),),
                (key,),
                scale.label,
                at,
                f"self.{scale.label}",
                condition=condition,
                in_place=bool(condition),
            )
        )
    return key
