"""Convolutions and transposed convolutions over one, two and three spatial axes."""

from __future__ import annotations

from graphcore.layers.arguments import (
    caption,
    compact,
    flag,
    optional_sizes,
    per_axis,
    size,
    sizes,
    stride_mark,
    window,
)
from graphcore.layers.checks import at_least_one, dividing, float32, spatial_input, wide_enough
from graphcore.spec import (
    Args,
    BoolParam,
    Call,
    ChoiceParam,
    Inputs,
    IntParam,
    IntsParam,
    LayerSpec,
    Operand,
    Param,
    Refused,
    Weight,
    call,
)
from graphcore.tensor_type import Size, TensorType, differ, product, surely_less

_MODES = ("zeros", "reflect", "replicate", "circular")


def padding_of(args: Args, axes: int) -> tuple[Size, ...]:
    """The padding on each side of every axis; empty means half the kernel's reach."""
    given = optional_sizes(args, "padding", axes)
    if args["auto_padding"] == "valid":
        return (0,) * axes
    if given is not None and args["auto_padding"] != "same":
        return given
    kernel, dilation = sizes(args, "kernel_size", axes), sizes(args, "dilation", axes)
    return tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))


def _convolution_shape(kind: str, axes: int, args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    spatial = spatial_input(kind, axes, x)
    float32(kind, x)
    _check_groups(kind, args, x)
    stride, dilation = sizes(args, "stride", axes), sizes(args, "dilation", axes)
    kernel, padding = sizes(args, "kernel_size", axes), padding_of(args, axes)
    same = args["auto_padding"] == "same"
    _check_padding(kind, args, spatial, padding, stride)
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    around = tuple(r - 1 for r in reach) if same else tuple(2 * p for p in padding)
    padded = tuple(a + b for a, b in zip(spatial, around, strict=True))
    wide_enough(kind, spatial, padded, reach)
    out = tuple((a - r) // s + 1 for a, r, s in zip(padded, reach, stride, strict=True))
    return (TensorType((x.dims[0], size(args, "out_channels"), *out)),)


def _check_groups(kind: str, args: Args, x: TensorType) -> None:
    groups = size(args, "groups")
    dividing(kind, "groups", groups, x.dims[1], "input channels")
    dividing(kind, "groups", groups, size(args, "out_channels"), "output channels")


def _check_padding(
    kind: str,
    args: Args,
    spatial: tuple[Size, ...],
    padding: tuple[Size, ...],
    stride: tuple[Size, ...],
) -> None:
    if args["auto_padding"] == "same" and any(differ(s, 1) for s in stride):
        raise Refused(
            f"{kind} cannot keep the size with stride {per_axis(compact(stride))}; "
            "set stride to 1, or auto_padding to off and padding to a number",
            param="auto_padding",
        )
    limits = {"reflect": 0, "circular": 1}
    mode = args["padding_mode"]
    if not isinstance(mode, str) or mode not in limits:
        return
    for length, amount in zip(spatial, padding, strict=True):
        if surely_less(length + limits[mode] - 1, amount):
            raise Refused(
                f"{kind} cannot pad {length} by {amount} in the way '{mode}': there are not enough "
                "values; use less padding or padding_mode zeros",
                param="padding_mode",
            )


def _transposed_shape(kind: str, axes: int, args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    spatial = spatial_input(kind, axes, x)
    float32(kind, x)
    _check_groups(kind, args, x)
    stride, dilation = sizes(args, "stride", axes), sizes(args, "dilation", axes)
    extra = sizes(args, "output_padding", axes)
    for e, s, d in zip(extra, stride, dilation, strict=True):
        if surely_less(s - 1, e) and surely_less(d - 1, e):
            raise Refused(
                f"{kind} can add fewer rows than stride {s} or dilation {d} at the end, not {e}; "
                "make output_padding smaller",
                param="output_padding",
            )
    out = tuple(
        (length - 1) * s - 2 * p + d * (k - 1) + e + 1
        for length, s, p, d, k, e in zip(
            spatial,
            stride,
            sizes(args, "padding", axes),
            dilation,
            sizes(args, "kernel_size", axes),
            extra,
            strict=True,
        )
    )
    at_least_one(kind, out, x, "use less padding")
    return (TensorType((x.dims[0], size(args, "out_channels"), *out)),)


def _weights(axes: int, transposed: bool, args: Args, inputs: Inputs) -> tuple[Weight, ...]:
    incoming, out = inputs[0].dims[1], size(args, "out_channels")
    first, second = (incoming, out) if transposed else (out, incoming)
    kernel = sizes(args, "kernel_size", axes)
    weight = Weight("weight", (first, second // size(args, "groups"), *kernel))
    return (weight, Weight("bias", (out,))) if flag(args, "bias") else (weight,)


def _operations(axes: int, transposed: bool, args: Args, inputs: Inputs) -> Size:
    """Each element of the output (of the input, where transposed) meets one kernel a channel."""
    (x,) = inputs
    rule = _transposed_shape if transposed else _convolution_shape
    (y,) = rule("", axes, args, inputs)
    places = product((x if transposed else y).dims[2:])
    kernel = product(sizes(args, "kernel_size", axes))
    channels = x.dims[1] * size(args, "out_channels") // size(args, "groups")
    return x.dims[0] * places * kernel * channels


def _construct_convolution(axes: int, args: Args, inputs: Inputs) -> Call:
    padding: Operand = compact(padding_of(args, axes))
    if args["auto_padding"] != "off":
        padding = args["auto_padding"]
    return call(
        f"nn.Conv{axes}d",
        inputs[0].dims[1],
        args["out_channels"],
        compact(sizes(args, "kernel_size", axes)),
        stride=(compact(sizes(args, "stride", axes)), 1),
        padding=(padding, 0),
        dilation=(compact(sizes(args, "dilation", axes)), 1),
        groups=(args["groups"], 1),
        bias=(args["bias"], True),
        padding_mode=(args["padding_mode"], "zeros"),
    )


def _construct_transposed(axes: int, args: Args, inputs: Inputs) -> Call:
    return call(
        f"nn.ConvTranspose{axes}d",
        inputs[0].dims[1],
        args["out_channels"],
        compact(sizes(args, "kernel_size", axes)),
        stride=(compact(sizes(args, "stride", axes)), 1),
        padding=(compact(sizes(args, "padding", axes)), 0),
        output_padding=(compact(sizes(args, "output_padding", axes)), 0),
        groups=(args["groups"], 1),
        bias=(args["bias"], True),
        dilation=(compact(sizes(args, "dilation", axes)), 1),
    )


def _caption(args: Args) -> str:
    groups = args["groups"]
    return caption(
        str(args["out_channels"]),
        stride_mark(args["stride"]),
        "" if groups == 1 else f"{groups} groups",
    )


def _out_channels() -> Param:
    return IntParam(name="out_channels", doc="Number of filters: channels that leave.", default=16)


def _window_params(axes: int, kernel: int, stride: int) -> tuple[Param, ...]:
    return (
        IntsParam(
            name="kernel_size",
            doc="Size of the window along each axis.",
            default=kernel,
            length=axes,
        ),
        IntsParam(
            name="stride", doc="Step from one window to the next.", default=stride, length=axes
        ),
    )


def _late_params(axes: int) -> tuple[Param, ...]:
    return (
        BoolParam(name="bias", doc="Add a number a channel; off before batch norm.", default=True),
        IntParam(
            name="groups",
            doc="Split the channels into groups that do not see each other; as many as there are "
            "channels is a depthwise convolution.",
            default=1,
            advanced=True,
        ),
        IntsParam(
            name="dilation",
            doc="Distance between the elements of a window (Yu and Koltun 2016, arXiv:1511.07122).",
            default=1,
            length=axes,
            advanced=True,
        ),
    )


def _convolution(axes: int, doc: str) -> LayerSpec:
    kind = f"Conv{axes}d"
    return LayerSpec(
        kind=kind,
        family="Convolution",
        doc=doc,
        stem="conv",
        params=(
            _out_channels(),
            *_window_params(axes, kernel=3, stride=1),
            IntsParam(
                name="padding",
                doc="Rows added on each side. Empty: half the kernel, which keeps the size at "
                "stride 1.",
                default=None,
                optional=True,
                minimum=0,
                length=axes,
            ),
            *_late_params(axes),
            ChoiceParam(
                name="padding_mode",
                doc="What the added rows contain.",
                default="zeros",
                choices=_MODES,
                advanced=True,
            ),
            ChoiceParam(
                name="auto_padding",
                doc="Torch's names instead of a number: 'same' keeps the size with even kernels "
                "too, 'valid' adds nothing.",
                default="off",
                choices=("off", "same", "valid"),
                advanced=True,
            ),
        ),
        shape=lambda args, inputs: _convolution_shape(kind, axes, args, inputs),
        weights=lambda args, inputs: _weights(axes, False, args, inputs),
        operations=lambda args, inputs: _operations(axes, False, args, inputs),
        construct=lambda args, inputs: _construct_convolution(axes, args, inputs),
        search=("filter", "kernel", "cnn", "depthwise", "grouped", "dilated"),
        title=lambda args: f"Conv {window(args, 'kernel_size', axes)}",
        caption=_caption,
    )


def _transposed(axes: int, doc: str) -> LayerSpec:
    kind = f"ConvTranspose{axes}d"
    return LayerSpec(
        kind=kind,
        family="Convolution",
        doc=doc,
        stem="up",
        params=(
            _out_channels(),
            *_window_params(axes, kernel=2, stride=2),
            IntsParam(
                name="padding",
                doc="Rows taken off on each side of the output.",
                default=0,
                minimum=0,
                length=axes,
            ),
            IntsParam(
                name="output_padding",
                doc="Rows added at the end of each axis, to choose among the sizes that a strided "
                "convolution would have mapped to the input's.",
                default=0,
                minimum=0,
                length=axes,
                advanced=True,
            ),
            *_late_params(axes),
        ),
        shape=lambda args, inputs: _transposed_shape(kind, axes, args, inputs),
        weights=lambda args, inputs: _weights(axes, True, args, inputs),
        operations=lambda args, inputs: _operations(axes, True, args, inputs),
        construct=lambda args, inputs: _construct_transposed(axes, args, inputs),
        search=("deconvolution", "upconvolution", "upsample", "decoder"),
        title=lambda args: f"Up-conv {window(args, 'kernel_size', axes)}",
        caption=lambda args: caption(
            str(args["out_channels"]), stride_mark(args["stride"]).replace("/", "×")
        ),
    )


LAYERS = (
    _convolution(
        2, "Slides learned filters over an image; the layer of convolutional nets (LeCun 1998)."
    ),
    _transposed(
        2, "Spreads each pixel over a window: the learned upsampling of decoders such as U-Net's."
    ),
    _convolution(1, "Slides learned filters along a sequence N×C×L, such as audio."),
    _convolution(3, "Slides learned filters through a volume N×C×D×H×W, such as video or CT."),
    _transposed(1, "Spreads each element of a sequence over a window: a learned upsampling."),
    _transposed(3, "Spreads each voxel over a window: a learned upsampling of volumes."),
)
