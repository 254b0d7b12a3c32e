"""The registry of layer kinds: one declarative registration a kind, a family a file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from graphcore.layers import (
    activation,
    attention,
    convolution,
    einsum,
    embedding,
    fractional_pooling,
    linear,
    normalization,
    padding,
    pooling,
    positions,
    recurrent,
    reduction,
    regularization,
    resampling,
    shape,
    similarity,
    skip,
    splitting,
    structure,
    values,
)
from graphcore.spec import LayerSpec

_FAMILIES = (
    structure,
    convolution,
    linear,
    normalization,
    activation,
    pooling,
    fractional_pooling,
    regularization,
    skip,
    attention,
    shape,
    reduction,
    splitting,
    einsum,
    resampling,
    padding,
    embedding,
    positions,
    values,
    recurrent,
    similarity,
)

LAYERS: Mapping[str, LayerSpec] = MappingProxyType(
    {spec.kind: spec for family in _FAMILIES for spec in family.LAYERS}
)
"""Every registered layer by its kind, in the order of the palette."""
