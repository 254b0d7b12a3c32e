"""How much memory a step of training takes, which blocks take most of it, and what would fit.

An estimate from the analysis alone, so that the window can make it before a run, and for a process
that was killed. Of every layer the output is counted; what autograd keeps, and the gradients of
what it keeps, come to about the same.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from graphcore.analysis import leaves
from graphcore.diagram import Definition, Diagram, Instance
from graphcore.results import Analysis, Leaf
from graphcore.tensor_type import TensorType
from graphcore.training.data.arrays import DataInfo
from graphcore.training.data.match import known_size, sizes_of_a_batch
from graphcore.training.optimizer_kinds import OPTIMIZER_KINDS
from graphcore.training.recipe import Recipe

NAMED = 3
"""How many of the largest blocks are named."""

MOST_OF_ALL = 0.6
"""A block that takes this share says little by its name: those inside it are named."""

ROOM = 0.6
"""How much of the free memory may be planned with; the rest is work space."""

_FLOAT = 4
_BYTES = {"float64": 8, "int64": 8, "float16": 2, "bfloat16": 2, "bool": 1, "uint8": 1, "int8": 1}
_HALF = ("bf16", "fp16")


@dataclass(frozen=True)
class BlockMemory:
    """What a block takes, all its copies together. ``label`` is what a person sees."""

    label: str
    instance: Instance
    definition: Definition
    bytes: int


@dataclass(frozen=True)
class MemoryNeed:
    """The bytes that a step takes: the activations of ``samples`` samples at once, and the weights
    with their gradients and the optimizer's state. ``blocks`` begin with the largest."""

    samples: int
    activations: int
    weights: int
    blocks: tuple[BlockMemory, ...]

    @property
    def total(self) -> int:
        """All of it."""
        return self.activations + self.weights

    def samples_within(self, free: int | None) -> int:
        """For how many samples at once ``free`` bytes should do, a power of two and fewer than
        now; 0 where not even one fits. Where it is not known what is free, half as many."""
        most = self.samples // 2
        if free is not None and self.activations:
            each = self.activations / self.samples
            most = min(most, math.floor((free * ROOM - self.weights) / each))
        return 2 ** (most.bit_length() - 1) if most > 0 else 0


def memory_of(analysis: Analysis, recipe: Recipe, info: DataInfo | None = None) -> MemoryNeed:
    """What a step of the diagram's training takes; sizes that stay unknown are left out. The
    samples' sizes are those of the data ``info``, or of the diagram's example."""
    samples = -(-recipe.batch_size // (recipe.accumulation * recipe.devices))
    symbols = sizes_of_a_batch(analysis, info, samples)
    half = recipe.precision in _HALF
    copies = 2 + _states(recipe)
    taken = []
    activations = weights = 0
    for leaf in leaves(analysis):
        output = _bytes(leaf.output, symbols, half=half)
        own = _FLOAT * copies * leaf.parameters
        activations, weights = activations + output, weights + own
        taken.append((leaf, output + own))
    blocks = _largest(analysis.diagram, taken)
    return MemoryNeed(samples, activations, weights, blocks)


def in_words(need: MemoryNeed, recipe: Recipe, free: int | None = None) -> str:
    """Where the memory goes, and what to do; ``free`` is what there is for a run, if known."""
    parts = f" in {recipe.accumulation} parts" if recipe.accumulation > 1 else ""
    parts += f" on {recipe.devices} devices, on each of them," if recipe.devices > 1 else ""
    return (
        f"a step of {recipe.batch_size:,} samples{parts} takes about {amount(need.total)}"
        f"{_mostly(need)}. {_advice(need, recipe, free)}"
    )


def amount(size: float) -> str:
    """Bytes as people write them.

    >>> amount(3 * 2**30)
    '3.0 GiB'
    """
    for unit, bytes_ in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20)):
        if size >= bytes_:
            return f"{size / bytes_:.1f} {unit}"
    return f"{size / 2**10:.1f} KiB"


def _mostly(need: MemoryNeed) -> str:
    named = [f"'{block.label}' ({amount(block.bytes)})" for block in need.blocks[:NAMED]]
    if not named:
        return ""
    most = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    return f", most of it for {most}"


def _advice(need: MemoryNeed, recipe: Recipe, free: int | None) -> str:
    fits = need.samples_within(free)
    if not fits:
        return (
            f"Weights, gradients and optimizer state alone take {amount(need.weights)}, and every "
            f"sample {amount(need.activations / need.samples)}: choose a smaller network, or "
            "another device"
        )
    parts = -(-recipe.batch_size // (fits * recipe.devices))
    ways = [
        f"choose a batch size of {fits * recipe.accumulation * recipe.devices:,}",
        f"keep {recipe.batch_size:,} and go through it in {parts} parts (accumulation)",
    ]
    if recipe.precision not in _HALF:
        ways.append("take the precision bf16, which halves most of it")
    text = f"{', '.join(ways[:-1])}, or {ways[-1]}"
    return text[0].upper() + text[1:]


def _states(recipe: Recipe) -> int:
    """How many numbers the optimizer keeps for every weight."""
    kind = OPTIMIZER_KINDS[recipe.optimizer]
    return kind.states + (kind.momentum and recipe.momentum > 0)


def _bytes(kind: TensorType | None, symbols: dict[str, int], *, half: bool) -> int:
    if kind is None:
        return 0
    sizes = [known_size(dim, symbols) for dim in kind.dims]
    each = _BYTES.get(kind.dtype, _FLOAT)
    if half and kind.is_floating:
        each = 2
    return 0 if None in sizes else each * math.prod(size for size in sizes if size is not None)


def _largest(diagram: Diagram, taken: Sequence[tuple[Leaf, int]]) -> tuple[BlockMemory, ...]:
    """What each block of the main block takes, the largest first; where one of them takes nearly
    all, what those inside it take, and so on."""
    inside: tuple[str, ...] = ()
    while True:
        depth = len(inside) + 1
        groups: dict[str, list[tuple[Leaf, int]]] = defaultdict(list)
        for leaf, size in taken:
            path = tuple(step.node for step in leaf.instance)
            if path[: depth - 1] == inside:
                groups[path[depth - 1]].append((leaf, size))
        sums = {node: sum(size for _, size in some) for node, some in groups.items()}
        order = sorted(sums, key=lambda node: -sums[node])
        deeper = order and any(len(leaf.instance) > depth for leaf, _ in groups[order[0]])
        if not deeper or sums[order[0]] < MOST_OF_ALL * sum(sums.values()):
            return tuple(
                _block(diagram, groups[node][0][0], depth, sums[node])
                for node in order
                if sums[node]
            )
        inside = (*inside, order[0])


def _block(diagram: Diagram, leaf: Leaf, depth: int, size: int) -> BlockMemory:
    """The block ``depth`` steps down the way to ``leaf``."""
    block, labels = diagram.main, []
    at = leaf.definition
    for step in leaf.instance[:depth]:
        node = diagram.blocks[block].graph.nodes.get(step.node)
        at = Definition(block, step.node)
        if node is None:  # a layer on an edge, or a scale
            labels.append(leaf.module.rsplit(".", 1)[-1])
            at = leaf.definition
            break
        labels.append(node.label)
        block = node.kind
    return BlockMemory(".".join(labels), leaf.instance[:depth], at, size)
