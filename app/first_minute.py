"""Three cards for the first minute: watch it train, remove the skips, draw your own."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QToolButton, QWidget

from app import icons, theme

CARDS = (
    ("watch", "Watch it train", "a moving loss in five seconds"),
    ("compare", "Remove the skips", "both nets at once, same seed"),
    ("draw", "Draw your own", "a small net that lacks one skip"),
)


class FirstMinute(QWidget):
    """The cards in a row with a cross behind them. ``chosen(name)`` is watch, compare or draw."""

    chosen = Signal(str)
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("First steps")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.cards: dict[str, Card] = {}
        for name, title, sentence in CARDS:
            card = Card(title, sentence)
            card.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            self.cards[name] = card
            row.addWidget(card, 1)
        self.cross = QToolButton()
        self.cross.setObjectName("small")
        self.cross.setAccessibleName("Close the cards")
        self.cross.setToolTip("Close; Help › First steps brings them back")
        self.cross.clicked.connect(self.dismissed)
        row.addWidget(self.cross, 0, Qt.AlignmentFlag.AlignTop)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.cross.setIcon(icons.icon("close", theme.current().muted))


class Card(QAbstractButton):
    """A button of two lines on a surface of its own."""

    def __init__(self, title: str, sentence: str) -> None:
        super().__init__()
        self.setText(title)
        self.sentence = sentence
        self.setAccessibleDescription(sentence)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(136, 64)
        self.setMaximumWidth(264)

    def sizeHint(self) -> QSize:
        """As wide as in the drawing."""
        return QSize(256, 64)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return presses as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stand out below the pointer."""
        super().enterEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the surface and the two lines."""
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self.underMouse() or self.hasFocus()
        painter.setPen(QPen(colors.block_line if lit else colors.line, 1))
        painter.setBrush(colors.hover if self.isDown() else colors.panel)
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        left = 16 if self.width() > 180 else 12
        inside = self.rect().adjusted(left, 12, -8, -12)
        painter.setPen(colors.text)
        painter.setFont(theme.ui_font(13, 600))
        painter.drawText(inside, Qt.AlignmentFlag.AlignTop, self.text())
        painter.setPen(colors.muted)
        painter.setFont(theme.ui_font(12))
        line = painter.fontMetrics().elidedText(
            self.sentence, Qt.TextElideMode.ElideRight, inside.width()
        )
        painter.drawText(inside, Qt.AlignmentFlag.AlignBottom, line)
        painter.end()
