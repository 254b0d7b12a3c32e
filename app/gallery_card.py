"""One model of the gallery: its picture, title, sentence, paper and options."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.canvas.painting.look import Look
from app.canvas.painting.thumbnail import Thumbnail, paint_thumbnail, thumbnail
from app.disclosure import Disclosure
from app.form import Form
from graphcore import gallery
from graphcore.gallery.template import Template
from graphcore.spec import ParamValue

PICTURE_HEIGHT = 52


class GalleryCard(QFrame):
    """A card; ``wanted`` tells the name of the model that is to be opened."""

    wanted = Signal(str)

    def __init__(self, template: Template, family: str) -> None:
        super().__init__()
        self.template = template
        facts = (template.name, template.title, template.doc, template.paper, family)
        self.words = " ".join(facts).lower()
        self.form: Form | None = None
        self._options: dict[str, ParamValue] = {}
        self.setObjectName("gallery_card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(template.title)
        self.setAccessibleDescription(template.doc)
        self.more = Disclosure("Options", "Depth, width, classes … of the model that is opened")
        self.more.toggled.connect(self._show_options)
        if not template.options:
            self.more.hide()
        self.button = QPushButton("Open")
        self.button.setToolTip(f"Open {template.title} as a new diagram")
        self.button.clicked.connect(lambda: self.wanted.emit(template.name))
        row = QHBoxLayout()
        row.addWidget(self.more)
        row.addStretch(1)
        row.addWidget(self.button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 10, 12, 10)
        self._column.setSpacing(6)
        self._column.addWidget(Picture(template.name))
        self._column.addWidget(_words(template.title, "card_title"))
        self._column.addWidget(_words(template.doc, "hint"))
        if template.paper:
            self._column.addWidget(_words(template.paper, "hint"))
        self._column.addLayout(row)

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

    def _show_options(self, shown: bool) -> None:
        """The form is made when it is first asked for: a gallery full of them would be slow."""
        if self.form is None:
            self.form = Form(self.template.options, {}, label_width=64)
            self.form.edited.connect(self._options.__setitem__)
            self._column.insertWidget(self._column.count() - 1, self.form)
        self.form.setVisible(shown)


class Picture(QWidget):
    """A model in small. The model is built when the picture is first seen."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._model: Thumbnail | None = None
        self.setFixedHeight(PICTURE_HEIGHT)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(160, PICTURE_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the model."""
        if self._model is None:
            self._model = thumbnail(gallery.build(self._name))
        painter = QPainter(self)
        paint_thumbnail(painter, Look(theme.current()), self.size(), self._model)
        painter.end()


def _words(text: str, name: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setWordWrap(True)
    return label
