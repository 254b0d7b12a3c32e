"""What stands where plots will be: what they will show, and how to get them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

_TITLE = "Nothing has been trained yet"
_TEXT = (
    "Here the loss, the accuracy and the gradient of every layer appear, step by step, and the "
    "diagram above takes the colours of its gradients.\n\n"
    "Train (Ctrl+Enter) starts a run with the recipe beside. With and without skips trains the "
    "diagram and its plain twin at once, with the same seed and data, and shows both."
)


class EmptyPlots(QWidget):
    """The invitation."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = QLabel(_TITLE)
        title.setObjectName("title")
        text = QLabel(_TEXT)
        text.setObjectName("muted")
        text.setWordWrap(True)
        text.setMaximumWidth(520)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 12, 24, 24)
        column.setSpacing(8)
        column.addStretch(1)
        for label in (title, text):
            label.setMinimumWidth(min(420, label.sizeHint().width()))
            column.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
