"""The skip tool: draw a skip from block to block, or put one round the selection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.canvas import hits
from app.canvas.edge_routing import Corner
from app.canvas.making_room import with_room
from app.canvas.pointer import Gesture
from app.canvas.verdicts import Verdict, verdict_on_skip
from graphcore import edits
from graphcore.diagram import Diagram, Edge, PortRef

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_ASKING = Verdict("drag to the block where x is to be added", True)


def draw_skip(canvas: CanvasView, start: str) -> Gesture:
    """Drag from the block whose output is x to the block where x is to be added, or the other way
    round. The branch in between is tinted, and a label says what the skip will become and why."""
    document, scene, block = canvas.document, canvas.diagram_scene, canvas.document.block
    before = scene.upstream(start)
    aimed = ""
    verdict = _ASKING
    source, target = start, ""
    try:
        while True:
            pointer = yield
            over = hits.node_at(scene, pointer.at)
            if over != aimed:
                aimed = "" if over == start else over
                source, target = (aimed, start) if aimed in before else (start, aimed)
                scene.tint(scene.branch(source, target) if aimed else ())
                verdict = _verdict(canvas, source, target) if aimed else _ASKING
            if aimed:
                canvas.preview.show_wire(_lane(canvas, source, target), "skip", fits=verdict.fits)
            else:
                at = scene.geometry.at(_first_output(canvas, start), is_input=False)
                canvas.preview.show_loose_wire(at, pointer.at, "skip")
            canvas.tell(pointer.screen, verdict.text, "plain" if verdict.fits else "bad")
            if pointer.is_release:
                break
    finally:
        canvas.preview.clear()
        scene.tint(())
    made: list[str] = []
    if aimed and document.apply("Draw skip", _drawn(block, source, target, made)):
        canvas.choose_tool("select")
        document.select(made)


def _drawn(block: str, source: str, target: str, made: list[str]) -> Callable[[Diagram], Diagram]:
    """The edit that draws a skip, makes room for it and notes it in ``made``."""

    def edit(diagram: Diagram) -> Diagram:
        after, edge = edits.add_skip(diagram, block, source, target)
        made.append(edge)
        return with_room(after, block, edge)

    return edit


def _verdict(canvas: CanvasView, source: str, target: str) -> Verdict:
    block = canvas.document.block
    return verdict_on_skip(canvas.document, lambda d: edits.add_skip(d, block, source, target))


def _lane(canvas: CanvasView, source: str, target: str) -> tuple[Corner, ...]:
    """The way that the skip will take."""
    entering = canvas.diagram_scene.nodes[target].state.inputs
    end = PortRef(target, entering[0].name if entering else "")
    skip = Edge("", _first_output(canvas, source), end, "skip")
    return canvas.diagram_scene.geometry.preview_route(skip).corners


def _first_output(canvas: CanvasView, node: str) -> PortRef:
    leaving = canvas.diagram_scene.nodes[node].state.outputs
    return PortRef(node, leaving[0].name if leaving else "")
