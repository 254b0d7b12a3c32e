"""Types, weights and problems of a diagram: a function of the value, held beside it.

There are no dirty flags. The result of a block is a function of its content, its arguments and the
types of its inputs, and is kept on exactly that; inside a block that did change, what a node's
result depended on is compared by identity, which immutable values make safe.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import cast

from graphcore.analysis.graph_problems import graph_problems
from graphcore.analysis.inference import input_sizes, walk
from graphcore.analysis.scope import Scope, Types, Walked
from graphcore.diagnostics import Diagnostic
from graphcore.diagram import (
    INPUT,
    MAX_EXPANDED,
    MAX_NESTING,
    Block,
    Definition,
    Diagram,
    Node,
)
from graphcore.expression import Value
from graphcore.layers import LAYERS
from graphcore.leaves import leaves
from graphcore.resolution import resolve_args
from graphcore.results import Analysis, BlockResult
from graphcore.spec import Refused, Resolved
from graphcore.tensor_type import TensorType

__all__ = ["analyse", "leaves", "used_blocks"]

Key = tuple[object, ...]
_MOST_KEPT = 1024


@dataclass
class _Kept:
    """The last result of one block in one context, and the definitions that it came from."""

    definitions: tuple[Block, ...]
    result: BlockResult
    walked: dict[str, Walked] = field(default_factory=dict)


_kept: OrderedDict[Key, _Kept] = OrderedDict()
_lock = RLock()


def analyse(diagram: Diagram) -> Analysis:
    """Everything that can be known of ``diagram`` without running it. Never raises.

    A broken node gives one diagnostic, what follows it stays unknown, and the rest keeps its
    shapes.
    """
    with _lock:
        analyst = _Analyst(diagram)
        main = diagram.main_block
        try:
            args: Mapping[str, Resolved] = resolve_args(main.params, {}, {})
            extra: tuple[Diagnostic, ...] = ()
        except (Refused, ValueError) as error:
            args = {}
            message = f"{diagram.main}: {error}; give it a default"
            extra = (Diagnostic("error", message, Definition(diagram.main, "")),)
        types: Types = tuple(_input_type(node) for node in main.graph.inputs())
        root = analyst.block(diagram.main, args, types, (), None)
        extra += graph_problems(diagram)
        extra += _size_problems(diagram, root)
        return Analysis(diagram, root, extra + _gather(root))


def _input_type(node: Node) -> TensorType | None:
    try:
        args = resolve_args(LAYERS[INPUT].params, node.params, {})
        return LAYERS[INPUT].shape(args, ())[0]
    except (Refused, ValueError):
        return None  # The walk meets the same refusal and reports it on the node.


class _Analyst:
    """Analyses blocks of one diagram, keeping results between diagrams."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self._definitions: dict[str, tuple[Block, ...]] = {}
        self._symbols = tuple(sorted(diagram.symbols.items()))

    def block(
        self,
        name: str,
        args: Mapping[str, Resolved],
        types: Types,
        inside: tuple[str, ...],
        guide: BlockResult | None,
    ) -> BlockResult:
        """The result of the block ``name`` with ``args`` and inputs of ``types``."""
        definitions = self.definitions(name)
        key = (name, tuple(args.items()), types, self._symbols, bool(inside))
        kept = _kept.get(key)
        if kept is not None and _same(kept.definitions, definitions):
            _kept.move_to_end(key)
            return kept.result
        block = self.diagram.blocks[name]
        labels = [node.label for node in block.graph.inputs()]
        names = {**cast(Mapping[str, Value], args), **input_sizes(block, types)}
        inputs = dict(zip(labels, types, strict=True))
        scope = Scope(self.diagram, name, names, inputs, self.block, inside)
        scope.kept = kept.walked if kept is not None else {}
        result, walked = walk(scope)
        _kept[key] = _Kept(definitions, result, walked)
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
        return result

    def definitions(self, name: str) -> tuple[Block, ...]:
        """The block ``name`` and every block inside it, on which its result depends."""
        known = self._definitions.get(name)
        if known is not None:
            return known
        found: dict[str, Block] = {}
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current in found:
                continue
            found[current] = self.diagram.blocks[current]
            waiting.extend(used_blocks(self.diagram, found[current]))
        self._definitions[name] = tuple(found.values())
        return self._definitions[name]


def _same(a: tuple[Block, ...], b: tuple[Block, ...]) -> bool:
    return len(a) == len(b) and all(x is y for x, y in zip(a, b, strict=True))


def used_blocks(diagram: Diagram, block: Block) -> list[str]:
    """The names of the blocks that ``block`` has instances of, once each, in order."""
    kinds = {node.kind: None for node in block.graph.nodes.values()}
    return [kind for kind in kinds if kind in diagram.blocks and kind not in LAYERS]


def _size_problems(diagram: Diagram, root: BlockResult) -> tuple[Diagnostic, ...]:
    """The limits of the whole: nodes with every repeat unrolled, and nesting."""
    at = Definition(diagram.main, "")
    problems: list[Diagnostic] = []
    if root.size > MAX_EXPANDED:
        message = (
            f"{diagram.main}: {root.size:,} layers with every repeat unrolled; the limit is "
            f"{MAX_EXPANDED:,}. Lower the number of copies"
        )
        problems.append(Diagnostic("error", message, at))
    if root.depth > MAX_NESTING:
        message = f"{diagram.main}: blocks are nested {root.depth} deep; the limit is {MAX_NESTING}"
        problems.append(Diagnostic("error", message, at))
    return tuple(problems)


def _gather(root: BlockResult) -> tuple[Diagnostic, ...]:
    """Every problem once, with the copies that it appears in where not all have it."""
    seen: dict[tuple[object, ...], Diagnostic] = {}
    copies: dict[tuple[object, ...], set[int]] = {}
    visits: dict[str, int] = {}
    hits: dict[tuple[object, ...], int] = {}
    for copy, result in _distinct(root):
        visits[result.block] = visits.get(result.block, 0) + 1
        for problem in result.diagnostics:
            key = (problem.severity, problem.message, problem.at, problem.port, problem.param)
            seen.setdefault(key, problem)
            copies.setdefault(key, set()).add(copy)
            hits[key] = hits.get(key, 0) + 1
    return tuple(
        problem._replace(copies=tuple(sorted(copies[key])))
        if hits[key] < visits[problem.at.block]
        else problem
        for key, problem in seen.items()
    )


def _distinct(root: BlockResult) -> Iterator[tuple[int, BlockResult]]:
    """Every different block result once, with the first copy in which it appears."""
    seen: set[int] = set()
    waiting = [(0, root)]
    while waiting:
        copy, result = waiting.pop()
        if id(result) in seen:
            continue
        seen.add(id(result))
        yield copy, result
        waiting.extend(result.bodies)
