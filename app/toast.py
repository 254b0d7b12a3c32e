"""A message that comes up over the canvas for a few seconds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QWidget

from app import theme

SECONDS_A_WORD = 0.35


class Toast(QLabel):
    """Says why something was refused, or what was done; goes by itself or with a click."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._act: Callable[[], object] | None = None
        self._plain = ""
        self.linkActivated.connect(self._take_offer)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def tell(self, text: str) -> None:
        """Show ``text`` for as long as it takes to read."""
        self._act = None
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._show(text, text)

    def offer(self, text: str, title: str, act: Callable[[], object]) -> None:
        """Show ``text`` and behind it ``title``, which does ``act`` when it is clicked."""
        self._act = act
        color = theme.current().on_accent.name()
        import html  # With its table of names it is not needed before there is something to tell.

        link = f'<a href="act" style="color: {color}; font-weight: 600;">{html.escape(title)}</a>'
        self.setTextFormat(Qt.TextFormat.RichText)
        self._show(f"{html.escape(text)}&nbsp; {link}", f"{text}  {title}")

    def _show(self, text: str, plain: str) -> None:
        self._plain = plain
        self.setText(text)
        self.place()
        self.show()
        self.raise_()
        self._timer.start(round(1000 * (3 + SECONDS_A_WORD * len(plain.split()))))

    def place(self) -> None:
        """Stand in the upper middle of the parent."""
        parent = self.parentWidget()
        if parent is None:
            return
        width = min(560, parent.width() - 48)
        metrics = self.fontMetrics().boundingRect(
            0, 0, width - 32, 400, int(Qt.TextFlag.TextWordWrap), self._plain
        )
        width = min(width, metrics.width() + 40)
        self.setFixedSize(width, metrics.height() + 24)
        self.move((parent.width() - width) // 2, 56)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click puts it away; one on what is offered does it first."""
        super().mouseReleaseEvent(event)
        self.hide()

    def _take_offer(self, _: str) -> None:
        act, self._act = self._act, None
        if act is not None:
            act()
