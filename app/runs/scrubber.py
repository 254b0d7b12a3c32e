"""The time cursor as a slider: drag to any step, play, return to live."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QSlider, QToolButton, QWidget

from app import theme
from app.icons import icon
from app.runs.cursor import Cursor

HANDLE: Final = 6.5
PLAY_MS: Final = 40
PLAY_SECONDS: Final = 8.0
"""How long playing a whole run takes, however many steps it has."""


class Track(QSlider):
    """The line from the first to the last step: what was made is lighter than what is to come."""

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._cursor = cursor
        self.setRange(0, 0)
        self.setAccessibleName("Step")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.valueChanged.connect(cursor.go)
        cursor.moved.connect(self._follow)
        theme.signals.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As high as its handle."""
        return QSize(320, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line and the handle."""
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        self._line(painter, middle, self._left, self._right, colors.line)
        self._line(painter, middle, self._left, self._x(self._cursor.last), colors.block_line)
        if self._cursor.last:
            at = self._x(self._cursor.step)
            self._line(painter, middle, self._left, at, colors.text)
            painter.setPen(QPen(colors.text, 2))
            painter.setBrush(colors.text if self.hasFocus() else colors.panel)
            painter.drawEllipse(QPointF(at, middle), HANDLE, HANDLE)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the step under the pointer."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._go(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the cursor along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The cursor is where it was dragged to."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """End returns to live; the other keys are those of every slider."""
        if event.key() == Qt.Key.Key_End:
            self._cursor.go_live()
        else:
            super().keyPressEvent(event)

    @property
    def _left(self) -> float:
        return HANDLE + 1.5

    @property
    def _right(self) -> float:
        return self.width() - HANDLE - 1.5

    def _x(self, step: int) -> float:
        share = step / self._cursor.total if self._cursor.total else 0.0
        return self._left + share * (self._right - self._left)

    def _go(self, x: float) -> None:
        share = (x - self._left) / max(self._right - self._left, 1)
        self._cursor.go(round(share * self._cursor.total))

    def _line(
        self, painter: QPainter, middle: float, left: float, right: float, color: QColor
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(left, middle - 1.5, max(right - left, 0), 3), 1.5, 1.5)

    def _follow(self) -> None:
        with QSignalBlocker(self):
            self.setRange(min(1, self._cursor.last), self._cursor.last)
            self.setPageStep(max(1, self._cursor.total // 20))
            self.setValue(self._cursor.step)
        self.update()


class Scrubber(QWidget):
    """Play, the track, and where the cursor is: ``step 158 · live``."""

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cursor = cursor
        self.play_button = QToolButton()
        self.play_button.setObjectName("small")
        self.play_button.setAccessibleName("Play")
        self.play_button.clicked.connect(self.toggle)
        self.track = Track(cursor)
        self.place = QPushButton()
        self.place.setObjectName("words")
        self.place.setMinimumWidth(124)
        self.place.clicked.connect(self._return_to_live)
        self._timer = QTimer(self, interval=PLAY_MS)
        self._timer.timeout.connect(self._advance)
        self._exact = 0.0
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(12)
        for widget in (self.play_button, self.track, self.place):
            row.addWidget(widget)
        cursor.moved.connect(self._show)
        theme.signals.changed.connect(self._show)
        self._show()

    @property
    def is_playing(self) -> bool:
        """Whether the cursor moves by itself through what was recorded."""
        return self._timer.isActive()

    def toggle(self) -> None:
        """Play from the cursor, from the beginning where it is at the end; or hold."""
        if self.is_playing:
            self._timer.stop()
        elif self._cursor.last:
            at_end = self._cursor.step >= self._cursor.last
            self._exact = 1.0 if at_end else float(self._cursor.step)
            self._cursor.go(round(self._exact))
            self._timer.start()
        self._show()

    def _advance(self) -> None:
        if self._cursor.is_live or abs(round(self._exact) - self._cursor.step) > 1:
            # Somebody took the cursor in hand.
            self._exact = float(self._cursor.step)
        self._exact += max(self._cursor.total, 1) * PLAY_MS / 1000 / PLAY_SECONDS
        if self._exact >= self._cursor.last:
            self._timer.stop()
            self._cursor.go_live()
        else:
            self._cursor.go(round(self._exact))
        self._show()

    def _return_to_live(self) -> None:
        self._timer.stop()
        self._cursor.go_live()
        self._show()

    def _show(self) -> None:
        cursor, colors = self._cursor, theme.current()
        name = "pause" if self.is_playing else "play"
        self.play_button.setIcon(icon(name, colors.text if cursor.last else colors.muted))
        self.play_button.setEnabled(bool(cursor.last))
        self.play_button.setToolTip("Hold" if self.is_playing else "Play the run from the cursor")
        going = cursor.last < cursor.total
        if not cursor.last:
            text = ""
        elif not cursor.is_live:
            text = (
                f"step {cursor.step} · go to end" if not going else f"step {cursor.step} · go live"
            )
        else:
            text = f"step {cursor.step} · {'live' if going else 'end'}"
        self.place.setText(text)
        self.place.setEnabled(bool(cursor.last) and not cursor.is_live)
        self.place.setToolTip("Return to the newest step (End)")
