"""A block analysed once more with symbols for its parameters and the sizes of its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from graphcore.analysis.inference import input_sizes, walk
from graphcore.analysis.scope import Scope, Types
from graphcore.diagram import Block, Diagram, Node
from graphcore.expression import Code, ExpressionError, Value
from graphcore.layers import LAYERS
from graphcore.resolution import resolve_args
from graphcore.results import BlockResult
from graphcore.spec import IntParam, Refused, Resolved
from graphcore.tensor_type import Size, TensorType, symbol


def symbolic_result(diagram: Diagram, name: str, instances: Sequence[BlockResult]) -> BlockResult:
    """The block ``name`` with symbols, following the instance with the most copies.

    The main block keeps the sizes of its inputs, which are given and not inferred: numbers, or
    expressions in its parameters.
    """
    block = diagram.blocks[name]
    guide = max(instances, key=_copies)
    types = _input_types(block, guide)
    if name == diagram.main and not block.params:
        return guide
    names: dict[str, Value] = {
        param.name: symbol(param.name) if isinstance(param, IntParam) else Code(param.name)
        for param in block.params
    }
    if name == diagram.main:
        given = zip(block.graph.inputs(), types, strict=True)
        types = tuple(_declared(node, names, kind) for node, kind in given)
    else:
        types = tuple(_symbols(block, index, kind) for index, kind in enumerate(types))
    return _Symbolic(diagram).block(name, cast(Mapping[str, Resolved], names), types, (), guide)


def _copies(result: BlockResult) -> int:
    return sum(len(copies) for copies in result.nodes.values())


def _input_types(block: Block, result: BlockResult) -> Types:
    return tuple(result.nodes[node.id][0].outputs["y"] for node in block.graph.inputs())


def _declared(node: Node, names: Mapping[str, Value], kind: TensorType | None) -> TensorType | None:
    """The type of an input of the main block as its shape was written; ``kind`` in numbers where
    symbols cannot say it."""
    spec = LAYERS[node.kind]
    try:
        return spec.shape(resolve_args(spec.params, node.params, names), ())[0]
    except (Refused, ExpressionError):
        return kind


def _symbols(block: Block, index: int, kind: TensorType | None) -> TensorType | None:
    if kind is None:
        return None
    label = block.graph.inputs()[index].label
    name = "in_channels" if index == 0 else f"{label}_channels"
    dims: list[Size] = []
    for axis, size in enumerate(kind.dims):
        if axis == kind.channel_axis:
            dims.append(symbol(name))
        else:
            # Sizes that no argument may depend on get a name that code cannot say.
            dims.append(symbol(f"?{label}{axis}") if isinstance(size, int) else size)
    return TensorType(tuple(dims), kind.dtype)


class _Symbolic:
    """Walks blocks with symbols; equal instances are walked once."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self._kept: dict[tuple[object, ...], BlockResult] = {}

    def block(
        self,
        name: str,
        args: Mapping[str, Resolved],
        types: Types,
        inside: tuple[str, ...],
        guide: BlockResult | None,
    ) -> BlockResult:
        key = (name, tuple(args.items()), types, id(guide))
        if key not in self._kept:
            block = self.diagram.blocks[name]
            names = {**cast(Mapping[str, Value], args), **input_sizes(block, types)}
            if guide is not None and names == guide.args and types == _input_types(block, guide):
                self._kept[key] = guide  # Without symbols of the class it is the concrete result.
                return guide
            labels = [node.label for node in block.graph.inputs()]
            inputs = dict(zip(labels, types, strict=True))
            scope = Scope(self.diagram, name, names, inputs, self.block, inside, guide)
            self._kept[key] = walk(scope)[0]
        return self._kept[key]
