"""Values that a network keeps: learned parameters and fixed buffers, as sources of a diagram."""

from __future__ import annotations

from graphcore.layers.arguments import per_axis, sizes
from graphcore.layers.checks import first_of
from graphcore.spec import (
    Args,
    Call,
    ChoiceParam,
    FloatParam,
    Inputs,
    IntsParam,
    LayerSpec,
    Name,
    Port,
    Refused,
    Weight,
    call,
)
from graphcore.tensor_type import TensorType, differ

_FAMILY = "Learned values"

_SHAPE = IntsParam(
    name="shape",
    doc="Its sizes; a first size of 1 stands for every sample.",
    default=(1, 1, 64),
    length=0,
)


def _shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    return (TensorType(sizes(args, "shape", 1)),)


def _construct_parameter(args: Args, inputs: Inputs) -> Call:
    # A scalar needs its empty shape said, else torch would ask for one.
    shape = sizes(args, "shape", 1) or ((),)
    if args["init"] in ("zeros", "ones"):
        return call(f"torch.{args['init']}", *shape)
    empty = call("torch.empty", *shape)
    return call(f"nn.init.{args['init']}_", empty, std=(args["std"], 1.0))


def _expand_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    x, like = inputs
    batch = first_of("ExpandBatch", like, "like")
    if differ(first_of("ExpandBatch", x, "x"), 1):
        raise Refused(
            f"ExpandBatch repeats one sample, a first size of 1, but gets {x}; wire it from a "
            "Parameter of shape 1×…",
            port="x",
        )
    return (TensorType((batch, *x.dims[1:]), x.dtype),)


def _expand(args: Args, inputs: Inputs, names: tuple[Name, ...]) -> Call:
    x, like = names
    return call(".expand", x, Name(f"{like.text}.shape[0]"), *(-1,) * (inputs[0].rank - 1))


LAYERS = (
    LayerSpec(
        kind="Parameter",
        family=_FAMILY,
        doc="A learned tensor: a class token 1×1×E, a position embedding 1×L×E "
        "(Dosovitskiy et al. 2021, arXiv:2010.11929).",
        stem="parameter",
        params=(
            _SHAPE,
            ChoiceParam(
                name="init",
                doc="What it is before training.",
                default="zeros",
                choices=("zeros", "ones", "normal", "trunc_normal"),
            ),
            FloatParam(
                name="std",
                doc="Standard deviation of a random start.",
                default=0.02,
                minimum=0.0,
                advanced=True,
            ),
        ),
        inputs=(),
        shape=_shape,
        weights=lambda args, inputs: (Weight("", sizes(args, "shape", 1)),),
        construct=_construct_parameter,
        value="nn.Parameter",
        search=("learned", "token", "class token", "position embedding", "query", "weight"),
        title=lambda args: "Parameter",
        caption=lambda args: per_axis(args["shape"]),
    ),
    LayerSpec(
        kind="Buffer",
        family=_FAMILY,
        doc="A tensor that is saved with the network and not learned.",
        stem="buffer",
        params=(_SHAPE, FloatParam(name="fill", doc="The value of every element.", default=0.0)),
        inputs=(),
        shape=_shape,
        weights=lambda args, inputs: (Weight("", sizes(args, "shape", 1), buffer=True),),
        construct=lambda args, inputs: call("torch.full", sizes(args, "shape", 1), args["fill"]),
        value="nn.Buffer",
        search=("constant", "fixed", "register_buffer"),
        title=lambda args: "Buffer",
        caption=lambda args: per_axis(args["shape"]),
    ),
    LayerSpec(
        kind="ExpandBatch",
        family=_FAMILY,
        doc="Gives every sample of a batch the same value: a class token before it is joined.",
        stem="expand",
        inputs=(
            Port("x", "what is the same for every sample, a first size of 1"),
            Port("like", "what has the batch"),
        ),
        shape=_expand_shape,
        function=_expand,
        search=("repeat", "broadcast", "class token", "batch"),
        title=lambda args: "Expand batch",
    ),
)
