"""The registry of layer kinds: one declarative registration a kind, a family a file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from graphcore.layers import (
    activation,
    convolution,
    embedding,
    fractional_pooling,
    linear,
    normalization,
    padding,
    pooling,
    regularization,
    resampling,
    shape,
    similarity,
    skip,
    structure,
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
    shape,
    resampling,
    padding,
    embedding,
    similarity,
)

LAYERS: Mapping[str, LayerSpec] = MappingProxyType(
    {spec.kind: spec for family in _FAMILIES for spec in family.LAYERS}
)
"""Every registered layer by its kind, in the order of the palette."""
