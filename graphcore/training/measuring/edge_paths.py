"""Which uses of values in the generated code an edge of the diagram stands for.

A probe sits where a value is used: at a layer, or at a join. An edge that ends at the wall of a
block goes on inside along other edges, and what comes back along it is the sum of what comes back
along those.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from graphcore.diagram import OUTPUT, Block, Diagram, Edge, Instance, Node, Step
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.layers import LAYERS
from graphcore.leaves import copy_name
from graphcore.lowering.shortcuts import joins
from graphcore.modules import has_module, is_container, module_label
from graphcore.ports import input_ports, output_ports
from graphcore.results import Analysis, BlockResult
from graphcore.tensor_type import Dim, TensorType


@dataclass(frozen=True)
class Use:
    """A use of a value: the module whose ``forward`` uses it, and the edge that brings it there."""

    module: str
    edge: str


@dataclass(frozen=True)
class EdgeRow:
    """An edge of one block instance and the uses it stands for; ``is_common`` if the value that it
    brings is one for all samples, as a learned token is."""

    instance: Instance
    edge: str
    uses: frozenset[Use]
    is_common: bool = False


@dataclass
class _Place:
    """A block instance that runs, where it stands, and those inside it."""

    diagram: Diagram
    result: BlockResult
    instance: Instance
    module: str
    parent: _Place | None = None
    inside: dict[Step, _Place] = field(default_factory=dict)
    known: dict[str, frozenset[Use]] = field(default_factory=dict)

    @property
    def block(self) -> Block:
        return self.diagram.blocks[self.result.block]

    def uses(self, edge: Edge) -> frozenset[Use]:
        """The uses that ``edge`` stands for."""
        if edge.id not in self.known:
            self.known[edge.id] = frozenset(self._uses(edge))
        return self.known[edge.id]

    def _uses(self, edge: Edge) -> Iterator[Use]:
        target = self.block.graph.nodes[edge.target.node]
        at = edge.target.port
        if self._is_joined(target, at):
            yield Use(self.module, edge.id)
        elif target.kind == OUTPUT:
            yield from self._beyond(target) if self.parent else [Use(self.module, edge.id)]
        elif not self._is_class(target):
            yield Use(self.module, edge.id)
        else:
            first = at == input_ports(self.diagram, target)[0].name
            copies = [0] if first else range(len(self.result.nodes[target.id]))
            for copy in copies:
                yield from self._within(target, copy, at)

    def _is_joined(self, node: Node, port: str) -> bool:
        arriving = self.block.graph.into(node.id, port)
        present = [edge for edge in arriving if joins(self.result.edges[edge.id])]
        return any(EDGE_KINDS[edge.kind].join != "none" for edge in present)

    def _is_class(self, node: Node) -> bool:
        return node.kind not in LAYERS and self.diagram.blocks[node.kind].form == "module"

    def _within(self, node: Node, copy: int, port: str) -> Iterator[Use]:
        """Along the edges that go on from an input of a copy."""
        place = self.inside.get(Step(node.id, copy))
        if place is None:
            return
        for entry in place.block.graph.inputs():
            if entry.label == port:
                for edge in place.block.graph.out_of(entry.id):
                    yield from place.uses(edge)

    def _beyond(self, output: Node) -> Iterator[Use]:
        """Along the edges that go on from an output of this instance."""
        assert self.parent is not None
        step = self.instance[-1]
        node = self.parent.block.graph.nodes[step.node]
        ports = output_ports(self.diagram, node)
        if step.copy + 1 < len(self.parent.result.nodes[node.id]):
            if output.label == ports[0].name:
                entry = input_ports(self.diagram, node)[0].name
                yield from self.parent._within(node, step.copy + 1, entry)
            return
        for edge in self.parent.block.graph.out_of(node.id, output.label):
            yield from self.parent.uses(edge)


def edge_rows(analysis: Analysis) -> tuple[EdgeRow, ...]:
    """Every edge of every block instance that runs, those of the main block first."""
    root = _Place(analysis.diagram, analysis.root, (), "")
    places = [root, *_open(root)]
    batch = _batch_symbols(analysis)
    return tuple(
        EdgeRow(
            place.instance,
            edge.id,
            place.uses(edge),
            is_common=_is_common(place.result.edges[edge.id].type, batch),
        )
        for place in places
        if place.block.form == "module" or place is root
        for edge in place.block.graph.edges.values()
        if joins(place.result.edges[edge.id])
    )


def _batch_symbols(analysis: Analysis) -> frozenset[str]:
    """What the number of samples is called: the first size of each input."""
    given = (
        analysis.root.nodes[entry.id][0].outputs["y"]
        for entry in analysis.diagram.main_block.graph.inputs()
    )
    first = (kind.dims[0] for kind in given if kind is not None and kind.dims)
    return frozenset().union(*(size.symbols for size in first if isinstance(size, Dim)))


def _is_common(kind: TensorType | None, batch: frozenset[str]) -> bool:
    """Whether no size of it depends on the number of samples."""
    if kind is None or not batch:
        return False
    sizes = [size for size in kind.dims if isinstance(size, Dim)]
    return not any(size.is_opaque or size.symbols & batch for size in sizes)


def _open(place: _Place) -> list[_Place]:
    """Make the places of the blocks inside ``place``, and of those inside them."""
    found: list[_Place] = []
    sequential = place.block.form == "sequential"
    position = 0
    for node_id in place.result.order:
        node = place.block.graph.nodes[node_id]
        if node.same_as is not None or not has_module(place.diagram, place.block, node):
            continue
        label = str(position) if sequential else module_label(place.block, node)
        position += 1
        name = f"{place.module}.{label}" if place.module else label
        copies = place.result.nodes[node_id]
        if not is_container(node):
            copies = copies[:1]
        for copy, one in enumerate(copies):
            if one.body is None:
                continue
            step = Step(node_id, copy)
            own = f"{name}.{copy_name(node, copy)}" if is_container(node) else name
            inside = _Place(place.diagram, one.body, (*place.instance, step), own, place)
            place.inside[step] = inside
            found += [inside, *_open(inside)]
    return found
