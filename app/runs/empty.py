"""What stands where plots will be: what they will show, and how to get them."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

_TITLE = "Nothing has been trained yet"
_TEXT = (
    "Here the loss, the accuracy and the gradient of every layer appear, step by step, and the "
    "diagram above takes the colours of its gradients.",
    "Train (Ctrl+Enter) starts a run with the recipe beside. With and without skips trains the "
    "diagram and its plain twin at once, with the same seed and data, and shows both.",
)


class EmptyPlots(QWidget):
    """The invitation."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = QLabel(_TITLE)
        title.setObjectName("title")
        column = QVBoxLayout()
        column.setSpacing(10)
        column.addStretch(1)
        column.addWidget(title)
        for paragraph in _TEXT:
            text = QLabel(paragraph)
            text.setObjectName("muted")
            text.setWordWrap(True)
            text.setMinimumWidth(320)
            text.setMaximumWidth(460)
            column.addWidget(text)
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 12, 24, 24)
        row.addStretch(1)
        row.addLayout(column, 2)
        row.addStretch(1)
