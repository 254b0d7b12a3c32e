"""A class being written: its block, its instances in fact, and its result in symbols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from graphcore.diagram import Block, Diagram
from graphcore.explain import Cases, Explainer
from graphcore.expression import Expr, Value
from graphcore.naming import fresh, labels_in
from graphcore.program import Atom, ClassDefinition, Member
from graphcore.resolution import resolve
from graphcore.results import BlockResult
from graphcore.spec import Operand

RULE_FAILURES = (
    TypeError,
    ValueError,
    KeyError,
    AttributeError,
    IndexError,
    ArithmeticError,
    AssertionError,
)
"""What a rule written for numbers may raise when it is given symbols."""


@dataclass(frozen=True)
class Lowered:
    """A finished class, and what a call of it needs: the sizes and the extra arguments."""

    definition: ClassDefinition
    sizes: tuple[str, ...]
    extras: Mapping[str, Mapping[int, Operand]]
    support: tuple[str, ...]


@dataclass
class ClassScope:
    """A class being written: its block, its instances in fact, and its result in symbols.

    ``probed`` asks for the twin of the class, in which every value passes a probe on its edge.
    """

    diagram: Diagram
    name: str
    instances: tuple[BlockResult, ...]
    symbolic: BlockResult
    lowered: Mapping[str, Lowered]
    probed: bool = False
    explainer: Explainer = field(default_factory=Explainer)
    members: list[Member] = field(default_factory=list)
    support: dict[str, None] = field(default_factory=dict)

    @property
    def names(self) -> Mapping[str, Value]:
        """What the names of the class stand for: symbols."""
        return self.symbolic.args  # type: ignore[return-value]

    @property
    def block(self) -> Block:
        """The definition of the class."""
        return self.diagram.blocks[self.name]

    @cached_property
    def switches(self) -> Mapping[str, str]:
        """The attribute that says whether an edge's join is there, for every edge that may need
        one: ``has_downsample``."""
        graph = self.block.graph
        taken = labels_in(graph)
        found: dict[str, str] = {}
        for edge in graph.edges.values():
            source = graph.nodes[edge.source.node].label
            found[edge.id] = fresh(f"has_{edge.label or source}", taken)
            taken.add(found[edge.id])
        return found


def flag(scope: ClassScope, value: bool | Expr, name: str, needed: Mapping[int, bool]) -> str:
    """The text of a condition that is ``needed`` in each instance: the expression that was
    written, or a further argument of the class."""
    cases: Cases = [(at, needed[id(at)]) for at in scope.instances]
    symbolic: Operand = None
    if isinstance(value, Expr):
        symbolic = resolve(value, scope.names)
    tree = scope.explainer.tree(symbolic, cases, name)
    assert isinstance(tree, Atom)
    return tree.text
