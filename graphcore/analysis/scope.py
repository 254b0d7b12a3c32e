"""One instance of a block being walked by the analysis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from graphcore.diagnostics import Diagnostic, Fix
from graphcore.diagram import Block, Definition, Diagram, Edge, Node
from graphcore.expression import Value
from graphcore.results import BlockResult, EdgeResult, NodeResult
from graphcore.spec import Resolved
from graphcore.tensor_type import TensorType

Types = tuple[TensorType | None, ...]
BlockRule = Callable[
    [str, Mapping[str, Resolved], Types, tuple[str, ...], BlockResult | None], BlockResult
]


class Walked(NamedTuple):
    """What a walk found out about one node, and what it depended on, so that it can be kept."""

    node: Node
    edges: tuple[Edge, ...]
    sources: Types
    copies: tuple[NodeResult, ...]
    edge_results: Mapping[str, EdgeResult]
    diagnostics: tuple[Diagnostic, ...]


@dataclass
class Scope:
    """One instance of a block being walked.

    ``names`` are the values that expressions may use; ``inputs`` the types of the block's inputs;
    ``inside`` the names of the blocks around it; ``guide`` the concrete result that a symbolic
    walk follows; ``kept`` what an earlier walk of the same instance found, by node.
    """

    diagram: Diagram
    name: str
    names: dict[str, Value]
    inputs: dict[str, TensorType | None]
    block_rule: BlockRule
    inside: tuple[str, ...] = ()
    guide: BlockResult | None = None
    kept: dict[str, Walked] = field(default_factory=dict)

    @property
    def block(self) -> Block:
        """The definition."""
        return self.diagram.blocks[self.name]

    def problem(self, item: str, message: str, **more: object) -> Diagnostic:
        """An error at ``item`` of this block."""
        return Diagnostic("error", message, Definition(self.name, item), **more)  # type: ignore[arg-type]

    def fix(self, title: str, edit: Callable[..., Diagram], *args: object) -> Fix:
        """A one-click edit of this block."""
        return Fix(title, lambda diagram: edit(diagram, self.name, *args))
