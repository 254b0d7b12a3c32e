"""What skip connections are made of: joins, gains, gates and shortcuts without weights."""

from __future__ import annotations

from graphcore.layers.arguments import caption, draws_unless_zero, flag, number, size, stride_mark
from graphcore.layers.broadcasting import broadcast, matrix_product
from graphcore.layers.checks import float32, floating, promoted, spatial_input
from graphcore.layers.support import GAIN, PAD_SHORTCUT, SQUEEZE_EXCITATION, STOCHASTIC_DEPTH
from graphcore.spec import (
    Args,
    BoolParam,
    Call,
    ChoiceParam,
    FloatParam,
    Inputs,
    IntParam,
    LayerSpec,
    Name,
    Param,
    Port,
    Preset,
    Refused,
    Resolved,
    Weight,
    call,
)
from graphcore.tensor_type import Size, TensorType, ceil_div, product, surely_less

_FAMILY = "Skip connections"


def _stretch(default: bool) -> Param:
    return BoolParam(
        name="broadcast",
        doc="Stretch axes of size 1 to the other's size, as a gate N×C×1×1 over an image; off, "
        "sizes that differ are a mistake.",
        default=default,
        advanced=True,
    )


def _join(kind: str, sign: str, title: str, doc: str, stretch: bool, *search: str) -> LayerSpec:
    def shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
        if len(inputs) < 2:
            raise Refused(f"{kind} needs at least two inputs; draw another wire to it", port="x")
        return (broadcast(kind, inputs, flag(args, "broadcast"), port="x"),)

    return LayerSpec(
        kind=kind,
        family=_FAMILY,
        doc=doc,
        stem=search[0],
        params=(_stretch(stretch),),
        inputs=(Port("x", "two or more tensors", variadic=True),),
        shape=shape,
        function=lambda args, inputs, names: call(sign, *names),
        search=search,
        title=lambda args: title,
    )


def _subtract_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    if any(x.dtype == "bool" for x in inputs):
        raise Refused("Subtract has no meaning for booleans; set the dtype of the Input", port="a")
    return (broadcast("Subtract", inputs, flag(args, "broadcast"), port="b"),)


def _matmul_operations(args: Args, inputs: Inputs) -> Size:
    a, _ = inputs
    return product(matrix_product(inputs).dims) * a.dims[-1]


_JUNCTION = LayerSpec(
    kind="Junction",
    family=_FAMILY,
    doc="A place on a wire where one skip ends and the next begins, as between attention and the "
    "feed-forward part of a Transformer block; in the code it is nothing but the value.",
    stem="junction",
    shape=lambda args, inputs: inputs,
    construct=lambda args, inputs: call("nn.Identity"),
    passes=True,
    search=("residual stream", "sum", "node", "identity", "skip", "transformer"),
    title=lambda args: "Junction",
)

_JOINS = (
    _join(
        "Add",
        "+",
        "Add",
        "Adds its inputs: y = F(x) + x is the residual connection (He et al. 2016, "
        "arXiv:1512.03385).",
        False,
        "add",
        "sum",
        "plus",
        "residual",
    ),
    _join(
        "Multiply",
        "*",
        "Multiply",
        "Multiplies its inputs element by element, as a gate does.",
        True,
        "mul",
        "product",
        "gate",
        "times",
    ),
    LayerSpec(
        kind="Subtract",
        family=_FAMILY,
        doc="Subtracts b from a, element by element.",
        stem="sub",
        params=(_stretch(False),),
        inputs=(Port("a"), Port("b")),
        shape=_subtract_shape,
        function=lambda args, inputs, names: call("-", *names),
        search=("minus", "difference"),
        title=lambda args: "Subtract",
    ),
    LayerSpec(
        kind="MatMul",
        family=_FAMILY,
        doc="The matrix product of the last two axes of a and b, sample by sample.",
        stem="matmul",
        inputs=(Port("a"), Port("b")),
        shape=lambda args, inputs: (matrix_product(inputs),),
        operations=_matmul_operations,
        function=lambda args, inputs, names: call("@", *names),
        search=("dot", "attention", "bmm", "product"),
        title=lambda args: "MatMul",
    ),
)


def _gain_dims(args: Args, x: TensorType) -> tuple[Size, ...]:
    """The shape of the gain: one number, or one a channel that broadcasts over what follows."""
    if not flag(args, "per_channel"):
        return ()
    return (x.channels, *(1,) * (x.rank - 1 - x.channel_axis))


def _gain_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    floating("Gain", x)
    if flag(args, "per_channel") and x.rank == 0:
        raise Refused("Gain finds no channels in a scalar; turn per_channel off", port="x")
    gain = TensorType(_gain_dims(args, x))
    return (TensorType(x.dims, promoted((x, gain))),)


def _gain_weights(args: Args, inputs: Inputs) -> tuple[Weight, ...]:
    # A fixed gain is no state: a network with it has the same names as one that multiplies by ½.
    return (Weight("gain", _gain_dims(args, inputs[0])),) if flag(args, "trainable") else ()


def _construct_gain(args: Args, inputs: Inputs) -> Call:
    return call(
        "Gain",
        args["init"],
        shape=(_gain_dims(args, inputs[0]), ()),
        trainable=(args["trainable"], True),
    )


def _three_digits(value: Resolved) -> str:
    return f"{value:.3g}" if isinstance(value, float) else number(value)


def _drop_short(args: Args) -> str:
    """``drop 0.2``; a parameter that is called ``drop`` already says so itself."""
    text = _three_digits(args["p"])
    return text if text.startswith("drop") else f"drop {text}"


_NAMED = ((0.5, "½"), (0.5**0.5, "1/√2"))


def _gain_short(args: Args) -> str:
    """``· α`` for a learned scalar, ``· γ`` for one a channel, ``· ½`` for a fixed one."""
    if args["trainable"] is not False:
        return "· γ" if args["per_channel"] is True else "· α"
    known = next((name for value, name in _NAMED if args["init"] == value), "")
    return f"· {known or number(args['init'])}"


def _depth_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    floating("StochasticDepth", x)
    if x.rank == 0:
        raise Refused("StochasticDepth drops samples of a batch, but gets a scalar", port="x")
    return inputs


def _squeezed(args: Args, x: TensorType) -> Size:
    if args["squeeze_channels"] is not None:
        return size(args, "squeeze_channels")
    return x.dims[1] // size(args, "reduction")


def _excitation_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    spatial_input("SqueezeExcitation", 2, x)
    float32("SqueezeExcitation", x)
    if surely_less(_squeezed(args, x), 1):
        raise Refused(
            f"SqueezeExcitation has nothing left of {x.dims[1]} channels after a reduction by "
            f"{args['reduction']}; make reduction at most {x.dims[1]}",
            param="reduction",
        )
    return inputs


def _excitation_weights(args: Args, inputs: Inputs) -> tuple[Weight, ...]:
    channels, squeezed = inputs[0].dims[1], _squeezed(args, inputs[0])
    return (
        Weight("fc1.weight", (squeezed, channels, 1, 1)),
        Weight("fc1.bias", (squeezed,)),
        Weight("fc2.weight", (channels, squeezed, 1, 1)),
        Weight("fc2.bias", (channels,)),
    )


def _excitation_operations(args: Args, inputs: Inputs) -> Size:
    (x,) = inputs
    return 2 * x.dims[0] * x.dims[1] * _squeezed(args, x)


def _construct_excitation(args: Args, inputs: Inputs) -> Call:
    return call(
        "SqueezeExcitation",
        inputs[0].dims[1],
        _squeezed(args, inputs[0]),
        activation=(Name(f"nn.{args['activation']}"), Name("nn.ReLU")),
        gate=(Name(f"nn.{args['gate']}"), Name("nn.Sigmoid")),
    )


_SCALES = (
    LayerSpec(
        kind="Gain",
        family=_FAMILY,
        doc="Multiplies by a learned gain: from 0 it is ReZero (Bachlechner et al. 2020, "
        "arXiv:2003.04887), one a channel is LayerScale (Touvron et al. 2021, arXiv:2103.17239).",
        stem="gain",
        params=(
            FloatParam(name="init", doc="The gain at the start.", default=0.0),
            BoolParam(name="per_channel", doc="Learn one gain a channel.", default=False),
            BoolParam(name="trainable", doc="Learn it; off, the gain is fixed.", default=True),
        ),
        shape=_gain_shape,
        weights=_gain_weights,
        construct=_construct_gain,
        support=GAIN,
        search=("rezero", "layerscale", "alpha", "scale", "multiply", "constant"),
        title=lambda args: "Gain",
        caption=lambda args: caption(
            "α" if args["trainable"] is not False else "fixed",
            number(args["init"]),
            "per channel" if args["per_channel"] is True else "",
        ),
        presets=(
            Preset(
                "ReZero",
                "A learned gain that begins at 0, so that the block begins as the identity "
                "(Bachlechner et al. 2020, arXiv:2003.04887).",
                "alpha",
                {"init": 0.0},
            ),
            Preset(
                "LayerScale",
                "A learned gain a channel that begins at 1e-4 (Touvron et al. 2021, "
                "arXiv:2103.17239).",
                "layer_scale",
                {"init": 1e-4, "per_channel": True},
            ),
            Preset("½", "Half of it.", "scale", {"init": 0.5, "trainable": False}),
            Preset(
                "1/√2",
                "Divided by √2, so that the sum of two values of variance 1 has variance 1.",
                "scale",
                {"init": 0.5**0.5, "trainable": False},
            ),
        ),
        short=_gain_short,
    ),
    LayerSpec(
        kind="StochasticDepth",
        family=_FAMILY,
        doc="Drops the whole branch for some samples while training, and scales the others up "
        "(Huang et al. 2016, arXiv:1603.09382).",
        stem="drop_path",
        params=(
            FloatParam(
                name="p",
                doc="Probability that the branch is dropped.",
                default=0.2,
                minimum=0.0,
                maximum=1.0,
            ),
            ChoiceParam(
                name="mode",
                doc="Decide for each sample by itself, or once for the whole batch.",
                default="row",
                choices=("row", "batch"),
                titles=("each sample", "whole batch"),
                advanced=True,
            ),
        ),
        shape=_depth_shape,
        construct=lambda args, inputs: call(
            "StochasticDepth", args["p"], mode=(args["mode"], "row")
        ),
        support=STOCHASTIC_DEPTH,
        draws=draws_unless_zero("p"),
        search=("droppath", "drop path", "survival", "dropout"),
        title=lambda args: "Stochastic depth",
        caption=lambda args: number(args["p"]),
        presets=(
            Preset(
                "Stochastic depth",
                "Drops the whole branch for some samples while training (Huang et al. 2016, "
                "arXiv:1603.09382).",
                "drop_path",
            ),
        ),
        short=_drop_short,
        decays="p",
    ),
    LayerSpec(
        kind="SqueezeExcitation",
        family=_FAMILY,
        doc="Weighs each channel by a gate computed from the averages of all "
        "(Hu et al. 2018, arXiv:1709.01507).",
        stem="se",
        params=(
            IntParam(
                name="reduction",
                doc="How many channels share one unit of the hidden layer.",
                default=4,
            ),
            IntParam(
                name="squeeze_channels",
                doc="Units of the hidden layer. Empty: channels // reduction.",
                default=None,
                optional=True,
                advanced=True,
            ),
            ChoiceParam(
                name="activation",
                doc="Between the two layers.",
                default="ReLU",
                choices=("ReLU", "SiLU", "GELU", "Hardswish"),
                advanced=True,
            ),
            ChoiceParam(
                name="gate",
                doc="What makes the weights.",
                default="Sigmoid",
                choices=("Sigmoid", "Hardsigmoid"),
                advanced=True,
            ),
        ),
        shape=_excitation_shape,
        weights=_excitation_weights,
        operations=_excitation_operations,
        construct=_construct_excitation,
        support=SQUEEZE_EXCITATION,
        search=("se", "attention", "channel attention", "gate", "senet"),
        title=lambda args: "SE",
        caption=lambda args: f"/{args['reduction']}",
        presets=(
            Preset(
                "Squeeze-and-excitation",
                "Weighs each channel by a gate computed from the averages of all (Hu et al. 2018, "
                "arXiv:1709.01507).",
                "se",
                {"reduction": 16},
            ),
        ),
        short=lambda args: f"SE /{args['reduction']}",
    ),
)


def _pad_shortcut_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    spatial = spatial_input("PadShortcut", 2, x)
    out, step = size(args, "out_channels"), size(args, "stride")
    if surely_less(out, x.dims[1]):
        raise Refused(
            f"PadShortcut can only add channels, but gets {x.dims[1]} and shall leave {out}; "
            "use a 1×1 convolution",
            param="out_channels",
        )
    return (TensorType((x.dims[0], out, *(ceil_div(length, step) for length in spatial)), x.dtype),)


_SHORTCUT = LayerSpec(
    kind="PadShortcut",
    family=_FAMILY,
    doc="Option A of He et al. 2016 (arXiv:1512.03385): a shortcut without weights that keeps "
    "every s-th pixel and adds channels of zeros.",
    stem="shortcut",
    params=(
        IntParam(name="out_channels", doc="Channels that leave, zeros included.", default=32),
        IntParam(name="stride", doc="Keep every how many-th pixel along each axis.", default=1),
    ),
    shape=_pad_shortcut_shape,
    construct=lambda args, inputs: call(
        "PadShortcut", args["out_channels"], stride=(args["stride"], 1)
    ),
    support=PAD_SHORTCUT,
    search=("option a", "zero padding", "identity", "subsample"),
    title=lambda args: "Pad shortcut",
    caption=lambda args: caption(str(args["out_channels"]), stride_mark(args["stride"])),
)

LAYERS = (*_JOINS, *_SCALES, _SHORTCUT, _JUNCTION)
