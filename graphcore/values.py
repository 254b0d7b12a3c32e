"""Which values of parameters a diagram may hold: those that a file can keep exactly."""

from __future__ import annotations

import math
import re

from graphcore.expression import MAX_LENGTH, Expr
from graphcore.spec import ParamValue

MAX_INTEGER = 2**53
"""Beyond it other readers of JSON lose digits."""
MAX_TEXT = 10_000
MAX_ITEMS = 64
MAX_DEPTH = 3

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def value_problem(value: ParamValue, depth: int = 0) -> str | None:
    """Why ``value`` cannot stand in a diagram, or None if it can.

    Whether it suits its parameter is for the analysis to say; this is about what a file can keep.
    """
    match value:
        case bool() | None:
            return None
        case int():
            return None if abs(value) <= MAX_INTEGER else "the number is beyond ±2^53"
        case float():
            return None if math.isfinite(value) else "the number is not finite"
        case str():
            return text_problem(value, MAX_TEXT)
        case Expr(source=source):
            return text_problem(source, MAX_LENGTH)
        case tuple():
            return _tuple_problem(value, depth)
    return f"{type(value).__name__} is not a kind of value"


def text_problem(text: str, longest: int) -> str | None:
    """Why ``text`` cannot stand in a diagram, or None if it can."""
    if len(text) > longest:
        return f"the text is longer than {longest:,} characters"
    if _LONE_SURROGATE.search(text):
        return "the text contains half a character (a lone surrogate)"
    return None


def _tuple_problem(items: tuple[ParamValue, ...], depth: int) -> str | None:
    if len(items) > MAX_ITEMS:
        return f"the list has more than {MAX_ITEMS} items"
    if depth == MAX_DEPTH:
        return f"lists are nested deeper than {MAX_DEPTH}"
    return next(filter(None, (value_problem(item, depth + 1) for item in items)), None)
