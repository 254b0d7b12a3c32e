"""Where in a sequence a vector stands: numbers to look up, and fixed sines and cosines."""

from __future__ import annotations

from graphcore.layers.arguments import integer, size
from graphcore.layers.axes import axis_of, axis_param
from graphcore.layers.checks import promoted
from graphcore.layers.sequences import sequence
from graphcore.layers.support import SINUSOIDAL_POSITIONS
from graphcore.spec import Args, Call, Inputs, IntParam, LayerSpec, Name, Refused, call
from graphcore.tensor_type import TensorType, surely_less


def _positions_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    return (TensorType((x.dims[axis_of("Positions", "dim", args, x)],), "int64"),)


def _positions(args: Args, inputs: Inputs, names: tuple[Name, ...]) -> Call:
    (x,) = names
    length = Name(f"{x.text}.shape[{integer(args, 'dim')}]")
    return call("torch.arange", length, device=(Name(f"{x.text}.device"), None))


def _sinusoidal_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    (x,) = inputs
    _, length, _ = sequence("SinusoidalPositions", x)
    longest = size(args, "max_length")
    if surely_less(longest, length):
        raise Refused(
            f"SinusoidalPositions has {longest} positions, but {x} has {length}; make max_length "
            "larger",
            param="max_length",
        )
    return (TensorType(x.dims, promoted((x, TensorType((1,))))),)


LAYERS = (
    LayerSpec(
        kind="Positions",
        family="Embedding",
        doc="Numbers the places of an axis from 0; an Embedding after it makes the learned "
        "position embedding of GPT-2.",
        stem="positions",
        params=(axis_param("dim", "The axis whose places are numbered.", 1),),
        shape=_positions_shape,
        function=_positions,
        search=("arange", "index", "position embedding", "gpt", "range"),
        title=lambda args: "Positions",
        caption=lambda args: f"axis {args['dim']}",
    ),
    LayerSpec(
        kind="SinusoidalPositions",
        family="Embedding",
        doc="Adds to each vector of a sequence the fixed sines and cosines of its position "
        "(Vaswani et al. 2017, arXiv:1706.03762).",
        stem="positions",
        params=(
            IntParam(
                name="max_length", doc="The longest sequence that it is ready for.", default=5000
            ),
        ),
        shape=_sinusoidal_shape,
        construct=lambda args, inputs: call(
            "SinusoidalPositions", inputs[0].dims[-1], max_length=(args["max_length"], 5000)
        ),
        support=SINUSOIDAL_POSITIONS,
        search=("sine", "cosine", "position", "encoding", "transformer"),
        title=lambda args: "Sine positions",
    ),
)
