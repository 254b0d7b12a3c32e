"""The ends of a block: where values come in and where they leave."""

from __future__ import annotations

from graphcore.diagram import INPUT, OUTPUT
from graphcore.spec import Args, DTypeParam, Inputs, LayerSpec, Port, ShapeParam
from graphcore.tensor_type import TensorType, symbol


def _input_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    shape, dtype = args["shape"], args["dtype"]
    assert isinstance(shape, tuple)
    assert isinstance(dtype, str)
    dims = tuple(symbol(item) if isinstance(item, str) else item for item in shape)
    return (TensorType(dims, dtype),)  # type: ignore[arg-type]


def _output_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    return ()


def _input_caption(args: Args) -> str:
    shape = args["shape"]
    return "×".join(map(str, shape[1:])) if isinstance(shape, tuple) else str(shape)


LAYERS = (
    LayerSpec(
        kind=INPUT,
        family="Structure",
        doc="Where a value enters the block. In the main block its shape is given here; in any "
        "other block it is whatever arrives.",
        stem="x",
        params=(
            ShapeParam(
                name="shape",
                doc="Sizes of the example batch; names such as N are symbols.",
                default=("N", 1, 8, 8),
            ),
            DTypeParam(name="dtype", doc="Type of the elements."),
        ),
        inputs=(),
        outputs=(Port("y"),),
        shape=_input_shape,
        title=lambda args: "Input",
        caption=_input_caption,
        search=("source", "data", "placeholder"),
    ),
    LayerSpec(
        kind=OUTPUT,
        family="Structure",
        doc="Where a value leaves the block. A block with several outputs returns them in order.",
        stem="output",
        outputs=(),
        shape=_output_shape,
        title=lambda args: "Output",
        search=("return", "result", "sink"),
    ),
)
