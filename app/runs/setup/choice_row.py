"""A named list of choices with room below for what is said of the chosen one."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.form import LABEL_WIDTH
from app.restyling import restyle


class ChoiceRow(QWidget):
    """A list beside its title, ``fact`` and whatever else is put ``below``."""

    def __init__(self, title: str, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        label = QLabel(title)
        label.setObjectName("muted")
        label.setFixedWidth(LABEL_WIDTH)
        self.box = QComboBox()
        self.box.setAccessibleName(name)
        self.box.setToolTip(tip)
        self.box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.box.setMinimumContentsLength(10)
        self.fact = QLabel()
        self.fact.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.box, 1)
        self.below = QVBoxLayout()
        self.below.setContentsMargins(LABEL_WIDTH + 8, 0, 0, 0)
        self.below.setSpacing(6)
        self.below.addWidget(self.fact)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addLayout(self.below)

    def tell_fact(self, text: str, name: str) -> None:
        """Say something of what is chosen, as a "hint" or as something "wrong"."""
        restyle(self.fact, name)
        self.fact.setText(text)
