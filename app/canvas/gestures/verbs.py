"""What can be done to the selection: each verb is one step of the undo stack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from PySide6.QtGui import QGuiApplication

from app.canvas.gestures.verdicts import fitted
from app.canvas.placing.making_room import with_room
from app.document import Document
from graphcore import edits
from graphcore.diagram import Block, Diagram, EdgeKindName, Point
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits import Fragment
from graphcore.measures import GRID

Direction = Literal["left", "right", "up", "down", "next", "previous"]


def delete(document: Document) -> None:
    """Remove what is selected."""
    chosen, block = document.selection, document.block
    if chosen:
        document.apply(_titled("Delete", chosen), lambda d: edits.delete(d, block, chosen))


def dissolve(document: Document) -> None:
    """Remove the selected blocks and let the wires run on."""
    chosen, block = document.selection, document.block
    if chosen:
        document.apply(_titled("Dissolve", chosen), lambda d: edits.dissolve(d, block, chosen))


def copy(document: Document) -> bool:
    """Put what is selected on the clipboard as text; whether there was anything."""
    fragment = edits.copy(document.diagram, document.block, document.selection)
    if fragment.is_empty:
        return False
    QGuiApplication.clipboard().setText(fragment.to_text())
    return True


def cut(document: Document) -> None:
    """Copy what is selected and remove it."""
    chosen, block = document.selection, document.block
    if copy(document):
        document.apply(_titled("Cut", chosen), lambda d: edits.delete(d, block, chosen))


def paste(document: Document, at: Point) -> None:
    """Put what is on the clipboard at ``at`` and select it."""
    text, block = QGuiApplication.clipboard().text(), document.block
    pasted: set[str] = set()

    def edit(diagram: Diagram) -> Diagram:
        after, ids = edits.paste(diagram, block, Fragment.from_text(text), _on_grid(at))
        pasted.update(ids)
        return after

    if document.apply("Paste", edit):
        document.select(pasted)


def duplicate(document: Document) -> None:
    """Put a copy of the selected blocks beside them and select it."""
    chosen, block = document.selection, document.block
    made: set[str] = set()

    def edit(diagram: Diagram) -> Diagram:
        after, ids = edits.duplicate(diagram, block, chosen)
        made.update(ids)
        return after

    if chosen and document.apply(_titled("Duplicate", chosen), edit):
        document.select(made)


def select_all(document: Document) -> None:
    """Select every block and wire of the block that is shown."""
    graph = document.diagram.blocks[document.block].graph
    document.select((*graph.nodes, *graph.edges))


def bypass(document: Document) -> None:
    """Switch what is selected off; if all of it is off, on again."""
    chosen, block = document.selection, document.block
    graph = document.diagram.blocks[block].graph
    items = [graph.nodes.get(id) or graph.edges[id] for id in chosen]
    if not items:
        return
    to = all(item.active is False for item in items)
    title = "Switch on" if to else "Bypass"
    document.apply(_titled(title, chosen), lambda d: edits.set_active(d, block, chosen, to))


def arrange(document: Document) -> None:
    """Arrange the block that is shown."""
    block = document.block
    document.apply("Arrange", lambda d: edits.arrange(d, block))


def join_selection(document: Document, kind: EdgeKindName) -> bool:
    """Join round the selected blocks: a skip or an encoder–decoder edge from what feeds them to
    what they feed; of the dense kind all connections of a dense block. Whether it could be done;
    then the new edges are selected."""
    chosen, block = document.selection, document.block
    made: list[str] = []

    def edit(diagram: Diagram) -> Diagram:
        if EDGE_KINDS[kind].bus:
            after, new = edits.connect_densely(diagram, block, chosen)
        else:
            after, edge = _joined_around(document, diagram, kind)
            new = (edge,)
        made.extend(new)
        for edge in new:
            after = with_room(after, block, edge)
        return after

    many = EDGE_KINDS[kind].bus
    title = "Connect the selection densely" if many else f"{_named(kind)} round the selection"
    done = document.apply(title, edit)
    if done:
        document.select(made)
    return done


def _joined_around(document: Document, diagram: Diagram, kind: EdgeKindName) -> tuple[Diagram, str]:
    block = document.block
    after, edge = edits.join_around(diagram, block, document.selection, kind)
    new = after.blocks[block].graph.edges[edge]
    for name, value in fitted(document, kind, new.source, new.target).items():
        after = edits.set_param(after, block, edge, name, value)
    return after, edge


def _named(kind: str) -> str:
    return EDGE_KINDS[kind].word.capitalize()


def set_kind(document: Document, edge: str, kind: EdgeKindName) -> bool:
    """Make an edge another kind; sizes are aligned where the new kind does that by itself."""
    block = document.block
    old = document.diagram.blocks[block].graph.edges[edge]
    fitting = fitted(document, kind, old.source, old.target) if old.kind != kind else {}

    def edit(diagram: Diagram) -> Diagram:
        after = edits.set_edge_kind(diagram, block, edge, kind)
        for name, value in fitting.items():
            after = edits.set_param(after, block, edge, name, value)
        return after

    return document.apply(f"Make it {EDGE_KINDS[kind].title.lower()}", edit)


def walk(document: Document, direction: Direction) -> None:
    """Select the next block in a direction: along the wires to the sides, by place up and down,
    in order of the wires for ``next`` and ``previous``."""
    inside = document.diagram.blocks[document.block]
    current = next((id for id in document.selection if id in inside.graph.nodes), None)
    if current is None:
        first = min(inside.positions, key=lambda id: (inside.positions[id].x, id), default=None)
        document.select([first] if first else ())
        return
    found = _neighbour(inside, current, direction)
    if found is not None:
        document.select([found])


def _neighbour(inside: Block, current: str, direction: Direction) -> str | None:
    if direction == "right":
        return _nearest(inside, current, (e.target.node for e in inside.graph.out_of(current)))
    if direction == "left":
        return _nearest(inside, current, (e.source.node for e in inside.graph.into(current)))
    order = sorted(
        inside.positions, key=lambda id: (inside.positions[id].x, inside.positions[id].y)
    )
    if direction in ("next", "previous"):
        step = 1 if direction == "next" else -1
        return order[(order.index(current) + step) % len(order)] if current in order else None
    sign = 1 if direction == "down" else -1
    here = inside.positions[current]
    beside = (id for id in order if sign * (inside.positions[id].y - here.y) > 0)
    return _nearest(inside, current, beside)


def _nearest(inside: Block, current: str, candidates: Iterable[str]) -> str | None:
    here = inside.positions.get(current, Point(0, 0))

    def distance(id: str) -> tuple[float, str]:
        at = inside.positions.get(id, here)
        return abs(at.x - here.x) + 2 * abs(at.y - here.y), id

    return min(candidates, key=distance, default=None)


def _on_grid(at: Point) -> Point:
    return Point(round(at.x / GRID) * GRID, round(at.y / GRID) * GRID)


def _titled(verb: str, items: frozenset[str]) -> str:
    return f"{verb} {len(items)} items" if len(items) > 1 else verb
