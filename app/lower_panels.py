"""The panels below the canvas, behind tabs: code, problems, summary, runs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget


class TabbedPanels(QWidget):
    """A bar of tabs over a stack; titles can carry a count. What stands behind a tab that is not in
    front can be made when it first is."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.bar = QTabBar()
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setElideMode(Qt.TextElideMode.ElideNone)
        self.bar.setAccessibleName(name)
        self.stack = QStackedWidget()
        self._names: list[str] = []
        self._later: dict[int, Callable[[], QWidget]] = {}
        line = QWidget()
        line.setObjectName("hairline")
        line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        line.setFixedHeight(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(line)
        column.addWidget(self.stack, 1)
        self.bar.currentChanged.connect(self._bring)
        self.bar.tabBarClicked.connect(self._take_keys)

    def add(self, name: str, panel: QWidget, tip: str = "") -> None:
        """Put ``panel`` behind a tab called ``name``."""
        self._names.append(name)
        self.stack.addWidget(panel)
        self.bar.addTab(name)
        self.bar.setTabToolTip(len(self._names) - 1, tip)

    def add_later(self, name: str, make: Callable[[], QWidget], tip: str = "") -> None:
        """Put what ``make`` returns behind a tab called ``name``; asked when it is first wanted."""
        self._later[len(self._names)] = make
        self.add(name, QWidget(), tip)

    def _bring(self, index: int) -> None:
        """Bring a panel to the front; one that is not there yet takes the place kept for it."""
        make, kept = self._later.pop(index, None), self.stack.widget(index)
        if make is not None and kept is not None:
            self.stack.insertWidget(index, make())
            self.stack.removeWidget(kept)
            kept.deleteLater()
        self.stack.setCurrentIndex(index)

    def _take_keys(self, index: int) -> None:
        """What is typed after a click on a tab is meant for its panel, where it has a line for it;
        on the canvas the same letters choose tools."""
        self.bar.setCurrentIndex(index)
        panel = self.stack.widget(index)
        if panel is not None and panel.focusProxy() is not None:
            panel.setFocus()

    def show_panel(self, name: str) -> None:
        """Bring the panel called ``name`` to the front."""
        self.bar.setCurrentIndex(self._names.index(name))

    def current(self) -> str:
        """The name of the panel in front."""
        return self._names[self.bar.currentIndex()]

    def tell_count(self, name: str, count: int) -> None:
        """Show a number behind the name; none for 0."""
        self.bar.setTabText(self._names.index(name), f"{name} {count}" if count else name)
