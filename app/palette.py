"""The palette: everything that can be added, by family, found by typing, dragged to the canvas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import (
    QEvent,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app import icons, theme
from app.canvas.gestures.offers import Offer, matching, offers
from app.document import Document
from graphcore.diagram import Diagram

LAYER_MIME = "application/x-skipwright-layer"
SHOWN_OF_FAMILY = 4
"""How many of a family are shown before the user asks for the rest."""

KIND = int(Qt.ItemDataRole.UserRole)
FAMILY = KIND + 1
ROW = KIND + 2

Index = QModelIndex | QPersistentModelIndex


def found(all_offers: Iterable[Offer], typed: str) -> list[Offer]:
    """The offers that ``typed`` means, best first; those whose text mentions it come last."""
    known = list(all_offers)
    hits = matching(known, typed)
    words = typed.lower().split()
    told = [o for o in known if o not in hits and all(word in o.doc.lower() for word in words)]
    return hits + told


class OfferModel(QStandardItemModel):
    """Rows of the palette; what is dragged is the kind as UTF-8 text."""

    def mimeTypes(self) -> list[str]:
        """The one type that the canvas takes."""
        return [LAYER_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The kind of the dragged row."""
        data = QMimeData()
        kind = str(indexes[0].data(KIND))
        data.setData(LAYER_MIME, kind.encode())
        data.setText(kind)
        return data


class OfferDelegate(QStyledItemDelegate):
    """Draws headings, offers and 'more' rows."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Offers are 26 pixels high and stand 4 apart."""
        return QSize(0, {"heading": 32, "offer": 30, "more": 26}[index.data(ROW)])

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row in the colours of the theme."""
        colors, row = theme.current(), index.data(ROW)
        state, rect = option.state, QRectF(option.rect)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row == "offer":
            box = rect.adjusted(10.5, 2.5, -10.5, -2.5)
            painter.setPen(colors.muted if chosen else colors.line)
            painter.setBrush(colors.hover if hovered or chosen else colors.field)
            painter.drawRoundedRect(box, 6, 6)
            painter.setFont(theme.ui_font(13))
            painter.setPen(colors.text)
        else:
            painter.setFont(theme.ui_font(12, 600 if row == "heading" else 500))
            painter.setPen(colors.text if hovered and row == "more" else colors.muted)
        inside = rect.adjusted(22 if row != "heading" else 12, 0, -16, 0)
        if row == "heading":
            inside.setTop(inside.top() + 8)
        text = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideMiddle, int(inside.width())
        )
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()


class Palette(QWidget):
    """The list with its search line. ``chosen(kind)`` is emitted for Enter and double click;
    ``left()`` when the user has done with it."""

    chosen = Signal(str)
    help_wanted = Signal(str)
    left = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self._unfolded: set[str] = set()
        self._shown: tuple[Diagram | None, str] = (None, "")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search layers and blocks")
        self.search.setAccessibleName("Search layers and blocks")
        self.search.setToolTip("Type a name, a family or what it is for; Enter adds the first")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.setFocusProxy(self.search)
        self.model = OfferModel()
        self.list = self._make_list()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        layout.setSpacing(4)
        line = QVBoxLayout()
        line.setContentsMargins(10, 0, 10, 0)
        line.addWidget(self.search)
        layout.addLayout(line)
        layout.addWidget(self.list, 1)
        document.changed.connect(self._on_changed)
        document.place_changed.connect(self._fill)
        theme.signals.changed.connect(self._restyle)
        self._restyle()
        self._fill()

    def _make_list(self) -> QListView:
        view = QListView()
        view.setAccessibleName("Layers and blocks")
        view.setModel(self.model)
        view.setItemDelegate(OfferDelegate(view))
        view.setDragEnabled(True)
        view.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        view.setDefaultDropAction(Qt.DropAction.CopyAction)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setMouseTracking(True)
        view.doubleClicked.connect(self._choose)
        view.clicked.connect(self._on_clicked)
        view.installEventFilter(self)
        return view

    def focus_search(self) -> None:
        """Let the user type at once."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def kinds(self) -> list[str]:
        """The kinds that are listed, in order."""
        rows = (self.model.item(row) for row in range(self.model.rowCount()))
        return [str(item.data(KIND)) for item in rows if item.data(ROW) == "offer"]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter adds, Down goes to the list, Escape clears and then leads back, F1 explains."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._on_key(watched, Qt.Key(event.key()))
        return super().eventFilter(watched, event)

    def _on_key(self, watched: QObject, key: Qt.Key) -> bool:
        index = self.list.currentIndex()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if watched is self.search and self.search.text():
                index = self._first()
            self._choose(index)
            return True
        if key == Qt.Key.Key_F1 and index.data(ROW) == "offer":
            self.help_wanted.emit(str(index.data(KIND)))
            return True
        if watched is self.search and key == Qt.Key.Key_Down:
            self.list.setFocus()
            self.list.setCurrentIndex(self._first())
            return True
        if key == Qt.Key.Key_Escape:
            if self.search.text():
                self.search.clear()
            else:
                self.left.emit()
            return True
        return False

    def _first(self) -> QModelIndex:
        rows = (self.model.index(row, 0) for row in range(self.model.rowCount()))
        return next((index for index in rows if index.data(ROW) == "offer"), QModelIndex())

    def _choose(self, index: QModelIndex) -> None:
        if index.data(ROW) == "offer":
            self.chosen.emit(str(index.data(KIND)))
        elif index.data(ROW) == "more":
            self._unfold(index)

    def _on_clicked(self, index: QModelIndex) -> None:
        if index.data(ROW) == "more":
            self._unfold(index)

    def _unfold(self, index: QModelIndex) -> None:
        self._unfolded ^= {str(index.data(FAMILY))}
        self._fill()

    def _on_changed(self, before: Diagram, after: Diagram) -> None:
        if before.blocks.keys() != after.blocks.keys():
            self._fill()

    def _fill(self) -> None:
        all_offers = offers(self.document.diagram, self.document.block)
        typed = self.search.text().strip()
        position = self.list.verticalScrollBar().value()
        self.model.clear()
        if typed:
            self._add_hits(found(all_offers, typed), typed)
        else:
            self._add_families(all_offers)
            self.list.verticalScrollBar().setValue(position)

    def _add_hits(self, hits: list[Offer], typed: str) -> None:
        for offer in hits:
            self._add_offer(offer)
        if not hits:
            self._add_row("more", f"Nothing is called “{typed}”")

    def _add_families(self, all_offers: Iterable[Offer]) -> None:
        families: dict[str, list[Offer]] = {}
        for offer in all_offers:
            families.setdefault(offer.family, []).append(offer)
        for family, members in families.items():
            self._add_row("heading", family)
            unfolded = family in self._unfolded
            for offer in members if unfolded else members[:SHOWN_OF_FAMILY]:
                self._add_offer(offer)
            rest = len(members) - SHOWN_OF_FAMILY
            if rest > 0:
                more = self._add_row("more", "Fewer" if unfolded else f"{rest} more")
                more.setData(family, FAMILY)
                more.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)

    def _add_offer(self, offer: Offer) -> None:
        item = self._add_row("offer", offer.kind)
        item.setData(offer.kind, KIND)
        item.setFlags(
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        )
        item.setToolTip(
            f"<p><b>{offer.kind}</b> · {offer.family}</p><p>{offer.doc}</p>"
            "<p>Drag it to the canvas, onto a wire, or press Enter.</p>"
        )

    def _add_row(self, row: str, text: str) -> QStandardItem:
        item = QStandardItem(text)
        item.setData(row, ROW)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.model.appendRow(item)
        return item

    def _restyle(self) -> None:
        for action in self.search.actions():
            if action.objectName() == "sign":
                self.search.removeAction(action)
        sign = self.search.addAction(
            icons.icon("search", theme.current().muted), QLineEdit.ActionPosition.LeadingPosition
        )
        sign.setObjectName("sign")
        self.list.viewport().update()
