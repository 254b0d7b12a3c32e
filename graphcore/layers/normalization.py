"""Normalisation layers."""

from __future__ import annotations

from graphcore.layers.arguments import flag, integer, size
from graphcore.layers.checks import LAYOUTS, dividing, floating, not_double, spatial_input
from graphcore.spec import (
    Args,
    BoolParam,
    Call,
    FloatParam,
    Inputs,
    IntParam,
    LayerSpec,
    Param,
    Refused,
    Weight,
    call,
)
from graphcore.tensor_type import Size, TensorType, equal, product

_SEARCH = ("norm", "normalisation", "normalization", "scale", "shift")


def _eps(default: float | None = 1e-5) -> Param:
    return FloatParam(
        name="eps",
        doc="Added to the variance, so that nothing is divided by zero.",
        default=default,
        optional=default is None,
        minimum=0.0,
        logarithmic=True,
        advanced=True,
    )


def _affine(name: str = "affine", default: bool = True) -> Param:
    return BoolParam(name=name, doc="Learn a scale and a shift after normalising.", default=default)


def _momentum(optional: bool) -> Param:
    doc = "Weight of the newest batch in the running statistics"
    return FloatParam(
        name="momentum",
        doc=f"{doc}; empty: the mean of all batches." if optional else f"{doc}.",
        default=0.1,
        optional=optional,
        minimum=0.0,
        maximum=1.0,
        advanced=True,
    )


def _running(default: bool) -> Param:
    return BoolParam(
        name="track_running_stats",
        doc="Keep the mean and variance of the batches seen, for use at evaluation.",
        default=default,
        advanced=True,
    )


def _dtype(kind: str, x: TensorType, has_weights: bool) -> None:
    floating(kind, x)
    if has_weights:
        not_double(kind, x)


def _statistics_weights(args: Args, inputs: Inputs) -> tuple[Weight, ...]:
    """Scale and shift, then the running statistics, a number a channel."""
    channels = (inputs[0].dims[1],)
    weights: tuple[Weight, ...] = ()
    if flag(args, "affine"):
        weights = (Weight("weight", channels), Weight("bias", channels))
    if not flag(args, "track_running_stats"):
        return weights
    return (
        *weights,
        Weight("running_mean", channels, buffer=True),
        Weight("running_var", channels, buffer=True),
        Weight("num_batches_tracked", (), buffer=True),
    )


def _construct_statistics(kind: str, on: bool, args: Args, inputs: Inputs) -> Call:
    return call(
        f"nn.{kind}",
        inputs[0].dims[1],
        eps=(args["eps"], 1e-5),
        momentum=(args["momentum"], 0.1),
        affine=(args["affine"], on),
        track_running_stats=(args["track_running_stats"], on),
    )


def _batch_norm_shape(axes: int, args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    kind = f"BatchNorm{axes}d"
    if not (axes == 1 and x.rank == 2):
        spatial_input(kind, axes, x)
    _dtype(kind, x, flag(args, "affine") or flag(args, "track_running_stats"))
    if equal(product((x.dims[0], *x.dims[2:])), 1):
        raise Refused(
            f"{kind} cannot find a variance from one value a channel in {x}; "
            "use a batch of at least 2, or GroupNorm",
            port="x",
        )
    return inputs


def _batch_norm(axes: int) -> LayerSpec:
    kind = f"BatchNorm{axes}d"
    layout = "features N×C or " + LAYOUTS[1] if axes == 1 else LAYOUTS[axes]
    return LayerSpec(
        kind=kind,
        family="Normalization",
        doc=f"Normalises each channel of {layout} over the batch, then scales and shifts it "
        "(Ioffe and Szegedy 2015, arXiv:1502.03167).",
        stem="bn",
        params=(_affine(), _eps(), _momentum(optional=True), _running(True)),
        shape=lambda args, inputs: _batch_norm_shape(axes, args, inputs),
        weights=_statistics_weights,
        construct=lambda args, inputs: _construct_statistics(kind, True, args, inputs),
        search=("bn", "batch", *_SEARCH),
        title=lambda args: "BN",
        chip=True,
        batch_statistics=True,
    )


def _instance_norm_shape(axes: int, args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    kind = f"InstanceNorm{axes}d"
    spatial = spatial_input(kind, axes, x)
    _dtype(kind, x, flag(args, "affine"))
    if equal(product(spatial), 1):
        raise Refused(
            f"{kind} cannot find a variance from one value a channel in {x}; "
            "put it before the pooling, or use LayerNorm",
            port="x",
        )
    return inputs


def _instance_norm(axes: int) -> LayerSpec:
    kind = f"InstanceNorm{axes}d"
    return LayerSpec(
        kind=kind,
        family="Normalization",
        doc=f"Normalises each channel of each sample of {LAYOUTS[axes]}, as style transfer does "
        "(Ulyanov et al. 2016, arXiv:1607.08022).",
        stem="norm",
        params=(_affine(default=False), _eps(), _momentum(optional=False), _running(False)),
        shape=lambda args, inputs: _instance_norm_shape(axes, args, inputs),
        weights=_statistics_weights,
        construct=lambda args, inputs: _construct_statistics(kind, False, args, inputs),
        search=("in", "instance", "style", *_SEARCH),
        title=lambda args: "IN",
        chip=True,
    )


_AXES = IntParam(
    name="axes",
    doc="How many axes, counted from the last, are normalised together.",
    default=1,
    maximum=8,
)


def _normalized_shape(args: Args, x: TensorType) -> tuple[Size, ...]:
    return x.dims[-integer(args, "axes") :]


def _layer_norm_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    _dtype("LayerNorm", inputs[0], flag(args, "elementwise_affine"))
    return _last_axes_shape("LayerNorm", args, inputs)


def _last_axes_shape(kind: str, args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    floating(kind, x)
    axes = integer(args, "axes")
    if axes > x.rank:
        raise Refused(
            f"{kind} cannot normalise {axes} axes of {x}, which has {x.rank}; make axes smaller",
            param="axes",
        )
    return inputs


def _layer_norm_weights(args: Args, inputs: Inputs) -> tuple[Weight, ...]:
    if not flag(args, "elementwise_affine"):
        return ()
    shape = _normalized_shape(args, inputs[0])
    weight = Weight("weight", shape)
    return (weight, Weight("bias", shape)) if flag(args, "bias") else (weight,)


def _construct_layer_norm(args: Args, inputs: Inputs) -> Call:
    shape = _normalized_shape(args, inputs[0])
    return call(
        "nn.LayerNorm",
        shape[0] if len(shape) == 1 else shape,
        eps=(args["eps"], 1e-5),
        elementwise_affine=(args["elementwise_affine"], True),
        bias=(args["bias"], True),
    )


def _rms_norm_weights(args: Args, inputs: Inputs) -> tuple[Weight, ...]:
    if not flag(args, "elementwise_affine"):
        return ()
    return (Weight("weight", _normalized_shape(args, inputs[0])),)


def _construct_rms_norm(args: Args, inputs: Inputs) -> Call:
    shape = _normalized_shape(args, inputs[0])
    return call(
        "nn.RMSNorm",
        shape[0] if len(shape) == 1 else shape,
        eps=(args["eps"], None),
        elementwise_affine=(args["elementwise_affine"], True),
    )


def _group_norm_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    if x.rank < 2:
        raise Refused(f"GroupNorm needs channels on axis 1, but gets {x}", port="x")
    _dtype("GroupNorm", x, flag(args, "affine"))
    groups = size(args, "num_groups")
    each = dividing("GroupNorm", "num_groups", groups, x.dims[1], "channels")
    if equal(product((x.dims[0], each, *x.dims[2:])), 1):
        raise Refused(
            f"GroupNorm cannot find a variance from one value a group in {x}; use fewer groups",
            param="num_groups",
        )
    return inputs


def _group_norm_weights(args: Args, inputs: Inputs) -> tuple[Weight, ...]:
    channels = (inputs[0].dims[1],)
    if not flag(args, "affine"):
        return ()
    return (Weight("weight", channels), Weight("bias", channels))


def _construct_group_norm(args: Args, inputs: Inputs) -> Call:
    return call(
        "nn.GroupNorm",
        args["num_groups"],
        inputs[0].dims[1],
        eps=(args["eps"], 1e-5),
        affine=(args["affine"], True),
    )


def _response_norm_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    if x.rank < 3:
        raise Refused(
            f"LocalResponseNorm needs channels and at least one spatial axis, but gets {x}; "
            "put it before the Flatten",
            port="x",
        )
    floating("LocalResponseNorm", x)
    return inputs


def _construct_response_norm(args: Args, inputs: Inputs) -> Call:
    return call(
        "nn.LocalResponseNorm",
        args["size"],
        alpha=(args["alpha"], 1e-4),
        beta=(args["beta"], 0.75),
        k=(args["k"], 1.0),
    )


_LAST_AXES = (
    LayerSpec(
        kind="LayerNorm",
        family="Normalization",
        doc="Normalises the last axes of each sample by themselves, as transformers do "
        "(Ba et al. 2016, arXiv:1607.06450).",
        stem="norm",
        params=(
            _AXES,
            _affine("elementwise_affine"),
            BoolParam(name="bias", doc="Learn a shift besides the scale.", default=True),
            _eps(),
        ),
        shape=_layer_norm_shape,
        weights=_layer_norm_weights,
        construct=_construct_layer_norm,
        search=("ln", "transformer", *_SEARCH),
        title=lambda args: "LN",
        chip=True,
    ),
    LayerSpec(
        kind="RMSNorm",
        family="Normalization",
        doc="Divides the last axes by their root mean square, without centring them "
        "(Zhang and Sennrich 2019, arXiv:1910.07467).",
        stem="norm",
        params=(_AXES, _affine("elementwise_affine"), _eps(None)),
        shape=lambda args, inputs: _last_axes_shape("RMSNorm", args, inputs),
        weights=_rms_norm_weights,
        construct=_construct_rms_norm,
        search=("rms", "llama", *_SEARCH),
        title=lambda args: "RMS",
        chip=True,
    ),
)

_GROUPED = (
    LayerSpec(
        kind="GroupNorm",
        family="Normalization",
        doc="Normalises groups of channels of each sample, whatever the batch size "
        "(Wu and He 2018, arXiv:1803.08494).",
        stem="norm",
        params=(
            IntParam(
                name="num_groups", doc="Groups of channels; 1 normalises a sample.", default=4
            ),
            _affine(),
            _eps(),
        ),
        shape=_group_norm_shape,
        weights=_group_norm_weights,
        construct=_construct_group_norm,
        search=("gn", "group", *_SEARCH),
        title=lambda args: "GN",
        caption=lambda args: str(args["num_groups"]),
        chip=True,
    ),
    LayerSpec(
        kind="LocalResponseNorm",
        family="Normalization",
        doc="Divides each value by its neighbours in the adjacent channels, as AlexNet did "
        "(Krizhevsky et al. 2012).",
        stem="lrn",
        params=(
            IntParam(name="size", doc="Number of neighbouring channels.", default=5),
            FloatParam(name="alpha", doc="Weight of the neighbours.", default=1e-4, advanced=True),
            FloatParam(name="beta", doc="Exponent.", default=0.75, advanced=True),
            FloatParam(name="k", doc="Added before the exponent.", default=1.0, advanced=True),
        ),
        shape=_response_norm_shape,
        construct=_construct_response_norm,
        search=("lrn", "alexnet", *_SEARCH),
        title=lambda args: "LRN",
        chip=True,
    ),
)

LAYERS = (
    _batch_norm(2),
    *_LAST_AXES,
    *_GROUPED,
    _batch_norm(1),
    _batch_norm(3),
    *(_instance_norm(axes) for axes in (2, 1, 3)),
)
