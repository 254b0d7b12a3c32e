"""The line between canvases and plots: the time cursor, and what the plots are to show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app import theme
from app.icons import icon
from app.runs.cursor import Cursor
from app.runs.scrubber import Scrubber
from graphcore.training.run_folder import RunFolder

LISTED: Final = 12
"""Runs that the menu offers, the newest; the others are in the panel."""


class PageHead(QWidget):
    """``switched(RunFolder, bool)``: a run is to be laid over the others, or to go;
    ``all_wanted()`` asks for the list of all runs; ``menu_opens()`` for the menu to be filled."""

    switched = Signal(object, bool)
    all_wanted = Signal()
    menu_opens = Signal()

    def __init__(self, cursor: Cursor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scrubber = Scrubber(cursor)
        self.compare_button = _button("Compare", "Lay other runs of this diagram over this one")
        self.differences_button = _button("Differences", "A table of what differs between the runs")
        self.recipe_button = _button("Recipe", "Data, optimizer, epochs … of the next run")
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self.menu_opens)
        self.compare_button.setMenu(self.menu)
        self.compare_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.compare_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.compare_button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        theme.signals.changed.connect(self._dress)
        self._dress()
        for button in (self.differences_button, self.recipe_button):
            button.setCheckable(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 7, 14, 3)
        row.addWidget(self.scrubber, 1)
        row.addStretch(0)
        for button in (self.compare_button, self.differences_button, self.recipe_button):
            row.addWidget(button)

    def _dress(self) -> None:
        self.compare_button.setIcon(icon("down", theme.current().muted))

    def offer(self, offered: Sequence[tuple[RunFolder, str, bool]]) -> None:
        """Fill the menu with runs: folder, name, whether it is shown."""
        self.menu.clear()
        for folder, name, shown in offered[:LISTED]:
            action = QAction(name.replace("&", "&&"), self.menu)
            action.setCheckable(True)
            action.setChecked(shown)
            action.setToolTip(str(folder.path))
            action.triggered.connect(lambda on, folder=folder: self.switched.emit(folder, on))
            self.menu.addAction(action)
        if not offered:
            nothing = "Other runs of this diagram will be offered here"
            self.menu.addAction(nothing).setEnabled(False)
            return
        self.menu.addSeparator()
        self.menu.addAction("All runs …").triggered.connect(lambda: self.all_wanted.emit())


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("small")
    button.setText(text)
    button.setToolTip(tip)
    return button
