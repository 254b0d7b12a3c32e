"""The tools: what a drag on a block does."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

from graphcore.diagram import EdgeKindName
from graphcore.edge_kinds import EDGE_KINDS

JOINING: Mapping[str, EdgeKindName] = MappingProxyType(
    {kind: kind for kind in get_args(EdgeKindName) if EDGE_KINDS[kind].join != "none"}
)
"""The tools that draw joining edges, by the kind that each draws."""

TOOLS = ("select", "wire", *JOINING)
