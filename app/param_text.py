"""Parameters as the user writes them: text to value and back, with a reason where it cannot be."""

from __future__ import annotations

import re
from collections.abc import Mapping

from graphcore.expression import Code, Expr, ExpressionError, Value, evaluate, names_in
from graphcore.spec import (
    BoolParam,
    FloatParam,
    IntParam,
    IntsParam,
    Param,
    ParamValue,
    Refused,
    Resolved,
    ShapeParam,
)
from graphcore.tensor_type import Dim

LONGEST_QUOTE = 40
"""Characters of what was typed that a message repeats."""
_SEPARATORS = re.compile(r"\s*[,×;]\s*|\s+x\s+|\s+")


def shown(value: ParamValue | Resolved) -> str:
    """``value`` as a form shows it: ``""`` for None, ``=2 * width``, ``3, 5``."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join("none" if item is None else shown(item) for item in value)
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return str(value)


def read(param: Param, text: str) -> ParamValue:
    """The value that ``text`` writes. Raises :class:`Refused` where it is not allowed.

    >>> read(IntsParam(name="kernel_size", doc="", length=2), "3, 5")
    (3, 5)
    """
    text = text.strip()
    value = _expression(param, text) if text.startswith("=") else _plain(param, text)
    if not _has_expression(value):
        param.resolve(value)  # type: ignore[arg-type]
    return value


def settle(param: Param, value: ParamValue, names: Mapping[str, Value]) -> Resolved:
    """What ``value`` comes out as where ``names`` are known. Raises :class:`Refused`."""
    try:
        return param.resolve(_evaluated(value, names))
    except ExpressionError as error:
        raise Refused(str(error), param=param.name) from error


def outcome(param: Param, value: ParamValue, names: Mapping[str, Value]) -> str:
    """What a form says below an expression: ``= 32``; nothing for a plain value.

    Raises :class:`Refused` where the expression has no allowed value.
    """
    if not _has_expression(value):
        return ""
    settled = settle(param, value, names)
    if isinstance(settled, Code | Dim):
        return ""
    if isinstance(param, IntsParam) and isinstance(settled, tuple) and len(set(settled)) == 1:
        settled = settled[0]
    return f"= {settled:.4g}" if isinstance(settled, float) else f"= {shown(settled)}"


def _plain(param: Param, text: str) -> ParamValue:
    if not text and param.optional:
        return None
    if not text:
        raise Refused(f"'{param.name}' needs a value", param=param.name)
    match param:
        case IntParam():
            return _integer(param, text)
        case FloatParam():
            return _number(param, text)
        case IntsParam():
            items = tuple(_item(param, item) for item in _SEPARATORS.split(text))
            return items[0] if len(items) == 1 and param.length else items
        case ShapeParam():
            return tuple(_dim(param, item) for item in _SEPARATORS.split(text) if item)
        case BoolParam():
            return text.lower() in ("true", "yes", "1")
    return text


def _short(text: str) -> str:
    """As much of what was typed as a message has room for."""
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"


def _integer(param: Param, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise Refused(
            f"'{_short(text)}' is not an integer; an expression begins with '='", param=param.name
        ) from error


def _number(param: Param, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise Refused(
            f"'{_short(text)}' is not a number; an expression begins with '='", param=param.name
        ) from error


def _item(param: IntsParam, text: str) -> ParamValue:
    if text.startswith("="):
        return _expression(param, text)
    if text.lower() == "none" and param.optional_items:
        return None
    return _integer(param, text)


def _dim(param: Param, text: str) -> ParamValue:
    if text.startswith("="):
        return _expression(param, text)
    return int(text) if text.isdigit() else text


def _expression(param: Param, text: str) -> Expr:
    expr = Expr(text[1:].strip())
    try:
        names_in(expr)
    except ExpressionError as error:
        raise Refused(str(error), param=param.name) from error
    return expr


def _has_expression(value: ParamValue) -> bool:
    if isinstance(value, tuple):
        return any(_has_expression(item) for item in value)
    return isinstance(value, Expr)


def _evaluated(value: ParamValue, names: Mapping[str, Value]) -> Resolved:
    if isinstance(value, tuple):
        return tuple(_evaluated(item, names) for item in value)
    return evaluate(value, names) if isinstance(value, Expr) else value
