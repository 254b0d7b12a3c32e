"""Distances and similarities between two tensors."""

from __future__ import annotations

from graphcore.layers.arguments import flag, integer
from graphcore.layers.broadcasting import broadcast
from graphcore.layers.checks import axis, floating
from graphcore.spec import Args, BoolParam, FloatParam, Inputs, IntParam, LayerSpec, Port, call
from graphcore.tensor_type import TensorType

_EPS = 1e-6
_PORTS = (Port("a"), Port("b"))


def _joined(kind: str, inputs: Inputs) -> TensorType:
    for port, x in zip(("a", "b"), inputs, strict=True):
        floating(kind, x, port)
    return broadcast(kind, inputs, stretch=True, port="b")


def _cosine_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    joined = _joined("CosineSimilarity", inputs)
    at = axis("CosineSimilarity", "dim", integer(args, "dim"), joined.rank, port="a")
    return (TensorType((*joined.dims[:at], *joined.dims[at + 1 :]), joined.dtype),)


def _distance_shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
    joined = _joined("PairwiseDistance", inputs)
    axis("PairwiseDistance", "dim", -1, joined.rank, port="a")
    kept = (1,) if flag(args, "keepdim") else ()
    return (TensorType((*joined.dims[:-1], *kept), joined.dtype),)


LAYERS = (
    LayerSpec(
        kind="CosineSimilarity",
        family="Similarity",
        doc="The cosine of the angle between a and b along an axis.",
        stem="similarity",
        params=(
            IntParam(name="dim", doc="The axis of the vectors.", default=1, minimum=-8, maximum=7),
            FloatParam(
                name="eps",
                doc="Smallest length that is divided by.",
                default=1e-8,
                minimum=0.0,
                advanced=True,
            ),
        ),
        inputs=_PORTS,
        shape=_cosine_shape,
        construct=lambda args, inputs: call(
            "nn.CosineSimilarity", dim=(args["dim"], 1), eps=(args["eps"], 1e-8)
        ),
        search=("angle", "contrastive", "siamese"),
        title=lambda args: "Cosine",
    ),
    LayerSpec(
        kind="PairwiseDistance",
        family="Similarity",
        doc="The distance of a and b along the last axis.",
        stem="distance",
        params=(
            FloatParam(name="p", doc="The norm: 2 is Euclid's, 1 sums.", default=2.0),
            FloatParam(
                name="eps",
                doc="Added to every difference, so that the gradient exists at zero.",
                default=_EPS,
                minimum=0.0,
                advanced=True,
            ),
            BoolParam(name="keepdim", doc="Keep the axis with size 1.", default=False),
        ),
        inputs=_PORTS,
        shape=_distance_shape,
        construct=lambda args, inputs: call(
            "nn.PairwiseDistance",
            p=(args["p"], 2.0),
            eps=(args["eps"], _EPS),
            keepdim=(args["keepdim"], False),
        ),
        search=("norm", "euclidean", "metric", "siamese"),
        title=lambda args: "Distance",
    ),
)
