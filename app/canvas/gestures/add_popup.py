"""The popup that searches for something to add, by typing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.canvas.gestures.offers import Offer, matching

_SIZE = QSize(300, 320)
_OFFER = Qt.ItemDataRole.UserRole


class AddPopup(QFrame):
    """A search field over a list of offers. ``chosen`` tells the kind that was taken."""

    chosen = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._around = parent
        self.setFixedSize(_SIZE)
        self.search = QLineEdit(self)
        self.list = QListWidget(self)
        self.list.setItemDelegate(_OfferPainter(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        self._offers: Sequence[Offer] = ()
        self._take: Callable[[str], None] | None = None
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.list.itemClicked.connect(self._take_item)
        theme.signals.changed.connect(self._dress)
        self._dress()
        self.hide()

    def ask(
        self, at: QPoint, offers: Sequence[Offer], hint: str, take: Callable[[str], None]
    ) -> None:
        """Open beside ``at`` with ``offers``; ``take`` is called with the kind that is chosen."""
        self._offers, self._take = offers, take
        self.search.setPlaceholderText(hint)
        self.search.clear()
        self._fill("")
        room = self._around.rect()
        x = max(4, min(at.x(), room.right() - self.width() - 4))
        y = max(4, min(at.y(), room.bottom() - self.height() - 4))
        self.move(x, y)
        self.show()
        self.raise_()
        self.search.setFocus()

    def dismiss(self) -> None:
        """Close without adding anything."""
        if self.isVisible():
            self._take = None
            self.hide()
            self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the search field: arrows walk the list, Return takes, Escape closes."""
        if event.type() == QEvent.Type.FocusOut and not self.isAncestorOf(
            QApplication.focusWidget() or self._around
        ):
            self.dismiss()
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        match event.key():
            case Qt.Key.Key_Escape:
                self.dismiss()
            case Qt.Key.Key_Down | Qt.Key.Key_Tab:
                self._step(1)
            case Qt.Key.Key_Up | Qt.Key.Key_Backtab:
                self._step(-1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._take_item(self.list.currentItem())
            case _:
                return super().eventFilter(watched, event)
        return True

    def _fill(self, typed: str) -> None:
        self.list.clear()
        for offer in matching(self._offers, typed):
            item = QListWidgetItem(offer.kind)
            item.setData(_OFFER, offer)
            item.setToolTip(offer.problem or offer.doc)
            item.setSizeHint(QSize(0, 28))
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _step(self, by: int) -> None:
        count = self.list.count()
        if count:
            self.list.setCurrentRow((self.list.currentRow() + by) % count)

    def _take_item(self, item: QListWidgetItem | None) -> None:
        take = self._take
        if item is None or take is None:
            return
        kind = item.text()
        self.dismiss()
        take(kind)
        self.chosen.emit(kind)

    def _dress(self) -> None:
        now = theme.current()
        self.search.setFont(theme.ui_font(13))
        self.list.setFont(theme.ui_font(13))
        self.setStyleSheet(
            f"AddPopup {{ background: {now.panel.name()}; border-radius: 9px;"
            f" border: 1px solid {now.block_line.name()}; }}"
            f"QLineEdit {{ background: {now.field.name()}; color: {now.text.name()};"
            f" border: 1px solid {now.line.name()}; border-radius: 6px; padding: 5px 8px; }}"
            "QListWidget { background: transparent; border: none; outline: 0; }"
        )


class _OfferPainter(QStyledItemDelegate):
    """The name at the left, its family at the right; what does not fit is muted."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """One row."""
        offer = index.data(_OFFER)
        if not isinstance(offer, Offer):
            super().paint(painter, option, index)
            return
        now = theme.current()
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.hover)
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 6, 6)
        inner = rect.adjusted(8, 0, -8, 0)
        painter.setFont(theme.ui_font(13, 500))
        painter.setPen(now.muted if offer.problem else now.text)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignLeft, offer.kind)
        painter.setFont(theme.ui_font(11))
        painter.setPen(now.muted)
        note = "does not fit" if offer.problem else offer.family
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, note)
        painter.restore()
