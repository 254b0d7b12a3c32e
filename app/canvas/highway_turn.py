"""Turning the picture inside out and back: the highway view, a state of the view alone."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation, Signal

from app.canvas.diagram_scene import DiagramScene
from graphcore.highway import has_highway

DURATION = 320
"""Milliseconds of the animation."""
MOST_ANIMATED = 120
"""Blocks up to which the way there is shown; with more the picture changes at once."""


class HighwayTurn(QObject):
    """Shows ``scene`` inside out, or as it was placed, with a short animation between the two."""

    toggled = Signal(bool)
    moved = Signal()
    """The picture has changed, by a step of the animation or at once."""

    def __init__(self, scene: DiagramScene, parent: QObject) -> None:
        super().__init__(parent)
        self._scene = scene
        self._animation = QVariantAnimation(self)
        self._animation.setDuration(DURATION)
        self._animation.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._animation.valueChanged.connect(self._show)
        self.is_on = False

    @property
    def is_possible(self) -> bool:
        """Whether any block of the diagram has connections that go round something."""
        diagram = self._scene.document.diagram
        return any(has_highway(diagram, name) for name in diagram.blocks)

    def toggle(self) -> bool:
        """Turn the picture; whether there was anything to turn."""
        if not self.is_on and not self.is_possible:
            return False
        self.is_on = not self.is_on
        self.toggled.emit(self.is_on)
        self._animation.stop()
        if self._scene.block_count() > MOST_ANIMATED:
            self._show(float(self.is_on))
            return True
        self._animation.setStartValue(self._scene.turned)
        self._animation.setEndValue(float(self.is_on))
        self._animation.start()
        return True

    def finish(self) -> None:
        """Come to the end of the animation at once."""
        if self._animation.state() == QVariantAnimation.State.Running:
            self._animation.setCurrentTime(DURATION)

    def _show(self, share: float) -> None:
        self._scene.turn(share)
        self.moved.emit()
