"""What leaves a chain of copies whose number is a symbol."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from graphcore.results import NodeResult
from graphcore.tensor_type import Dim, Size, TensorType


def after(count: Dim, copies: list[NodeResult]) -> NodeResult:
    """The last copy with what leaves it where there are ``count``: each adds the same to a size,
    as a dense layer does, so the sizes are right for any number and not for today's alone."""
    outputs: dict[str, TensorType | None] = {}
    for port, last in copies[-1].outputs.items():
        kinds = [copy.outputs.get(port) for copy in copies]
        outputs[port] = last
        if last is None or len(copies) < 2 or any(k is None or k.rank != last.rank for k in kinds):
            continue
        columns = zip(*(kind.dims for kind in kinds if kind is not None), strict=True)
        outputs[port] = replace(last, dims=tuple(_grown(count, list(sizes)) for sizes in columns))
    return copies[-1]._replace(outputs=outputs)


def _grown(count: Dim, sizes: list[Size]) -> Size:
    step = sizes[1] - sizes[0]
    if any(b - a != step for a, b in pairwise(sizes)):
        return sizes[-1]
    return sizes[0] + step * (count - 1)
