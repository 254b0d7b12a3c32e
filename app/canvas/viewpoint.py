"""Which part of the scene a view shows, and how large: panning, zooming, fitting."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtWidgets import QGraphicsView

from app.document import Place

SMALLEST, LARGEST = 0.02, 4.0
FITTED = 1.25
"""A fitted picture is not blown up beyond this."""
_ROOM = (28, 52, 28, 28)
"""Kept free at the left, top, right and bottom of a fitted picture."""
_TALL = 300
_CORNER = 96
"""Kept free at the bottom of a tall view, for the minimap."""


class Viewpoint:
    """Moves a view. It remembers where the user was in every block instance."""

    def __init__(self, view: QGraphicsView) -> None:
        self._view = view
        self._kept: dict[Place, tuple[float, QPointF]] = {}
        self.is_fitted = True
        """Whether the view shows everything and has not been moved since."""
        self.covered = 0
        """Pixels at the bottom that something floating above the view covers."""

    @property
    def zoom(self) -> float:
        """Pixels of the screen for one of the scene."""
        return self._view.transform().m11()

    def visible(self) -> QRectF:
        """The part of the scene that is shown."""
        return self._view.mapToScene(self._view.viewport().rect()).boundingRect()

    def zoom_at(self, anchor: QPoint, factor: float) -> None:
        """Zoom so that what is at ``anchor`` stays there."""
        zoom = min(max(self.zoom * factor, SMALLEST), LARGEST)
        before = self._view.mapToScene(anchor)
        self._view.scale(zoom / self.zoom, zoom / self.zoom)
        self.pan_by(anchor - self._view.mapFromScene(before))

    def zoom_to(self, zoom: float) -> None:
        """Zoom about the middle."""
        self.zoom_at(self._view.viewport().rect().center(), zoom / self.zoom)

    def pan_by(self, offset: QPoint) -> None:
        """Move the picture by pixels of the screen."""
        across, down = self._view.horizontalScrollBar(), self._view.verticalScrollBar()
        across.setValue(across.value() - offset.x())
        down.setValue(down.value() - offset.y())
        self.is_fitted = False

    def fit(self, content: QRectF, largest: float = FITTED) -> None:
        """Show all of ``content``, in the middle."""
        if content.isEmpty():
            self._show(1.0, QPointF(0, 0))
        else:
            self._show(self.fitting(content, largest), content.center(), self._room())
        self.is_fitted = True

    def begin(self, content: QRectF, zoom: float) -> None:
        """Show where ``content`` begins, at its upper left, in the upper left of the view."""
        room = self._room()
        corner = QPointF(room.width() / 2, room.height() / 2) / zoom
        self._show(zoom, content.topLeft() + corner, room)
        self.is_fitted = False

    def fitting(self, content: QRectF, largest: float = FITTED) -> float:
        """The zoom at which all of ``content`` is in view."""
        room = self._room()
        zoom = min(
            max(room.width(), 40) / content.width(), max(room.height(), 40) / content.height()
        )
        return min(max(zoom, SMALLEST), largest)

    def _room(self) -> QRect:
        """The part of the view that a fitted picture may take."""
        left, top, right, bottom = _ROOM
        area = self._view.viewport().rect()
        below = _CORNER if area.height() >= _TALL else bottom
        return area.adjusted(left, top, -right, -max(below, self.covered))

    def reveal(self, rect: QRectF) -> None:
        """Move as little as needed to have ``rect`` in view."""
        if not self.visible().contains(rect):
            fitted = self.is_fitted
            self._view.ensureVisible(rect, 48, 64)
            self.is_fitted = fitted and self.visible().contains(rect)

    def aim(self, middle: QPointF) -> None:
        """Have ``middle`` in the middle."""
        self._show(self.zoom, middle)
        self.is_fitted = False

    def leave(self, place: Place) -> None:
        """Remember where the user was at ``place``."""
        if not self.is_fitted:
            self._kept[place] = (self.zoom, self.visible().center())
        else:
            self._kept.pop(place, None)

    def come_back(self, place: Place) -> bool:
        """Show ``place`` as it was left; whether it was ever left in a way of its own."""
        kept = self._kept.get(place)
        if kept is None:
            return False
        self._show(*kept)
        self.is_fitted = False
        return True

    def _show(self, zoom: float, middle: QPointF, room: QRect | None = None) -> None:
        self._view.resetTransform()
        self._view.scale(zoom, zoom)
        centre = (room or self._view.viewport().rect()).center()
        at = self._view.mapFromScene(middle)
        across, down = self._view.horizontalScrollBar(), self._view.verticalScrollBar()
        across.setValue(across.value() + at.x() - centre.x())
        down.setValue(down.value() + at.y() - centre.y())
