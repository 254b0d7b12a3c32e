"""Dropout in its forms: noise while training, nothing at evaluation."""

from __future__ import annotations

from graphcore.layers.arguments import draws_unless_zero
from graphcore.layers.checks import LAYOUTS, floating, spatial_input
from graphcore.spec import Args, FloatParam, Inputs, LayerSpec, Refused, call
from graphcore.tensor_type import TensorType

_P = FloatParam(
    name="p",
    doc="Probability that something is dropped.",
    default=0.5,
    minimum=0.0,
    maximum=1.0,
)


def _dropout(kind: str, doc: str, title: str = "Drop", axes: int = 0, ranks: int = 0) -> LayerSpec:
    """``axes`` spatial axes are demanded where it is not 0, else at least ``ranks`` dims."""

    def shape(args: Args, inputs: Inputs) -> tuple[TensorType, ...]:
        (x,) = inputs
        if axes:
            spatial_input(kind, axes, x)
        if x.rank < ranks:
            raise Refused(f"{kind} drops channels, axis 1, but gets {x}; use Dropout", port="x")
        floating(kind, x)
        return inputs

    return LayerSpec(
        kind=kind,
        family="Regularization",
        doc=doc,
        stem="dropout",
        params=(_P,),
        shape=shape,
        construct=lambda args, inputs: call(f"nn.{kind}", args["p"]),
        search=("dropout", "noise", "regularisation", "regularization"),
        title=lambda args: title,
        caption=lambda args: str(args["p"]),
        chip=True,
        draws=draws_unless_zero("p"),
    )


_WHOLE = "Sets whole channels of {} to zero while training (Tompson et al. 2015, arXiv:1411.4280)."

LAYERS = (
    _dropout(
        "Dropout",
        "Sets values to zero at random while training and scales the rest up "
        "(Srivastava et al. 2014).",
    ),
    _dropout("Dropout2d", _WHOLE.format(LAYOUTS[2]), axes=2),
    _dropout(
        "AlphaDropout",
        "Dropout that keeps the mean and variance that SELU relies on "
        "(Klambauer et al. 2017, arXiv:1706.02515).",
    ),
    _dropout("Dropout1d", _WHOLE.format(LAYOUTS[1]), axes=1),
    _dropout("Dropout3d", _WHOLE.format(LAYOUTS[3]), axes=3),
    _dropout("FeatureAlphaDropout", "Alpha dropout of whole channels.", ranks=2),
)
