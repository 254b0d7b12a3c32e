"""The gallery: models of the field as cards, in families; one opens as a new diagram."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.gallery_card import GalleryCard
from graphcore import gallery
from graphcore.gallery.template import Template
from graphcore.spec import ParamValue, Refused

AT_ONCE = 4
"""Cards that are made in one go; the event loop has its turn after them."""


class GalleryPage(QWidget):
    """Cards with a search line. ``chosen(name, diagram)`` opens a model; ``failed(message)``."""

    chosen = Signal(str, object)
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search the gallery")
        self.search.setAccessibleName("Search the gallery")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._open_first)
        self.setFocusProxy(self.search)
        self.nothing = QLabel("No model is called that.")
        self.nothing.setObjectName("muted")
        self.nothing.hide()
        self.cards: dict[str, GalleryCard] = {}
        self.titles: dict[str, QLabel] = {}
        self._waiting = _shown()
        self._pause = QTimer(self)
        self._pause.setInterval(0)
        self._pause.timeout.connect(self._fill_some)
        self._column = QVBoxLayout()
        self._column.setContentsMargins(10, 4, 10, 12)
        self._column.setSpacing(10)
        self._column.addWidget(self.nothing)
        self._column.addStretch(1)
        holder = QWidget()
        holder.setObjectName("page")
        holder.setLayout(self._column)
        line = QVBoxLayout()
        line.setContentsMargins(10, 0, 10, 0)
        line.addWidget(self.search)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(line)
        layout.addWidget(_scrolled(holder), 1)

    def showEvent(self, event: QShowEvent) -> None:
        """Make the cards when they are first wanted, some at a time."""
        super().showEvent(event)
        if not self.cards:
            self._fill_some()
            self._pause.start()

    def fill(self) -> None:
        """Make all the cards that are not there yet."""
        while self._add_next():
            pass
        self._pause.stop()

    def open(self, name: str, **options: ParamValue) -> None:
        """Build the model ``name`` and hand it on."""
        try:
            diagram = gallery.build(name, **options)
        except Refused as error:
            self.failed.emit(str(error))
            return
        self.chosen.emit(name, diagram)

    def _fill_some(self) -> None:
        for _ in range(AT_ONCE):
            if not self._add_next():
                self._pause.stop()
                return

    def _add_next(self) -> bool:
        """Make the next card; whether there was one to be made."""
        family, template = next(self._waiting, ("", None))
        if template is None:
            return False
        if family not in self.titles:
            title = QLabel(family)
            title.setObjectName("family")
            self.titles[family] = title
            self._insert(title)
        card = GalleryCard(template, family)
        card.wanted.connect(lambda name: self.open(name, **self.cards[name].options()))
        self.cards[template.name] = card
        self._insert(card)
        if not self._is_wanted(card):
            card.hide()
        return True

    def _insert(self, widget: QWidget) -> None:
        self._column.insertWidget(self._column.count() - 2, widget)

    def _is_wanted(self, card: GalleryCard) -> bool:
        return all(word in card.words for word in self.search.text().lower().split())

    def _open_first(self) -> None:
        """Return in the search line opens the model that is found first."""
        found = (name for name, card in self.cards.items() if not card.isHidden())
        name = next(found, "") if self.search.text().strip() else ""
        if name:
            self.open(name, **self.cards[name].options())

    def _filter(self) -> None:
        self.fill()
        for card in self.cards.values():
            card.setVisible(self._is_wanted(card))
        for family, title in self.titles.items():
            own = (self.cards.get(template.name) for template in gallery.FAMILIES[family])
            title.setVisible(any(card is not None and not card.isHidden() for card in own))
        self.nothing.setVisible(all(card.isHidden() for card in self.cards.values()))


def _shown() -> Iterator[tuple[str, Template]]:
    """What has a card, with the family it belongs to; the models are imported with the first."""
    for family, templates in gallery.FAMILIES.items():
        yield from ((family, template) for template in templates if not template.hidden)


def _scrolled(page: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    return area
