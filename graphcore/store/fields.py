"""Typed reading of one value of a file: each function returns it or refuses it with its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from graphcore.diagram import name_problem
from graphcore.expression import Expr
from graphcore.spec import ParamValue
from graphcore.store.error import ID, MAX_ID
from graphcore.store.params import value_from_json
from graphcore.store.strict_json import Fields, Found
from graphcore.values import MAX_INTEGER, MAX_TEXT, text_problem, value_problem


def check_fields(
    found: Found, what: str, required: Collection[str], optional: Collection[str] = ()
) -> Found:
    """``found`` if it is an object with all of ``required`` and nothing unknown."""
    items(found, what)
    fields = found.value
    for name in required:
        if name not in fields:
            raise found.refuse(f'{what} has no "{name}"')
    if not found.newer:
        for name in fields:
            if name not in required and name not in optional:
                known = ", ".join((*required, *optional))
                raise found.inner(name).refuse(f'{what} has no field "{name}"; it has {known}')
    return found


def items(found: Found, what: str) -> Iterator[tuple[str, Found]]:
    """The values of an object by name; what is there twice is refused at once."""
    fields = found.value
    if not isinstance(fields, Fields):
        raise found.refuse(f"{what} should be an object {{…}}, not {shown(fields)}")
    if fields.twice is not None:
        raise found.inner(fields.twice).refuse(
            f'"{fields.twice}" stands twice in {what}; delete one of the two'
        )
    return ((name, found.inner(name)) for name in fields)


def elements(found: Found, what: str, most: int, fewest: int = 0) -> Iterator[Found]:
    """The values of a list; one that is too long is refused at once."""
    if not isinstance(found.value, list):
        raise found.refuse(f"{what} should be a list […], not {shown(found.value)}")
    if not fewest <= len(found.value) <= most:
        wanted = f"{most}" if fewest == most else f"{fewest} to {most:,}"
        raise found.refuse(f"{what} should have {wanted} items, not {len(found.value):,}")
    return (found.inner(index) for index in range(len(found.value)))


def text(found: Found, what: str, longest: int = MAX_TEXT) -> str:
    """A text without halves of characters."""
    if not isinstance(found.value, str):
        raise found.refuse(f"{what} should be a text in quotes, not {shown(found.value)}")
    problem = text_problem(found.value, longest)
    if problem:
        raise found.refuse(f"{what}: {problem}")
    return found.value


def name(found: Found, what: str) -> str:
    """A name that may become a Python identifier."""
    problem = name_problem(text(found, what))
    if problem:
        raise found.refuse(f"{what}: {problem}")
    return found.value  # type: ignore[no-any-return]


def identity(found: Found, what: str) -> str:
    """An id: letters, digits and ``_ . -``."""
    value = text(found, what, MAX_ID)
    if not ID.fullmatch(value):
        raise found.refuse(f"{what} may use letters, digits, '_', '.' and '-' only, not {value!r}")
    return value


def whole(found: Found, what: str, minimum: int, maximum: int = MAX_INTEGER) -> int:
    """An integer within bounds."""
    value = found.value
    if isinstance(value, bool) or not isinstance(value, int):
        raise found.refuse(f"{what} should be a whole number, not {shown(value)}")
    if not minimum <= value <= maximum:
        raise found.refuse(f"{what} should be from {minimum:,} to {maximum:,}")
    return value


def flag(found: Found, what: str) -> bool:
    """true or false."""
    if not isinstance(found.value, bool):
        raise found.refuse(f"{what} should be true or false, not {shown(found.value)}")
    return found.value


def value(found: Found, what: str) -> ParamValue:
    """A parameter's value: a literal, an expression or a list of them."""
    read = value_from_json(found.value)
    problem = value_problem(read)
    if problem:
        raise found.refuse(f"{what}: {problem}")
    return read


def expression_or(found: Found, what: str) -> Expr | None:
    """The expression that the value is, None if it is none."""
    if not (isinstance(found.value, str) and found.value.startswith("=")):
        return None
    read = value(found, what)
    return read if isinstance(read, Expr) else None


def shown(raw: Any) -> str:
    """A value of a file as a message shows it."""
    match raw:
        case dict():
            return "an object {…}"
        case list():
            return "a list […]"
        case None:
            return "null"
        case bool():
            return "true" if raw else "false"
    return repr(raw) if len(repr(raw)) < 40 else f"{repr(raw)[:36]}…"
