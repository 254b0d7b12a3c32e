"""Parameters in a file: values as JSON, and the declarations of a block's own parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from types import MappingProxyType
from typing import Any

from graphcore.expression import Expr
from graphcore.spec import (
    BoolParam,
    ChoiceParam,
    DTypeParam,
    FloatParam,
    IntParam,
    IntsParam,
    Param,
    ParamValue,
    ShapeParam,
    TextParam,
)

PARAM_TYPES: Mapping[str, type[Param]] = MappingProxyType(
    {
        "int": IntParam,
        "float": FloatParam,
        "bool": BoolParam,
        "choice": ChoiceParam,
        "text": TextParam,
        "ints": IntsParam,
        "shape": ShapeParam,
        "dtype": DTypeParam,
    }
)
"""What a declared parameter may be, under the name that the file gives it."""

TYPE_NAMES: Mapping[type[Param], str] = MappingProxyType(
    {cls: name for name, cls in PARAM_TYPES.items()}
)

VALUES = frozenset({"default"})
"""The fields of a declaration that hold a parameter's value rather than a fact about it."""


def value_to_json(value: ParamValue) -> Any:
    """A value as it stands in a file: ``"=2 * width"`` is an expression, a text that begins with
    ``=`` or ``'`` has a ``'`` put before it, a tuple is a list."""
    match value:
        case Expr(source=source):
            return f"={source}"
        case str() if value.startswith(("=", "'")):
            return f"'{value}"
        case tuple():
            return [value_to_json(item) for item in value]
    return value


def value_from_json(value: Any) -> ParamValue:
    """The value that :func:`value_to_json` wrote. An object is returned as it is."""
    match value:
        case str() if value.startswith("="):
            return Expr(value[1:])
        case str() if value.startswith("'"):
            return value[1:]
        case list():
            return tuple(value_from_json(item) for item in value)
    return value  # type: ignore[no-any-return]


def param_fields(kind: type[Param]) -> dict[str, Field[Any]]:
    """The fields of a declaration of this kind, in their order."""
    return {each.name: each for each in fields(kind)}


def has_default(each: Field[Any], value: object) -> bool:
    """Whether a field need not be written: it has the very value it would have anyway."""
    return each.default is not MISSING and repr(each.default) == repr(value)


def param_to_json(param: Param) -> dict[str, Any]:
    """A declaration as it stands in a file; what is as by default is left out."""
    written: dict[str, Any] = {"name": param.name, "type": TYPE_NAMES[type(param)]}
    for name, each in param_fields(type(param)).items():
        value = getattr(param, name)
        if name == "name" or has_default(each, value):
            continue
        if name in VALUES:
            written[name] = value_to_json(value)
        else:
            written[name] = list(value) if isinstance(value, tuple) else value
    return written
