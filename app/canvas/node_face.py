"""What a block on the canvas shows, as a value: the analysis seen from one node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from app.canvas.miniature import Miniature, joins_of, miniature
from graphcore.deferred import networkx as nx
from graphcore.diagnostics import Diagnostic
from graphcore.diagram import Diagram, Node
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.measures import expected_copies, is_chip, is_end
from graphcore.results import BlockResult, NodeResult
from graphcore.tensor_type import TensorType
from graphcore.variation import ranges
from graphcore.wording import wording

Severity = Literal["", "warning", "error"]


class Face(NamedTuple):
    """The words and marks of a block. ``copies`` is how often it is repeated, as text; ``note``
    says in which copies a shortcut is not the identity. An end of its block (``is_end``) is known
    by its label."""

    title: str
    caption: str
    label: str
    copies: str = ""
    is_chip: bool = False
    active: bool = True
    problem: Severity = ""
    miniature: Miniature | None = None
    note: str = ""
    is_end: bool = False


def face_of(
    diagram: Diagram, node: Node, results: Sequence[NodeResult], problem: Severity = ""
) -> Face:
    """The face of ``node``, whose copies were analysed as ``results`` (possibly none)."""
    first = results[0] if results else None
    further = [result.args for result in results[1:]]
    title, caption = wording(diagram, node, first.args if first else None, further)
    if first is not None and is_end(node):
        caption = _type_text((*first.outputs.values(), *first.inputs.values()))
    picture = None
    if node.kind in diagram.blocks:
        known = node.repeat if isinstance(node.repeat, int) else 1
        copies = len(results) or known
        caption = _with_copies(diagram, node, caption, first.body if first else None)
        picture = miniature(diagram, node, copies, [result.body for result in results])
    return Face(
        title,
        caption,
        node.label,
        copies=_copies_text(node, len(results)),
        is_chip=is_chip(node),
        is_end=is_end(node),
        active=first.active if first else node.active is not False,
        problem=problem,
        miniature=picture,
        note=", ".join(
            words
            for words in (
                _stack_text(diagram, [result.body for result in results]),
                _shortcuts_text([result.body for result in results]),
            )
            if words
        ),
    )


def problems_of(diagram: Diagram, block: str, found: Sequence[Diagnostic]) -> dict[str, Severity]:
    """The worst problem of every item of ``block``; one inside a block marks its instances."""
    marks: dict[str, Severity] = {}
    if not found:
        return marks
    blocks: dict[str, Severity] = {}
    for problem in found:
        blocks[problem.at.block] = _worse(blocks.get(problem.at.block, ""), problem.severity)
        if problem.at.block == block:
            marks[problem.at.item] = _worse(marks.get(problem.at.item, ""), problem.severity)
    inside = _worst_inside(diagram, blocks)
    for node in diagram.blocks[block].graph.nodes.values():
        if inside.get(node.kind):
            marks[node.id] = _worse(marks.get(node.id, ""), inside[node.kind])
    return marks


def _worst_inside(diagram: Diagram, own: Mapping[str, Severity]) -> dict[str, Severity]:
    """The worst problem in every block and in the blocks it is made of."""
    uses: nx.DiGraph[str] = nx.DiGraph()
    for name, block in diagram.blocks.items():
        kinds = {node.kind for node in block.graph.nodes.values()} & diagram.blocks.keys()
        uses.add_edges_from((name, kind) for kind in kinds)
    worst = dict(own)
    for name, severity in own.items():
        for user in nx.ancestors(uses, name) if name in uses else ():
            worst[user] = _worse(worst.get(user, ""), severity)
    return worst


def _worse(a: Severity, b: Severity) -> Severity:
    return "error" if "error" in (a, b) else a or b


def _copies_text(node: Node, analysed: int) -> str:
    if isinstance(node.repeat, int):
        return "" if node.repeat == 1 else f"×{node.repeat}"
    if analysed == 1:
        return ""
    return f"×{analysed}" if analysed else f"×{node.repeat.source}"


_SHORTCUTS = ("projection", "pad")
"""What a shortcut is called that changes what it carries."""


def _shortcuts_text(bodies: Sequence[BlockResult | None]) -> str:
    """In which copies of a block a shortcut projects or pads; "" if in none."""
    found: list[str] = []
    for name in _SHORTCUTS:
        copies = [
            copy
            for copy, body in enumerate(bodies, 1)
            if body is not None
            and any(edge.shortcut == name and edge.active for edge in body.edges.values())
        ]
        if copies and len(bodies) == 1:
            found.append(name)
        elif len(copies) == len(bodies):
            found += [f"{name} in every copy"] if copies else []
        elif copies:
            found.append(f"{name} in {'copy' if len(copies) == 1 else 'copies'} {ranges(copies)}")
    return ", ".join(found)


def _stack_text(diagram: Diagram, bodies: Sequence[BlockResult | None]) -> str:
    """How many skips there are in each copy of a block, or of what is repeated in it, where that is
    more than the one that a cell shows."""
    known = [body for body in bodies if body is not None]
    if len(known) > 1:
        each = _skips_each(diagram, known)
        return f"{each} skips in every copy" if each > 1 else ""
    repeats = known[0].nodes.values() if known else ()
    found: list[str] = []
    for copies in repeats:
        inner = [copy.body for copy in copies if copy.body is not None]
        each = _skips_each(diagram, inner) if len(inner) > 1 else 0
        found += [f"{len(inner)} × {each} skips"] if each > 1 else []
    return ", ".join(found)


def _skips_each(diagram: Diagram, bodies: Sequence[BlockResult]) -> int:
    """How many skips there are in every one of ``bodies``; 0 where that differs."""
    counts = {
        sum(
            EDGE_KINDS[edge.kind].join == "add"
            for edge in joins_of(diagram.blocks[body.block], body)
        )
        for body in {id(body): body for body in bodies}.values()
    }
    return counts.pop() if len(counts) == 1 else 0


def _with_copies(diagram: Diagram, node: Node, caption: str, body: BlockResult | None) -> str:
    """The caption of a block with how often what it is made of is repeated, behind its kind."""
    inside = diagram.blocks[node.kind].graph.nodes.values()
    known = body.nodes if body is not None else {}
    repeated = [
        len(known.get(item.id, ())) or expected_copies(diagram, item)
        for item in inside
        if item.kind in diagram.blocks
    ]
    copies = [str(count) for count in repeated if count > 1]
    if not copies:
        return caption
    kind, between, rest = caption.partition(" · ")
    return f"{kind} · {', '.join(copies)} copies{between}{rest}"


def _type_text(types: Sequence[TensorType | None]) -> str:
    return types[0].without_batch() if types and types[0] is not None else ""
