"""Selecting, moving and panning. Wires and skips have files of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt

from app.canvas.gestures import hits, joining, wiring
from app.canvas.gestures.pointer import Gesture, Pointer
from app.canvas.gestures.scale_menu import choose_scale
from app.canvas.gestures.tools import JOINING
from app.canvas.placing.making_room import put_on_wire
from graphcore import edits
from graphcore.measures import GRID

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

ADDS = Qt.KeyboardModifier.ShiftModifier
TOGGLES = Qt.KeyboardModifier.ControlModifier
FREE = Qt.KeyboardModifier.AltModifier
DRAG_DISTANCE = 4
"""Pixels of the screen after which a press is a drag."""


def gesture_at(canvas: CanvasView, press: Pointer) -> Gesture:
    """The gesture that a press of the left button begins."""
    if canvas.read_only:
        return click_or(canvas, press, pan(canvas, press))
    scene = canvas.diagram_scene
    node = hits.node_at(scene, press.at)
    if canvas.tool in JOINING and node:
        join = joining.draw_join_anywhere(canvas, JOINING[canvas.tool], node)
        return click_or(canvas, press, join)
    port = hits.port_at(scene, press.at, canvas.port_reach)
    if canvas.tool == "wire" and node and port is None:
        return click_or(canvas, press, wiring.draw_wire_from_block(canvas, node))
    if port is not None and press.holds(FREE):
        return wiring.remove_wires(canvas, *port)
    if port is not None:
        return click_or(canvas, press, wiring.wire_from_port(canvas, *port))
    if node:
        return click_or(canvas, press, move_blocks(canvas, press, node))
    if hits.scale_at(scene, press.at):
        return click_or(canvas, press, wait_for_release())
    edge = hits.edge_at(scene, press.at, canvas.edge_reach)
    alone = bool(edge) and scene.edges[edge].isVisible()
    end = scene.edges[edge].end_near(press.at, canvas.edge_end_reach) if alone else ""
    if end:
        return click_or(canvas, press, wiring.replug(canvas, edge, end))
    if edge or hits.join_at(press.at, scene.sheet) is not None:
        return click_or(canvas, press, wait_for_release())
    return click_or(canvas, press, rubber_band(canvas, press))


def click_or(canvas: CanvasView, press: Pointer, drag: Gesture) -> Gesture:
    """Pressed, not yet dragging: released in place it is a click, moved away it is ``drag``."""
    while True:
        pointer = yield
        if pointer.is_release:
            drag.close()
            select_at(canvas, press)
            return
        if (pointer.screen - press.screen).manhattanLength() >= DRAG_DISTANCE:
            break
    next(drag)
    try:
        drag.send(pointer)
        yield from _rest_of(drag)
    except StopIteration:
        return


def _rest_of(drag: Gesture) -> Gesture:
    """Hand every further event on to a drag that has begun; cancel it when cancelled."""
    try:
        while True:
            pointer = yield
            try:
                drag.send(pointer)
            except StopIteration:
                return
    finally:
        drag.close()


def wait_for_release() -> Gesture:
    """A drag that does nothing."""
    pointer = yield
    while not pointer.is_release:
        pointer = yield


def select_at(canvas: CanvasView, press: Pointer) -> None:
    """Click: select what is there; Shift or Ctrl adds it or takes it out; nothing clears."""
    scene, document = canvas.diagram_scene, canvas.document
    scale = hits.scale_at(scene, press.at)
    if scale:
        choose_scale(canvas, scale)
        return
    there = hits.items_at(scene, press.at, canvas.edge_reach)
    if press.holds(ADDS) or press.holds(TOGGLES):
        document.select(document.selection ^ there)
    else:
        document.select(there)


def rubber_band(canvas: CanvasView, press: Pointer) -> Gesture:
    """Drag on empty canvas: select what the rectangle touches; Shift adds to the selection."""
    before = canvas.document.selection if press.holds(ADDS) else frozenset()
    pointer = press
    try:
        while not pointer.is_release:
            pointer = yield
            band = QRectF(press.at, pointer.at).normalized()
            canvas.preview.show_band(band)
            canvas.document.select(before | _inside(canvas, band))
    except GeneratorExit:
        canvas.document.select(before)
        raise
    finally:
        canvas.preview.clear()


def _inside(canvas: CanvasView, band: QRectF) -> frozenset[str]:
    """Blocks that the band touches and wires that lie in it as a whole."""
    scene = canvas.diagram_scene
    blocks = {id for id, item in scene.nodes.items() if item.body().intersects(band)}
    wires = {
        id
        for id, item in scene.edges.items()
        if all(band.contains(QPointF(*corner)) for corner in item.state.corners)
    }
    return frozenset(blocks | wires)


def move_blocks(canvas: CanvasView, press: Pointer, grabbed: str) -> Gesture:
    """Drag a block: the selection it belongs to moves with the chips behind its blocks, snapping
    to the grid (not while Alt is held). A single block without wires that is dropped on a wire is
    put into it. In the highway view blocks stand where their connections put them."""
    document, scene = canvas.document, canvas.diagram_scene
    if scene.turned:
        document.select([grabbed])
        yield from _held_in_place(canvas)
        return
    if grabbed not in document.selection:
        document.select([grabbed])
    moved = scene.geometry.with_chips(document.selection & scene.nodes.keys())
    offset = QPointF()
    wire = ""
    try:
        pointer = yield
        while True:
            offset = _snapped(canvas, pointer.at - press.at, grabbed, pointer.holds(FREE))
            scene.preview_move(moved, offset)
            wire = _wire_below(canvas, moved)
            scene.hover(wire)
            if pointer.is_release:
                break
            pointer = yield
    finally:
        scene.end_preview_move()
    block = document.block
    if wire:
        document.apply("Insert on wire", put_on_wire(block, grabbed, wire))
    elif not offset.isNull():
        places = scene.geometry.moved(moved, offset, scene.block)
        document.apply(_title(len(moved)), lambda d: edits.move(d, block, places))


def _held_in_place(canvas: CanvasView) -> Gesture:
    """A block of the highway view is dragged: say how it can be moved."""
    while True:
        pointer = yield
        if not pointer.is_release:
            canvas.document.refused.emit("Leave the highway view (H) to move blocks.")
        return


def _title(count: int) -> str:
    return "Move block" if count == 1 else f"Move {count} blocks"


def _snapped(canvas: CanvasView, offset: QPointF, grabbed: str, free: bool) -> QPointF:
    """``offset`` so that the grabbed block comes to stand on the grid."""
    if free:
        return offset
    at = canvas.document.diagram.blocks[canvas.document.block].positions.get(grabbed)
    if at is None:
        return offset
    x = round((at.x + offset.x()) / GRID) * GRID - at.x
    y = round((at.y + offset.y()) / GRID) * GRID - at.y
    return QPointF(x, y)


def _wire_below(canvas: CanvasView, moved: frozenset[str]) -> str:
    """The wire that a single loose block stands on, or ""."""
    scene = canvas.diagram_scene
    if len(moved) != 1:
        return ""
    (node,) = moved
    graph = scene.block.graph
    item = scene.nodes[node]
    if graph.into(node) or graph.out_of(node) or not item.state.inputs or not item.state.outputs:
        return ""
    return hits.edge_at(scene, item.body().center(), canvas.edge_reach * 2)


def pan(canvas: CanvasView, press: Pointer) -> Gesture:
    """Drag the paper."""
    last = press.screen
    canvas.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
    try:
        pointer = yield
        while True:
            canvas.pan_by(pointer.screen - last)
            last = pointer.screen
            if pointer.is_release:
                return
            pointer = yield
    finally:
        canvas.show_tool_cursor()
