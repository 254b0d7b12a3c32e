"""Adding blocks: at a place, on a wire, at the end of a wire in hand, behind the selection."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF

from app.canvas.placing.making_room import insert_on_wire
from app.document import Document
from graphcore import edits
from graphcore.diagram import Diagram, Point, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits import EditError
from graphcore.layout import GAP
from graphcore.measures import GRID, is_chip, node_size
from graphcore.ports import input_ports, output_ports

Step = Callable[[Diagram], tuple[Diagram, str]]


def add_at(document: Document, kind: str, middle: QPointF) -> None:
    """A new block with its middle there."""
    block = document.block
    _do(document, f"Add {kind}", lambda d: _placed(d, block, kind, middle))


def add_on_wire(document: Document, kind: str, edge: str, at: QPointF) -> None:
    """A new block on a wire; what follows makes room."""
    block = document.block
    place = Point(round(at.x()), round(at.y()))

    def step(diagram: Diagram) -> tuple[Diagram, str]:
        made: list[str] = []
        return insert_on_wire(block, kind, edge, place, made.append)(diagram), made[-1]

    _do(document, f"Insert {kind}", step)


def add_from_output(document: Document, kind: str, source: PortRef, at: QPointF) -> None:
    """A new block whose first free input takes the wire that was drawn from ``source``; its left
    edge comes to stand where the wire was dropped."""
    block = document.block

    def step(diagram: Diagram) -> tuple[Diagram, str]:
        edited, node = edits.add_node(diagram, block, kind, _on_grid(at))
        entry = input_ports(edited, edited.blocks[block].graph.nodes[node])[0].name
        return edits.connect(edited, block, source, PortRef(node, entry))[0], node

    _do(document, f"Add {kind}", step)


def add_to_input(document: Document, kind: str, target: PortRef, at: QPointF) -> None:
    """A new block that feeds ``target``; its right edge comes to stand at ``at``."""
    block = document.block

    def step(diagram: Diagram) -> tuple[Diagram, str]:
        edited, node = edits.add_node(diagram, block, kind, _on_grid(at))
        added = edited.blocks[block].graph.nodes[node]
        left = at - QPointF(node_size(edited, added)[0], 0)
        edited = edits.move(edited, block, {node: _on_grid(left)})
        leave = output_ports(edited, added)[0].name
        return edits.connect(edited, block, PortRef(node, leave), target)[0], node

    _do(document, f"Add {kind}", step)


def add_after(document: Document, kind: str, node: str) -> bool:
    """A new block right behind ``node``, wired to it; on its wire where it has one. Whether that
    was possible."""
    block = document.block
    inside = document.diagram.blocks[block]
    outputs = output_ports(document.diagram, inside.graph.nodes[node])
    at = inside.positions.get(node)
    if not outputs or at is None:
        return False
    source = PortRef(node, outputs[0].name)
    flows = [e for e in inside.graph.out_of(*source) if EDGE_KINDS[e.kind].join == "none"]
    if len(flows) == 1:
        add_on_wire(document, kind, flows[0].id, QPointF(*at))
        return True
    right = at.x + node_size(document.diagram, inside.graph.nodes[node])[0]

    def step(diagram: Diagram) -> tuple[Diagram, str]:
        edited, new = edits.add_node(diagram, block, kind, Point(right + GAP, at.y))
        added = edited.blocks[block].graph.nodes[new]
        entries = input_ports(edited, added)
        if not entries:
            raise EditError(f"{kind} takes no input, so it cannot follow '{node}'.")
        edited, _ = edits.connect(edited, block, source, PortRef(new, entries[0].name))
        if is_chip(added) and not flows:
            edited = edits.move(edited, block, {new: Point(right, at.y)})
        return edited, new

    return _do(document, f"Add {kind}", step)


def _placed(diagram: Diagram, block: str, kind: str, middle: QPointF) -> tuple[Diagram, str]:
    edited, node = edits.add_node(diagram, block, kind, Point(0, 0))
    width, _ = node_size(edited, edited.blocks[block].graph.nodes[node])
    left = QPointF(middle.x() - width / 2, middle.y())
    return edits.move(edited, block, {node: _on_grid(left)}), node


def _do(document: Document, title: str, step: Step) -> bool:
    """Apply ``step`` and select what it made."""
    made: list[str] = []

    def edit(diagram: Diagram) -> Diagram:
        after, node = step(diagram)
        made.append(node)
        return after

    done = document.apply(title, edit)
    if done:
        document.select(made)
    return done


def _on_grid(at: QPointF) -> Point:
    return Point(round(at.x() / GRID) * GRID, round(at.y() / GRID) * GRID)
