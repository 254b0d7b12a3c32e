"""The zoom as buttons and a figure, and the highway view."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from app import theme


class ZoomBar(QFrame):
    """Smaller, per cent (a click is 100 %), larger, fit; the picture inside out."""

    asked_out = Signal()
    asked_in = Signal()
    asked_whole = Signal()
    asked_fit = Signal()
    asked_highway = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(0)
        self._add(row, "−", "Zoom out (Ctrl+−)", self.asked_out)
        self.figure = self._add(row, "100 %", "Show at 100 %", self.asked_whole)
        self.figure.setMinimumWidth(50)
        self._add(row, "+", "Zoom in (Ctrl++)", self.asked_in)
        self._add(row, "Fit", "Show everything (F)", self.asked_fit)
        tip = "Highway view: shortcuts run straight, branches hang off them (H)"
        self.highway = self._add(row, "Highway", tip, self.asked_highway)
        self.highway.setCheckable(True)
        theme.signals.changed.connect(self._dress)
        self._dress()
        self.adjustSize()

    def show_zoom(self, zoom: float) -> None:
        """Show the zoom as a figure."""
        self.figure.setText(f"{100 * zoom:.0f} %")

    def show_highway(self, shown: bool) -> None:
        """Show whether the picture is turned inside out."""
        self.highway.setChecked(shown)

    def _add(self, row: QHBoxLayout, text: str, tip: str, asked: SignalInstance) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setFont(theme.ui_font(12))
        button.clicked.connect(asked)
        row.addWidget(button)
        return button

    def _dress(self) -> None:
        now = theme.current()
        self.setStyleSheet(
            f"ZoomBar {{ background: {now.panel.name()}; border: 1px solid {now.line.name()};"
            " border-radius: 8px; }"
            f"QToolButton {{ color: {now.muted.name()}; border: none; border-radius: 6px;"
            " padding: 3px 7px; }"
            f"QToolButton:checked {{ color: {now.skip_text.name()}; }}"
            f"QToolButton:hover {{ background: {now.hover.name()}; color: {now.text.name()}; }}"
        )
