"""The ``forward`` of a class: one call a line, the trunk in ``x``, values that are used again
later saved under a name that tells their role, and every name reused as soon as it is free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from graphcore.diagram import OUTPUT, Definition
from graphcore.explain import quoted
from graphcore.lowering.call import call_tree
from graphcore.lowering.class_scope import ClassScope
from graphcore.lowering.nesting import nested
from graphcore.lowering.operations import collect
from graphcore.lowering.steps import ROLES, Key, Operation, Steps, Via
from graphcore.naming import stem_of
from graphcore.program import Atom, Infix, Invoke, Keyword, Statement, Tree
from graphcore.spec import Returned

PROBE = "_probe"
"""What the values of a twin pass: ``_probe(self, value, edge)``. No label begins so."""

SEVERAL = 3
"""From so many branches on each has a name of its own."""


def lower_forward(scope: ClassScope) -> list[Statement]:
    """The statements of ``forward``, the return last."""
    steps = collect(scope)
    if not scope.probed:
        steps.operations = nested(steps.operations, [key for key, _ in steps.returned])
    names = _Names(scope, steps)
    statements: list[Statement] = []
    for index, operation in enumerate(steps.operations):
        statements.extend(names.save(index, operation))
        tree, target = names.assign(index, operation)
        statements.append(
            Statement(target, tree, operation.definitions, operation.condition, operation.loop)
        )
    values = [Atom(names.leaving(key, edge)) for key, edge in steps.returned]
    at = tuple(Definition(scope.name, node.id) for node in scope.block.graph.outputs())
    last = statements[-1] if statements else None
    plain = last is not None and not last.condition and not last.loop
    if last and plain and len(values) == 1 and last.target == values[0].text:
        return [*statements[:-1], Statement("", last.tree, (*last.definitions, *at))]
    value: Tree = values[0] if len(values) == 1 else Atom(", ".join(v.text for v in values))
    return [*statements, Statement("", value, at)]


class _Names:
    """Gives each value a local name for as long as it lives."""

    def __init__(self, scope: ClassScope, steps: Steps) -> None:
        self.of: dict[Key, str] = dict(steps.attributes)
        self._attributes = steps.attributes
        self._spoken: dict[Key, str] = {}
        self._held: dict[str, Key] = {}
        self._uses: dict[Key, list[tuple[int, bool]]] = {}
        self._roles: dict[Key, str] = {}
        self._ports: set[str] = set()
        self._beside: set[int] = set()
        self._makers = {node.id: node.label for node in scope.block.graph.nodes.values()}
        for index, operation in enumerate(steps.operations):
            if operation.call is not None and self._begins_at_attribute(operation):
                self._beside.add(index)
            for key in operation.operands:
                self._uses.setdefault(key, []).append((index, key in operation.joining))
            for key, kind in operation.joining.items():
                self._roles.setdefault(key, ROLES[kind])
        # A few words; looked for at every step, in which there may be as many roles as steps.
        self._role_names = frozenset(self._roles.values())
        self._stems = _stems(scope, steps)
        self._probed, self._is_main = scope.probed, scope.name == scope.diagram.main
        for key, _ in steps.returned:
            self._uses.setdefault(key, []).append((len(steps.operations), False))
        for node in scope.block.graph.inputs():
            self._hold((node.id, "y"), node.label)

    def _hold(self, key: Key, name: str) -> None:
        self.of[key] = name
        self._held[name] = key

    def _later(self, key: Key, index: int) -> list[bool]:
        return [joining for at, joining in self._uses.get(key, []) if at > index]

    def _free(self, name: str, index: int) -> bool:
        if name not in self._held:
            return True
        # Uses stand in the order of the steps, so the last one decides.
        uses = self._uses.get(self._held[name])
        return not uses or uses[-1][0] <= index

    def save(self, index: int, operation: Operation) -> Iterator[Statement]:
        """What must be kept before a step: ``identity = x`` where x is only joined again later,
        and a copy of the name that a guarded step or a loop is going to change."""
        self._spoken = {}
        if operation.in_place:
            key = operation.operands[operation.keeps]
            if self._later(key, index) or key in self._attributes:
                name = self._fresh(operation.label, index - 1)
                yield Statement(name, Atom(self.of[key]), ())
                self._spoken = {key: name}
            return
        trunk = self._held.get("x")
        if trunk is None or self._wanted(index, operation) == "x":
            return
        later = self._later(trunk, index)
        if later and all(later) and self._on_trunk(operation, trunk):
            name = self._saved(trunk, index - 1)
            self._hold(trunk, name)
            del self._held["x"]
            # The step that follows still reads it as x, as people write it.
            self._spoken = {trunk: "x"}
            yield Statement(name, Atom("x"), ())

    def _saved(self, key: Key, index: int) -> str:
        """The name of a value that waits for a join: its role, or, where another value has that
        role already, what made it."""
        role, maker = self._roles[key], self._makers.get(key[0])
        return self._fresh(role if self._free(role, index) or not maker else maker, index)

    def _on_trunk(self, operation: Operation, key: Key) -> bool:
        return operation.operands[:1] == (key,) or key not in operation.operands

    def _wanted(self, index: int, operation: Operation) -> str:
        if operation.in_place:
            key = operation.operands[operation.keeps]
            return self._spoken.get(key, self.of[key])
        own = self._taken_over(index, operation)
        if own and self._is_one_of_several(index, operation, own):
            return own
        return "x" if self._free("x", index) else own

    def _begins_at_attribute(self, operation: Operation) -> bool:
        return bool(operation.operands) and operation.operands[0] in self._attributes

    def _is_kept(self, key: Key) -> bool:
        """Whether a value is read again after its first use, other than by a join: then it has
        the name of what made it, as the levels of a U-Net's encoder do."""
        uses = sorted(use for use in self._uses.get(key, []) if use[0] not in self._beside)
        return any(at > uses[0][0] and not joining for at, joining in uses[1:])

    def _is_aside(self, index: int, operation: Operation) -> bool:
        """Whether it computes something beside the trunk: from a learned parameter, as a class
        token for every sample, or from a value that goes on, as the positions of tokens."""
        if index in self._beside and len(operation.operands) > 1:
            return bool(self._later(operation.operands[1], index))
        if operation.call is None or len(operation.operands) != 1:
            return False
        (key,) = operation.operands
        return self.of[key] != "x" and not all(self._later(key, index) or [True])

    def _taken_over(self, index: int, operation: Operation) -> str:
        """The name of the first operand, if it is not needed for that any more."""
        if not operation.operands or operation.operands[0] in self._attributes:
            return ""
        first = self.of[operation.operands[0]]
        free = self._free(first, index) and first not in self._role_names
        return first if free else ""

    def _is_one_of_several(self, index: int, operation: Operation, own: str) -> bool:
        """Whether other branches are waiting beside this one: then each keeps its name."""
        others = (
            name
            for name, key in self._held.items()
            if name not in (own, "x") and key not in self._roles and self._later(key, index)
        )
        return own in self._ports and any(others)

    def _fresh(self, stem: str, index: int) -> str:
        name, number = stem, 2
        while not self._free(name, index) or name in ("x", "torch", "nn", "self"):
            name, number = f"{stem}_{number}", number + 1
        return name

    def assign(self, index: int, operation: Operation) -> tuple[Tree, str]:
        """The expression of an operation and the names of what it makes."""
        tree = self._tree(operation)
        several = operation.call is not None and not operation.returns
        by_port = several and len(operation.targets) > 1
        targets = []
        for place, key in enumerate(operation.targets):
            if key not in self._uses:
                targets.append("_")
                continue
            trunk = place == 0 and not by_port and key not in self._stems
            if trunk and not operation.in_place:
                trunk = not self._is_kept(key) and not self._is_aside(index, operation)
            wanted = self._wanted(index, operation) if trunk else ""
            stem = key[1] if place or by_port else self._stems.get(key, operation.label)
            name = wanted or self._fresh(stem, index)
            targets.append(name)
            self._hold(key, name)
            if by_port or key in self._stems:
                self._ports.add(name)
        return tree, _pattern(operation.returns or tuple(range(len(targets))), targets)

    def leaving(self, key: Key, edge: str) -> str:
        """What a class returns: in the twin of the model itself, seen by a probe as well."""
        name = self.of[key]
        return _through_probe(name, [edge]) if self._probed and self._is_main else name

    def _tree(self, operation: Operation) -> Tree:
        values = [self._spoken.get(key, self.of[key]) for key in operation.operands]
        if self._probed and operation.edges:
            values = _probed(operation, values)
        if operation.call is not None:
            return call_tree(operation.call, values)
        if operation.head:
            return Invoke(operation.head, tuple(Atom(value) for value in values))
        items = tuple(
            _through(Atom(value), via) for value, via in zip(values, operation.via, strict=True)
        )
        if operation.join == "+":
            return _through(Infix("+", items), operation.then)
        return Invoke("torch.cat", (Invoke("", items), Keyword("dim", Atom(operation.join))))


def _probed(operation: Operation, values: list[str]) -> list[str]:
    """The operands, each through a probe that knows by which edges it came: one value that a step
    takes several times stays one value."""
    edges = [[edge] if edge else [] for edge in operation.edges]
    if not operation.join:
        together: dict[Key, list[str]] = {}
        for key, edge in zip(operation.operands, edges, strict=True):
            together.setdefault(key, []).extend(edge)
        edges = [together[key] for key in operation.operands]
    return [_through_probe(value, by) for value, by in zip(values, edges, strict=True)]


def _through_probe(value: str, edges: list[str]) -> str:
    if not any(edges):
        return value
    return f"{PROBE}(self, {value}, {', '.join(map(quoted, edges))})"


def _stems(scope: ClassScope, steps: Steps) -> dict[Key, str]:
    """What has a name of its own wherever it stands: what leaves a class of several outputs by a
    name, and each of three or more that are made of one value, as query, key and value are."""
    made = [one for one in steps.operations if len(one.operands) == len(one.targets) == 1]
    fans = Counter(one.operands[0] for one in made if not one.in_place)
    stems = {one.targets[0]: one.label for one in made if fans[one.operands[0]] >= SEVERAL}
    labels = [node.label for node in scope.block.graph.outputs()]
    if len(labels) > 1:
        at_work = {key for one in steps.operations for key in one.targets}
        pairs = zip((key for key, _ in steps.returned), labels, strict=True)
        named = (pair for pair in pairs if not pair[1].startswith(stem_of(OUTPUT)))
        stems.update((key, label) for key, label in named if key in at_work)
    return stems


def _through(tree: Tree, via: Via) -> Tree:
    for label in via:
        tree = Invoke(f"self.{label}", (tree,))
    return tree


def _pattern(returns: tuple[Returned, ...], names: list[str]) -> str:
    """What stands left of the equals sign: ``x, (h, c)``, with ``_`` for what nobody uses."""
    items = []
    for item in returns:
        if isinstance(item, tuple):
            inner = _pattern(item, names)
            items.append("_" if set(inner) <= set("_, ") else f"({inner})")
        else:
            items.append("_" if item is None else names[item])
    return ", ".join(items)
