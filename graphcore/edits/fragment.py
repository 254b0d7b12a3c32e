"""Copying: a piece of a block as a value of its own, and putting it somewhere else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from graphcore.deferred import networkx as nx
from graphcore.diagram import Block, Diagram, Edge, Graph, Point, PortRef, Scales, Tie
from graphcore.edits.editing import (
    EditError,
    block_of,
    check_room,
    checked_point,
    is_edge,
    with_block,
)
from graphcore.edits.nodes import block_uses, check_kind
from graphcore.edits.scales import without_idle_scales
from graphcore.naming import FreshLabels, fresh_block, fresh_id, labels_in
from graphcore.store import StoreError, dumps, loads

_STEP = Point(48, 48)
"""How far a duplicate stands from its original: two cells of the canvas grid."""


class Fragment(NamedTuple):
    """A copied piece: a diagram whose main block is the piece, with the blocks it is made of.

    As text it is a ``.skw`` document, so what is copied can be pasted into an editor and a whole
    file can be pasted into a block.
    """

    diagram: Diagram

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to paste."""
        return not self.diagram.main_block.graph.nodes

    def to_text(self) -> str:
        """The text that goes to the clipboard."""
        return dumps(self.diagram)

    @staticmethod
    def from_text(text: str) -> Fragment:
        """The fragment that ``text`` is. Raises EditError where it is none."""
        try:
            return Fragment(loads(text))
        except StoreError as error:
            raise EditError(f"What is on the clipboard is no part of a diagram: {error}") from error


def copy(diagram: Diagram, block: str, items: Collection[str]) -> Fragment:
    """The nodes among ``items`` with the wires between them, and every definition they need."""
    inside = block_of(diagram, block)
    chosen = {item for item in items if not is_edge(diagram, block, item)}
    nodes = {name: node for name, node in inside.graph.nodes.items() if name in chosen}
    edges = {
        name: edge
        for name, edge in inside.graph.edges.items()
        if edge.source.node in chosen and edge.target.node in chosen
    }
    ties = tuple(t for t in inside.graph.ties if {t.source[0], t.target[0]} <= chosen)
    positions = {name: at for name, at in inside.positions.items() if name in chosen}
    uses = block_uses(diagram)
    needed: set[str] = set()
    for kind in {node.kind for node in nodes.values()} & set(diagram.blocks):
        needed |= {kind, *nx.descendants(uses, kind)}
    blocks = {name: definition for name, definition in diagram.blocks.items() if name in needed}
    main = fresh_block("Fragment", Diagram(blocks, ""))
    # Of a join that does not come along there is no branch to scale.
    graph = without_idle_scales(inside.graph, Graph(nodes, edges, ties))
    blocks[main] = Block(graph, positions=positions)
    return Fragment(Diagram(blocks, main, symbols=diagram.symbols))


def paste(
    diagram: Diagram, block: str, fragment: Fragment, at: Point
) -> tuple[Diagram, frozenset[str]]:
    """Put a fragment into a block, its top left corner at ``at``; returns the new nodes' ids.

    Labels that are taken get the next free number. A definition that is there already under the
    same name with the same content is used; one that differs comes in under a new name.
    """
    piece = fragment.diagram.main_block
    check_room(block_of(diagram, block).graph, block, len(piece.graph.nodes))
    edited, kinds = _with_definitions(diagram, fragment)
    _check_kinds(edited, block, {kinds.get(n.kind, n.kind) for n in piece.graph.nodes.values()})
    inside = edited.blocks[block]
    ids, graph = _merged(inside.graph, piece.graph, kinds)
    left = min((place.x for place in piece.positions.values()), default=0)
    top = min((place.y for place in piece.positions.values()), default=0)
    places = {
        ids[name]: checked_point((place.x - left + at.x, place.y - top + at.y))
        for name, place in piece.positions.items()
    }
    pasted = replace(inside, graph=graph, positions={**inside.positions, **places})
    symbols = {**fragment.diagram.symbols, **edited.symbols}
    return with_block(replace(edited, symbols=symbols), block, pasted), frozenset(ids.values())


def duplicate(
    diagram: Diagram, block: str, items: Collection[str]
) -> tuple[Diagram, frozenset[str]]:
    """Copy and paste a little to the right and below; returns the new nodes' ids."""
    fragment = copy(diagram, block, items)
    places = fragment.diagram.main_block.positions.values()
    left = min((place.x for place in places), default=0)
    top = min((place.y for place in places), default=0)
    return paste(diagram, block, fragment, Point(left + _STEP.x, top + _STEP.y))


def _with_definitions(diagram: Diagram, fragment: Fragment) -> tuple[Diagram, dict[str, str]]:
    """``diagram`` with the blocks that the fragment needs, and what each is called there."""
    offered = fragment.diagram
    uses = block_uses(offered)
    order = [name for name in reversed(list(nx.topological_sort(uses))) if name != offered.main]
    kinds: dict[str, str] = {}
    for name in order:
        definition = _with_kinds(offered.blocks[name], kinds)
        if diagram.blocks.get(name) == definition:
            kinds[name] = name
            continue
        kinds[name] = fresh_block(name, diagram)
        diagram = with_block(diagram, kinds[name], definition)
    return diagram, kinds


def _with_kinds(block: Block, kinds: Mapping[str, str]) -> Block:
    nodes = {
        name: replace(node, kind=kinds.get(node.kind, node.kind))
        for name, node in block.graph.nodes.items()
    }
    return replace(block, graph=replace(block.graph, nodes=nodes))


def _check_kinds(diagram: Diagram, block: str, kinds: Collection[str]) -> None:
    for kind in kinds:
        check_kind(diagram, block, kind)


def _merged(graph: Graph, piece: Graph, kinds: Mapping[str, str]) -> tuple[dict[str, str], Graph]:
    """``graph`` with the things of ``piece`` under fresh ids and labels, and the new id of each
    of its nodes."""
    labels = FreshLabels(labels_in(graph))
    nodes, edges = dict(graph.nodes), dict(graph.edges)
    grown = Graph(nodes, edges)
    ids: dict[str, str] = {}
    for old in piece.nodes.values():
        label = labels.take(old.label)
        ids[old.id] = fresh_id(label, grown)
        kind = kinds.get(old.kind, old.kind)
        scales = {port: _relabelled(chain, labels) for port, chain in old.scales.items()}
        nodes[ids[old.id]] = replace(old, id=ids[old.id], label=label, kind=kind, scales=scales)
    for old in piece.nodes.values():
        if old.same_as is not None:
            nodes[ids[old.id]] = replace(nodes[ids[old.id]], same_as=ids.get(old.same_as))
    for edge in piece.edges.values():
        new = _moved(edge, grown, ids, labels)
        edges[new.id] = new
    ties = tuple(
        Tie((ids[t.source[0]], t.source[1]), (ids[t.target[0]], t.target[1])) for t in piece.ties
    )
    return ids, Graph(nodes, edges, (*graph.ties, *ties))


def _moved(edge: Edge, grown: Graph, ids: Mapping[str, str], labels: FreshLabels) -> Edge:
    """``edge`` between the pasted nodes, with an id and a label that are free."""
    source = PortRef(ids[edge.source.node], edge.source.port)
    target = PortRef(ids[edge.target.node], edge.target.port)
    label = labels.take(edge.label) if edge.label else ""
    new_id = fresh_id(label or f"{source.node}-{target.node}", grown)
    scales = _relabelled(edge.scales, labels)
    return replace(edge, id=new_id, source=source, target=target, label=label, scales=scales)


def _relabelled(scales: Scales, labels: FreshLabels) -> Scales:
    return tuple(replace(scale, label=labels.take(scale.label)) for scale in scales)
