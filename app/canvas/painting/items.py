"""What the scene is made of: one item a block, one an edge, one a join."""

from __future__ import annotations

from typing import Generic, TypeVar

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.canvas.edge_flow import FlowStroke
from app.canvas.painting.edge_painter import EdgeLook, edge_path, edge_reach, paint_edge, paint_join
from app.canvas.painting.look import Look
from app.canvas.painting.node_painter import NodeLook, body_rect, paint_node, paint_ports
from app.canvas.painting.scale_chips import chip_rects
from graphcore.diagram import Edge
from graphcore.measures import NAME_ROOM

EDGE_LAYER, JOIN_LAYER, NODE_LAYER = 0.0, 1.0, 2.0
JOINING_LAYER = -1.0
"""Skips lie under the wires, so that a shared beginning reads as the wire."""
LEVEL_LAYER = 0.5
"""A connection that runs straight is the stream; the wires of the branch leave it."""

JOIN_REACH = 12.0

State = TypeVar("State")


def zoom_of(painter: QPainter) -> float:
    """How large a pixel of the scene is on the screen."""
    return QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())


class StateItem(QGraphicsItem, Generic[State]):
    """An item that shows a state, an immutable value, and is repainted when that is another one."""

    def __init__(self, look: Look, state: State) -> None:
        super().__init__()
        self.look = look
        self._state = state

    @property
    def state(self) -> State:
        """What is shown."""
        return self._state

    def show_state(self, state: State) -> None:
        """Show something else; repaints only if it differs."""
        if state == self._state:
            return
        self._turn_to(state)
        self._state = state
        self.update()

    def draw(self, painter: QPainter) -> None:
        """Draw the state."""
        raise NotImplementedError

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Draw the state; how large it is on the screen, the painter tells."""
        self.draw(painter)

    def _turn_to(self, state: State) -> None:
        """Prepare for a state that differs from the one that is still shown."""
        raise NotImplementedError


class NodeItem(StateItem[NodeLook]):
    """A block. It paints its own ports and words; its position is the middle of its left edge."""

    def __init__(self, node_id: str, look: Look, state: NodeLook) -> None:
        super().__init__(look, state)
        self.node_id = node_id
        self.setZValue(NODE_LAYER)

    def _turn_to(self, state: NodeLook) -> None:
        reaches = [(s.size, s.face.miniature is None) for s in (state, self._state)]
        if reaches[0] != reaches[1]:
            self.prepareGeometryChange()

    def body(self) -> QRectF:
        """The outline in the scene."""
        return body_rect(self._state.size).translated(self.pos())

    def boundingRect(self) -> QRectF:
        """The body, its cards, name, badge and ports."""
        sideways = 26 if self._state.face.miniature is not None else 13
        return body_rect(self._state.size).adjusted(-sideways, -13, sideways, NAME_ROOM)

    def shape(self) -> QPainterPath:
        """What takes a click: the body alone."""
        path = QPainterPath()
        path.addRect(body_rect(self._state.size))
        return path

    def draw(self, painter: QPainter) -> None:
        """Paint the block and the ports that show."""
        paint_node(painter, self.look, self._state, zoom_of(painter))
        self._draw_ports(painter)

    def _draw_ports(self, painter: QPainter) -> None:
        paint_ports(painter, self.look, self._state.inputs)
        paint_ports(painter, self.look, self._state.outputs)


class EdgeItem(StateItem[EdgeLook]):
    """A wire with its chip and the shape that stands on it."""

    def __init__(self, edge: Edge, look: Look, state: EdgeLook) -> None:
        super().__init__(look, state)
        self.edge = edge
        self._path: QPainterPath | None = None
        self._reach = edge_reach(state)
        self.setZValue(_layer(state))

    @property
    def edge_id(self) -> str:
        """The id of the edge that is shown."""
        return self.edge.id

    @property
    def path(self) -> QPainterPath:
        """The line, made when it is first needed."""
        if self._path is None:
            self._path = edge_path(self._state.corners)
        return self._path

    def _turn_to(self, state: EdgeLook) -> None:
        self.prepareGeometryChange()
        if state.corners != self._state.corners:
            self._path = None
        self._reach = edge_reach(state)
        self.setZValue(_layer(state))

    def show_flow(self, flow: FlowStroke | None) -> None:
        """Draw the line as ``flow`` says, which changes neither its reach nor its layer."""
        if flow != self._state.flow:
            self._state = self._state._replace(flow=flow)
            self.update()

    def boundingRect(self) -> QRectF:
        """The line and its words."""
        return self._reach

    def shape(self) -> QPainterPath:
        """What takes a click: a band around the line, and the chips."""
        stroker = QPainterPathStroker()
        stroker.setWidth(12)
        outline = stroker.createStroke(self.path)
        chip = self._state.chip_rect()
        if chip is not None:
            outline.addRect(chip)
        for rect in chip_rects(self._state.corners, self._state.scales):
            outline.addRect(rect)
        return outline

    def end_near(self, at: QPointF, reach: float) -> str:
        """Which end ("source", "target") is within ``reach`` of ``at``; "" for neither."""
        corners = self._state.corners
        # A skip leaves its wire a little behind the port, at its first corner.
        starts = corners[:2] if self._state.joins else corners[:1]
        for name, places in (("target", corners[-1:]), ("source", starts)):
            if any((QPointF(*place) - at).manhattanLength() <= reach for place in places):
                return name
        return ""

    def draw(self, painter: QPainter) -> None:
        """Paint the line, its chip and its shape."""
        paint_edge(painter, self.look, self.path, self._state, zoom_of(painter))


def _layer(state: EdgeLook) -> float:
    if not state.joins:
        return EDGE_LAYER
    return LEVEL_LAYER if len(state.corners) == 2 else JOINING_LAYER


class JoinItem(QGraphicsItem):
    """The (+) or (‖) before a port where values meet."""

    def __init__(self, look: Look, kind: str) -> None:
        super().__init__()
        self.look = look
        self.kind = kind
        self.selected = False
        self.setZValue(JOIN_LAYER)

    def show_kind(self, kind: str) -> None:
        """Show another kind of join; repaints only if it differs."""
        if kind != self.kind:
            self.kind = kind
            self.update()

    def show_selected(self, selected: bool) -> None:
        """Show whether all that is joined here is selected; repaints only if it differs."""
        if selected != self.selected:
            self.selected = selected
            self.update()

    def boundingRect(self) -> QRectF:
        """The circle."""
        return QRectF(-JOIN_REACH, -JOIN_REACH, 2 * JOIN_REACH, 2 * JOIN_REACH)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Paint the circle and its sign, with a ring where it is selected."""
        if self.selected:
            painter.setPen(self.look.outline_selected)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(0, 0), 10, 10)
        paint_join(painter, self.look, self.kind)
