"""The reading of a block's declared parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING
from types import MappingProxyType
from typing import Any

from graphcore.spec import FloatParam, Param
from graphcore.store.fields import check_fields, elements, flag, name, shown, text, value, whole
from graphcore.store.params import PARAM_TYPES, VALUES, param_fields
from graphcore.store.strict_json import Found
from graphcore.values import MAX_INTEGER, MAX_ITEMS


def declaration(found: Found) -> Param:
    """One declared parameter. Raises StoreError."""
    check_fields(found, "a parameter", ("name", "type"), _ANY_FIELD)
    called = name(found.inner("name"), "a parameter's name")
    kind = _kind(found.inner("type"))
    known = param_fields(kind)
    values: dict[str, Any] = {"name": called}
    for field in found.value:
        if field in ("name", "type"):
            continue
        if field not in known and not found.newer:
            raise found.inner(field).refuse(
                f"'{called}' has no field \"{field}\"; it has {', '.join(known)}"
            )
        if field in known:
            values[field] = _field(found.inner(field), f"{field} of '{called}'", field, kind)
    for field, each in known.items():
        needed = each.default is MISSING and each.default_factory is MISSING
        if needed and field not in values:
            raise found.refuse(f"'{called}' has no \"{field}\"")
    return kind(**values)


def _kind(found: Found) -> type[Param]:
    kind = PARAM_TYPES.get(text(found, "a parameter's type"))
    if kind is None:
        raise found.refuse(
            f"there is no type {shown(found.value)}; types: {', '.join(PARAM_TYPES)}"
        )
    return kind


def _field(found: Found, what: str, field: str, kind: type[Param]) -> Any:
    if field in VALUES:
        return value(found, what)
    if field in ("minimum", "maximum") and issubclass(kind, FloatParam):
        return _number(found, what)
    return _READERS[field](found, what)


def _number(found: Found, what: str) -> float:
    number = found.value
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise found.refuse(f"{what} should be a number, not {shown(number)}")
    if not math.isfinite(number) or abs(number) > 1e300:
        raise found.refuse(f"{what} should be a finite number")
    return number


def _texts(found: Found, what: str) -> tuple[str, ...]:
    return tuple(text(item, what, 200) for item in elements(found, what, MAX_ITEMS))


def _bound(found: Found, what: str) -> int:
    return whole(found, what, -MAX_INTEGER)


def _count(found: Found, what: str) -> int:
    return whole(found, what, 0, 1_000_000)


_READERS: Mapping[str, Callable[[Found, str], Any]] = MappingProxyType(
    {
        "doc": text,
        "optional": flag,
        "advanced": flag,
        "logarithmic": flag,
        "optional_items": flag,
        "minimum": _bound,
        "maximum": _bound,
        "longest": _count,
        "length": _count,
        "choices": _texts,
        "titles": _texts,
    }
)
_ANY_FIELD = (*_READERS, *VALUES)
