"""Fields of text, and what every field is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from app.param_text import read, shown
from graphcore.spec import Param, ParamValue, Refused

MOST_LINES = 5
"""Lines of a longer text that are seen at once; what is longer scrolls."""


class Field(QWidget):
    """A widget for the value of ``param``.

    ``edited(value)`` is emitted while the user edits, with allowed values only; ``wrong(message)``
    whenever what stands there is not allowed, and with ``""`` when it is again; ``finished()`` when
    the user leaves.
    """

    edited = Signal(object)
    wrong = Signal(str)
    finished = Signal()

    def __init__(self, param: Param) -> None:
        super().__init__()
        self.param = param
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)

    def value(self) -> ParamValue:
        """The value that stands there. Raises :class:`Refused` where it is not allowed."""
        raise NotImplementedError

    def set_value(self, value: ParamValue) -> None:
        """Show ``value``, silently."""
        raise NotImplementedError

    def set_mixed(self) -> None:
        """Show that several values are meant that differ."""
        raise NotImplementedError

    def _on_edited(self) -> None:
        """Tell the value that was written, or what is wrong with it."""
        try:
            value = self.value()
        except Refused as error:
            self.wrong.emit(str(error))
            return
        self._tell(value)

    def _tell(self, value: ParamValue) -> None:
        self.wrong.emit("")
        self.edited.emit(value)

    def _hold(self, widget: QWidget, stretch: int = 0) -> None:
        widget.setAccessibleName(self.param.name.replace("_", " "))
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._row.addWidget(widget, stretch)
        if self.focusProxy() is None:
            self.setFocusProxy(widget)


class TextField(Field):
    """A line of text for whatever :func:`app.param_text.read` understands."""

    def __init__(self, param: Param) -> None:
        super().__init__(param)
        self.line = QLineEdit()
        self.line.setPlaceholderText("none" if param.optional else "")
        self.line.textEdited.connect(self._on_edited)
        self.line.editingFinished.connect(self.finished)
        self._hold(self.line)

    def value(self) -> ParamValue:
        """The value that is written."""
        return read(self.param, self.line.text())

    def set_value(self, value: ParamValue) -> None:
        """Write ``value``."""
        self.line.setPlaceholderText("none" if self.param.optional else "")
        if self.line.text() != shown(value):
            self.line.setText(shown(value))
            self.line.setCursorPosition(0)

    def set_mixed(self) -> None:
        """Write nothing."""
        self.line.clear()
        self.line.setPlaceholderText("several")


class WrappedText(QPlainTextEdit):
    """Tells when its lines are broken anew: when its width is known, which is not at first."""

    broken_anew = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines, then tell."""
        super().resizeEvent(event)
        self.broken_anew.emit()


class ParagraphField(Field):
    """A text that is wrapped, as high as its lines. Return and Tab end the edit, for it is one
    line in the file; the lines of a pasted text are joined."""

    def __init__(self, param: Param) -> None:
        super().__init__(param)
        self.text = WrappedText()
        self.text.setObjectName("notes")
        self.text.setTabChangesFocus(True)
        self.text.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.text.textChanged.connect(self._on_edited)
        self.text.broken_anew.connect(self._grow)
        self.text.installEventFilter(self)
        self._hold(self.text)
        self._grow()

    def value(self) -> ParamValue:
        """The text that is written."""
        return read(self.param, self._written())

    def set_value(self, value: ParamValue) -> None:
        """Write ``value``."""
        if self._written() != shown(value):
            with QSignalBlocker(self.text):
                self.text.setPlainText(shown(value))
        self._grow()

    def set_mixed(self) -> None:
        """Write nothing."""
        self.text.setPlaceholderText("several")
        self.set_value("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leaving the text ends the edit, and so does Return."""
        if event.type() == QEvent.Type.FocusOut:
            self.finished.emit()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            returns = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if returns:
                self.finished.emit()
            return returns
        return super().eventFilter(watched, event)

    def _written(self) -> str:
        return " ".join(self.text.toPlainText().splitlines())

    def _grow(self) -> None:
        # The height of a plain text's document is its number of lines, wrapped ones counted.
        lines = max(1, round(self.text.document().size().height()))
        # A bar that comes up while the height follows would narrow the lines, and so lengthen them.
        policy = Qt.ScrollBarPolicy
        scrolls = lines > MOST_LINES
        self.text.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if scrolls else policy.ScrollBarAlwaysOff
        )
        self.text.setFixedHeight(
            min(lines, MOST_LINES) * self.text.fontMetrics().lineSpacing() + 16
        )

    def _on_edited(self) -> None:
        self._grow()
        super()._on_edited()
