"""What the analysis finds out: plain values, held beside the diagram."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from graphcore.diagnostics import Diagnostic
from graphcore.diagram import Definition, Diagram, Instance, Step
from graphcore.spec import Args, Weight
from graphcore.tensor_type import Size, TensorType


class ChainLayer(NamedTuple):
    """A registered unary layer that an edge or a scale puts on a value: a projection's
    convolution, its norm, a gain."""

    kind: str
    args: Args
    input: TensorType
    output: TensorType
    weights: tuple[Weight, ...] = ()
    operations: Size = 0


ShortcutKind = Literal["", "identity", "projection", "pad", "absent"]


class EdgeResult(NamedTuple):
    """What an edge carries and does.

    ``type`` is the type at its source (None: unknown). ``shortcut`` is what a skip became and
    ``chain`` the layers it lowers to; ``caption`` is the chip on the canvas ("projection 1×1 /2"),
    empty for an identity; ``reason`` says in a sentence why. ``scales`` act on the shortcut after
    the chain; ``align`` is how sizes are made equal before a concatenation.
    """

    type: TensorType | None
    shortcut: ShortcutKind = ""
    chain: tuple[ChainLayer, ...] = ()
    caption: str = ""
    reason: str = ""
    active: bool = True
    scales: tuple[ChainLayer, ...] = ()
    align: str = "none"


class NodeResult(NamedTuple):
    """One copy of a node: types at its ports (inputs after their joins), resolved parameters.

    ``body`` is the inside where the node is an instance of a block.
    ``scales`` are the layers on F at each joining port. ``accepted`` is false where the node (or
    something before it) has an error; its outputs are then None.
    """

    inputs: Mapping[str, TensorType | None]
    outputs: Mapping[str, TensorType | None]
    args: Args = MappingProxyType({})
    weights: tuple[Weight, ...] = ()
    operations: Size = 0
    body: BlockResult | None = None
    scales: Mapping[str, tuple[ChainLayer, ...]] = MappingProxyType({})
    active: bool = True
    accepted: bool = True


class BlockResult(NamedTuple):
    """One instance of a block. ``nodes`` has one result a copy; ``order`` is the order of
    execution and of registration. ``bodies`` are the block instances inside, each with its copy;
    ``size`` counts the nodes with every repeat unrolled and ``depth`` the nesting below."""

    block: str
    args: Args
    order: tuple[str, ...]
    nodes: Mapping[str, tuple[NodeResult, ...]]
    edges: Mapping[str, EdgeResult]
    outputs: Mapping[str, TensorType | None]
    diagnostics: tuple[Diagnostic, ...] = ()
    bodies: tuple[tuple[int, BlockResult], ...] = ()
    size: int = 0
    depth: int = 0


class Leaf(NamedTuple):
    """A layer that runs: its instance (the last step's node is an edge's id for a layer of a
    shortcut), its definition, its ``state_dict`` prefix, and its figures."""

    instance: Instance
    definition: Definition
    module: str
    kind: str
    weights: tuple[Weight, ...]
    operations: Size
    output: TensorType | None

    @property
    def parameters(self) -> int:
        """The number of trainable elements that are its own."""
        own = (weight for weight in self.weights if not weight.buffer and not weight.tied)
        return sum(_elements(weight) for weight in own)


class Analysis(NamedTuple):
    """The analysis of a whole diagram: one :class:`BlockResult` tree and all its problems."""

    diagram: Diagram
    root: BlockResult
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Whether the diagram can become code."""
        return not any(problem.severity == "error" for problem in self.diagnostics)

    def at(self, instance: Instance) -> BlockResult | None:
        """The inside of the block instance at ``instance`` (``()`` is the main block)."""
        result: BlockResult | None = self.root
        for step in instance:
            copies = result.nodes.get(step.node, ()) if result else ()
            result = copies[step.copy].body if step.copy < len(copies) else None
        return result

    def blocks(self) -> Iterator[tuple[Instance, BlockResult]]:
        """Every block instance, the main block first, in order of execution."""
        yield from _blocks((), self.root)

    def instances_of(self, block: str) -> tuple[Instance, ...]:
        """Where ``block`` runs."""
        return tuple(instance for instance, result in self.blocks() if result.block == block)


def _blocks(instance: Instance, result: BlockResult) -> Iterator[tuple[Instance, BlockResult]]:
    yield instance, result
    for node in result.order:
        for copy, node_result in enumerate(result.nodes[node]):
            if node_result.body is not None:
                yield from _blocks((*instance, Step(node, copy)), node_result.body)


def _elements(weight: Weight) -> int:
    total = 1
    for size in weight.shape:
        assert isinstance(size, int), f"{weight.name} has a symbolic size"
        total *= size
    return total
