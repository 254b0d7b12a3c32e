"""The middle of the Design workspace: the model's sliders, the canvas, and what floats over it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.canvas.view import CanvasView
from app.document import Document
from app.first_minute import FirstMinute
from app.param_bar import ParamBar
from app.toast import Toast

MARGIN = 20


class CanvasArea(QWidget):
    """Holds the canvas; the cards of the first minute stand at its lower edge."""

    step_chosen = Signal(str)
    steps_dismissed = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.params = ParamBar(document)
        self.canvas = CanvasView(document)
        self.cards = FirstMinute(self.canvas)
        self.toast = Toast(self.canvas)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.params)
        column.addWidget(self.canvas, 1)
        self.cards.chosen.connect(self.step_chosen)
        self.cards.dismissed.connect(self._dismiss)
        self.params.wrong.connect(self._complain)
        document.refused.connect(self.toast.tell)
        self.canvas.installEventFilter(self)
        self._wants_cards = False
        self._document = document
        document.place_changed.connect(self._show_cards)

    def show_cards(self, shown: bool) -> None:
        """Show the three cards or put them away."""
        self._wants_cards = shown
        self._show_cards()

    def _show_cards(self) -> None:
        # Inside a block the user is past the first minute and needs the room.
        self.cards.setVisible(self._wants_cards and not self._document.instance)
        self._place()

    def eventFilter(self, watched: object, event: object) -> bool:
        """What floats follows the canvas's size."""
        if isinstance(event, QResizeEvent):
            self._place()
        return False

    def _place(self) -> None:
        area = self.canvas.rect()
        wide = min(area.width() - 2 * MARGIN, 880)
        height = self.cards.sizeHint().height()
        # Above the minimap and the zoom bar where the canvas is too narrow for both side by side.
        corner = self.canvas.minimap.width() + self.canvas.zoom_bar.width() + MARGIN
        beside = area.width() - corner - 2 * MARGIN
        lower = beside >= self.cards.minimumSizeHint().width()
        bottom = area.height() - MARGIN - (0 if lower else self.canvas.minimap.height() + 16)
        self.cards.setGeometry(
            MARGIN, bottom - height, min(wide, beside) if lower else wide, height
        )
        self.cards.raise_()
        self.toast.place()

    def _dismiss(self) -> None:
        self.show_cards(False)
        self.steps_dismissed.emit()

    def _complain(self, message: str) -> None:
        if message:
            self.toast.tell(message)
