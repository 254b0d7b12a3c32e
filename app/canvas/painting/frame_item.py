"""Items of a block that is open in place: its frame, and the ends inside it."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.canvas.painting.frame_painter import button_rects, paint_frame, paint_gate
from app.canvas.painting.items import NodeItem, zoom_of
from app.canvas.painting.look import Look
from app.canvas.painting.node_painter import NodeLook, body_rect
from app.canvas.placing.frames import HEAD, FrameLook

FrameButton = Literal["close", "previous", "next", ""]


class Ground(QGraphicsItem):
    """What the inside of a frame is drawn on: nothing by itself, but it moves with the frame."""

    def __init__(self, frame: QGraphicsItem) -> None:
        super().__init__(frame)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)

    def boundingRect(self) -> QRectF:
        """Nothing."""
        return QRectF()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Nothing."""


class FrameItem(NodeItem):
    """A block that is open in place: a dashed frame with its name and the copy that is shown, the
    wires from its ports inwards, and whatever is drawn on its :attr:`ground`."""

    def __init__(self, node_id: str, look: Look, state: NodeLook) -> None:
        super().__init__(node_id, look, state)
        self.ground = Ground(self)
        self._frame: FrameLook | None = None

    @property
    def frame(self) -> FrameLook | None:
        """What the frame shows."""
        return self._frame

    def show_frame(self, frame: FrameLook) -> None:
        """Show something else on the frame; repaints only if it differs."""
        if frame == self._frame:
            return
        if self._frame is None or frame.opening != self._frame.opening:
            self.ground.setPos(QPointF(*frame.opening.inset))
        self._frame = frame
        self.update()

    def inner_rect(self) -> QRectF:
        """Below the head: the part that belongs to the inside."""
        return body_rect(self.state.size).adjusted(0, HEAD, 0, 0)

    def button_at(self, at: QPointF) -> FrameButton:
        """The button of the head at a place of the item."""
        if self._frame is None:
            return ""
        for name, rect in button_rects(self.state.size, self._frame.copies).items():
            if rect.contains(at):
                return name
        return ""

    def boundingRect(self) -> QRectF:
        """The frame, its rings and its ports."""
        return body_rect(self.state.size).adjusted(-13, -13, 13, 13)

    def draw(self, painter: QPainter) -> None:
        """Paint the frame; what is inside paints itself."""
        if self._frame is None:
            return
        paint_frame(painter, self.look, self.state, self._frame, zoom_of(painter))
        self._draw_ports(painter)


class GateItem(NodeItem):
    """An Input or Output inside a frame: a slim gate that its wire runs into."""

    def boundingRect(self) -> QRectF:
        """The gate and its name."""
        return body_rect(self.state.size).adjusted(-40, -20, 40, 8)

    def shape(self) -> QPainterPath:
        """What takes a click: a little more than the gate."""
        path = QPainterPath()
        path.addRect(body_rect(self.state.size).adjusted(-3, 0, 3, 0))
        return path

    def draw(self, painter: QPainter) -> None:
        """Paint the gate."""
        paint_gate(painter, self.look, self.state, zoom_of(painter))
        self._draw_ports(painter)
