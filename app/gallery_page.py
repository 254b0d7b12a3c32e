"""The gallery: models of the field as cards; one opens as a new diagram."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.form import Form
from graphcore import gallery
from graphcore.diagram import Diagram
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.gallery.template import Template
from graphcore.measures import is_chip
from graphcore.spec import ParamValue, Refused

MOST_ARCS = 9


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
        self.nothing = QLabel("No model is called that.")
        self.nothing.setObjectName("muted")
        self.nothing.hide()
        self.cards: dict[str, GalleryCard] = {}
        self._column = QVBoxLayout()
        self._column.setContentsMargins(10, 4, 10, 12)
        self._column.setSpacing(10)
        holder = QWidget()
        holder.setObjectName("page")
        holder.setLayout(self._column)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(holder)
        line = QVBoxLayout()
        line.setContentsMargins(10, 0, 10, 0)
        line.addWidget(self.search)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(line)
        layout.addWidget(area, 1)

    def showEvent(self, event: QShowEvent) -> None:
        """Make the cards when they are first wanted."""
        super().showEvent(event)
        if not self.cards:
            self._fill()

    def open(self, name: str, **options: ParamValue) -> None:
        """Build the model ``name`` and hand it on."""
        try:
            diagram = gallery.build(name, **options)
        except Refused as error:
            self.failed.emit(str(error))
            return
        self.chosen.emit(name, diagram)

    def _fill(self) -> None:
        for template in gallery.TEMPLATES.values():
            if template.hidden:
                continue
            card = GalleryCard(template)
            card.wanted.connect(self._open_card)
            self.cards[template.name] = card
            self._column.addWidget(card)
        self._column.addWidget(self.nothing)
        self._column.addStretch(1)

    def _open_card(self, name: str) -> None:
        self.open(name, **self.cards[name].options())

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for card in self.cards.values():
            card.setVisible(all(word in card.words for word in words))
        self.nothing.setVisible(all(card.isHidden() for card in self.cards.values()))


class GalleryCard(QFrame):
    """One model: its picture, title, sentence, paper and options."""

    wanted = Signal(str)

    def __init__(self, template: Template) -> None:
        super().__init__()
        self.template = template
        facts = (template.name, template.title, template.doc, template.paper)
        self.words = " ".join(facts).lower()
        self.setObjectName("gallery_card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(template.title)
        self.setAccessibleDescription(template.doc)
        title = QLabel(template.title)
        title.setObjectName("card_title")
        title.setWordWrap(True)
        doc = QLabel(template.doc)
        doc.setObjectName("hint")
        doc.setWordWrap(True)
        paper = QLabel(template.paper)
        paper.setObjectName("hint")
        paper.setWordWrap(True)
        self.form = Form(template.options, {}, label_width=64)
        self.form.hide()
        self.more = QPushButton("Options")
        self.more.setObjectName("link")
        self.more.setCheckable(True)
        self.more.toggled.connect(self.form.setVisible)
        self.button = QPushButton("Open")
        self.button.setToolTip(f"Open {template.title} as a new diagram")
        self.button.clicked.connect(lambda: self.wanted.emit(template.name))
        row = QHBoxLayout()
        row.addWidget(self.more)
        row.addStretch(1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(6)
        column.addWidget(Thumbnail(gallery.build(template.name)))
        for widget in (title, doc, paper, self.form):
            column.addWidget(widget)
        column.addLayout(row)
        paper.setVisible(bool(template.paper))
        self.more.setVisible(bool(template.options))
        self._options: dict[str, ParamValue] = {}
        self.form.edited.connect(self._keep)

    def options(self) -> dict[str, ParamValue]:
        """The options that the user chose."""
        return dict(self._options)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the model."""
        self.wanted.emit(self.template.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return opens the model."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.wanted.emit(self.template.name)
        else:
            super().keyPressEvent(event)

    def _keep(self, name: str, value: ParamValue) -> None:
        self._options[name] = value


class Thumbnail(QWidget):
    """A model in small: a cell a layer, copies in a row with their skips as arcs."""

    def __init__(self, diagram: Diagram) -> None:
        super().__init__()
        self._cells = cells_of(diagram)
        self.setFixedHeight(44)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(160, 44)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the row of cells."""
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        weights = [1.0 + 0.7 * max(copies - 1, 0) for copies, _ in self._cells]
        gap = 5.0
        unit = (self.width() - gap * (len(weights) - 1) - 2) / max(sum(weights), 1)
        unit = min(unit, 26.0)
        width = sum(weights) * unit + gap * (len(weights) - 1)
        x, middle = (self.width() - width) / 2, 26.0
        painter.setPen(QPen(colors.flow, 1.2))
        painter.drawLine(round(x), round(middle), round(x + width), round(middle))
        for weight, (copies, skips) in zip(weights, self._cells, strict=True):
            box = QRectF(x, middle - 9, weight * unit, 18)
            painter.setPen(QPen(colors.block_line, 1))
            painter.setBrush(colors.block)
            painter.drawRoundedRect(box, 3, 3)
            if skips:
                self._paint_arcs(painter, box, copies)
            x += weight * unit + gap
        painter.end()

    def _paint_arcs(self, painter: QPainter, box: QRectF, copies: int) -> None:
        painter.setPen(QPen(theme.current().skip, 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        shown = min(copies, MOST_ARCS)
        step = box.width() / shown
        for index in range(shown):
            arc = QRectF(box.left() + index * step + 1, box.top() - 7, step - 2, 14)
            painter.drawArc(arc, 0, 180 * 16)


def cells_of(diagram: Diagram) -> list[tuple[int, bool]]:
    """For each unit of the main block its number of copies and whether a skip goes round each."""
    from graphcore.analysis import analyse

    root = analyse(diagram).root
    graph = diagram.main_block.graph
    cells = []
    for id in root.order:
        node = graph.nodes[id]
        if is_chip(node):
            continue
        inside = diagram.blocks.get(node.kind)
        edges = inside.graph.edges.values() if inside is not None else ()
        skips = any(EDGE_KINDS[edge.kind].join == "add" for edge in edges)
        cells.append((len(root.nodes[id]), skips))
    return cells
