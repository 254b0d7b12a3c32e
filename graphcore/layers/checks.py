"""What layers ask of their inputs: rank, dtype, sizes that fit. Each check raises ``Refused``."""

from __future__ import annotations

from graphcore.spec import Inputs, Refused
from graphcore.tensor_type import Size, TensorType, equal, surely_less

LAYOUTS = {1: "a sequence N×C×L", 2: "an image N×C×H×W", 3: "a volume N×C×D×H×W"}
"""How the input of a layer with so many spatial axes is called."""


def spatial_input(kind: str, axes: int, x: TensorType) -> tuple[Size, ...]:
    """The spatial dims of ``x``, which must have batch and channel dims and ``axes`` more."""
    if x.rank == axes + 2:
        return x.dims[2:]
    raise Refused(f"{kind} needs {LAYOUTS[axes]}, but gets {x}; {_mend(kind, axes, x)}", port="x")


def _mend(kind: str, axes: int, x: TensorType) -> str:
    if x.rank - 2 in LAYOUTS and kind.endswith(f"{axes}d"):
        return f"use {kind[:-2]}{x.rank - 2}d, or put a Reshape before it"
    return "put a Reshape before it"


def floating(kind: str, x: TensorType, port: str = "x") -> None:
    """Refuses integers and booleans."""
    if not x.is_floating:
        raise Refused(
            f"{kind} needs floating-point values, but gets {x}; "
            "set the dtype of the Input to float32",
            port=port,
        )


def float32(kind: str, x: TensorType, port: str = "x") -> None:
    """Refuses what a layer with float32 weights cannot multiply."""
    if x.dtype != "float32":
        raise Refused(
            f"{kind} has float32 weights, but gets {x}; set the dtype of the Input to float32",
            port=port,
        )


def not_double(kind: str, x: TensorType) -> None:
    """Refuses float64 where float32 weights normalise; half precision passes."""
    if x.dtype == "float64":
        float32(kind, x)


def axis(kind: str, name: str, value: int, rank: int, port: str = "x") -> int:
    """The axis ``value`` counted from the front; negative ones count from the end."""
    if -rank <= value < rank:
        return value % rank
    if rank == 0:
        raise Refused(
            f"{kind} works along an axis, but gets a scalar, which has none; connect it to a value "
            "with axes",
            port=port,
        )
    raise Refused(
        f"{kind} has no axis {value} in a tensor of {rank} dims; "
        f"choose '{name}' between {-rank} and {rank - 1}",
        param=name,
    )


def first_of(kind: str, x: TensorType, port: str) -> Size:
    """The size of the first axis, the batch; refuses a scalar."""
    if x.rank == 0:
        raise Refused(f"{kind} needs a batch, but gets a scalar; wire it elsewhere", port=port)
    return x.dims[0]


def dividing(kind: str, name: str, divisor: Size, total: Size, what: str) -> Size:
    """``total // divisor``; refused where that certainly leaves a remainder."""
    if equal(total % divisor, 0) is False:
        raise Refused(
            f"{kind} cannot split {total} {what} evenly by {name} = {divisor}; "
            f"choose a divisor of {total}",
            param=name,
        )
    return total // divisor


def at_least_one(kind: str, found: tuple[Size, ...], x: TensorType, how: str) -> None:
    """Refuses an output with a size below 1."""
    if any(surely_less(item, 1) for item in found):
        shape = "×".join(map(str, found))
        raise Refused(f"{kind} makes {shape} of {x}: nothing is left; {how}", port="x")


def wide_enough(
    kind: str, spatial: tuple[Size, ...], padded: tuple[Size, ...], reach: tuple[Size, ...]
) -> None:
    """Refuses windows that certainly reach beyond their padded input."""
    if any(surely_less(a, b) for a, b in zip(padded, reach, strict=True)):
        raise Refused(
            f"{kind} looks at windows of {_shape(reach)}, but the input of {_shape(spatial)} is "
            f"{_shape(padded)} with its padding; make kernel_size smaller or padding larger",
            param="kernel_size",
        )


_PROMOTION = ("bool", "int32", "int64", "float16", "bfloat16", "float32", "float64")
_CATEGORY = {"bool": 0, "int32": 1, "int64": 1}


def promoted(inputs: Inputs) -> str:
    """The dtype of a result computed from all ``inputs``, by torch's promotion: a scalar counts
    only where it is of a higher kind (boolean, integer, floating) than the others."""
    scalars = {x.dtype for x in inputs if x.rank == 0}
    others = {x.dtype for x in inputs if x.rank > 0}
    if not scalars or not others:
        return _widest(scalars | others)
    scalar, other = _widest(scalars), _widest(others)
    return scalar if _CATEGORY.get(scalar, 2) > _CATEGORY.get(other, 2) else other


def _widest(dtypes: set[str]) -> str:
    both = {"float16", "bfloat16"} <= dtypes
    return max(dtypes | ({"float32"} if both else set()), key=_PROMOTION.index)


def _shape(items: tuple[Size, ...]) -> str:
    return "×".join(map(str, items))
