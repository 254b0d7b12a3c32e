"""A layer that is a function: its call in ``forward``, where parameters are attributes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from graphcore.diagnostics import Diagnostic, DiagramError
from graphcore.diagram import Definition, Node
from graphcore.explain import Cases, holds, mentioned, text
from graphcore.expression import Code, Expr
from graphcore.layers import LAYERS
from graphcore.lowering.class_scope import RULE_FAILURES, ClassScope
from graphcore.program import Atom, Member
from graphcore.resolution import resolve
from graphcore.results import BlockResult, NodeResult
from graphcore.spec import Argument, Call, Name, Operand


def function_call(scope: ClassScope, node: Node, operands: int) -> Call:
    """The call of ``node`` in ``forward``, that of its module without a target; the n-th operand
    is the :class:`Name` ``{n}``.

    A value that depends on the class's parameters is read from ``self``, and the parameter is kept
    there. Raises DiagramError where the instances differ in a way that the call cannot say.
    """
    results = [(at, at.nodes[node.id][0]) for at in scope.instances]
    if LAYERS[node.kind].support:
        scope.support[LAYERS[node.kind].support] = None
    if not all(result.active for _, result in results):
        raise _inexpressible(scope, node, "it is active in some copies only")
    facts = [(at, _call(node, result, operands)) for at, result in results]
    try:
        general = _call(node, scope.symbolic.nodes[node.id][0], operands)
    except RULE_FAILURES:
        general = facts[0][1]
    return _filled(scope, node, general, facts)


def _filled(
    scope: ClassScope, node: Node, general: Call, facts: Sequence[tuple[BlockResult, Call]]
) -> Call:
    """The call that is ``general`` in symbols and ``facts`` in the instances."""
    arguments = [
        replace(argument, value=_value(scope, node, argument, index, general, facts))
        for index, argument in enumerate(facts[0][1].arguments)
    ]
    return Call(facts[0][1].target, tuple(arguments))


def _call(node: Node, result: NodeResult, operands: int) -> Call:
    spec = LAYERS[node.kind]
    function = spec.invoke or spec.function
    assert function is not None
    kinds = tuple(kind for kind in result.inputs.values() if kind is not None)
    return function(result.args, kinds, tuple(Name(f"{{{n}}}") for n in range(operands)))


def _value(
    scope: ClassScope,
    node: Node,
    argument: Argument,
    index: int,
    general: Call,
    facts: Sequence[tuple[BlockResult, Call]],
) -> Operand:
    cases: Cases = [(at, call.arguments[index].value) for at, call in facts]
    symbolic = general.arguments[index].value if index < len(general.arguments) else None
    inner = [(at, value) for at, value in cases if isinstance(value, Call)]
    if inner and isinstance(symbolic, Call):
        return _filled(scope, node, symbolic, inner)
    names = mentioned(symbolic)
    if names and holds(symbolic, cases):
        return _from_self(scope, symbolic, names)
    if all(value == argument.value for _, value in cases):
        return argument.value
    raise _inexpressible(scope, node, "its arguments differ between the copies of the block")


def _from_self(scope: ClassScope, symbolic: Operand, names: set[str]) -> Operand:
    if isinstance(symbolic, tuple):
        return tuple(
            _from_self(scope, item, mentioned(item)) if mentioned(item) else item
            for item in symbolic
        )
    known = [name for name in sorted(names) if name in scope.symbolic.args]
    for name in known:
        scope.explainer.used.add(name)
        if all(member.label != name for member in scope.members):
            scope.members.insert(0, Member(name, Atom(name), ()))
    pattern = r"\b(" + "|".join(map(re.escape, known)) + r")\b"
    return Code(re.sub(pattern, r"self.\1", text(symbolic)))


def count_text(scope: ClassScope, node: Node) -> str:
    """How often a shared module is called, as the text of ``forward``."""
    counts: Cases = [(at, len(at.nodes[node.id])) for at in scope.instances]
    if isinstance(node.repeat, Expr):
        symbolic = resolve(node.repeat, scope.symbolic.args)  # type: ignore[arg-type]
        if mentioned(symbolic) and holds(symbolic, counts):
            return text(_from_self(scope, symbolic, mentioned(symbolic)))
    if any(count != counts[0][1] for _, count in counts):
        raise _inexpressible(scope, node, "it is called a different number of times in each copy")
    return text(counts[0][1])


def _inexpressible(scope: ClassScope, node: Node, why: str) -> DiagramError:
    message = f"{node.label}: {why}, which one class cannot say; make one of the blocks unique"
    return DiagramError((Diagnostic("error", message, Definition(scope.name, node.id)),))
