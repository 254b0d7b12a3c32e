"""Parameters that choose axes, and how they are read."""

from __future__ import annotations

from graphcore.layers.arguments import integer, integers
from graphcore.layers.checks import axis
from graphcore.spec import Args, IntParam, IntsParam, Param, ParamValue, Refused
from graphcore.tensor_type import Size, TensorType

LOWEST, HIGHEST = -8, 7


def axis_param(name: str, doc: str, default: int) -> Param:
    """A parameter that names one axis; negative numbers count from the end."""
    return IntParam(name=name, doc=doc, default=default, minimum=LOWEST, maximum=HIGHEST)


def axes_param(name: str, doc: str, default: ParamValue) -> Param:
    """A parameter that names any number of axes."""
    return IntsParam(name=name, doc=doc, default=default, length=0, minimum=LOWEST, maximum=HIGHEST)


def axis_of(kind: str, name: str, args: Args, x: TensorType, port: str = "x") -> int:
    """The axis of ``x`` that the parameter ``name`` chooses, counted from the front."""
    return axis(kind, name, integer(args, name), x.rank, port)


def axes_of(kind: str, name: str, args: Args, x: TensorType) -> tuple[int, ...]:
    """The axes of ``x`` that ``name`` chooses, each once, counted from the front."""
    found = tuple(axis(kind, name, item, x.rank) for item in integers(args, name))
    if not found or len(set(found)) != len(found):
        raise Refused(
            f"{kind} needs at least one axis and each once, not {integers(args, name)}", param=name
        )
    return found


def with_size(x: TensorType, at: int, size: Size) -> TensorType:
    """``x`` with another size on the axis ``at``."""
    return TensorType((*x.dims[:at], size, *x.dims[at + 1 :]), x.dtype)
