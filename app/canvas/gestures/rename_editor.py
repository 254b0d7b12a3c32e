"""Renaming in place: a field over the block."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app import theme
from graphcore.diagram import name_problem


class RenameEditor(QLineEdit):
    """A field that opens over a block. Return takes the name, Escape leaves the old one; a name
    that cannot be is framed in red while it is typed."""

    def __init__(self, viewport: QWidget) -> None:
        super().__init__(viewport)
        self._commit: Callable[[str], None] | None = None
        self.setFont(theme.mono_font(12))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.textChanged.connect(self._judge)
        self.installEventFilter(self)
        self.hide()

    def open(self, rect: QRect, label: str, commit: Callable[[str], None]) -> None:
        """Open over ``rect`` with ``label`` selected; ``commit`` is called with the new name."""
        self._commit = commit
        width = max(rect.width(), 130)
        self.setGeometry(rect.center().x() - width // 2, rect.center().y() - 14, width, 28)
        self.setText(label)
        self._judge(label)
        self.selectAll()
        self.show()
        self.raise_()
        self.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return, Escape, and leaving the field."""
        if event.type() == QEvent.Type.FocusOut:
            self._end(take=True)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._end(take=True)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self._end(take=False)
                return True
        return super().eventFilter(watched, event)

    def _end(self, *, take: bool) -> None:
        commit, self._commit = self._commit, None
        if commit is None:
            return
        self.hide()
        self._viewport().setFocus()
        if take:
            # The document judges the name, and says what is wrong with it.
            commit(self.text().strip())

    def _viewport(self) -> QWidget:
        parent = self.parentWidget()
        return parent if isinstance(parent, QWidget) else self

    def _judge(self, text: str) -> None:
        now = theme.current()
        problem = name_problem(text)
        rim = now.error if problem else now.text
        self.setToolTip(problem or "")
        self.setStyleSheet(
            f"background: {now.panel.name()}; color: {now.text.name()};"
            f" border: 1.5px solid {rim.name()}; border-radius: 6px; padding: 2px 6px;"
        )
