"""Padding by zeros, a constant, a reflection, the border, or the other side."""

from __future__ import annotations

from graphcore.layers.arguments import compact, number, per_axis, sizes
from graphcore.layers.checks import LAYOUTS, at_least_one, spatial_input
from graphcore.spec import (
    MAX_SIZE,
    Args,
    Call,
    FloatParam,
    Inputs,
    IntsParam,
    LayerSpec,
    Param,
    Refused,
    call,
)
from graphcore.tensor_type import Size, TensorType, surely_less

_ORDER = {
    1: "left, right",
    2: "left, right, top, bottom",
    3: "left, right, top, bottom, front, back",
}
_VALUE = FloatParam(name="value", doc="The number that is put there.", default=0.0)


def _pairs(args: Args, axes: int) -> tuple[tuple[Size, Size], ...]:
    """What is added before and after each axis, the first axis first (torch lists the last)."""
    flat = sizes(args, "padding", 2 * axes)
    return tuple((flat[2 * i], flat[2 * i + 1]) for i in reversed(range(axes)))


def _shape(
    kind: str, axes: int, spare: int | None, args: Args, inputs: Inputs
) -> tuple[TensorType, ...]:
    """``spare`` is how many values must remain besides those that are copied; None: no copying."""
    (x,) = inputs
    spatial, pairs = spatial_input(kind, axes, x), _pairs(args, axes)
    for length, pair in zip(spatial, pairs, strict=True):
        if spare is not None and any(surely_less(length - spare, amount) for amount in pair):
            raise Refused(
                f"{kind} copies values of its input, but {length} along an axis are too few for "
                f"{per_axis(pair)}; pad by at most {length - spare}",
                param="padding",
            )
    out = tuple(a + before + after for a, (before, after) in zip(spatial, pairs, strict=True))
    at_least_one(kind, out, x, "cut off less")
    return (TensorType((*x.dims[:2], *out), x.dtype),)


def _construct(kind: str, axes: int, values: tuple[Param, ...], args: Args, inputs: Inputs) -> Call:
    amounts = compact(sizes(args, "padding", 2 * axes))
    return call(f"nn.{kind}", amounts, *(args[param.name] for param in values))


def _padding(
    name: str,
    axes: int,
    doc: str,
    *values: Param,
    spare: int | None = None,
    cuts: bool = False,
    numbers: bool = False,
) -> LayerSpec:
    """``cuts`` lets negative amounts cut off; ``numbers`` refuses booleans."""
    kind = f"{name}{axes}d"

    def shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
        if numbers and inputs[0].dtype == "bool":
            raise Refused(f"{kind} pads numbers, but gets {inputs[0]}", port="x")
        return _shape(kind, axes, spare, args, inputs)

    return LayerSpec(
        kind=kind,
        family="Padding",
        doc=f"{doc} on each side of {LAYOUTS[axes]}.",
        stem="pad",
        params=(
            IntsParam(
                name="padding",
                doc=f"Rows on every side, or {_ORDER[axes]}"
                + ("; negative amounts cut off." if cuts else "."),
                default=1,
                minimum=-MAX_SIZE if cuts else 0,
                length=2 * axes,
            ),
            *values,
        ),
        shape=shape,
        construct=lambda args, inputs: _construct(kind, axes, values, args, inputs),
        search=("pad", "border", "crop" if cuts else "boundary"),
        title=lambda args: "Pad" if values else f"{name[: name.index('P')]} pad",
        caption=lambda args: " ".join(
            [
                *map(str, args["padding"] if isinstance(args["padding"], tuple) else ()),
                *([] if isinstance(args["padding"], tuple) else [str(args["padding"])]),
                *(f"of {number(args[value.name])}" for value in values),
            ]
        ),
    )


LAYERS = tuple(
    spec
    for axes in (2, 1, 3)
    for spec in (
        _padding("ZeroPad", axes, "Adds zeros", cuts=True),
        _padding("ReflectionPad", axes, "Mirrors the values", spare=1, numbers=True),
        _padding("ReplicationPad", axes, "Repeats the outermost values", numbers=True),
        _padding("CircularPad", axes, "Continues from the other end", spare=0),
        _padding("ConstantPad", axes, "Adds a number", _VALUE, cuts=True),
    )
)
