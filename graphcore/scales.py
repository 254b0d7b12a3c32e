"""Scales: registered unary layers that act on F, or on a shortcut, before they are joined.

ReZero's gain (Bachlechner et al. 2021), LayerScale (Touvron et al. 2021), stochastic depth (Huang
et al. 2016) and squeeze-and-excitation (Hu et al. 2018) are all of this one kind.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphcore.diagram import Scale, Scales
from graphcore.expression import ExpressionError, Value
from graphcore.layers import LAYERS
from graphcore.resolution import resolve_args
from graphcore.results import ChainLayer
from graphcore.spec import Refused
from graphcore.tensor_type import TensorType


def scaled(
    names: Mapping[str, Value],
    scales: Scales,
    kind: TensorType,
    guide: tuple[ChainLayer, ...] | None,
) -> tuple[ChainLayer, ...]:
    """The layers of ``scales`` on a value of type ``kind``, which they keep; ``names`` are what
    their parameters may speak of.

    ``guide`` are the concrete ones where the walk is symbolic. Raises Refused or ExpressionError.
    """
    if guide is None:
        return tuple(_scale(names, scale, kind) for scale in scales)
    symbolic = []
    for scale, known in zip(scales, guide, strict=False):
        try:
            args = resolve_args(LAYERS[scale.kind].params, scale.params, names)
        except (Refused, ExpressionError):
            args = dict(known.args)  # A value that symbols cannot say stays a number.
        symbolic.append(known._replace(args=args, input=kind, output=kind))
    return tuple(symbolic)


def _scale(names: Mapping[str, Value], scale: Scale, kind: TensorType) -> ChainLayer:
    spec = LAYERS.get(scale.kind)
    if spec is None or spec.construct is None or len(spec.inputs) != 1:
        raise Refused(f"{scale.kind} cannot act on one value; choose another layer")
    args = resolve_args(spec.params, scale.params, names)
    outputs = spec.shape(args, (kind,))
    if outputs != (kind,):
        raise Refused(f"{scale.label} makes {outputs[0]} of {kind}; a scale keeps the type")
    weights, operations = spec.weights(args, (kind,)), spec.operations(args, (kind,))
    return ChainLayer(scale.kind, args, kind, kind, weights, operations)
