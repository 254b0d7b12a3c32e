"""How sizes combine: element by element, and as matrices."""

from __future__ import annotations

from graphcore.layers.checks import promoted
from graphcore.spec import Inputs, Refused
from graphcore.tensor_type import Size, TensorType, differ, equal


def broadcast(kind: str, inputs: Inputs, stretch: bool, port: str) -> TensorType:
    """The type of an element-by-element result; ``port`` is where the later inputs arrive.

    Without ``stretch``, shapes must agree.
    """
    dims = inputs[0].dims
    for other in inputs[1:]:
        joined = _broadcast(dims, other.dims)
        if joined is None:
            raise Refused(_mismatch(kind, inputs[0], other), port=port)
        if not stretch and _stretches(dims, other.dims):
            raise Refused(
                f"{kind} would stretch {inputs[0]} and {other} to one shape without a word; make "
                "the sizes agree, or turn on 'broadcast' if that is meant",
                param="broadcast",
            )
        dims = joined
    return TensorType(dims, promoted(inputs))


def fits_into(dims: tuple[Size, ...], wanted: tuple[Size, ...]) -> bool:
    """Whether ``dims`` can be stretched to ``wanted`` without changing that."""
    if len(dims) > len(wanted):
        return False
    pairs = zip(dims[::-1], wanted[::-1], strict=False)
    return not any(differ(a, b) and differ(a, 1) for a, b in pairs)


def _mismatch(kind: str, a: TensorType, b: TensorType) -> str:
    remedy = "pool, crop or upsample one of them"
    if a.rank == b.rank and a.rank > 1 and differ(a.channels, b.channels):
        layer = "1×1 convolution" if a.rank > 3 else "Linear"
        remedy = f"put a {layer} before one of them"
    return f"{kind} needs inputs of one shape, but gets {a} and {b}; {remedy}"


def _broadcast(a: tuple[Size, ...], b: tuple[Size, ...]) -> tuple[Size, ...] | None:
    rank = max(len(a), len(b))
    a, b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    if any(differ(x, y) and differ(x, 1) and differ(y, 1) for x, y in zip(a, b, strict=True)):
        return None
    return tuple(_wider(x, y) for x, y in zip(a, b, strict=True))


def _wider(x: Size, y: Size) -> Size:
    """The size of two that fit: the one that is not 1, the known one where one is a symbol."""
    if equal(x, 1):
        return y
    return y if isinstance(y, int) and y != 1 else x


def _stretches(a: tuple[Size, ...], b: tuple[Size, ...]) -> bool:
    return len(a) != len(b) or any(map(differ, a, b))


def matrix_product(inputs: Inputs) -> TensorType:
    """The type of ``a @ b`` by torch's rule: the last two axes multiply, those before broadcast;
    a vector is a row on the left and a column on the right."""
    a, b = inputs
    if a.rank == 0 or b.rank == 0:
        raise Refused("MatMul multiplies matrices, not scalars; use Multiply", port="a")
    if a.dtype != b.dtype or a.dtype == "bool":
        raise Refused(
            f"MatMul needs two inputs of one dtype with numbers, but gets {a} and {b}", port="b"
        )
    inner = b.dims[-2] if b.rank > 1 else b.dims[-1]
    batch = _broadcast(a.dims[:-2], b.dims[:-2])
    if differ(a.dims[-1], inner):
        raise Refused(
            f"MatMul needs the last axis of a, {a.dims[-1]}, to be as long as the rows of b, "
            f"{inner}, but gets {a} and {b}; put a Transpose before one of them",
            port="b",
        )
    if batch is None:
        raise Refused(
            f"MatMul multiplies sample by sample, but the axes before the last two of {a} and {b} "
            "differ; make them agree",
            port="b",
        )
    rows = a.dims[-2:-1] if a.rank > 1 else ()
    columns = b.dims[-1:] if b.rank > 1 else ()
    return TensorType((*batch, *rows, *columns), a.dtype)
