"""A button that shows and hides what is below it, with a triangle that tells which."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton

from app import theme
from app.icons import icon


class Disclosure(QPushButton):
    """Checked while what it discloses is shown."""

    def __init__(self, title: str, tip: str = "") -> None:
        super().__init__(title)
        self.setObjectName("disclosure")
        self.setCheckable(True)
        self.setToolTip(tip)
        self.setIconSize(QSize(12, 12))
        self.toggled.connect(self._dress)
        theme.signals.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        self.setIcon(icon("down" if self.isChecked() else "right", theme.current().muted))
