"""Layers that trade resolution for channels, or stretch what is there."""

from __future__ import annotations

import math

from graphcore.layers.arguments import (
    caption,
    compact,
    number,
    optional_sizes,
    per_axis,
    size,
    sizes,
)
from graphcore.layers.checks import at_least_one, dividing, floating, spatial_input, wide_enough
from graphcore.spec import (
    Args,
    BoolParam,
    Call,
    ChoiceParam,
    FloatParam,
    Inputs,
    IntParam,
    IntsParam,
    LayerSpec,
    Operand,
    Param,
    Refused,
    Resolved,
    call,
)
from graphcore.tensor_type import Dim, Size, TensorType, differ, opaque, product

_FAMILY = "Resampling"
_RANKS = {"linear": (3,), "bilinear": (4,), "bicubic": (4,), "trilinear": (5,)}
_MODES = ("nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area")


def scaled(length: Size, factor: Resolved) -> Size:
    """``length`` times ``factor``, rounded down. A symbolic length meets the simple fraction that
    the factor stands for."""
    if isinstance(factor, Dim):
        return length * factor
    if not isinstance(factor, int | float):
        return opaque(f"({length}) * ({factor}) // 1")
    if isinstance(length, int):
        return math.floor(length * factor)
    # With decimal and numbers behind it: a hundredth of the window's start, for a rare case.
    from fractions import Fraction

    ratio = Fraction(factor).limit_denominator(1000)
    return length * ratio.numerator // ratio.denominator


def _plain(factor: Resolved) -> Resolved:
    """A whole factor without its decimal point, as people write it."""
    return int(factor) if isinstance(factor, float) and factor.is_integer() else factor


def _upsample_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    if not 3 <= x.rank <= 5:
        raise Refused(
            f"Upsample needs batch, channels and one to three more axes, but gets {x}; "
            "put a Reshape before it",
            port="x",
        )
    floating("Upsample", x)
    _check_mode(args, x)
    spatial, wanted = x.dims[2:], _wanted_sizes(args, x)
    if wanted is None:
        wanted = tuple(scaled(length, args["scale_factor"]) for length in spatial)
    elif len(wanted) != len(spatial):
        raise Refused(
            f"Upsample is given {len(wanted)} sizes for {x}, which has {len(spatial)} axes after "
            "the channels; give one size or one an axis",
            param="size",
        )
    at_least_one("Upsample", wanted, x, "make scale_factor larger")
    return (TensorType((*x.dims[:2], *wanted), x.dtype),)


def _wanted_sizes(args: Args, x: TensorType) -> tuple[Size, ...] | None:
    """The sizes that were asked for; a single one stands for every axis."""
    wanted = optional_sizes(args, "size", x.rank - 2)
    return wanted * (x.rank - 2) if wanted is not None and len(wanted) == 1 else wanted


def _check_mode(args: Args, x: TensorType) -> None:
    mode = args["mode"]
    ranks = _RANKS.get(mode) if isinstance(mode, str) else None
    if ranks and x.rank not in ranks:
        fitting = [name for name, allowed in _RANKS.items() if x.rank in allowed]
        raise Refused(
            f"Upsample cannot use mode {mode} on {x}; use {' or '.join(fitting)}, or nearest",
            param="mode",
        )
    if isinstance(mode, str) and not ranks and args["align_corners"] is True:
        raise Refused(
            f"Upsample can align corners only when it interpolates, not in mode {mode}; "
            "turn align_corners off",
            param="align_corners",
        )


def _construct_upsample(args: Args, inputs: Inputs) -> Call:
    wanted = _wanted_sizes(args, inputs[0])
    target: dict[str, tuple[Operand, Operand]] = {"size": (compact(wanted or ()), None)}
    if wanted is None:
        target = {"scale_factor": (_plain(args["scale_factor"]), None)}
    corners: dict[str, tuple[Operand, Operand]] = {"align_corners": (args["align_corners"], False)}
    return call("nn.Upsample", **target, mode=(args["mode"], "nearest"), **corners)


def _upsample_caption(args: Args) -> str:
    target = (
        f"×{number(_plain(args['scale_factor']))}"
        if args["size"] is None
        else f"to {per_axis(args['size'])}"
    )
    return caption(target, str(args["mode"]))


def _shuffle_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    factor = size(args, "upscale_factor")
    height, width = spatial_input("PixelShuffle", 2, x)
    if differ(x.dims[1] % (factor * factor), 0):
        raise Refused(
            f"PixelShuffle by {factor} takes channels in groups of {factor * factor}, but gets "
            f"{x}; put a 1×1 convolution before it",
            param="upscale_factor",
        )
    dims = (x.dims[0], x.dims[1] // (factor * factor), height * factor, width * factor)
    return (TensorType(dims, x.dtype),)


def _unshuffle_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    factor = size(args, "downscale_factor")
    spatial = spatial_input("PixelUnshuffle", 2, x)
    lower = tuple(
        dividing("PixelUnshuffle", "downscale_factor", factor, length, "pixels")
        for length in spatial
    )
    return (TensorType((x.dims[0], x.dims[1] * factor * factor, *lower), x.dtype),)


def _channel_shuffle_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    if x.rank < 3:
        raise Refused(
            f"ChannelShuffle needs channels and at least one more axis, but gets {x}; "
            "put it before the Flatten",
            port="x",
        )
    dividing("ChannelShuffle", "groups", size(args, "groups"), x.dims[1], "channels")
    return inputs


def _windows(kind: str, args: Args, spatial: tuple[Size, ...]) -> Size:
    """How many windows fit into an image of the size ``spatial``."""
    kernel, dilation = sizes(args, "kernel_size", 2), sizes(args, "dilation", 2)
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    padded = tuple(a + 2 * p for a, p in zip(spatial, sizes(args, "padding", 2), strict=True))
    wide_enough(kind, spatial, padded, reach)
    steps = zip(padded, reach, sizes(args, "stride", 2), strict=True)
    return product((a - r) // s + 1 for a, r, s in steps)


def _unfold_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    spatial = spatial_input("Unfold", 2, x)
    floating("Unfold", x)
    values = x.dims[1] * product(sizes(args, "kernel_size", 2))
    return (TensorType((x.dims[0], values, _windows("Unfold", args, spatial)), x.dtype),)


def _fold_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    spatial_input("Fold", 1, x)
    floating("Fold", x)
    values = product(sizes(args, "kernel_size", 2))
    channels = dividing("Fold", "kernel_size", values, x.dims[1], "values of a window")
    out = sizes(args, "output_size", 2)
    windows = _windows("Fold", args, out)
    if differ(windows, x.dims[2]):
        raise Refused(
            f"Fold gets {x.dims[2]} windows, but an image of {per_axis(out)} has {windows}; "
            "choose output_size, stride and padding as in the Unfold",
            param="output_size",
        )
    return (TensorType((x.dims[0], channels, *out), x.dtype),)


def _construct_fold(kind: str, first: tuple[str, ...], args: Args, inputs: Inputs) -> Call:
    return call(
        f"nn.{kind}",
        *(compact(sizes(args, name, 2)) for name in first),
        dilation=(compact(sizes(args, "dilation", 2)), 1),
        padding=(compact(sizes(args, "padding", 2)), 0),
        stride=(compact(sizes(args, "stride", 2)), 1),
    )


_FOLD_PARAMS: tuple[Param, ...] = (
    IntsParam(name="kernel_size", doc="Size of the window.", default=2, length=2),
    IntsParam(name="stride", doc="Step from one window to the next.", default=2, length=2),
    IntsParam(name="padding", doc="Rows of zeros on each side.", default=0, minimum=0, length=2),
    IntsParam(
        name="dilation",
        doc="Distance between the elements of a window.",
        default=1,
        length=2,
        advanced=True,
    ),
)


def _factor(name: str) -> Param:
    return IntParam(name=name, doc="Factor of the resolution along each axis.", default=2)


_STRETCHING = (
    LayerSpec(
        kind="Upsample",
        family=_FAMILY,
        doc="Makes a feature map larger (or smaller) by copying or interpolating.",
        stem="up",
        params=(
            FloatParam(
                name="scale_factor",
                doc="Factor of every size after the channels.",
                default=2.0,
                minimum=1e-3,
                maximum=1e4,
            ),
            ChoiceParam(
                name="mode",
                doc="How values between are found; bilinear and bicubic are for images.",
                default="nearest",
                choices=_MODES,
            ),
            IntsParam(
                name="size",
                doc="Size of the output instead of a factor.",
                default=None,
                optional=True,
                unset="none",
                length=0,
                advanced=True,
            ),
            BoolParam(
                name="align_corners",
                doc="Let the outermost values keep their places.",
                default=False,
                advanced=True,
            ),
        ),
        shape=_upsample_shape,
        construct=_construct_upsample,
        search=("interpolate", "resize", "bilinear", "nearest", "decoder"),
        title=lambda args: "Upsample",
        caption=_upsample_caption,
    ),
    LayerSpec(
        kind="PixelShuffle",
        family=_FAMILY,
        doc="Spreads groups of channels over a finer grid of pixels "
        "(Shi et al. 2016, arXiv:1609.05158).",
        stem="shuffle",
        params=(_factor("upscale_factor"),),
        shape=_shuffle_shape,
        construct=lambda args, inputs: call("nn.PixelShuffle", args["upscale_factor"]),
        search=("depth to space", "super resolution", "sub-pixel"),
        title=lambda args: "Pixel shuffle",
        caption=lambda args: f"×{args['upscale_factor']}",
    ),
    LayerSpec(
        kind="PixelUnshuffle",
        family=_FAMILY,
        doc="Stacks neighbouring pixels as channels: the inverse of PixelShuffle.",
        stem="unshuffle",
        params=(_factor("downscale_factor"),),
        shape=_unshuffle_shape,
        construct=lambda args, inputs: call("nn.PixelUnshuffle", args["downscale_factor"]),
        search=("space to depth", "patches"),
        title=lambda args: "Pixel unshuffle",
        caption=lambda args: f"/{args['downscale_factor']}",
    ),
)

_REORDERING = (
    LayerSpec(
        kind="ChannelShuffle",
        family=_FAMILY,
        doc="Mixes the groups of a grouped convolution (Zhang et al. 2018, arXiv:1707.01083).",
        stem="shuffle",
        params=(IntParam(name="groups", doc="Groups that the channels come in.", default=2),),
        shape=_channel_shuffle_shape,
        construct=lambda args, inputs: call("nn.ChannelShuffle", args["groups"]),
        search=("shufflenet", "groups"),
        title=lambda args: "Channel shuffle",
        caption=lambda args: f"{args['groups']} groups",
    ),
    LayerSpec(
        kind="Unfold",
        family=_FAMILY,
        doc="Writes every window of an image as a column: N×(C·k·k)×windows (im2col).",
        stem="unfold",
        params=_FOLD_PARAMS,
        shape=_unfold_shape,
        construct=lambda args, inputs: _construct_fold("Unfold", ("kernel_size",), args, inputs),
        search=("im2col", "patches", "windows"),
        title=lambda args: "Unfold",
        caption=lambda args: per_axis(args["kernel_size"]),
    ),
    LayerSpec(
        kind="Fold",
        family=_FAMILY,
        doc="Adds columns back into an image where they came from: the adjoint of Unfold.",
        stem="fold",
        params=(
            IntsParam(name="output_size", doc="Height and width.", default=8, length=2),
            *_FOLD_PARAMS,
        ),
        shape=_fold_shape,
        construct=lambda args, inputs: _construct_fold(
            "Fold", ("output_size", "kernel_size"), args, inputs
        ),
        search=("col2im", "patches", "windows"),
        title=lambda args: "Fold",
        caption=lambda args: f"to {per_axis(args['output_size'])}",
    ),
)

LAYERS = (*_STRETCHING, *_REORDERING)
