"""Where the canvas is: the way from the main block, and which copy is shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from app import theme
from app.document import Document
from graphcore.diagram import Instance, Step


class Breadcrumbs(QFrame):
    """A button for every block on the way in; behind a repeated one the copies as ◂ 1 of 3 ▸.

    Hidden at the main block, where there is nowhere to go back to.
    """

    resized = Signal()

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self._document = document
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 4, 8, 4)
        self._row.setSpacing(2)
        self._shown: object = None
        document.place_changed.connect(self.refresh)
        document.analysed.connect(self.refresh)
        theme.signals.changed.connect(self.refresh)
        self.refresh()

    def refresh(self, _: object = None) -> None:
        """Show the way to the document's place."""
        told = self._told()
        if told == self._shown:
            return
        self._shown = told
        while self._row.count():
            taken = self._row.takeAt(0)
            widget = taken.widget() if taken else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._dress()
        instance = self._document.instance
        self._add_crumb(self._document.diagram.main, (), last=not instance)
        for depth, step in enumerate(instance, start=1):
            self._add_text("›")
            self._add_crumb(step.node, instance[:depth], last=depth == len(instance))
        if instance:
            self._add_kind()
            self._add_copies()
        self.setVisible(bool(instance) or self._document.block != self._document.diagram.main)
        self.adjustSize()
        self.resized.emit()

    def _told(self) -> object:
        """All that the bar depends on."""
        instance, document = self._document.instance, self._document
        labels = [self._label_of(instance[:depth]) for depth in range(1, len(instance) + 1)]
        return document.place, document.diagram.main, labels, self.copies(), theme.current()

    def copies(self) -> int:
        """How many copies the shown instance is one of."""
        instance = self._document.instance
        around = self._document.analysis.at(instance[:-1]) if instance else None
        return len(around.nodes.get(instance[-1].node, ())) if around else 1

    def show_copy(self, copy: int) -> None:
        """Show another copy of the same node."""
        *way, last = self._document.instance
        self._document.enter((*way, Step(last.node, copy % self.copies())))

    def _add_crumb(self, text: str, instance: Instance, *, last: bool) -> None:
        label = self._label_of(instance) or text
        if last:
            if instance:
                # Unlike a button, the name has no room of its own beside the mark.
                self._row.addSpacing(6)
            self._add_text(label, strong=True)
            return
        self._add_button(label, f"Go back to {label}", lambda: self._document.enter(instance))

    def _label_of(self, instance: Instance) -> str:
        if not instance:
            return ""
        around = self._document.analysis.at(instance[:-1])
        if around is None:
            return instance[-1].node
        node = self._document.diagram.blocks[around.block].graph.nodes.get(instance[-1].node)
        return node.label if node else instance[-1].node

    def _add_kind(self) -> None:
        self._add_text(f"· {self._document.block}")

    def _add_copies(self) -> None:
        count = self.copies()
        if count < 2:
            return
        copy = self._document.instance[-1].copy
        self._row.addSpacing(10)
        self._add_button("◂", "Previous copy", lambda: self.show_copy(copy - 1))
        self._add_text(f"copy {copy + 1} of {count}")
        self._add_button("▸", "Next copy", lambda: self.show_copy(copy + 1))

    def _add_button(self, text: str, tip: str, act: Callable[[], None]) -> None:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAutoRaise(True)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setFont(theme.ui_font(12, 500))
        button.clicked.connect(lambda: act())
        self._row.addWidget(button)
        button.show()

    def _add_text(self, text: str, *, strong: bool = False) -> None:
        label = QLabel(text, self)
        label.setFont(theme.ui_font(12, 600 if strong else 400))
        label.setProperty("strong", strong)
        self._row.addWidget(label)
        label.show()

    def _dress(self) -> None:
        now = theme.current()
        self.setStyleSheet(
            f"Breadcrumbs {{ background: {now.panel.name()}; border: 1px solid {now.line.name()};"
            " border-radius: 8px; }"
            f"QLabel {{ color: {now.muted.name()}; border: none; }}"
            f'QLabel[strong="true"] {{ color: {now.text.name()}; }}'
            f"QToolButton {{ color: {now.text.name()}; border: none; border-radius: 5px;"
            " padding: 2px 6px; }"
            f"QToolButton:hover {{ background: {now.hover.name()}; }}"
        )
