"""The middle of the Design workspace: the model's sliders, the canvas, and what floats over it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.canvas.view import CanvasView
from app.document import Document
from app.first_minute import FirstMinute
from app.param_bar import ParamBar
from app.shared_edits import SharedEdits
from app.toast import Toast

MARGIN = 20
WIDEST = 880
NARROWEST = 640
LOW = 380
"""A canvas that is lower than this has no room for two rows over each other."""


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
        self.params.emptied.connect(self.params.setHidden)
        column.addWidget(self.params)
        self.params.setHidden(not self.params.fields)
        column.addWidget(self.canvas, 1)
        self.cards.chosen.connect(self.step_chosen)
        self.cards.dismissed.connect(self._dismiss)
        self.params.wrong.connect(self._complain)
        document.refused.connect(self.toast.tell)
        document.renewed.connect(self.canvas.diagram_scene.close_all)
        document.renewed.connect(self.toast.hide)
        self.shared = SharedEdits(document)
        self.shared.told.connect(self.toast.tell)
        self.shared.offered.connect(self.toast.offer)
        self.canvas.installEventFilter(self)
        self._wants_cards = False
        self._document = document
        document.place_changed.connect(self._show_cards)

    def show_cards(self, shown: bool) -> None:
        """Show the three cards or put them away."""
        self._wants_cards = shown
        self._show_cards()

    def lay_out(self) -> None:
        """Give the canvas the size that it has beside the sliders, before the next event."""
        column = self.layout()
        if column is not None:
            column.activate()

    def _show_cards(self) -> None:
        # Inside a block the user is past the first minute and needs the room.
        inside = self.canvas.diagram_scene.root.place.instance
        self.cards.setVisible(self._wants_cards and not inside)
        self._place()

    def eventFilter(self, watched: object, event: object) -> bool:
        """What floats follows the canvas's size."""
        if isinstance(event, QResizeEvent):
            self._place()
        return False

    def _place(self) -> None:
        canvas, room = self.canvas, self.canvas.rect()
        whole = min(room.width() - 2 * MARGIN, WIDEST)
        beside = room.width() - canvas.minimap.width() - canvas.zoom_bar.width() - 3 * MARGIN
        width, bottom = min(whole, beside), room.height() - MARGIN
        is_narrow, is_low = beside < NARROWEST, room.height() < LOW
        if is_narrow:
            # No room beside the minimap: above it, or in its place where the canvas is low as well.
            width = whole
            bottom -= 0 if is_low else canvas.minimap.height() + 16
        canvas.take_corner(is_narrow and is_low and not self.cards.isHidden())
        height = self.cards.sizeHint().height()
        self.cards.setGeometry(MARGIN, bottom - height, width, height)
        self.cards.raise_()
        shown = not self.cards.isHidden()
        canvas.keep_free(room.height() - bottom + height + MARGIN if shown else 0)
        self.toast.place()

    def _dismiss(self) -> None:
        self.show_cards(False)
        self.steps_dismissed.emit()

    def _complain(self, message: str) -> None:
        if message:
            self.toast.tell(message)
