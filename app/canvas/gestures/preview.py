"""What a gesture shows before it has happened: a wire in hand, a rubber band, a label."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QGraphicsPathItem,
    QGraphicsRectItem,
    QLabel,
    QStyleOptionGraphicsItem,
    QWidget,
)

from app.canvas.diagram_scene import DiagramScene
from app.canvas.painting.edge_painter import edge_path, sign_of
from app.canvas.placing.edge_routing import Corner
from app.theme import ui_font

_LAYER = 10.0

Tone = Literal["plain", "good", "bad"]


class Preview:
    """The previews of one view. Whatever a gesture shows it takes away by :meth:`clear`."""

    def __init__(self, scene: DiagramScene, viewport: QWidget) -> None:
        self._scene = scene
        self._wire = QGraphicsPathItem()
        self._band = QGraphicsRectItem()
        self.label = CursorLabel(viewport)
        for item in self._items():
            item.setZValue(_LAYER)
            item.hide()
            scene.addItem(item)

    def show_wire(self, corners: tuple[Corner, ...], kind: str, *, fits: bool) -> None:
        """A joining wire along ``corners`` with its (+) or (‖); dashed where it does not fit."""
        pen = self._scene.look.pen(kind, wider=0.6)
        if not fits:
            pen.setDashPattern([3.0, 2.5])
        self._wire.setPen(pen)
        path = edge_path(corners)
        end = QPointF(*corners[-1])
        path.addEllipse(end, 8, 8)
        for start, stop in sign_of(kind):
            path.moveTo(end + start)
            path.lineTo(end + stop)
        self._wire.setPath(path)
        self._wire.setPos(self._scene.sheet.origin)
        self._wire.show()

    def show_loose_wire(self, start: QPointF, end: QPointF, kind: str) -> None:
        """A wire from a port to the pointer, as a smooth curve."""
        bend = max(30.0, abs(end.x() - start.x()) / 2)
        path = QPainterPath(start)
        path.cubicTo(start + QPointF(bend, 0), end - QPointF(bend, 0), end)
        pen = self._scene.look.pen(kind, wider=0.6)
        pen.setDashPattern([3.0, 2.5])
        self._wire.setPen(pen)
        self._wire.setPath(path)
        self._wire.setPos(self._scene.sheet.origin)
        self._wire.show()

    def show_band(self, rect: QRectF) -> None:
        """The rubber band."""
        look = self._scene.look
        pen = QPen(look.theme.selection, 1)
        pen.setCosmetic(True)
        self._band.setPen(pen)
        self._band.setBrush(look.selection_fill)
        self._band.setRect(rect)
        self._band.setPos(self._scene.sheet.origin)
        self._band.show()

    def clear(self) -> None:
        """Take everything away."""
        for item in self._items():
            item.hide()
        self.label.hide()

    def paint(self, painter: QPainter) -> None:
        """Paint what is shown, for a view that bypasses its scene."""
        for item in self._items():
            if item.isVisible():
                painter.save()
                painter.translate(item.pos())
                item.paint(painter, QStyleOptionGraphicsItem())
                painter.restore()

    def _items(self) -> Iterator[QGraphicsPathItem | QGraphicsRectItem]:
        yield self._wire
        yield self._band

    @property
    def is_shown(self) -> bool:
        """Whether any preview is visible."""
        return self.label.isVisible() or any(item.isVisible() for item in self._items())


class CursorLabel(QLabel):
    """A small label that follows the pointer and says what a gesture will do."""

    _GAP = QPoint(16, 18)

    def __init__(self, viewport: QWidget) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(ui_font(12))
        self.setWordWrap(True)
        self.setMaximumWidth(360)
        self.hide()

    def tell(
        self, at: QPoint, text: str, tone: Tone, colors: tuple[QColor, QColor, QColor]
    ) -> None:
        """Say ``text`` beside ``at``; ``colors`` are ground, ink and rim."""
        if not text:
            self.hide()
            return
        ground, ink, rim = (color.name() for color in colors)
        self.setStyleSheet(
            f"background: {ground}; color: {ink}; border: 1px solid {rim}; "
            "border-radius: 6px; padding: 4px 8px;"
        )
        self.setProperty("tone", tone)
        self.setText(text)
        metrics = self.fontMetrics()
        wide = max(metrics.horizontalAdvance(line) for line in text.splitlines()) + 24
        self.setFixedWidth(min(wide, 360))
        self.adjustSize()
        room = self._viewport.rect().adjusted(4, 4, -4, -4)
        place = at + self._GAP
        place.setX(max(room.left(), min(place.x(), room.right() - self.width())))
        if place.y() + self.height() > room.bottom():
            place.setY(at.y() - self._GAP.y() - self.height())
        self.move(place)
        self.show()
        self.raise_()
