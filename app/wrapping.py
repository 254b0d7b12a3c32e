"""A row that goes on in the next line where there is no more room."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class WrappingRow(QLayout):
    """Lays its widgets out from left to right, ``across`` pixels apart, and begins a new line
    ``down`` pixels below where the next would be cut. All lines are as high as the highest one."""

    def __init__(self, parent: QWidget, *, across: int, down: int) -> None:
        super().__init__(parent)
        self._across, self._down = across, down
        self._items: list[QLayoutItem] = []

    def addItem(self, item: QLayoutItem) -> None:
        """Take ``item`` as the last."""
        self._items.append(item)

    def count(self) -> int:
        """How many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """The item at ``index``, or None beyond the last."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Give an item away, or None beyond the last."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """No room is wanted beyond what is needed."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """A narrow row is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """How high the lines are in all, margins included."""
        margins = self.contentsMargins()
        places = self._places(width - margins.left() - margins.right())
        lowest = max((place.y() + place.height() for place in places), default=0)
        return margins.top() + lowest + margins.bottom()

    def sizeHint(self) -> QSize:
        """All in one line."""
        widths = [item.sizeHint().width() for item in self._items]
        between = self._across * max(0, len(widths) - 1)
        return self._with_margins(sum(widths) + between)

    def minimumSize(self) -> QSize:
        """As wide as the widest item."""
        return self._with_margins(max((i.sizeHint().width() for i in self._items), default=0))

    def setGeometry(self, rect: QRect) -> None:
        """Place the items."""
        super().setGeometry(rect)
        inner = rect.marginsRemoved(self.contentsMargins())
        for item, place in zip(self._items, self._places(inner.width()), strict=True):
            item.setGeometry(place.translated(inner.topLeft()))

    def _with_margins(self, width: int) -> QSize:
        margins = self.contentsMargins()
        height = max((item.sizeHint().height() for item in self._items), default=0)
        return QSize(width, height).grownBy(margins)

    def _places(self, width: int) -> list[QRect]:
        """Where each item stands, from the inner corner."""
        places: list[QRect] = []
        at, height = QPoint(0, 0), max((i.sizeHint().height() for i in self._items), default=0)
        for item in self._items:
            size = item.sizeHint()
            if at.x() and at.x() + size.width() > width:
                at = QPoint(0, at.y() + height + self._down)
            places.append(QRect(at.x(), at.y(), size.width(), height))
            at = QPoint(at.x() + size.width() + self._across, at.y())
        return places
