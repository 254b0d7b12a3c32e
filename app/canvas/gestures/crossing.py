"""Drawing a wire across the wall of a block that is open in place: the port comes with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from app.canvas.gestures import hits
from app.canvas.gestures.pointer import Gesture, Pointer
from app.canvas.gestures.verdicts import Verdict
from app.canvas.openings import path_of
from app.canvas.scene import Sheet
from graphcore import edits
from graphcore.analysis import analyse
from graphcore.diagram import Block, Diagram, EdgeKindName, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.edits import EditError
from graphcore.layers import LAYERS
from graphcore.measures import is_end

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class Far(NamedTuple):
    """A place on another sheet than the one that is worked in: an input there, or only its
    paper."""

    sheet: Sheet
    target: PortRef | None


def across(canvas: CanvasView, source: PortRef, kind: EdgeKindName, near: Gesture) -> Gesture:
    """``near`` draws an edge of ``kind`` from ``source`` on its sheet. While the pointer is beyond
    a wall, this takes its part: dropped there, the edge is drawn with the ports it needs."""
    preview, scene = canvas.preview, canvas.diagram_scene
    start = scene.geometry.at(source, is_input=False)
    far: Far | None = None
    verdict = Verdict("", True)
    next(near)
    try:
        while True:
            pointer = yield
            found = far_at(canvas, pointer)
            if found != far:
                _mark(far, lit=False)
                far = found
                _mark(far, lit=True)
                verdict = verdict_across(canvas, source, kind, far) if far else verdict
            if far is None:
                try:
                    near.send(pointer)
                except StopIteration:
                    return
                continue
            preview.clear()
            preview.show_loose_wire(start, pointer.at, kind)
            canvas.tell(pointer.screen, verdict.text, "plain" if verdict.fits else "bad")
            if pointer.is_release:
                break
    finally:
        _mark(far, lit=False)
        near.close()
        preview.clear()
    title = f"Draw {EDGE_KINDS[kind].title.lower()} across the wall"
    canvas.document.apply(title, _edit(canvas, source, kind, far))


def far_at(canvas: CanvasView, pointer: Pointer) -> Far | None:
    """What is meant beyond a wall; None on the sheet that is worked in, and at a port of the
    block itself."""
    scene = canvas.diagram_scene
    at = canvas.mapToScene(pointer.screen)
    sheet = scene.sheet_at(at)
    if sheet is scene.sheet:
        return None
    node = hits.node_at(scene, scene.to_sheet(at, sheet), sheet)
    if not node:
        return Far(sheet, None)
    item, shown = sheet.nodes[node], sheet.block.graph.nodes[node]
    goes_in = len(sheet.place.instance) > len(scene.sheet.place.instance)
    if is_end(shown) and goes_in:
        return None
    local = scene.to_sheet(at, sheet) - item.pos()
    ports = sorted(item.state.inputs, key=lambda port: (port.at - local).manhattanLength())
    return Far(sheet, PortRef(node, ports[0].name)) if ports else None


def verdict_across(canvas: CanvasView, source: PortRef, kind: EdgeKindName, far: Far) -> Verdict:
    """What drawing there would bring: which block gets a port; or why it cannot be."""
    document = canvas.document
    before = document.diagram
    try:
        after = _edit(canvas, source, kind, far)(before)
    except EditError as error:
        return Verdict(str(error), False)
    known = {(p.at, p.message) for p in document.analysis.diagnostics}
    for problem in analyse(after).diagnostics:
        if problem.severity == "error" and (problem.at, problem.message) not in known:
            return Verdict(problem.message, False)
    gained = [gain for name in before.blocks if (gain := _gain(before, after, name))]
    told = [f"adds {' and '.join(gained)}"] if gained else []
    if far.target and _replaces(far.sheet.block, far.target, kind):
        told.append("takes the place of the wire there")
    return Verdict("; ".join(told) or EDGE_KINDS[kind].title.lower(), True)


def _replaces(block: Block, target: PortRef, kind: EdgeKindName) -> bool:
    """Whether a wire that is there would go."""
    spec = LAYERS.get(block.graph.nodes[target.node].kind)
    variadic = spec is not None and any(p.variadic for p in spec.inputs if p.name == target.port)
    flows = [e for e in block.graph.into(*target) if EDGE_KINDS[e.kind].join == "none"]
    return EDGE_KINDS[kind].join == "none" and bool(flows) and not variadic


def _gain(before: Diagram, after: Diagram, name: str) -> str:
    old, new = before.blocks[name].graph, after.blocks[name].graph
    if len(new.inputs()) > len(old.inputs()):
        return f"an input to {name}"
    return f"an output to {name}" if len(new.outputs()) > len(old.outputs()) else ""


def _edit(
    canvas: CanvasView, source: PortRef, kind: EdgeKindName, far: Far
) -> Callable[[Diagram], Diagram]:
    start = path_of(canvas.document.instance)
    end = path_of(far.sheet.place.instance)
    return lambda d: edits.connect_across(d, start, source, end, far.target, kind)[0]


def _mark(far: Far | None, *, lit: bool) -> None:
    if far is not None and far.target is not None:
        far.sheet.mark_ports({(True, far.target): "near"} if lit else {})
