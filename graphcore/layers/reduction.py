"""Layers that make one value of all along some axes."""

from __future__ import annotations

from collections.abc import Callable

from graphcore.layers.arguments import flag, integers, per_axis
from graphcore.layers.axes import axes_of, axes_param
from graphcore.layers.checks import floating
from graphcore.spec import Args, BoolParam, Call, Inputs, LayerSpec, Name, Refused, call
from graphcore.tensor_type import Size, TensorType


def _reduced(kind: str, args: Args, x: TensorType) -> tuple[Size, ...]:
    """The dims that are left: without the axes, or with size 1 there."""
    axes = axes_of(kind, "dims", args, x)
    kept: tuple[Size, ...] = (1,) if flag(args, "keepdim") else ()
    dims = [kept if place in axes else (size,) for place, size in enumerate(x.dims)]
    return tuple(item for part in dims for item in part)


def _mean_type(args: Args, x: TensorType) -> str:
    floating("Mean", x)
    return x.dtype


def _sum_type(args: Args, x: TensorType) -> str:
    """Integers and booleans are counted in the largest integers."""
    return x.dtype if x.is_floating else "int64"


def _max_type(args: Args, x: TensorType) -> str:
    return x.dtype


def _reduction(
    kind: str,
    function: str,
    doc: str,
    dtype: Callable[[Args, TensorType], str],
    *search: str,
) -> LayerSpec:
    def shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
        (x,) = inputs
        if x.rank == 0:
            raise Refused(f"{kind} works along axes, but gets a scalar, which has none", port="x")
        return (TensorType(_reduced(kind, args, x), dtype(args, x)),)

    def written(args: Args, inputs: Inputs, names: tuple[Name, ...]) -> Call:
        axes = integers(args, "dims")
        shown = axes[0] if len(axes) == 1 else axes
        return call(function, *names, shown, keepdim=(args["keepdim"], False))

    return LayerSpec(
        kind=kind,
        family="Shape",
        doc=doc,
        stem=search[0],
        params=(
            axes_param("dims", "The axes that are reduced.", (2, 3)),
            BoolParam(name="keepdim", doc="Keep those axes with size 1.", default=False),
        ),
        shape=shape,
        function=written,
        search=search,
        title=lambda args: kind,
        caption=lambda args: f"axes {' '.join(per_axis(args['dims']).split('×'))}",
    )


LAYERS = (
    _reduction(
        "Mean",
        "torch.mean",
        "Averages over axes; over 2 and 3 it is global average pooling that drops them.",
        _mean_type,
        "mean",
        "average",
        "reduce",
        "global",
    ),
    _reduction(
        "Sum",
        "torch.sum",
        "Adds up over axes; integers and booleans become int64.",
        _sum_type,
        "total",
        "sum",
        "reduce",
    ),
    _reduction(
        "Max",
        "torch.amax",
        "Takes the largest value over axes; equal ones share the gradient.",
        _max_type,
        "largest",
        "maximum",
        "amax",
        "reduce",
        "global",
    ),
)
