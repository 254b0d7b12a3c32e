"""What lies at a place of a sheet: of the one that is worked in, if none is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QPointF, QRectF

from app.canvas import structure
from app.canvas.diagram_scene import DiagramScene
from app.canvas.painting.items import JOIN_REACH, EdgeItem, NodeItem
from app.canvas.painting.scale_chips import chip_at
from app.canvas.scene import Sheet
from graphcore.diagram import PortRef


def node_at(scene: DiagramScene, at: QPointF, sheet: Sheet | None = None) -> str:
    """The block there, or "". Of overlapping ones the topmost."""
    sheet = sheet or scene.sheet
    for item in scene.items(at + sheet.origin):
        if isinstance(item, NodeItem) and sheet.nodes.get(item.node_id) is item:
            return item.node_id
    return ""


def edge_at(scene: DiagramScene, at: QPointF, reach: float, sheet: Sheet | None = None) -> str:
    """The wire within ``reach`` of there, or ""; joining wires before the wires they leave. Of a
    bus one of the edges that pass there."""
    sheet = sheet or scene.sheet
    around = QRectF(at.x() - reach / 2, at.y() - reach / 2, reach, reach)
    found = [
        item
        for item in scene.items(around.translated(sheet.origin))
        if isinstance(item, EdgeItem) and sheet.edges.get(item.edge_id) is item
    ]
    found.sort(key=lambda item: not item.state.joins)
    if not found or not found[0].state.joins:
        passing = _through_bus_at(at, sheet)
        return passing[0] if passing else found[0].edge_id if found else ""
    return found[0].edge_id


def items_at(
    scene: DiagramScene, at: QPointF, reach: float, sheet: Sheet | None = None
) -> frozenset[str]:
    """What a click there means: the block there, else the edges of a join, else the wire there,
    else what passes through a bus there; nothing where there is none of them."""
    sheet = sheet or scene.sheet
    node = node_at(scene, at, sheet)
    if node:
        return frozenset({node})
    join = join_at(at, sheet)
    if join is not None:
        return structure.joining(sheet.block.graph, join)
    wire = edge_at(scene, at, reach, sheet)
    if not wire or sheet.edges[wire].isVisible():
        return frozenset({wire} if wire else ())
    return frozenset(_through_bus_at(at, sheet))


def join_at(at: QPointF, sheet: Sheet) -> PortRef | None:
    """The port whose (+) or (‖) is there."""
    for port, item in sheet.joins.items():
        if (item.pos() - at).manhattanLength() <= JOIN_REACH:
            return port
    return None


def _through_bus_at(at: QPointF, sheet: Sheet) -> tuple[str, ...]:
    for item in sheet.buses.items.values():
        if item.boundingRect().contains(at) and item.shape().contains(at):
            return item.edges_at(at)
    return ()


def scale_at(scene: DiagramScene, at: QPointF, sheet: Sheet | None = None) -> str:
    """The label of the scale whose chip is there, or ""."""
    sheet = sheet or scene.sheet
    for item in scene.items(at + sheet.origin):
        if isinstance(item, EdgeItem) and sheet.edges.get(item.edge_id) is item:
            label = chip_at(item.state.corners, item.state.scales, at)
            if label:
                return label
    return ""


def port_at(
    scene: DiagramScene,
    at: QPointF,
    reach: float,
    allowed: Callable[[bool, PortRef], bool] | None = None,
) -> tuple[bool, PortRef] | None:
    """The nearest port within ``reach`` as (is an input, port), of those ``allowed``.

    Where an output touches the next block's input, the output is meant: a wire starts there.
    """
    best: tuple[float, bool] | None = None
    found: tuple[bool, PortRef] | None = None
    for is_input, ref, spot in _ports_near(scene, at, reach):
        gap = spot - at
        distance = (gap.x() ** 2 + gap.y() ** 2) ** 0.5
        if distance > reach or (allowed is not None and not allowed(is_input, ref)):
            continue
        if best is None or (distance, is_input) < best:
            best, found = (distance, is_input), (is_input, ref)
    return found


def _ports_near(
    scene: DiagramScene, at: QPointF, reach: float
) -> Iterator[tuple[bool, PortRef, QPointF]]:
    sheet = scene.sheet
    around = QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)
    for item in scene.items(around.translated(sheet.origin)):
        if not isinstance(item, NodeItem) or sheet.nodes.get(item.node_id) is not item:
            continue
        for is_input, ports in ((True, item.state.inputs), (False, item.state.outputs)):
            for port in ports:
                yield is_input, PortRef(item.node_id, port.name), port.at + item.pos()
