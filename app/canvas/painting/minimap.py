"""A small picture of the whole block in the corner, with a frame round what the view shows."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from app.canvas.diagram_scene import DiagramScene
from app.canvas.painting.overview import Overview

SIZE = QSize(164, 72)
_MARGIN = 8.0
_PAUSE = 120


class Minimap(QWidget):
    """Shows the overview from a cached pixmap; a press or drag in it moves the view there."""

    aimed = Signal(QPointF)
    """The place in the scene that the user wants in the middle of the view."""

    def __init__(self, scene: DiagramScene, overview: Overview, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Drag to move the view")
        self._scene = scene
        self._overview = overview
        self._picture: QPixmap | None = None
        self._visible_part = QRectF()
        # A burst of edits is drawn once, after it.
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE)
        self._pause.timeout.connect(self._redraw)
        scene.reshaped.connect(self._redraw_soon)

    def show_part(self, part: QRectF) -> None:
        """Frame the part of the scene that the view shows."""
        self._visible_part = part
        self.update()

    def to_widget(self) -> QTransform:
        """From the scene to this widget."""
        content = self._scene.content_rect()
        room = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        if content.isEmpty():
            return QTransform()
        scale = min(room.width() / content.width(), room.height() / content.height())
        middle, centre = room.center(), content.center()
        return QTransform(
            scale, 0, 0, scale, middle.x() - scale * centre.x(), middle.y() - scale * centre.y()
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """The cached picture and the frame; nothing where there is nothing to see."""
        if not self._scene.root.nodes:
            return
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture or self._draw())
        frame = self.to_widget().mapRect(self._visible_part)
        limits = QRectF(self.rect()).adjusted(3.5, 3.5, -3.5, -3.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._scene.look.theme.text, 1.2))
        painter.drawRoundedRect(frame.intersected(limits), 3, 3)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        self._aim(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along."""
        self._aim(event.position())

    def _aim(self, at: QPointF) -> None:
        inverse, possible = self.to_widget().inverted()
        if possible:
            self.aimed.emit(inverse.map(at))

    def _redraw_soon(self) -> None:
        """Not put off by further changes, which a running training never stops making."""
        if not self._pause.isActive():
            self._pause.start()

    def _redraw(self) -> None:
        self._picture = None
        self.update()

    def _draw(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._scene.look.theme
        painter.setPen(QPen(theme.line, 1))
        painter.setBrush(theme.panel)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setTransform(self.to_widget(), True)
        self._overview.paint(painter)
        painter.end()
        self._picture = picture
        return picture
