"""What is joined at a port, read from the analysis: the operands in order and their sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphcore.alignment import ALIGNMENTS, fitting
from graphcore.diagram import Edge, Graph, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.join import concatenated, resolve_skip
from graphcore.resolution import resolve_args
from graphcore.results import BlockResult
from graphcore.spec import Refused
from graphcore.tensor_type import Size, TensorType


@dataclass(frozen=True)
class Operand:
    """One of the edges that meet at a port. ``type`` is what it brings there (None: unknown);
    ``aligned`` how sizes are made equal on its account, "none" where they are not."""

    edge: Edge
    source: str
    type: TensorType | None
    caption: str = ""
    aligned: str = "none"
    active: bool = True

    @property
    def is_flow(self) -> bool:
        """Whether it is F(x), to which the others are joined."""
        return EDGE_KINDS[self.edge.kind].join == "none"

    @property
    def channels(self) -> Size | None:
        """What it contributes to a concatenation."""
        return self.type.channels if self.type is not None and self.type.dims else None


def operands_at(graph: Graph, result: BlockResult | None, target: PortRef) -> tuple[Operand, ...]:
    """The operands of the join at ``target``, in order, flow included."""
    operands = []
    for edge in graph.into(*target):
        found = result.edges.get(edge.id) if result is not None else None
        source = graph.nodes[edge.source.node].label
        if found is None:
            operands.append(Operand(edge, source, None, active=edge.active is not False))
            continue
        what = found.caption or found.shortcut
        operands.append(Operand(edge, source, found.type, what, found.align, found.active))
    return tuple(operands)


def concat_sum(operands: Sequence[Operand]) -> str:
    """``concat: 64 + 32 → 96 channels``, and what is aligned: ``crop 64×64 → 56×56``.

    "" where an operand is not known or nothing is concatenated.
    """
    present = [operand for operand in operands if operand.active]
    sizes = [operand.channels for operand in present]
    if len(present) < 2 or any(size is None for size in sizes):
        return ""
    total: Size = 0
    for size in sizes:
        total = total + (size or 0)
    lines = [f"concat: {' + '.join(map(str, sizes))} → {total} channels"]
    flow = next((operand.type for operand in present if operand.is_flow), None)
    lines += [_alignment(operand, flow) for operand in present if operand.aligned != "none"]
    return "\n".join(lines)


def _alignment(operand: Operand, flow: TensorType | None) -> str:
    edge = operand.type
    if edge is None or flow is None:
        return operand.aligned
    changes_edge = ALIGNMENTS[operand.aligned].changes == "edge"
    before, after = (edge, flow) if changes_edge else (flow, edge)
    return f"{operand.aligned} {_size_of(before)} → {_size_of(after)}"


def _size_of(kind: TensorType) -> str:
    """The sizes behind the channels, told once where they are equal: ``56``."""
    sizes = list(dict.fromkeys(map(str, kind.dims[2:])))
    return sizes[0] if len(sizes) == 1 else "×".join(map(str, kind.dims[2:]))


def misfit(kind: str, x: TensorType | None, flow: TensorType | None) -> str:
    """Why a new edge of ``kind`` cannot join ``x`` to ``flow`` with its default parameters, as far
    as types tell; "" where it can or where they are not known."""
    if x is None or flow is None:
        return ""
    declared = EDGE_KINDS[kind]
    try:
        if declared.join == "add":
            resolve_skip(resolve_args(declared.params, {}, {}), x, flow, {})
        elif declared.join == "concat":
            align = fitting(x, flow) if declared.fits_sizes else "none"
            concatenated(_aligned(x, flow, align), flow.channel_axis)
    except Refused as error:
        return str(error)
    return ""


def _aligned(x: TensorType, flow: TensorType, how: str) -> tuple[TensorType, TensorType]:
    if how == "none":
        return x, flow
    alignment = ALIGNMENTS[how]
    if alignment.changes == "edge":
        return alignment.shape(x, flow), flow
    return x, alignment.shape(flow, x)


def fitting_params(kind: str, x: TensorType | None, flow: TensorType | None) -> dict[str, str]:
    """The parameters with which a new edge of ``kind`` joins ``x`` to ``flow``: how sizes are
    aligned, where the kind chooses that as it is drawn."""
    if x is None or flow is None or not EDGE_KINDS[kind].fits_sizes:
        return {}
    align = fitting(x, flow)
    return {} if align == "none" else {"align": align}
