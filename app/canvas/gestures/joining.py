"""The tools of joining edges: draw a skip, dense or encoder–decoder edge from block to block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from app.canvas.gestures import hits
from app.canvas.gestures.crossing import across
from app.canvas.gestures.pointer import Gesture
from app.canvas.gestures.verdicts import Verdict, fitted, flow_type, type_at, verdict_on_join
from app.canvas.painting.node_painter import PortMark
from app.canvas.placing.edge_routing import Corner
from app.canvas.placing.making_room import with_room
from app.canvas.scene import PortKey
from app.document import Document
from graphcore import edits
from graphcore.diagram import Diagram, Edge, EdgeKindName, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits import EditError
from graphcore.edits.edges import check_join
from graphcore.edits.joins import check_fed
from graphcore.operands import misfit
from graphcore.tensor_type import TensorType

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def draw_join(canvas: CanvasView, kind: EdgeKindName, start: str) -> Gesture:
    """Drag from the block whose output is x to the block where x is to be joined, or the other way
    round. The ports that fit light up, the branch in between is tinted, and a label says what the
    join will do and why."""
    document, scene = canvas.document, canvas.diagram_scene
    before = scene.upstream(start)
    lit = _partners(canvas, kind, start, before)
    aimed, source, target = "", start, ""
    asking = Verdict(f"drag to the block where x is to be {_done(kind)}", True)
    verdict = asking
    scene.mark_ports(lit)
    try:
        while True:
            pointer = yield
            over = hits.node_at(scene, pointer.at)
            if over != aimed:
                aimed = "" if over == start else over
                source, target = (aimed, start) if aimed in before else (start, aimed)
                scene.tint(scene.branch(source, target) if aimed else (), kind)
                verdict = _verdict(document, kind, source, target) if aimed else asking
                scene.mark_ports({**lit, **_near(canvas, aimed, is_target=aimed == target)})
            if aimed:
                corners = _lane(canvas, kind, source, target)
                canvas.preview.show_wire(corners, kind, fits=verdict.fits)
            else:
                at = scene.geometry.at(_first(canvas, start, is_input=False), is_input=False)
                canvas.preview.show_loose_wire(at, pointer.at, kind)
            canvas.tell(pointer.screen, verdict.text, "plain" if verdict.fits else "bad")
            if pointer.is_release:
                break
    finally:
        canvas.preview.clear()
        scene.mark_ports({})
        scene.tint(())
    made: list[str] = []
    title = f"Draw {EDGE_KINDS[kind].title.lower()}"
    if aimed and document.apply(title, _drawn(document, kind, source, target, made)):
        canvas.choose_tool("select")
        document.select(made)


def draw_join_anywhere(canvas: CanvasView, kind: EdgeKindName, start: str) -> Gesture:
    """As :func:`draw_join`, and across the walls of blocks that are open in place."""
    near = draw_join(canvas, kind, start)
    if not canvas.diagram_scene.nodes[start].state.outputs:
        return near
    return across(canvas, _first(canvas, start, is_input=False), kind, near)


def _done(kind: str) -> str:
    return "added" if EDGE_KINDS[kind].join == "add" else "concatenated"


def _drawn(
    document: Document, kind: EdgeKindName, source: str, target: str, made: list[str]
) -> Callable[[Diagram], Diagram]:
    """The edit that draws an edge, makes room for it and notes it in ``made``."""

    def edit(diagram: Diagram) -> Diagram:
        after, edge = join_between(document, kind, source, target, diagram)
        made.append(edge)
        return with_room(after, document.block, edge)

    return edit


def join_between(
    document: Document, kind: EdgeKindName, source: str, target: str, diagram: Diagram
) -> tuple[Diagram, str]:
    """``diagram`` with a joining edge between two nodes of the shown block, sizes aligned where
    the kind does that by itself. Raises EditError as :func:`graphcore.edits.add_join` does."""
    block = document.block
    made, edge = edits.add_join(diagram, block, source, target, kind)
    new = made.blocks[block].graph.edges[edge]
    for name, value in fitted(document, kind, new.source, new.target).items():
        made = edits.set_param(made, block, edge, name, value)
    return made, edge


def _verdict(document: Document, kind: EdgeKindName, source: str, target: str) -> Verdict:
    return verdict_on_join(document, lambda d: join_between(document, kind, source, target, d))


def _partners(
    canvas: CanvasView, kind: EdgeKindName, start: str, before: frozenset[str]
) -> dict[PortKey, PortMark]:
    """The ports in view that an edge between ``start`` and their block would fit: inputs of what
    does not lead to it, outputs of what does."""
    document, scene = canvas.document, canvas.diagram_scene

    # Many blocks have the same types, and how a projection would look takes a while to work out.
    @cache
    def fits(x: TensorType | None, flow: TensorType | None) -> bool:
        return not misfit(kind, x, flow)

    def joins(source: PortRef, target: PortRef) -> bool:
        diagram, block = document.diagram, document.block
        try:
            check_join(diagram, block, scene.block.graph, source, target, kind)
            check_fed(diagram, block, target)
        except EditError:
            return False
        return fits(type_at(document, source), flow_type(document, target))

    leaving = _first(canvas, start, is_input=False)
    entering = _first(canvas, start, is_input=True)
    marks: dict[PortKey, PortMark] = {}
    for node in _in_view(canvas):
        if node not in before and joins(leaving, _first(canvas, node, is_input=True)):
            marks[True, _first(canvas, node, is_input=True)] = "fits"
        elif node in before - {start} and joins(_first(canvas, node, is_input=False), entering):
            marks[False, _first(canvas, node, is_input=False)] = "fits"
    return marks


def _in_view(canvas: CanvasView) -> Iterator[str]:
    seen = (*canvas.visible_ports(is_input=True), *canvas.visible_ports(is_input=False))
    yield from dict.fromkeys(ref.node for ref in seen)


def _near(canvas: CanvasView, node: str, *, is_target: bool) -> dict[PortKey, PortMark]:
    return {(is_target, _first(canvas, node, is_input=is_target)): "near"} if node else {}


def _lane(canvas: CanvasView, kind: EdgeKindName, source: str, target: str) -> tuple[Corner, ...]:
    """The way that the edge will take."""
    end = _first(canvas, target, is_input=True)
    edge = Edge("", _first(canvas, source, is_input=False), end, kind)
    return canvas.diagram_scene.geometry.preview_route(edge).corners


def _first(canvas: CanvasView, node: str, *, is_input: bool) -> PortRef:
    """The first input or output of a node; one that does not exist where it has none."""
    state = canvas.diagram_scene.nodes[node].state
    ports = state.inputs if is_input else state.outputs
    return PortRef(node, ports[0].name if ports else "")
