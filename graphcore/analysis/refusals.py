"""Why a node cannot be as it is, and the one-click edits that mend it."""

from __future__ import annotations

from functools import partial

from graphcore import edits
from graphcore.analysis.scope import Scope
from graphcore.diagnostics import Diagnostic, Fix
from graphcore.diagram import Diagram, Node
from graphcore.expression import ExpressionError
from graphcore.ports import declared_params
from graphcore.spec import Refused


def refusal(
    scope: Scope, node: Node, error: Refused | ExpressionError, copy: int | None
) -> Diagnostic:
    """The problem of a node, or of one ``copy`` of it, that is not accepted."""
    param = error.param if isinstance(error, Refused) else None
    port = error.port if isinstance(error, Refused) else None
    where = f"{node.label}, copy {copy}" if copy else node.label
    fixes: list[Fix] = []
    if param and param in node.params and _has_other_default(scope, node, param):
        fixes.append(
            Fix(
                f"Set '{param}' of {node.label} back to its default",
                partial(_reset, block=scope.name, node=node.id, param=param),
            )
        )
    if copy:
        copies = f"{copy} copies" if copy > 1 else "1 copy"
        fixes.append(scope.fix(f"Leave {node.label} at {copies}", edits.set_repeat, node.id, copy))
    if node.kind in (*scope.inside, scope.name):
        remove = f"Remove {node.label} from {scope.name}"
        fixes.append(scope.fix(remove, edits.delete, {node.id}))
    return scope.problem(node.id, f"{where}: {error}", param=param, port=port, fixes=tuple(fixes))


def count_refusal(scope: Scope, node: Node, error: Refused | ExpressionError) -> Diagnostic:
    """The problem of a node whose number of copies is none."""
    fix = scope.fix(f"Set the copies of {node.label} to 1", edits.set_repeat, node.id, 1)
    message = f"{node.label}: {error}"
    return scope.problem(node.id, message, param="repeat", fixes=(fix,))


def active_refusal(scope: Scope, node: Node, error: Refused | ExpressionError) -> Diagnostic:
    """The problem of a node that is neither on nor off, or cannot be off."""
    fix = scope.fix(f"Switch {node.label} on", edits.set_active, {node.id}, True)
    message = f"{node.label}: {error}"
    return scope.problem(node.id, message, param="active", fixes=(fix,))


def _has_other_default(scope: Scope, node: Node, name: str) -> bool:
    """Whether a parameter can be left to its default, and is not that already."""
    params = declared_params(scope.diagram, node.kind)
    found = next(param for param in params if param.name == name)
    is_other = node.params[name] != found.default
    return is_other and (found.optional or found.default is not None)


def _reset(diagram: Diagram, *, block: str, node: str, param: str) -> Diagram:
    return edits.reset_param(diagram, block, node, param)
