"""Parameters with their expressions evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphcore.expression import Expr, ExpressionError, Value, evaluate
from graphcore.spec import Param, ParamValue, Refused, Resolved


def resolve(value: ParamValue, names: Mapping[str, Value]) -> Resolved:
    """``value`` with its expressions evaluated. Raises ExpressionError."""
    if isinstance(value, Expr):
        return evaluate(value, names)
    if isinstance(value, tuple):
        return tuple(resolve(item, names) for item in value)
    return value


def resolve_args(
    params: Sequence[Param], given: Mapping[str, ParamValue], names: Mapping[str, Value]
) -> dict[str, Resolved]:
    """Every declared parameter resolved, from what is given or its default.

    Raises Refused, naming the parameter.
    """
    args: dict[str, Resolved] = {}
    for param in params:
        try:
            value = resolve(given.get(param.name, param.default), names)
        except ExpressionError as error:
            raise Refused(str(error), param=param.name) from error
        args[param.name] = param.resolve(value)
    return args
