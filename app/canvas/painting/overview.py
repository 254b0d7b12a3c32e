"""The whole picture from afar, painted in batches instead of item by item.

Thousands of blocks a few pixels wide are rectangles and lines. Below about 45 % the canvas paints
them so, and the minimap always does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app import gradient_scale
from app.canvas.diagram_scene import DiagramScene
from app.canvas.edge_flow import THINNEST, FlowMark, FlowStroke
from app.canvas.painting.bus_item import BusLook
from app.canvas.painting.far_names import FarNames, Named
from app.canvas.painting.flow_pen import mark_pen
from app.canvas.painting.frame_item import FrameItem, GateItem
from app.canvas.painting.items import NodeItem
from app.canvas.placing.edge_routing import Corner
from app.canvas.scene import Sheet

Lines = dict[tuple[str, int], list[QLineF]]


class Overview:
    """Rectangles by colour, lines by kind of edge and by width, gathered when the scene has
    changed. A width of 0 is the thinnest line; a bus is as much wider as it carries more."""

    def __init__(self, scene: DiagramScene) -> None:
        self._scene = scene
        self._rects: dict[int, list[QRectF]] = {}
        self.lines: Lines = {}
        self._marked: dict[FlowMark, list[QLineF]] = {}
        self._frames: list[QRectF] = []
        self._names: FarNames | None = None
        self._stale = True
        scene.reshaped.connect(self.invalidate)

    def invalidate(self) -> None:
        """Gather anew before the next painting."""
        self._stale = True

    def paint(self, painter: QPainter) -> None:
        """Paint everything; the painter's transform leads from the scene to the device."""
        if self._stale:
            self._gather()
        theme = self._scene.look.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.block_line, 0, Qt.PenStyle.DashLine))
        painter.drawRects(self._frames)
        for (kind, width), lines in self.lines.items():
            _draw(painter, QPen(self._scene.look.color(kind), width), lines)
        for mark, lines in self._marked.items():
            _draw(painter, mark_pen(self._scene.look, mark), lines)
        outline = QPen(theme.block_line, 0)
        painter.setPen(outline)
        for rgba, rects in self._rects.items():
            painter.setBrush(QColor.fromRgba(rgba))
            painter.drawRects(rects)
        self._paint_marks(painter)

    def paint_names(self, painter: QPainter, visible: QRectF) -> int:
        """Write on the blocks of the ``visible`` part of the scene what they are called, where
        that fits; how many names that are."""
        if self._names is None:
            self._names = FarNames(self._named())
        return self._names.paint(painter, visible)

    def _named(self) -> Iterator[Named]:
        plain = self._scene.look.theme.text
        for sheet in self._scene.sheets.values():
            for item in sheet.nodes.values():
                is_frame = isinstance(item, FrameItem)
                if item.state.face.is_chip or isinstance(item, GateItem):
                    continue
                measured = not is_frame and any(v is not None for v in item.state.values)
                ink = gradient_scale.text_color_on(self._fill(item)) if measured else plain
                body = item.body().translated(sheet.origin)
                yield Named(body, item.state.face.title, ink.rgba(), is_frame)

    def _paint_marks(self, painter: QPainter) -> None:
        """Selected blocks and blocks with problems, which are few."""
        theme = self._scene.look.theme
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for sheet in self._scene.sheets.values():
            for item in sheet.nodes.values():
                color = _mark_color(item, theme.error, theme.warning, theme.selection)
                if color is not None:
                    pen = QPen(color, 2)
                    pen.setCosmetic(True)
                    painter.setPen(pen)
                    marked = item.body().translated(sheet.origin)
                    painter.drawRect(marked.adjusted(-6, -6, 6, 6))

    def _gather(self) -> None:
        rects: dict[int, list[QRectF]] = defaultdict(list)
        lines: Lines = defaultdict(list)
        marked: dict[FlowMark, list[QLineF]] = defaultdict(list)
        self._frames = []
        for sheet in self._scene.sheets.values():
            x, y = sheet.origin.toTuple()
            for item in sheet.nodes.values():
                body = item.body().translated(x, y)
                if isinstance(item, FrameItem):
                    self._frames.append(body)
                else:
                    rects[self._fill(item).rgba()].append(body)
            for (kind, width), found in _lines_of(sheet).items():
                lines[kind, width] += [line.translated(x, y) for line in found]
            for mark, found in _marked_of(sheet).items():
                marked[mark] += [line.translated(x, y) for line in found]
        self._rects, self.lines, self._stale = dict(rects), dict(lines), False
        self._names = None
        self._marked = dict(marked)

    def _fill(self, item: NodeItem) -> QColor:
        theme = self._scene.look.theme
        known = [value for value in item.state.values if value is not None]
        if known:
            return gradient_scale.color(sum(known) / len(known))
        return theme.chip if item.state.face.is_chip else theme.block


def _lines_of(sheet: Sheet) -> Lines:
    """The wires of a sheet, and every bus once."""
    lines: Lines = defaultdict(list)
    for edge in sheet.edges.values():
        flow = edge.state.flow
        if edge.edge_id not in sheet.geometry.bus_of and (flow is None or not flow.mark):
            lines[edge.state.stroke, _width_of(flow)] += _along(edge.state.corners)
    for item in sheet.buses.items.values():
        kind = item.state.kind
        for along, flow, width in _parts_of(item.state):
            if flow is None or not flow.mark:
                lines[kind, width] += _along(along)
    return lines


def _marked_of(sheet: Sheet) -> dict[FlowMark, list[QLineF]]:
    """The wires of a sheet whose gradient is not on the scale, or not known."""
    marked: dict[FlowMark, list[QLineF]] = defaultdict(list)
    for edge in sheet.edges.values():
        flow = edge.state.flow
        if flow is not None and flow.mark and edge.edge_id not in sheet.geometry.bus_of:
            marked[flow.mark] += _along(edge.state.corners)
    for item in sheet.buses.items.values():
        for along, flow, _ in _parts_of(item.state):
            if flow is not None and flow.mark:
                marked[flow.mark] += _along(along)
    return marked


def _parts_of(
    state: BusLook,
) -> Iterator[tuple[tuple[Corner, ...], FlowStroke | None, int]]:
    """The taps and stretches of a bus: where they run, what flows there, and how wide they are."""
    bus, flow = state.bus, state.flow
    for index, tap in enumerate(bus.taps):
        there = flow.taps[index] if flow is not None else None
        yield tap.corners, there, _width_of(there)
    for index, stretch in enumerate(bus.stretches):
        there = flow.stretches[index] if flow is not None else None
        width = round(bus.width(stretch) / 3) if there is None else _width_of(there)
        yield ((stretch.start, bus.lane), (stretch.end, bus.lane)), there, width


def _width_of(flow: FlowStroke | None) -> int:
    """The width in pixels of a wire seen from afar, about half of what it is from near."""
    return round((flow.width - THINNEST) / 2) if flow is not None else 0


def _draw(painter: QPainter, pen: QPen, lines: list[QLineF]) -> None:
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.drawLines(lines)


def _along(corners: tuple[Corner, ...]) -> list[QLineF]:
    return [QLineF(ax, ay, bx, by) for (ax, ay), (bx, by) in pairwise(corners)]


def _mark_color(item: NodeItem, error: QColor, warning: QColor, selection: QColor) -> QColor | None:
    if item.state.selected:
        return selection
    if item.state.face.problem:
        return error if item.state.face.problem == "error" else warning
    return None
