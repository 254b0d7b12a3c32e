"""The ``forward`` of a class: one call a line, the trunk in ``x``, values that are used again
later saved under a name that tells their role, and every name reused as soon as it is free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from graphcore.diagram import INPUT, OUTPUT, Definition, Edge, Node
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.explain import literal
from graphcore.lower_function import function_call
from graphcore.lower_members import ClassScope, joins, switch
from graphcore.modules import has_module
from graphcore.ports import input_ports, output_ports
from graphcore.program import Atom, Definitions, Infix, Invoke, Keyword, Statement, Tree
from graphcore.spec import Argument, Call, Name, Operand

Key = tuple[str, str]
"""A value: the node and port that it leaves, or a join's ``(node, "=port")``."""

ROLES = {"skip": "identity", "dense": "features", "encoder_decoder": "skipped"}


@dataclass(frozen=True)
class Operation:
    """A step that makes values of others. ``first`` is the operand that a guarded step keeps."""

    targets: tuple[Key, ...]
    operands: tuple[Key, ...]
    label: str
    definitions: Definitions
    write: str
    joining: dict[Key, str] = field(default_factory=dict)
    via: tuple[str, ...] = ()
    call: Call | None = None
    condition: str = ""
    loop: bool = False


def lower_forward(scope: ClassScope) -> list[Statement]:
    """The statements of ``forward``, the return last."""
    aliases: dict[Key, Key] = {}
    operations: list[Operation] = []
    returned: list[Key] = []
    for node_id in scope.symbolic.order:
        node = scope.block.graph.nodes[node_id]
        operands = [
            [
                _resolved(aliases, key)
                for key in _port_operands(scope, node, port, aliases, operations)
            ]
            for port in (port.name for port in input_ports(scope.diagram, node))
        ]
        if node.kind == OUTPUT:
            returned.append(operands[0][0])
        elif node.kind != INPUT:
            _add_node(scope, node, [k for keys in operands for k in keys], aliases, operations)
    return _written(scope, _needed(operations, returned), returned)


def _resolved(aliases: dict[Key, Key], key: Key) -> Key:
    while key in aliases:
        key = aliases[key]
    return key


def _port_operands(
    scope: ClassScope, node: Node, port: str, aliases: dict[Key, Key], operations: list[Operation]
) -> list[Key]:
    """The values that arrive at a port; a join there becomes an operation first."""
    arriving = [e for e in scope.block.graph.into(node.id, port) if _ever(scope, e)]
    joining = [edge for edge in arriving if EDGE_KINDS[edge.kind].join != "none"]
    if not joining:
        return [edge.source for edge in arriving]
    if EDGE_KINDS[joining[0].kind].join == "concat":
        return [_add_join(scope, node, port, arriving, ",", "", aliases, operations)]
    constant = [e for e in arriving if e not in joining or _always(scope, e)]
    key: Key | None = constant[0].source if len(constant) == 1 else None
    if len(constant) > 1:
        key = _add_join(scope, node, port, constant, "+", "", aliases, operations)
    for edge in joining:
        if edge not in constant:
            assert key is not None
            key = _add_guarded(
                scope, node, port, edge, _resolved(aliases, key), aliases, operations
            )
    assert key is not None
    return [key]


def _ever(scope: ClassScope, edge: Edge) -> bool:
    return any(joins(at.edges[edge.id]) for at in scope.instances)


def _always(scope: ClassScope, edge: Edge) -> bool:
    return all(joins(at.edges[edge.id]) for at in scope.instances)


def _add_join(
    scope: ClassScope,
    node: Node,
    port: str,
    edges: list[Edge],
    sign: str,
    condition: str,
    aliases: dict[Key, Key],
    operations: list[Operation],
) -> Key:
    key = (node.id, f"={port}")
    sources = tuple(_resolved(aliases, edge.source) for edge in edges)
    roles: dict[Key, str] = {
        source: edge.kind
        for source, edge in zip(sources, edges, strict=True)
        if EDGE_KINDS[edge.kind].join != "none"
    }
    axis = 1
    for at in scope.instances[:1]:
        kind = at.nodes[node.id][0].inputs[port]
        axis = kind.channel_axis if kind is not None else 1
    operations.append(
        Operation(
            (key,),
            sources,
            node.label,
            tuple(Definition(scope.name, edge.id) for edge in edges if edge.kind != "flow"),
            sign if sign == "+" else str(axis),
            joining=roles,
            via=tuple(_via(scope, edge) for edge in edges),
            condition=condition,
        )
    )
    return key


def _add_guarded(
    scope: ClassScope,
    node: Node,
    port: str,
    edge: Edge,
    f: Key,
    aliases: dict[Key, Key],
    operations: list[Operation],
) -> Key:
    """``if self.has_…: x = x + …`` for a join that only some instances have."""
    key = (node.id, f"={port}.{edge.id}")
    source = _resolved(aliases, edge.source)
    operations.append(
        Operation(
            (key,),
            (f, source),
            node.label,
            (Definition(scope.name, edge.id),),
            "+",
            joining={source: edge.kind},
            via=("", _via(scope, edge)),
            condition=f"self.{switch(edge)}",
        )
    )
    return key


def _via(scope: ClassScope, edge: Edge) -> str:
    """The module that a shortcut passes through on its way, if it has one."""
    chained = any(at.edges[edge.id].chain for at in scope.instances)
    return edge.label if chained else ""


def _add_node(
    scope: ClassScope,
    node: Node,
    operands: list[Key],
    aliases: dict[Key, Key],
    operations: list[Operation],
) -> None:
    targets = tuple((node.id, port.name) for port in output_ports(scope.diagram, node))
    if not any(at.nodes[node.id][0].active for at in scope.instances):
        aliases[targets[0]] = operands[0]
        return
    at = (Definition(scope.name, node.id),)
    if has_module(scope.diagram, scope.block, node):
        loop = node.repeat != 1 and (len(operands) > 1 or len(targets) > 1)
        operations.append(Operation(targets, tuple(operands), node.label, at, "module", loop=loop))
        return
    call = function_call(scope, node, len(operands))
    operations.append(Operation(targets, tuple(operands), node.label, at, "function", call=call))


def _needed(operations: list[Operation], returned: list[Key]) -> list[Operation]:
    """The operations whose values are used, by another that is needed or by the return."""
    wanted = set(returned)
    kept: list[Operation] = []
    for operation in reversed(operations):
        if wanted.intersection(operation.targets):
            kept.append(operation)
            wanted.update(operation.operands)
    return kept[::-1]


def _written(
    scope: ClassScope, operations: list[Operation], returned: list[Key]
) -> list[Statement]:
    names = _Names(scope, operations, returned)
    statements: list[Statement] = []
    for index, operation in enumerate(operations):
        statements.extend(names.save(index, operation))
        tree, target = names.assign(index, operation)
        loop = ("block", f"self.{operation.label}") if operation.loop else None
        statements.append(Statement(target, tree, operation.definitions, operation.condition, loop))
    values = [Atom(names.of[key]) for key in returned]
    at = tuple(Definition(scope.name, node.id) for node in scope.block.graph.outputs())
    last = statements[-1] if statements else None
    plain = last is not None and not last.condition and not last.loop
    if last and plain and len(values) == 1 and last.target == values[0].text:
        return [*statements[:-1], Statement("", last.tree, (*last.definitions, *at))]
    value: Tree = values[0] if len(values) == 1 else Atom(", ".join(v.text for v in values))
    return [*statements, Statement("", value, at)]


class _Names:
    """Gives each value a local name for as long as it lives."""

    def __init__(self, scope: ClassScope, operations: list[Operation], returned: list[Key]) -> None:
        self.of: dict[Key, str] = {}
        self._spoken: dict[Key, str] = {}
        self._held: dict[str, Key] = {}
        self._uses: dict[Key, list[tuple[int, bool]]] = {}
        self._labels = {node.label for node in scope.block.graph.nodes.values()}
        for index, operation in enumerate(operations):
            for key in operation.operands:
                self._uses.setdefault(key, []).append((index, key in operation.joining))
        for key in returned:
            self._uses.setdefault(key, []).append((len(operations), False))
        self._roles = {
            key: ROLES[kind] for operation in operations for key, kind in operation.joining.items()
        }
        for node in scope.block.graph.inputs():
            self._hold((node.id, "y"), node.label)

    def _hold(self, key: Key, name: str) -> None:
        self.of[key] = name
        self._held[name] = key

    def _later(self, key: Key, index: int) -> list[bool]:
        return [joining for at, joining in self._uses.get(key, []) if at > index]

    def _free(self, name: str, index: int) -> bool:
        return name not in self._held or not self._later(self._held[name], index)

    def save(self, index: int, operation: Operation) -> Iterator[Statement]:
        """Before the trunk moves on: ``identity = x`` where x is only joined again later."""
        self._spoken = {}
        key = self._held.get("x")
        if key is None or self._wanted(index, operation) == "x":
            return
        later = self._later(key, index)
        if later and all(later) and self._on_trunk(operation, key):
            name = self._fresh(self._roles[key], index - 1)
            self._hold(key, name)
            del self._held["x"]
            # The step that follows still reads it as x, as people write it.
            self._spoken = {key: "x"}
            yield Statement(name, Atom("x"), ())

    def _on_trunk(self, operation: Operation, key: Key) -> bool:
        return operation.operands[:1] == (key,) or key not in operation.operands

    def _wanted(self, index: int, operation: Operation) -> str:
        if operation.condition:
            return self.of[operation.operands[0]]
        if self._free("x", index):
            return "x"
        first = self.of[operation.operands[0]] if operation.operands else ""
        taken_over = first and self._free(first, index) and first not in self._roles.values()
        return first if taken_over else ""

    def _fresh(self, stem: str, index: int) -> str:
        name, number = stem, 2
        while not self._free(name, index) or name in ("x", "torch", "nn", "self"):
            name, number = f"{stem}_{number}", number + 1
        return name

    def assign(self, index: int, operation: Operation) -> tuple[Tree, str]:
        """The expression of an operation and the names of what it makes."""
        tree = self._tree(operation)
        targets = []
        for place, key in enumerate(operation.targets):
            if key not in self._uses:
                targets.append("_")
                continue
            wanted = self._wanted(index, operation) if place == 0 else ""
            name = wanted or self._fresh(operation.label if place == 0 else key[1], index)
            targets.append(name)
            self._hold(key, name)
        return tree, ", ".join(targets)

    def _tree(self, operation: Operation) -> Tree:
        values = [self._spoken.get(key, self.of[key]) for key in operation.operands]
        if operation.write == "module":
            head = "block" if operation.loop else f"self.{operation.label}"
            return Invoke(head, tuple(Atom(value) for value in values))
        if operation.call is not None:
            return _call_tree(operation.call, values)
        items = tuple(
            Invoke(f"self.{via}", (Atom(value),)) if via else Atom(value)
            for value, via in zip(values, operation.via, strict=True)
        )
        if operation.write == "+":
            return Infix("+", items)
        return Invoke("torch.cat", (Invoke("", items), Keyword("dim", Atom(operation.write))))


def _call_tree(call: Call, values: list[str]) -> Tree:
    """A function's call with the names of its operands put in."""
    items: list[Tree] = []
    for argument in call.arguments:
        if argument.has_default and argument.value == argument.default:
            continue
        value = _operand_tree(argument, values)
        items.append(Keyword(argument.keyword, value) if argument.keyword else value)
    if call.target in ("+", "*", "@", "-"):
        return Infix(call.target, tuple(items))
    return Invoke(call.target, tuple(items))


def _operand_tree(argument: Argument, values: list[str]) -> Tree:
    def named(value: Operand) -> Operand:
        if isinstance(value, Name):
            return Name(value.text.format(*values))
        if isinstance(value, tuple):
            return tuple(named(item) for item in value)
        return value

    return literal(named(argument.value))
