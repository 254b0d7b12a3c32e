"""A message that comes up over the canvas for a few seconds."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

SECONDS_A_WORD = 0.35


class Toast(QLabel):
    """Says why something was refused, or what was done; goes by itself or with a click."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def tell(self, text: str) -> None:
        """Show ``text`` for as long as it takes to read."""
        self.setText(text)
        self.place()
        self.show()
        self.raise_()
        self._timer.start(round(1000 * (3 + SECONDS_A_WORD * len(text.split()))))

    def place(self) -> None:
        """Stand in the upper middle of the parent."""
        parent = self.parentWidget()
        if parent is None:
            return
        width = min(560, parent.width() - 48)
        metrics = self.fontMetrics().boundingRect(
            0, 0, width - 32, 400, int(Qt.TextFlag.TextWordWrap), self.text()
        )
        width = min(width, metrics.width() + 40)
        self.setFixedSize(width, metrics.height() + 24)
        self.move((parent.width() - width) // 2, 56)

    def mousePressEvent(self, event: object) -> None:
        """A click puts it away."""
        self.hide()
