"""The code of the diagram, in step with it; a selection here is a selection on the canvas."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.document import Document
from graphcore.diagram import Definition

if TYPE_CHECKING:
    from app.highlighting import PythonHighlighter
    from graphcore.codegen import Source


class CodeView(QPlainTextEdit):
    """Read-only text with line numbers; ``line_chosen(line)`` counts lines from 1."""

    line_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFont(theme.mono_font(13))
        self.setAccessibleName("Code")
        self.gutter = Gutter(self)
        self.blockCountChanged.connect(self._give_room)
        self.updateRequest.connect(self._scroll_gutter)
        self._give_room()

    @cached_property
    def highlighter(self) -> PythonHighlighter:
        """Colours the code; made with the first code, which is after the window is painted."""
        from app.highlighting import PythonHighlighter

        return PythonHighlighter(self.document())

    def show_text(self, text: str) -> None:
        """Show ``text``; what was at the top of the view stays there."""
        if text == self.toPlainText():
            return
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        self.highlighter.read(text)
        self.setPlainText(text)
        self.horizontalScrollBar().setValue(across)
        self.verticalScrollBar().setValue(down)

    def mark(self, lines: tuple[int, ...], color: QColor) -> None:
        """Give ``lines`` a ground and bring the first into view, if none of them is."""
        blocks = (self.document().findBlockByNumber(line - 1) for line in lines)
        marks = [_mark(QTextCursor(block), color) for block in blocks if block.isValid()]
        self.setExtraSelections(marks)

    def reveal(self, lines: tuple[int, ...]) -> None:
        """Scroll so that the first of ``lines`` is seen, unless one of them already is."""
        if not lines or any(self._is_seen(line) for line in lines):
            return
        self.verticalScrollBar().setValue(max(0, min(lines) - 4))

    def line_at(self, point: QPoint) -> int:
        """The line below a point of the viewport, counted from 1."""
        return self.cursorForPosition(point).blockNumber() + 1

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click (not a drag that selects text) chooses its line."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self.line_chosen.emit(self.line_at(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return chooses the line of the cursor."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.line_chosen.emit(self.textCursor().blockNumber() + 1)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the line numbers beside the text."""
        super().resizeEvent(event)
        area = self.contentsRect()
        self.gutter.setGeometry(QRect(area.left(), area.top(), self.gutter_width(), area.height()))

    def gutter_width(self) -> int:
        """Room for the largest line number."""
        digits = max(3, len(str(max(1, self.blockCount()))))
        width = QFontMetricsF(theme.mono_font(11)).horizontalAdvance("0") * digits
        return round(width) + 32

    def paint_gutter(self, event: QPaintEvent) -> None:
        """Draw the line numbers that are in view; a page without code has none."""
        if self.document().isEmpty():
            return
        painter = QPainter(self.gutter)
        painter.setFont(theme.mono_font(11))
        painter.setPen(theme.current().muted)
        block = self.firstVisibleBlock()
        offset = self.contentOffset()
        while block.isValid():
            rect = self.blockBoundingGeometry(block).translated(offset)
            if rect.top() > event.rect().bottom():
                break
            number = QRect(0, round(rect.top()), self.gutter.width() - 16, round(rect.height()))
            place = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(number, place, str(block.blockNumber() + 1))
            block = block.next()
        painter.end()

    def _is_seen(self, line: int) -> bool:
        block = self.document().findBlockByNumber(line - 1)
        rect = self.blockBoundingGeometry(block).translated(self.contentOffset())
        return rect.top() >= 0 and rect.bottom() <= self.viewport().height()

    def _give_room(self) -> None:
        self.setViewportMargins(self.gutter_width(), 0, 0, 0)

    def _scroll_gutter(self, rect: QRect, dy: int) -> None:
        if dy:
            self.gutter.scroll(0, dy)
        else:
            self.gutter.update(0, rect.y(), self.gutter.width(), rect.height())


def _mark(place: QTextCursor, color: QColor) -> QTextEdit.ExtraSelection:
    """A ground for the whole line of ``place``."""
    # With it come the names of its hundred properties, which nothing needs before there is code.
    from PySide6.QtGui import QTextFormat

    mark = QTextEdit.ExtraSelection()
    mark.cursor = place
    mark.format.setBackground(color)
    mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
    return mark


class Gutter(QWidget):
    """The strip of line numbers."""

    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:
        """As wide as the numbers."""
        return QSize(self._view.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the numbers."""
        self._view.paint_gutter(event)


class CodePanel(QWidget):
    """The code with its buttons. ``save_wanted()`` asks the window for a file."""

    save_wanted = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self.view = CodeView()
        self._is_choosing = False
        self.view.line_chosen.connect(self._choose_line)
        self.stale = QLabel()
        self.stale.setObjectName("stale")
        self.stale.hide()
        self.copy_button = self._button("Copy", "Copy the whole file to the clipboard", self.copy)
        self.save_button = self._button(
            "Save…", "Save the code as a file of its own (Ctrl+E)", None
        )
        self.save_button.clicked.connect(self.save_wanted)
        self.buttons = QWidget(self)
        row = QHBoxLayout(self.buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.copy_button)
        row.addWidget(self.save_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.stale)
        layout.addWidget(self.view, 1)
        document.source_changed.connect(self._on_source)
        document.selection_changed.connect(self._mark_selection)
        document.place_changed.connect(self._go_along)
        theme.signals.changed.connect(self._restyle)
        self._on_source(document.source)

    def copy(self) -> None:
        """Put the code on the clipboard."""
        QGuiApplication.clipboard().setText(self.view.toPlainText())
        self.copy_button.setText("Copied")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the buttons in the corner."""
        super().resizeEvent(event)
        self._place_buttons()

    def _button(self, text: str, tip: str, act: object) -> QToolButton:
        button = QToolButton()
        button.setObjectName("small")
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(f"{text.strip('…')} the code")
        if callable(act):
            button.clicked.connect(act)
        return button

    def _on_source(self, source: Source | None) -> None:
        shown = source or self.document.good_source
        self.copy_button.setText("Copy")
        self.view.setPlaceholderText(
            "The PyTorch code of the diagram will be here as soon as it has no errors.\n"
            "The Problems tab tells what is missing."
        )
        self.view.show_text(shown.text if shown is not None else "")
        self.buttons.setVisible(shown is not None)
        self._tell_stale(source is None and shown is not None)
        self._mark_selection()

    def _tell_stale(self, stale: bool) -> None:
        count = sum(p.severity == "error" for p in self.document.analysis.diagnostics)
        errors = f"{count} errors keep" if count != 1 else "1 error keeps"
        self.stale.setText(f"The last code without errors: {errors} it from following the diagram.")
        self.stale.setVisible(stale)
        self._place_buttons()

    def _place_buttons(self) -> None:
        size = self.buttons.sizeHint()
        top = self.stale.height() + 4 if self.stale.isVisible() else 4
        self.buttons.setGeometry(self.width() - size.width() - 18, top, size.width(), size.height())
        self.buttons.raise_()

    def _mark_selection(self) -> None:
        source = self.document.source or self.document.good_source
        if source is None:
            self.view.mark((), theme.current().hover)
            return
        block = self.document.block
        found = {
            line
            for item in self.document.selection
            for line in source.lines_of(Definition(block, item))
        }
        lines = tuple(sorted(found))
        self.view.mark(lines, theme.current().hover)
        self.view.reveal(lines)

    def _go_along(self) -> None:
        """Show the class of the block that was entered, or what is selected in it."""
        self._mark_selection()
        source = self.document.source or self.document.good_source
        if source is not None and not self.document.selection and not self._is_choosing:
            self.view.reveal(source.lines_of(Definition(self.document.block, ""))[:1])

    def _choose_line(self, line: int) -> None:
        source = self.document.source or self.document.good_source
        definitions = source.lines.get(line, ()) if source is not None else ()
        here = [d for d in definitions if d.block == self.document.block and d.item]
        if here:
            self.document.select([definition.item for definition in here])
        elif definitions:
            # The line that was clicked stays below the pointer.
            self._is_choosing = True
            self.document.reveal(definitions[0])
            self._is_choosing = False

    def _restyle(self) -> None:
        self.view.highlighter.restyle()
        self._mark_selection()
