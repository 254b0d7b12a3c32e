"""A diagram as text: one node, wire or parameter a line, so that moving one block is a diff of
one line.

The lines of a diagram are kept in sections. A new diagram that shares nodes and blocks with one
written before takes their lines over, so that writing after every edit costs next to nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphcore.diagram import Block, Diagram, Edge, Node, Point, PortRef, Scales, Tie
from graphcore.spec import ParamValue
from graphcore.store.error import StoreError
from graphcore.store.params import TYPE_NAMES, param_to_json, value_to_json

FORMAT = "skipwright"

_LINE_BREAKS = re.compile("[\u0085\u2028\u2029]")
"""Characters that JSON lets stand in a text and at which some programs break the line."""

Section = tuple[str, ...]
"""Lines of one list, without the commas between them."""


class BlockText(NamedTuple):
    """The lines of one block."""

    facts: Section
    params: Section
    nodes: Section
    edges: Section
    ties: Section


@dataclass(frozen=True)
class Written:
    """A diagram with the lines that it is written as."""

    diagram: Diagram
    head: Section
    blocks: Mapping[str, BlockText] = field(default_factory=dict)

    def text(self) -> str:
        """The whole file."""
        return file_text(self.head, self.blocks)


def file_text(head: Sequence[str], blocks: Mapping[str, BlockText]) -> str:
    """The whole file from the lines of its parts."""
    listed = [f"{_json(name)}: {{\n{_block_text(block)}\n    }}" for name, block in blocks.items()]
    parts = [*head, _listing('"blocks": {', listed, "}", 2)]
    return "{\n" + _joined(parts, 2) + "\n}\n"


def written(diagram: Diagram, before: Written | None = None) -> Written:
    """``diagram`` in lines; those of what it shares with ``before`` are taken over.

    Raises StoreError for a value that JSON does not know.
    """
    blocks: dict[str, BlockText] = {}
    for name, block in diagram.blocks.items():
        old = before.diagram.blocks.get(name) if before else None
        if before is not None and old is not None:
            text = before.blocks[name]
            blocks[name] = text if old is block else _changed_block(block, old, text)
        else:
            blocks[name] = _new_block(block)
    return Written(diagram, tuple(_head(diagram)), blocks)


def _head(diagram: Diagram) -> Iterator[str]:
    yield f'"format": {_json(FORMAT)}'
    yield f'"version": {_json(diagram.version)}'
    yield f'"main": {_json(diagram.main)}'
    yield f'"symbols": {_json(dict(diagram.symbols))}'
    if diagram.recipe:
        yield f'"recipe": {_json(_params(diagram.recipe))}'
    if diagram.notes:
        yield f'"notes": {_json(diagram.notes)}'


def _block_text(block: BlockText) -> str:
    parts = [*block.facts]
    if block.params:
        parts.append(_listing('"params": [', block.params, "]", 6))
    parts.append(_listing('"nodes": [', block.nodes, "]", 6))
    parts.append(_listing('"edges": [', block.edges, "]", 6))
    if block.ties:
        parts.append(_listing('"ties": [', block.ties, "]", 6))
    return _joined(parts, 6)


def _listing(opening: str, lines: Sequence[str], closing: str, indent: int) -> str:
    """A list or object with an item a line, two spaces further in than its brackets."""
    if not lines:
        return opening + closing
    return f"{opening}\n{_joined(lines, indent + 2)}\n{' ' * indent}{closing}"


def _joined(lines: Sequence[str], indent: int) -> str:
    margin = " " * indent
    return margin + f",\n{margin}".join(lines)


def _new_block(block: Block) -> BlockText:
    return BlockText(
        tuple(_facts(block)),
        tuple(_json(_param_json(param)) for param in block.params),
        tuple(_node(node, block.positions.get(name)) for name, node in block.graph.nodes.items()),
        tuple(map(_edge, block.graph.edges.values())),
        tuple(map(_tie, block.graph.ties)),
    )


def _changed_block(block: Block, old: Block, text: BlockText) -> BlockText:
    """The lines of ``block``, those of what it shares with ``old`` taken from ``text``."""
    nodes, edges = text.nodes, text.edges
    if block.graph.nodes is not old.graph.nodes or block.positions is not old.positions:
        nodes = tuple(_nodes(block, old, text.nodes))
    if block.graph.edges is not old.graph.edges:
        before = zip(old.graph.edges.items(), text.edges, strict=True)
        lines = {name: (edge, line) for (name, edge), line in before}
        edges = tuple(
            lines[name][1] if name in lines and lines[name][0] is edge else _edge(edge)
            for name, edge in block.graph.edges.items()
        )
    return BlockText(
        tuple(_facts(block)),
        tuple(_json(_param_json(param)) for param in block.params),
        nodes,
        edges,
        tuple(map(_tie, block.graph.ties)),
    )


def _nodes(block: Block, old: Block, lines: Section) -> Iterator[str]:
    kept = dict(zip(old.graph.nodes, lines, strict=True))
    for name, node in block.graph.nodes.items():
        at = block.positions.get(name)
        if old.graph.nodes.get(name) is node and old.positions.get(name) == at:
            yield kept[name]
        else:
            yield _node(node, at)


def _facts(block: Block) -> Iterator[str]:
    if block.form != "module":
        yield f'"form": {_json(block.form)}'
    if block.doc:
        yield f'"doc": {_json(block.doc)}'


def _node(node: Node, at: Point | None) -> str:
    fields: dict[str, Any] = {"id": node.id, "kind": node.kind}
    if node.label != node.id:
        fields["label"] = node.label
    if node.params:
        fields["params"] = _params(node.params)
    if node.repeat != 1:
        fields["repeat"] = value_to_json(node.repeat)
    if node.shared:
        fields["shared"] = True
    if node.same_as is not None:
        fields["same_as"] = node.same_as
    if node.active is not True:
        fields["active"] = value_to_json(node.active)
    if node.scales:
        fields["scales"] = {port: _scales(scales) for port, scales in node.scales.items()}
    if node.copy_names != "{i}":
        fields["copy_names"] = node.copy_names
    if at is not None:
        fields["at"] = list(at)
    return _json(fields)


def _edge(edge: Edge) -> str:
    fields: dict[str, Any] = {"id": edge.id, "from": _ref(edge.source), "to": _ref(edge.target)}
    if edge.kind != "flow":
        fields["kind"] = edge.kind
    if edge.label:
        fields["label"] = edge.label
    if edge.params:
        fields["params"] = _params(edge.params)
    if edge.active is not True:
        fields["active"] = value_to_json(edge.active)
    if edge.scales:
        fields["scales"] = _scales(edge.scales)
    return _json(fields)


def _tie(tie: Tie) -> str:
    return _json({"source": list(tie.source), "target": list(tie.target)})


def _ref(ref: PortRef) -> list[str]:
    return [ref.node, ref.port]


def _scales(scales: Scales) -> list[dict[str, Any]]:
    return [
        {"kind": scale.kind, "label": scale.label}
        | ({"params": _params(scale.params)} if scale.params else {})
        for scale in scales
    ]


def _params(params: Mapping[str, ParamValue]) -> dict[str, Any]:
    return {name: value_to_json(value) for name, value in params.items()}


def _param_json(param: Any) -> dict[str, Any]:
    if type(param) not in TYPE_NAMES:
        raise StoreError(f"a file has no parameters of the type {type(param).__name__}")
    return param_to_json(param)


def _json(value: object) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise StoreError(
            "a number that is not finite cannot be saved; put another there"
        ) from error
    return text if text.isascii() else _LINE_BREAKS.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"
