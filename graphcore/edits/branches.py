"""How many residual branches a selection holds, in numbers or in the parameters of its block."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from graphcore.diagram import Block, Diagram, Edge, Graph, Node
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits.editing import EditError, graph_of, is_edge
from graphcore.expression import Code, Expr, ExpressionError, Value, evaluate
from graphcore.ordering import order_of


@dataclass(frozen=True)
class Count:
    """A number of branches: a whole number, and terms as they were written with a factor each.

    >>> str(Count(1, {"(depth - 2) // 6": 2}))
    '2 * ((depth - 2) // 6) + 1'
    """

    number: int = 0
    terms: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Count) -> Count:
        terms = dict(self.terms)
        for term, factor in other.terms.items():
            terms[term] = terms.get(term, 0) + factor
        return Count(self.number + other.number, terms)

    def times(self, other: Count) -> Count:
        """The product."""
        if not self.terms:
            scaled = {term: factor * self.number for term, factor in other.terms.items()}
            return Count(self.number * other.number, scaled)
        if not other.terms:
            return other.times(self)
        return Count(0, {f"{bracketed(str(self))} * {bracketed(str(other))}": 1})

    def __str__(self) -> str:
        parts = [
            term if factor == 1 else f"{factor} * {bracketed(term)}"
            for term, factor in self.terms.items()
        ]
        return " + ".join([*parts, str(self.number)] if self.number or not parts else parts)


def bracketed(text: str) -> str:
    """``text`` as a factor: in brackets unless it is a name or a number."""
    return text if text.isidentifier() or text.isdigit() else f"({text})"


def count_branches(diagram: Diagram, block: str, items: Collection[str]) -> Count:
    """How many residual branches ``items`` hold. Raises EditError where there are none, or where
    their number is not known."""
    graph, names = graph_of(diagram, block), symbols(diagram, block)
    total = Count()
    for node in in_order(diagram, block, items):
        total += Count(len(added_ports(graph, node.id)))
        total += branches_inside(diagram, node, names) or Count()
    if total == Count():
        raise EditError(
            "None of the selected blocks adds a skip, so there is no residual branch here; select "
            "blocks that hold a skip, or put one round them first (S)."
        )
    return total


def in_order(diagram: Diagram, block: str, items: Collection[str]) -> list[Node]:
    """The nodes among ``items`` from input to output; a skip stands for the node it ends at."""
    graph = graph_of(diagram, block)
    meant = set()
    for item in items:
        if not is_edge(diagram, block, item):
            meant.add(item)
        elif _adds(graph.edges[item]):
            meant.add(graph.edges[item].target.node)
    order, cyclic = order_of(graph)
    return [graph.nodes[node] for node in (*order, *cyclic) if node in meant]


def added_ports(graph: Graph, node: str) -> list[str]:
    """The input ports of a node at which a skip is added."""
    return list(dict.fromkeys(edge.target.port for edge in graph.into(node) if _adds(edge)))


def adds_inside(block: Block) -> bool:
    """Whether a skip is added directly inside a block, not in blocks within it."""
    return any(_adds(edge) for edge in block.graph.edges.values())


def symbols(diagram: Diagram, block: str) -> dict[str, Value]:
    """The parameters of a block, standing for themselves."""
    return {param.name: Code(param.name) for param in diagram.blocks[block].params}


def branches_inside(
    diagram: Diagram, node: Node, names: Mapping[str, Value], around: tuple[str, ...] = ()
) -> Count | None:
    """How many branches all copies of a node hold inside, in the names around it; None where it
    is no block that holds any. A block that adds directly inside counts as one, however often."""
    kind = diagram.blocks.get(node.kind)
    if kind is None or node.same_as is not None or node.kind in around:
        return None
    if adds_inside(kind):
        return _copies(node, names)
    given, inner = _given(kind, node, names), (*around, node.kind)
    found = [branches_inside(diagram, one, given, inner) for one in kind.graph.nodes.values()]
    held = [count for count in found if count is not None]
    return _copies(node, names).times(sum(held, Count())) if held else None


def _adds(edge: Edge) -> bool:
    return EDGE_KINDS[edge.kind].join == "add" and edge.active is not False


def _given(kind: Block, node: Node, names: Mapping[str, Value]) -> dict[str, Value]:
    """What a node hands to its block, in the names around it, as far as that does not depend on
    the copy."""
    given: dict[str, Value] = {}
    for param in kind.params:
        value = node.params.get(param.name, param.default)
        if isinstance(value, Expr):
            try:
                given[param.name] = evaluate(value, names)
            except ExpressionError:
                continue
        elif not isinstance(value, tuple):
            given[param.name] = value
    return given


def _copies(node: Node, names: Mapping[str, Value]) -> Count:
    if node.shared or node.repeat == 1:
        return Count(1)
    if isinstance(node.repeat, int):
        return Count(node.repeat)
    try:
        copies = evaluate(node.repeat, names)
    except ExpressionError as error:
        raise EditError(
            f"How often '{node.label}' repeats is not known from outside ({error}); give it a "
            "number, or select the blocks inside."
        ) from error
    return Count(copies) if isinstance(copies, int) else Count(0, {str(copies): 1})
