"""Sizes of parts of a diagram, added up from its analysis, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphcore.analysis.sharing import weight_shape
from graphcore.diagram import Diagram, Graph, Node
from graphcore.expression import Expr, ExpressionError, evaluate
from graphcore.results import BlockResult, ChainLayer, Leaf, NodeResult
from graphcore.spec import Weight
from graphcore.tensor_type import Size, substitute


@dataclass(frozen=True)
class Figures:
    """Trainable elements, and multiply–adds of one sample."""

    parameters: int = 0
    operations: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(self.parameters + other.parameters, self.operations + other.operations)

    def __str__(self) -> str:
        if not self.parameters and not self.operations:
            return "no parameters"
        plural = "s" if self.parameters != 1 else ""
        return f"{self.parameters:,} parameter{plural} · {short(self.operations)} multiply–adds"

    def in_lines(self) -> str:
        """The same, a line each."""
        return str(self).replace(" · ", "\n")


def of_diagram(diagram: Diagram, root: BlockResult) -> Figures:
    """The figures of everything that runs."""
    return _Counter(diagram).block(root)


def of_node(diagram: Diagram, copies: Iterable[NodeResult]) -> Figures:
    """The figures of all copies of a node, what is inside it included."""
    counter = _Counter(diagram)
    return _total(counter.node(copy) for copy in copies)


def of_chain(diagram: Diagram, chain: Iterable[ChainLayer]) -> Figures:
    """The figures of the layers that an edge or a scale builds."""
    counter = _Counter(diagram)
    return _total(counter.layer(layer) for layer in chain)


def of_leaves(diagram: Diagram, leaves: Iterable[Leaf]) -> tuple[int, ...]:
    """The multiply–adds of one sample in each of ``leaves``."""
    counter = _Counter(diagram)
    return tuple(counter.number(leaf.operations) for leaf in leaves)


def one_sample(diagram: Diagram) -> Mapping[str, int]:
    """The example value of every symbol, the batch being of one sample."""
    shapes = (node.params.get("shape") for node in diagram.main_block.graph.inputs())
    batch = {shape[0]: 1 for shape in shapes if isinstance(shape, tuple) and shape}
    names = {name: size for name, size in batch.items() if isinstance(name, str)}
    return {**diagram.symbols, "N": 1, **names}


def short(count: int) -> str:
    """A count in three figures: ``2.6 M``, ``41.2 M``, ``950``."""
    for power, sign in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= power:
            value = count / power
            return f"{value:.1f} {sign}" if value < 100 else f"{value:.0f} {sign}"
    return str(count)


class _Counter:
    """Adds up, block by block; an instance that is met twice is counted once and kept. What is
    called again or tied to another has no parameters of its own."""

    def __init__(self, diagram: Diagram) -> None:
        self._diagram = diagram
        self._symbols = one_sample(diagram)
        self._blocks: dict[int, Figures] = {}

    def block(self, result: BlockResult) -> Figures:
        known = self._blocks.get(id(result))
        if known is None:
            graph = self._diagram.blocks[result.block].graph
            nodes = (
                self._called(graph.nodes[node], copy, place)
                for node, copies in result.nodes.items()
                for place, copy in enumerate(copies)
            )
            edges = (self.layer(x) for e in result.edges.values() if e.active for x in e.chain)
            total = _total(nodes) + _total(edges)
            known = self._blocks[id(result)] = total + Figures(-self._tied(graph, result))
        return known

    def _called(self, node: Node, result: NodeResult, place: int) -> Figures:
        figures = self.node(result)
        again = node.same_as is not None or (node.shared and place > 0)
        return Figures(0, figures.operations) if again else figures

    def _tied(self, graph: Graph, result: BlockResult) -> int:
        shapes = (
            weight_shape(self._diagram, result.nodes[node][0], name)
            for node, name in {tie.target for tie in graph.ties}
            if node in result.nodes
        )
        return sum(_elements([Weight("", shape)]) for shape in shapes if shape is not None)

    def node(self, result: NodeResult) -> Figures:
        if not result.active:
            return Figures()
        own = Figures(_elements(result.weights), self.number(result.operations))
        scales = _total(self.layer(x) for chain in result.scales.values() for x in chain)
        inside = self.block(result.body) if result.body is not None else Figures()
        return own + scales + inside

    def layer(self, layer: ChainLayer) -> Figures:
        return Figures(_elements(layer.weights), self.number(layer.operations))

    def number(self, size: Size) -> int:
        """``size`` as a number, 0 where it cannot be known."""
        if isinstance(size, int):
            return size
        try:
            return substitute(size, self._symbols, self._opaque)
        except (KeyError, ZeroDivisionError, ExpressionError):
            return 0

    def _opaque(self, text: str) -> int:
        value = evaluate(Expr(text), self._symbols)
        return value if isinstance(value, int) else 0


def _total(figures: Iterable[Figures]) -> Figures:
    return sum(figures, Figures())


def _elements(weights: Iterable[Weight]) -> int:
    total = 0
    for weight in weights:
        sizes = [size for size in weight.shape if isinstance(size, int)]
        if not weight.buffer and len(sizes) == len(weight.shape):
            total += math.prod(sizes)
    return total
