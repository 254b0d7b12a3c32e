"""Max pooling over windows of random sizes, so that the output can have any size."""

from __future__ import annotations

from graphcore.layers.arguments import caption, compact, number, optional_sizes, per_axis, sizes
from graphcore.layers.checks import LAYOUTS, at_least_one, floating, spatial_input
from graphcore.layers.resampling import scaled
from graphcore.spec import (
    Args,
    Call,
    FloatParam,
    Inputs,
    IntsParam,
    LayerSpec,
    Operand,
    Refused,
    call,
)
from graphcore.tensor_type import TensorType, surely_less


def _shape(kind: str, axes: int, args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    spatial = spatial_input(kind, axes, x)
    floating(kind, x)
    out = optional_sizes(args, "output_size", axes) or tuple(
        scaled(length, args["output_ratio"]) for length in spatial
    )
    at_least_one(kind, out, x, "make output_ratio larger")
    kernel = sizes(args, "kernel_size", axes)
    for length, o, k in zip(spatial, out, kernel, strict=True):
        # Torch's three-dimensional one wants a place more than it needs.
        if surely_less(length, o + k - 1 + int(axes == 3)):
            raise Refused(
                f"{kind} finds no place for {o} windows of {k} on {length} along an axis; "
                "make the output or kernel_size smaller",
                param="output_ratio" if args["output_size"] is None else "output_size",
            )
    return (TensorType((*x.dims[:2], *out), x.dtype),)


def _construct(kind: str, axes: int, args: Args, inputs: Inputs) -> Call:
    wanted = optional_sizes(args, "output_size", axes)
    target: dict[str, tuple[Operand, Operand]] = {"output_ratio": (args["output_ratio"], None)}
    if wanted is not None:
        target = {"output_size": (compact(wanted), None)}
    return call(f"nn.{kind}", compact(sizes(args, "kernel_size", axes)), **target)


def _caption(args: Args) -> str:
    if args["output_size"] is None:
        return caption(f"×{number(args['output_ratio'])}")
    return caption(f"to {per_axis(args['output_size'])}")


def _fractional(axes: int) -> LayerSpec:
    kind = f"FractionalMaxPool{axes}d"
    return LayerSpec(
        kind=kind,
        family="Pooling",
        doc=f"Keeps the largest values of windows of {LAYOUTS[axes]} that are placed at random "
        "(Graham 2014, arXiv:1412.6071).",
        stem="pool",
        params=(
            IntsParam(name="kernel_size", doc="Size of a window.", default=2, length=axes),
            FloatParam(
                name="output_ratio",
                doc="Size of the output as a share of the input's.",
                default=0.7,
                minimum=0.01,
                maximum=0.99,
            ),
            IntsParam(
                name="output_size",
                doc="Size of the output instead of a share.",
                default=None,
                optional=True,
                unset="none",
                length=axes,
                advanced=True,
            ),
        ),
        shape=lambda args, inputs: _shape(kind, axes, args, inputs),
        construct=lambda args, inputs: _construct(kind, axes, args, inputs),
        search=("random", "downsample", "maximum"),
        title=lambda args: "Fractional pool",
        caption=_caption,
        draws=lambda args: True,
    )


LAYERS = (_fractional(2), _fractional(3))
