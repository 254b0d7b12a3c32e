"""Typed reading of a layer's resolved parameters, and the forms in which they are shown."""

from __future__ import annotations

from collections.abc import Callable

from graphcore.expression import Code
from graphcore.spec import Args, Refused, Resolved
from graphcore.tensor_type import Dim, Size, opaque


def draws_unless_zero(name: str) -> Callable[[Args], bool]:
    """The rule of a layer that draws random numbers where the probability ``name`` is not 0."""
    return lambda args: args[name] != 0.0


def size(args: Args, name: str) -> Size:
    """The integer parameter ``name``; an expression of unknown value becomes an opaque size."""
    return _size(args[name], name)


def sizes(args: Args, name: str, length: int) -> tuple[Size, ...]:
    """The integers of ``name``, one an axis; a single value stands for every axis."""
    value = args[name]
    items = value if isinstance(value, tuple) else (value,) * length
    return tuple(_size(item, name) for item in items)


def optional_sizes(args: Args, name: str, length: int) -> tuple[Size, ...] | None:
    """As :func:`sizes`, or None where the parameter is empty."""
    return None if args[name] is None else sizes(args, name, length)


def sizes_or_none(args: Args, name: str, length: int) -> tuple[Size | None, ...]:
    """As :func:`sizes`, where single axes may be left empty."""
    value = args[name]
    items = value if isinstance(value, tuple) else (value,) * length
    return tuple(None if item is None else _size(item, name) for item in items)


def integers(args: Args, name: str) -> tuple[int, ...]:
    """The integers of ``name`` where a shape depends on which they are: axes, their order.

    Raises Refused for an expression that differs between the copies of a block.
    """
    value = args[name]
    items = value if isinstance(value, tuple) else (value,)
    known = tuple(item for item in items if isinstance(item, int))
    if len(known) < len(items):
        shown = per_axis(items)
        raise Refused(f"'{name}' cannot change from copy to copy: {shown}", param=name)
    return known


def integer(args: Args, name: str) -> int:
    """The one integer of ``name``, as :func:`integers`."""
    return integers(args, name)[0]


def flag(args: Args, name: str) -> bool:
    """Whether the switch ``name`` is on. One that depends on a symbol counts as on."""
    return args[name] is not False


def switch(args: Args, name: str) -> bool:
    """Whether ``name`` is on, where what is built depends on it.

    Raises Refused for an expression that differs between the copies of a block.
    """
    value = args[name]
    if isinstance(value, bool):
        return value
    raise Refused(f"'{name}' cannot change from copy to copy: {value}", param=name)


def compact(items: tuple[Resolved, ...]) -> Resolved:
    """One value where all are equal, as people write it: ``3`` for ``(3, 3)``.

    >>> compact((2, 2)), compact((1, 2))
    (2, (1, 2))
    """
    return items[0] if items and all(item == items[0] for item in items) else items


def per_axis(value: Resolved) -> str:
    """Sizes as they stand on a block: ``3×3`` for ``(3, 3)``."""
    return "×".join(map(str, value)) if isinstance(value, tuple) else str(value)


def window(args: Args, name: str, length: int) -> str:
    """The kernel ``name`` as it stands on a block, one number an axis even if written as one."""
    value = args[name]
    return per_axis(value if isinstance(value, tuple) else (value,) * length)


def number(value: Resolved) -> str:
    """A number as it stands on a block: ``0.2``, ``1e-05``; an expression as its text."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def caption(*parts: str) -> str:
    """The parts that are not empty, as the second line of a block: ``32 · /2``."""
    return " · ".join(part for part in parts if part)


def stride_mark(value: Resolved) -> str:
    """``/2`` for a stride of 2 on every axis, nothing for 1 or for none given."""
    shown = compact(value) if isinstance(value, tuple) else value
    return "" if shown in (None, 1) else f"/{per_axis(shown)}"


def _size(value: Resolved, name: str) -> Size:
    if isinstance(value, Code):
        return opaque(value.text)
    assert isinstance(value, int | Dim), f"{name} is not an integer: {value!r}"
    return value
