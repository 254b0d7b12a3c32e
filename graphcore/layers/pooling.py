"""Pooling over windows, and adaptive pooling to a given size."""

from __future__ import annotations

from collections.abc import Callable

from graphcore.layers.arguments import (
    caption,
    compact,
    flag,
    optional_sizes,
    per_axis,
    sizes,
    sizes_or_none,
    stride_mark,
    window,
)
from graphcore.layers.checks import (
    LAYOUTS,
    at_least_one,
    floating,
    spatial_input,
    wide_enough,
)
from graphcore.spec import (
    Args,
    BoolParam,
    Call,
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
from graphcore.tensor_type import Size, TensorType, opaque, surely_less

_PLACES = {1: "sequence", 2: "image", 3: "volume"}


def pooled(
    length: Size, kernel: Size, stride: Size, padding: Size, dilation: Size, ceil: bool
) -> Size:
    """How many windows fit along an axis; with ``ceil`` a last one may reach past the end, if it
    begins inside the input or the padding in front."""
    room = length + 2 * padding - dilation * (kernel - 1) - 1
    if not ceil:
        return room // stride + 1
    fitting, beginning = room + stride - 1 + stride, length + padding + stride - 1
    if surely_less(beginning, fitting):
        return beginning // stride
    if surely_less(fitting, beginning + 1):
        return fitting // stride
    return opaque(f"min(({fitting}) // ({stride}), ({beginning}) // ({stride}))")


def _steps(args: Args, axes: int) -> tuple[Size, ...]:
    """The strides; a pooling window steps by its own size unless told otherwise."""
    return optional_sizes(args, "stride", axes) or sizes(args, "kernel_size", axes)


def _padding(args: Args, axes: int) -> tuple[Size, ...]:
    return sizes(args, "padding", axes) if "padding" in args else (0,) * axes


def _dilation(args: Args, axes: int) -> tuple[Size, ...]:
    return sizes(args, "dilation", axes) if "dilation" in args else (1,) * axes


def _pool_shape(kind: str, axes: int, args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    spatial = spatial_input(kind, axes, x)
    floating(kind, x)
    kernel, padding = sizes(args, "kernel_size", axes), _padding(args, axes)
    dilation, ceil = _dilation(args, axes), flag(args, "ceil_mode")
    _check_padding(kind, kernel, padding)
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    if not ceil:
        padded = tuple(a + 2 * p for a, p in zip(spatial, padding, strict=True))
        wide_enough(kind, spatial, padded, reach)
    out = tuple(
        pooled(*each, ceil)
        for each in zip(spatial, kernel, _steps(args, axes), padding, dilation, strict=True)
    )
    at_least_one(kind, out, x, "make kernel_size smaller")
    return (TensorType((*x.dims[:2], *out), x.dtype),)


def _check_padding(kind: str, kernel: tuple[Size, ...], padding: tuple[Size, ...]) -> None:
    for k, p in zip(kernel, padding, strict=True):
        if surely_less(k // 2, p):
            raise Refused(
                f"{kind} may pad by at most half its kernel ({k // 2}), not by {p}; "
                "make padding smaller",
                param="padding",
            )


def _average_shape(kind: str, axes: int, args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    """As :func:`_pool_shape`; in a volume torch wants the kernel to fit even without padding."""
    out = _pool_shape(kind, axes, args, inputs)
    if axes == 3:
        spatial = inputs[0].dims[2:]
        wide_enough(kind, spatial, spatial, sizes(args, "kernel_size", 3))
    return out


def _construct_pool(kind: str, axes: int, args: Args, inputs: Inputs) -> Call:
    """Kernel first, then whatever differs from torch's defaults; a stride equal to the kernel
    need not be said."""
    kernel = compact(sizes(args, "kernel_size", axes))
    stride = compact(_steps(args, axes))
    keywords: dict[str, tuple[Operand, Operand]] = {"stride": (stride, kernel)}
    defaults: dict[str, Resolved] = {"padding": 0, "dilation": 1}
    for name, default in defaults.items():
        if name in args:
            keywords[name] = (compact(sizes(args, name, axes)), default)
    for name, default in (
        ("ceil_mode", False),
        ("count_include_pad", True),
        ("divisor_override", None),
    ):
        if name in args:
            keywords[name] = (args[name], default)
    first = (args["norm_type"],) if "norm_type" in args else ()
    return call(f"nn.{kind}", *first, kernel, **keywords)


def _window_params(axes: int) -> tuple[Param, ...]:
    return (
        IntsParam(
            name="kernel_size", doc="Size of the window along each axis.", default=2, length=axes
        ),
        IntsParam(
            name="stride",
            doc="Step from one window to the next. Empty: the window's size.",
            default=None,
            optional=True,
            length=axes,
        ),
    )


def _padding_param(axes: int, doc: str) -> Param:
    return IntsParam(name="padding", doc=doc, default=0, minimum=0, length=axes)


_CEIL = BoolParam(
    name="ceil_mode",
    doc="Let a last window reach past the end instead of leaving the rest out.",
    default=False,
    advanced=True,
)


_PoolRule = Callable[[str, int, Args, Inputs], tuple[TensorType, ...]]


def _pool(
    kind: str,
    axes: int,
    title: str,
    doc: str,
    *params: Param,
    word: str,
    shape: _PoolRule = _average_shape,
) -> LayerSpec:
    return LayerSpec(
        kind=kind,
        family="Pooling",
        doc=doc,
        stem="pool",
        params=(*_window_params(axes), *params),
        shape=lambda args, inputs: shape(kind, axes, args, inputs),
        construct=lambda args, inputs: _construct_pool(kind, axes, args, inputs),
        search=("downsample", "subsample", "window", word),
        title=lambda args: f"{title} {window(args, 'kernel_size', axes)}",
        caption=lambda args: stride_mark(
            args["kernel_size"] if args["stride"] is None else args["stride"]
        ),
    )


def _max_pool(axes: int) -> LayerSpec:
    return _pool(
        f"MaxPool{axes}d",
        axes,
        "Max pool",
        f"Keeps the largest value of every window of {LAYOUTS[axes]}.",
        _padding_param(axes, "Rows added on each side that never win."),
        IntsParam(
            name="dilation",
            doc="Distance between the elements of a window.",
            default=1,
            length=axes,
            advanced=True,
        ),
        _CEIL,
        word="maximum",
        shape=_pool_shape,
    )


def _avg_pool(axes: int) -> LayerSpec:
    divisor = IntParam(
        name="divisor_override",
        doc="Divide the sum of a window by this instead of its size.",
        default=None,
        optional=True,
        unset="none",
        advanced=True,
    )
    return _pool(
        f"AvgPool{axes}d",
        axes,
        "Avg pool",
        f"Averages every window of {LAYOUTS[axes]}.",
        _padding_param(axes, "Rows of zeros added on each side."),
        _CEIL,
        BoolParam(
            name="count_include_pad",
            doc="Count the added zeros when dividing.",
            default=True,
            advanced=True,
        ),
        *((divisor,) if axes > 1 else ()),
        word="mean",
    )


def _lp_pool(axes: int) -> LayerSpec:
    norm = FloatParam(
        name="norm_type",
        doc="The power p: 1 sums, 2 is the root of the sum of squares.",
        default=2.0,
        minimum=0.1,
    )
    return _pool(
        f"LPPool{axes}d",
        axes,
        "Lp pool",
        f"Takes the p-norm of every window of {LAYOUTS[axes]} "
        "(Gulcehre et al. 2014, arXiv:1311.1780).",
        norm,
        _CEIL,
        word="norm",
    )


def _adaptive_shape(kind: str, axes: int, args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    spatial = spatial_input(kind, axes, x)
    floating(kind, x)
    wanted = sizes_or_none(args, "output_size", axes)
    out = tuple(a if item is None else item for a, item in zip(spatial, wanted, strict=True))
    return (TensorType((*x.dims[:2], *out), x.dtype),)


def _construct_adaptive(kind: str, axes: int, args: Args, inputs: Inputs) -> Call:
    wanted = sizes_or_none(args, "output_size", axes)
    return call(f"nn.{kind}", wanted if None in wanted else compact(wanted))


def _adaptive_caption(args: Args) -> str:
    wanted = args["output_size"]
    items = wanted if isinstance(wanted, tuple) else (wanted,)
    if all(item == 1 for item in items):
        return "global"
    return caption("to " + per_axis(tuple("all" if item is None else item for item in items)))


def _adaptive(word: str, title: str, axes: int, does: str) -> LayerSpec:
    kind = f"Adaptive{word}Pool{axes}d"
    return LayerSpec(
        kind=kind,
        family="Pooling",
        doc=f"{does} as many windows of {LAYOUTS[axes]} as the output has places; with 1 it pools "
        f"the whole {_PLACES[axes]} (global pooling, Lin et al. 2014, arXiv:1312.4400).",
        stem="pool",
        params=(
            IntsParam(
                name="output_size",
                doc="Size of the output along each axis; empty keeps the axis.",
                default=1,
                length=axes,
                optional_items=axes > 1,
            ),
        ),
        shape=lambda args, inputs: _adaptive_shape(kind, axes, args, inputs),
        construct=lambda args, inputs: _construct_adaptive(kind, axes, args, inputs),
        search=("global", "gap", "head"),
        title=lambda args: title,
        caption=_adaptive_caption,
    )


LAYERS = (
    _max_pool(2),
    _avg_pool(2),
    _adaptive("Avg", "Avg pool", 2, "Averages"),
    _adaptive("Max", "Max pool", 2, "Keeps the largest value of"),
    _lp_pool(2),
    *(_max_pool(axes) for axes in (1, 3)),
    *(_avg_pool(axes) for axes in (1, 3)),
    *(_adaptive("Avg", "Avg pool", axes, "Averages") for axes in (1, 3)),
    *(_adaptive("Max", "Max pool", axes, "Keeps the largest value of") for axes in (1, 3)),
    *(_lp_pool(axes) for axes in (1, 3)),
)
