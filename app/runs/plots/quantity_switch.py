"""Chooses what is plotted over the steps: loss, accuracy, and whatever else the runs have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QMenu, QToolButton, QWidget

from app.runs.plots.curves import Quantity, title_of

ALWAYS: tuple[tuple[str, Quantity], ...] = (("Loss", "loss"), ("Accuracy", "accuracy"))


class QuantitySwitch(QWidget):
    """``chosen(str)``: another quantity is to be plotted."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self.menu = QMenu(self)
        self.more = _button("More")
        self.more.setToolTip("Learning rate, and what is measured on held-out samples")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self.menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for text, quantity in ALWAYS:
            button = _button(text)
            button.clicked.connect(partial(self._choose, quantity))
            self._group.addButton(button)
            row.addWidget(button)
        self._group.buttons()[0].setChecked(True)
        self._group.addButton(self.more)
        row.addWidget(self.more)
        self._quantity: Quantity = "loss"
        self._offered: tuple[Quantity, ...] = ()
        self.offer(())

    @property
    def quantity(self) -> Quantity:
        """What is chosen."""
        return self._quantity

    def offer(self, quantities: Sequence[Quantity]) -> None:
        """Offer these besides; what is chosen and not among them gives way to the loss."""
        if tuple(quantities) == self._offered and not self.menu.isEmpty():
            return
        self._offered = tuple(quantities)
        self.menu.clear()
        for quantity in self._offered:
            self.menu.addAction(title_of(quantity), partial(self.choose, quantity))
        self.more.setVisible(bool(self._offered))
        if self._quantity not in (*self._offered, *(one for _, one in ALWAYS)):
            self.choose("loss")

    def choose(self, quantity: Quantity) -> None:
        """Have this plotted."""
        always = [one for _, one in ALWAYS]
        place = always.index(quantity) if quantity in always else len(always)
        self._group.buttons()[place].setChecked(True)
        self._choose(quantity)

    def _choose(self, quantity: Quantity) -> None:
        self._quantity = quantity
        self.more.setText(title_of(quantity) if self.more.isChecked() else "More")
        self.chosen.emit(quantity)


def _button(text: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("small")
    button.setFixedHeight(24)
    button.setText(text)
    button.setCheckable(True)
    return button
