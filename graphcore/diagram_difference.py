"""What differs between two diagrams as models: blocks, wires and parameters, not their layout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from graphcore.diagram import Block, Diagram, Edge, Graph


@dataclass(frozen=True)
class DiagramDifference:
    """``blocks`` that differ, are missing or are new, as ``Residual.conv1``; how many ``wires``
    do; the blocks' definitions whose ``parameters`` differ; whether anything else does."""

    blocks: tuple[str, ...] = ()
    wires: int = 0
    parameters: tuple[str, ...] = ()
    other: bool = False

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.blocks or self.wires or self.parameters or self.other)

    def in_words(self) -> str:
        """``3 blocks and 1 wire differ``; ``same`` where nothing does.

        >>> DiagramDifference(blocks=("Net.conv1",)).in_words()
        '1 block differs'
        """
        parts = [
            _count(len(self.blocks), "block"),
            _count(self.wires, "wire"),
        ]
        told = " and ".join(filter(None, parts))
        if told:
            return f"{told} differ{'s' if len(self.blocks) + self.wires == 1 else ''}"
        if self.parameters:
            return "only parameters differ"
        return "order or ties differ" if self.other else "same"


def difference(one: Diagram, other: Diagram) -> DiagramDifference:
    """What differs. Main blocks are compared whatever they are called; other blocks by name, and
    what is inside them by id, wires by what they join and how."""
    mine, its = _definitions(one), _definitions(other)
    blocks: list[str] = []
    wires, parameters, others = 0, [], False
    for name in dict.fromkeys([*mine, *its]):
        first, second = mine.get(name, Block()), its.get(name, Block())
        title = name or one.main
        changed = [f"{title}.{label}" for label in _changed(first.graph, second.graph)]
        crossed = _changed_wires(first.graph, second.graph)
        blocks += changed
        wires += crossed
        if first.params != second.params and name in mine and name in its:
            parameters.append(title)
        elif not changed and not crossed:
            others |= first.graph != second.graph or first.form != second.form
    return DiagramDifference(tuple(blocks), wires, tuple(parameters), others)


def _definitions(diagram: Diagram) -> Mapping[str, Block]:
    """The blocks of the model by name, the main one under ""."""
    used = _used(diagram)
    found = {name: block for name, block in diagram.blocks.items() if name in used}
    main = found.pop(diagram.main)
    return {"": main, **found}


def _used(diagram: Diagram) -> set[str]:
    """The definitions that the model is made of."""
    found, open_ = {diagram.main}, [diagram.main]
    while open_:
        for node in diagram.blocks[open_.pop()].graph.nodes.values():
            if node.kind in diagram.blocks and node.kind not in found:
                found.add(node.kind)
                open_.append(node.kind)
    return found


def _changed(one: Graph, other: Graph) -> Iterator[str]:
    for id in dict.fromkeys([*one.nodes, *other.nodes]):
        mine, its = one.nodes.get(id), other.nodes.get(id)
        if mine != its:
            node = mine or its
            assert node is not None
            yield node.label


def _changed_wires(one: Graph, other: Graph) -> int:
    mine = Counter(map(repr, map(_nameless, one.edges.values())))
    its = Counter(map(repr, map(_nameless, other.edges.values())))
    return max((mine - its).total(), (its - mine).total())


def _nameless(edge: Edge) -> Edge:
    """The wire without its id, which says nothing of the model."""
    return replace(edge, id="", params=dict(sorted(edge.params.items())))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}" if number else ""
