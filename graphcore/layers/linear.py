"""Linear maps of features."""

from __future__ import annotations

from graphcore.layers.arguments import flag, size
from graphcore.layers.checks import float32
from graphcore.spec import (
    Args,
    BoolParam,
    Call,
    Inputs,
    IntParam,
    LayerSpec,
    Port,
    Refused,
    Weight,
    call,
)
from graphcore.tensor_type import Size, TensorType, differ, product

_OUT_FEATURES = IntParam(name="out_features", doc="Number of features that leave.", default=10)
_BIAS = BoolParam(name="bias", doc="Add a learned number to every feature.", default=True)


def _bias(args: Args) -> tuple[Weight, ...]:
    return (Weight("bias", (size(args, "out_features"),)),) if flag(args, "bias") else ()


def _no_features(kind: str, port: str) -> Refused:
    return Refused(
        f"{kind} needs features on the last axis, but gets a scalar; put a Reshape before it",
        port=port,
    )


def _linear_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    if x.rank == 0:
        raise Refused(
            "Linear needs features on the last axis, but gets a scalar; put a Reshape before it",
            port="x",
        )
    float32("Linear", x)
    return (TensorType((*x.dims[:-1], size(args, "out_features"))),)


def _linear_weights(args: Args, inputs: Inputs) -> tuple[Weight, ...]:
    return (
        Weight("weight", (size(args, "out_features"), inputs[0].dims[-1])),
        *_bias(args),
    )


def _linear_operations(args: Args, inputs: Inputs) -> Size:
    return product(inputs[0].dims) * size(args, "out_features")


def _construct_linear(args: Args, inputs: Inputs) -> Call:
    return call("nn.Linear", inputs[0].dims[-1], args["out_features"], bias=(args["bias"], True))


def _bilinear_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    a, b = inputs
    for port, x in (("a", a), ("b", b)):
        float32("Bilinear", x, port)
        if x.rank == 0:
            raise Refused(
                "Bilinear needs features on the last axis, not a scalar; put a Reshape before it",
                port=port,
            )
    fits = a.rank == b.rank and not any(map(differ, a.dims[:-1], b.dims[:-1]))
    if not fits:
        raise Refused(
            f"Bilinear needs two inputs that agree in all but the last axis, but gets {a} and {b}; "
            "put a Reshape before one of them",
            port="b",
        )
    return (TensorType((*a.dims[:-1], size(args, "out_features"))),)


def _bilinear_weights(args: Args, inputs: Inputs) -> tuple[Weight, ...]:
    a, b = inputs
    weight = Weight("weight", (size(args, "out_features"), a.dims[-1], b.dims[-1]))
    return (weight, *_bias(args))


def _construct_bilinear(args: Args, inputs: Inputs) -> Call:
    a, b = inputs
    return call(
        "nn.Bilinear", a.dims[-1], b.dims[-1], args["out_features"], bias=(args["bias"], True)
    )


def _linear_doubt(args: Args, inputs: Inputs) -> str | None:
    (x,) = inputs
    if x.rank < 4:
        return None
    return (
        f"it acts on the last size of {x}, the width of the image, at every place alone; to mix "
        "all of the image put a Flatten before it, to mix channels use a 1×1 convolution"
    )


LAYERS = (
    LayerSpec(
        kind="Linear",
        family="Linear",
        doc="Multiplies the last axis by a learned matrix: a fully connected layer.",
        stem="fc",
        params=(_OUT_FEATURES, _BIAS),
        shape=_linear_shape,
        weights=_linear_weights,
        operations=_linear_operations,
        construct=_construct_linear,
        doubt=_linear_doubt,
        search=("dense", "fully connected", "fc", "classifier", "head", "projection"),
        title=lambda args: "Linear",
        caption=lambda args: str(args["out_features"]),
    ),
    LayerSpec(
        kind="Bilinear",
        family="Linear",
        doc="Combines every feature of one input with every feature of another: y = aᵀ W b + bias.",
        stem="bilinear",
        params=(_OUT_FEATURES, _BIAS),
        inputs=(Port("a"), Port("b")),
        shape=_bilinear_shape,
        weights=_bilinear_weights,
        construct=_construct_bilinear,
        search=("outer product", "interaction"),
        title=lambda args: "Bilinear",
        caption=lambda args: str(args["out_features"]),
    ),
    LayerSpec(
        kind="Identity",
        family="Linear",
        doc="Passes its input on unchanged; a place to hang something on later.",
        stem="identity",
        shape=lambda args, inputs: inputs,
        construct=lambda args, inputs: call("nn.Identity"),
        search=("pass", "noop", "placeholder"),
        title=lambda args: "Identity",
    ),
)
