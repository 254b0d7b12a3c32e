"""What the pointer meets on the paper before a gesture: sheets, and the buttons of blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from app.canvas.gestures import adding, hits
from app.canvas.painting.node_painter import BUTTONS_FROM
from app.canvas.scene import Sheet

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def press(canvas: CanvasView, at: QPointF) -> bool:
    """What is pressed becomes what is worked in. Whether the press was on a button of the paper,
    which then has done its work."""
    canvas.gestures.cancel()
    scene = canvas.diagram_scene
    button = button_at(canvas, at)
    if button is None:
        scene.work_in(scene.sheet_at(at))
        return False
    sheet, node, name = button
    if name in ("open", "close"):
        canvas.toggle(node, sheet)
    else:
        scene.step_copy(sheet.insides[node], 1 if name == "next" else -1)
    return True


def button_at(canvas: CanvasView, at: QPointF) -> tuple[Sheet, str, str] | None:
    """The button at a place of the scene: the sheet, the block it belongs to, and its name."""
    scene = canvas.diagram_scene
    sheet = scene.sheet_at(at)
    local = scene.to_sheet(at, sheet)
    node = hits.node_at(scene, local, sheet)
    name = sheet.button_at(node, local) if node and canvas.zoom >= BUTTONS_FROM else ""
    return (sheet, node, name) if name else None


def hover(canvas: CanvasView, at: QPointF) -> None:
    """Let what is at a place of the scene stand out, whichever sheet it is on."""
    scene = canvas.diagram_scene
    sheet = scene.sheet_at(at)
    local, port = scene.to_sheet(at), None
    if sheet is scene.sheet:
        port = hits.port_at(scene, local, canvas.port_reach)
    scene.hover(port[1].node if port else canvas.item_at(at), sheet)


def hover_wire(canvas: CanvasView, at: QPointF) -> None:
    """A block is dragged over the paper: let the wire stand out that it would be put on."""
    scene = canvas.diagram_scene
    scene.work_in(scene.sheet_at(at))
    scene.hover(_wire_at(canvas, scene.to_sheet(at)))


def drop(canvas: CanvasView, kind: str, at: QPointF) -> None:
    """Add a block to what is at a place of the scene: on a wire, else where it was dropped."""
    scene, document = canvas.diagram_scene, canvas.document
    scene.work_in(scene.sheet_at(at))
    edge, place = _wire_at(canvas, scene.to_sheet(at)), canvas.meant(at)
    if edge:
        adding.add_on_wire(document, kind, edge, place)
    else:
        adding.add_at(document, kind, place)


def _wire_at(canvas: CanvasView, at: QPointF) -> str:
    scene = canvas.diagram_scene
    return "" if hits.node_at(scene, at) else hits.edge_at(scene, at, 4 * canvas.edge_reach)


def step_back(canvas: CanvasView) -> None:
    """Cancel the gesture; else put the tool away; else clear the selection; else come out of the
    open block that is worked in."""
    document, scene = canvas.document, canvas.diagram_scene
    if canvas.gestures.cancel():
        return
    if canvas.tool != "select":
        canvas.tool = "select"
    elif document.selection or scene.sheet is scene.root:
        document.select(())
    else:
        document.leave()
