"""Activations: functions of each value, and the few that look along an axis."""

from __future__ import annotations

from collections.abc import Callable

from graphcore.layers.arguments import flag, integer
from graphcore.layers.checks import axis, float32, floating
from graphcore.spec import (
    Args,
    BoolParam,
    Call,
    ChoiceParam,
    FloatParam,
    Inputs,
    IntParam,
    LayerSpec,
    Param,
    Refused,
    ShapeRule,
    Weight,
    call,
    never,
)
from graphcore.tensor_type import TensorType, equal


def _number(
    name: str,
    doc: str,
    default: float,
    minimum: float = float("-inf"),
    maximum: float = float("inf"),
) -> Param:
    return FloatParam(name=name, doc=doc, default=default, minimum=minimum, maximum=maximum)


def _construct(kind: str, params: tuple[Param, ...], args: Args, inputs: Inputs) -> Call:
    """The constructor's call; the defaults of these parameters are torch's."""
    keywords = {param.name: (args[param.name], param.default) for param in params}
    return call(f"nn.{kind}", **keywords)  # type: ignore[arg-type]


def _same_shape(kind: str) -> ShapeRule:
    def shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
        floating(kind, inputs[0])
        return inputs

    return shape


def _activation(
    kind: str,
    doc: str,
    *params: Param,
    title: str = "",
    stem: str = "",
    shape: ShapeRule | None = None,
    construct: Callable[[Args, Inputs], Call] | None = None,
    weights: Callable[[Args, Inputs], tuple[Weight, ...]] = lambda args, inputs: (),
    search: tuple[str, ...] = (),
    draws: Callable[[Args], bool] = never,
) -> LayerSpec:
    return LayerSpec(
        kind=kind,
        family="Activation",
        doc=doc,
        stem=stem or kind.lower(),
        params=params,
        shape=shape or _same_shape(kind),
        weights=weights,
        construct=construct or (lambda args, inputs: _construct(kind, params, args, inputs)),
        search=("activation", "nonlinearity", *search),
        title=lambda args: title or kind,
        chip=True,
        draws=draws,
    )


def _prelu_channels(args: Args, inputs: Inputs) -> TensorType:
    float32("PReLU", inputs[0])
    if flag(args, "per_channel") and inputs[0].rank < 2:
        raise Refused(
            f"PReLU finds channels on axis 1, but gets {inputs[0]}; turn per_channel off",
            param="per_channel",
        )
    return inputs[0]


def _prelu_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    return (_prelu_channels(args, inputs),)


def _prelu_weights(args: Args, inputs: Inputs) -> tuple[Weight, ...]:
    return (Weight("weight", (inputs[0].dims[1] if flag(args, "per_channel") else 1,)),)


def _construct_prelu(args: Args, inputs: Inputs) -> Call:
    channels = inputs[0].dims[1] if flag(args, "per_channel") else 1
    return call("nn.PReLU", num_parameters=(channels, 1), init=(args["init"], 0.25))


def _ordered_shape(kind: str, low: str, high: str) -> ShapeRule:
    """For activations between two bounds, which must be in order."""

    def shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
        floating(kind, inputs[0])
        a, b = args[low], args[high]
        numbers = isinstance(a, int | float) and isinstance(b, int | float)
        if numbers and a > b:  # type: ignore[operator]
            raise Refused(f"{kind} needs {low} below {high}, but {a} is above {b}", param=low)
        return inputs

    return shape


def _celu_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    floating("CELU", inputs[0])
    if args["alpha"] == 0:
        raise Refused("CELU divides by alpha, so it cannot be 0", param="alpha")
    return inputs


_DIM = IntParam(
    name="dim",
    doc="The axis along which the values compete; -1 is the last.",
    default=-1,
    minimum=-8,
    maximum=7,
)


def _along_axis(kind: str, doc: str, *search: str) -> LayerSpec:
    def shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
        floating(kind, inputs[0])
        axis(kind, "dim", integer(args, "dim"), inputs[0].rank)
        return inputs

    return _activation(
        kind,
        doc,
        _DIM,
        shape=shape,
        construct=lambda args, inputs: call(f"nn.{kind}", dim=(args["dim"], None)),
        search=("probability", "distribution", *search),
    )


def _softmax_2d_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    if x.rank != 4:
        raise Refused(
            f"Softmax2d needs an image N×C×H×W, but gets {x}; use Softmax with its dim", port="x"
        )
    floating("Softmax2d", x)
    return inputs


def _glu_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    floating("GLU", x)
    at = axis("GLU", "dim", integer(args, "dim"), x.rank)
    if equal(x.dims[at] % 2, 0) is False:
        raise Refused(
            f"GLU splits axis {at} in two halves, but {x} has {x.dims[at]} there; make it even",
            param="dim",
        )
    return (TensorType((*x.dims[:at], x.dims[at] // 2, *x.dims[at + 1 :]), x.dtype),)


_RECTIFIERS = (
    _activation(
        "ReLU",
        "Keeps positive values and sets the rest to zero (Nair and Hinton 2010).",
        search=("rectifier",),
    ),
    _activation(
        "GELU",
        "Weighs each value by the chance that a normal variable is below it "
        "(Hendrycks and Gimpel 2016, arXiv:1606.08415).",
        ChoiceParam(
            name="approximate",
            doc="'tanh' is the approximation that GPT-2 uses.",
            default="none",
            choices=("none", "tanh"),
        ),
        search=("transformer", "gaussian"),
    ),
    _activation(
        "SiLU",
        "x · sigmoid(x), also called swish (Elfwing et al. 2017, arXiv:1702.03118).",
        search=("swish",),
    ),
    _activation(
        "LeakyReLU",
        "Lets a small share of negative values through (Maas et al. 2013).",
        _number("negative_slope", "Slope for negative values.", 0.01),
        title="Leaky",
        stem="relu",
    ),
    _activation(
        "PReLU",
        "A leaky ReLU whose negative slope is learned (He et al. 2015, arXiv:1502.01852).",
        BoolParam(name="per_channel", doc="Learn one slope a channel.", default=False),
        _number("init", "Slope at the start.", 0.25),
        shape=_prelu_shape,
        weights=_prelu_weights,
        construct=_construct_prelu,
    ),
    _activation(
        "RReLU",
        "A leaky ReLU whose slope is drawn anew at every step (Xu et al. 2015, arXiv:1505.00853).",
        _number("lower", "Smallest slope.", 1 / 8),
        _number("upper", "Largest slope.", 1 / 3),
        shape=_ordered_shape("RReLU", "lower", "upper"),
        draws=lambda args: True,
    ),
    _activation(
        "ReLU6", "A ReLU that saturates at 6 (Howard et al. 2017, arXiv:1704.04861).", stem="relu"
    ),
    _activation(
        "ELU",
        "Exponential for negative values, so that means stay near zero "
        "(Clevert et al. 2015, arXiv:1511.07289).",
        _number("alpha", "Minus the value at minus infinity.", 1.0),
    ),
    _activation(
        "SELU",
        "An ELU scaled so that deep nets normalise themselves "
        "(Klambauer et al. 2017, arXiv:1706.02515).",
    ),
    _activation(
        "CELU",
        "A continuously differentiable ELU (Barron 2017, arXiv:1704.07483).",
        _number("alpha", "Minus the value at minus infinity.", 1.0),
        shape=_celu_shape,
    ),
    _activation("Mish", "x · tanh(softplus(x)) (Misra 2019, arXiv:1908.08681)."),
    _activation(
        "Hardswish",
        "A piecewise approximation of SiLU (Howard et al. 2019, arXiv:1905.02244).",
        search=("mobilenet", "swish"),
    ),
)

_SATURATING = (
    _activation(
        "Sigmoid", "Squeezes values between 0 and 1, as a gate does.", search=("logistic", "gate")
    ),
    _activation("Tanh", "Squeezes values between -1 and 1.", search=("hyperbolic tangent",)),
    _activation("LogSigmoid", "The logarithm of the sigmoid.", title="LogSig"),
    _activation("Hardsigmoid", "A piecewise linear sigmoid.", title="HardSig", search=("gate",)),
    _activation(
        "Hardtanh",
        "Clips values to an interval.",
        _number("min_val", "Lower end.", -1.0),
        _number("max_val", "Upper end.", 1.0),
        shape=_ordered_shape("Hardtanh", "min_val", "max_val"),
        search=("clip", "clamp"),
    ),
    _activation("Softsign", "x / (1 + |x|): saturates more slowly than tanh."),
    _activation(
        "Softplus",
        "log(1 + exp(βx)) / β: a smooth ReLU.",
        _number("beta", "Sharpness of the bend.", 1.0),
        _number("threshold", "Above this, βx counts as linear.", 20.0),
    ),
)

_SHRINKING = (
    _activation(
        "Softshrink",
        "Moves values towards zero by λ and stops there.",
        _number("lambd", "How far values move.", 0.5, minimum=0.0),
        title="Softshr",
    ),
    _activation(
        "Hardshrink",
        "Sets values between -λ and λ to zero.",
        _number("lambd", "Half the width of what is set to zero.", 0.5),
        title="Hardshr",
    ),
    _activation("Tanhshrink", "x - tanh(x).", title="Tanhshr"),
    _activation(
        "Threshold",
        "Replaces values up to a threshold.",
        _number("threshold", "Values above it stay.", 0.0),
        _number("value", "What the others become.", 0.0),
        construct=lambda args, inputs: call("nn.Threshold", args["threshold"], args["value"]),
        title="Thresh",
    ),
)

_NORMALISING = (
    _along_axis("Softmax", "Turns the values along an axis into probabilities.", "attention"),
    _along_axis("LogSoftmax", "The logarithm of the softmax, as NLLLoss takes it."),
    _along_axis("Softmin", "A softmax that favours small values."),
    _activation(
        "Softmax2d",
        "A softmax over the channels of every pixel.",
        shape=_softmax_2d_shape,
        stem="softmax",
        search=("probability", "segmentation"),
    ),
    _activation(
        "GLU",
        "Multiplies one half of an axis by the sigmoid of the other "
        "(Dauphin et al. 2016, arXiv:1612.08083).",
        _DIM,
        shape=_glu_shape,
        search=("gate", "gated linear unit"),
    ),
)

LAYERS = (*_RECTIFIERS, *_SATURATING, *_SHRINKING, *_NORMALISING)
