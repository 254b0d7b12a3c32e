"""The bar above everything: name and file, tools, workspaces, device, and the one big button."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStyle,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
    QWidget,
)

from app import icons, theme
from app.actions import Actions
from app.document import Document
from app.page_parts import Elided
from graphcore import edits

TOOLS: Mapping[str, str] = MappingProxyType(
    {
        "select": "text",
        "wire": "flow",
        "skip": "skip",
        "dense": "dense",
        "encoder_decoder": "encoder",
    }
)
"""The tools, each with the field of the theme that colours its sign."""
WORDS: Mapping[str, str] = MappingProxyType({"encoder_decoder": "Encoder"})
"""What stands on a tool where its name is too long."""
DEVICES = Path("/dev")
ROOM_FOR_WORDS = 1400
ROOM_FOR_DEVICE = 1150


class ToolButton(QToolButton):
    """A tool with its sign, its name and its key."""

    def __init__(self, name: str, action: QAction) -> None:
        super().__init__()
        self.name = name
        self.shows_words = True
        self.key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        self.setCheckable(True)
        self.setText(WORDS.get(name, name.capitalize()))
        self.setToolTip(action.toolTip())
        self.setAccessibleName(f"{name.replace('_', '–')} tool")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(lambda: action.trigger())
        action.toggled.connect(self.setChecked)

    def sizeHint(self) -> QSize:
        """Room for all three."""
        if not self.shows_words:
            return QSize(36, 32)
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(10 + 16 + 8 + words + 12 + 10 + 10, 32)

    def show_words(self, shown: bool) -> None:
        """Show name and key beside the sign, or the sign alone."""
        if shown != self.shows_words:
            self.shows_words = shown
            self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """It does not shrink."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground as the style draws it, then sign, name and key."""
        colors = theme.current()
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text = ""
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        tint = getattr(colors, TOOLS[self.name]) if self.isEnabled() else colors.muted
        top = (self.height() - 16) // 2
        painter.drawPixmap(10, top, icons.pixmap(self.name, tint))
        if not self.shows_words:
            return
        painter.setPen(colors.text if self.isEnabled() else colors.muted)
        rect = self.rect().adjusted(34, 0, -10, 0)
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.setPen(colors.muted)
        painter.setFont(theme.mono_font(11))
        place = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(rect, place, self.key)


class Header(QWidget):
    """The bar. It shows the state that the window tells it and triggers the window's actions."""

    def __init__(self, document: Document, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(49)
        self.document = document
        self.actions_table = actions
        self._is_running = False
        self._is_narrow = False
        brand = QLabel("Skipwright")
        brand.setObjectName("brand")
        self.file = Elided("muted")
        self.file.setMinimumWidth(60)
        self.file.setMaximumWidth(200)
        self.tools = {name: ToolButton(name, actions[f"tool_{name}"]) for name in TOOLS}
        self.design = self._switch("Design", actions["design"])
        self.train = self._switch("Train", actions["train_space"])
        self.device = QPushButton()
        self.device.setAccessibleName("Device")
        self.device.setToolTip("Where to train")
        self.device.clicked.connect(self._offer_devices)
        self.compare = self._button("With and without skips", actions["compare"])
        self.start = self._button("Train", actions["train"], "primary")
        self.pause = self._button("Pause", actions["pause"])
        self.stop = self._button("Stop", actions["stop"])
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 0, 18, 0)
        row.setSpacing(8)
        row.addWidget(brand)
        row.addWidget(self.file, 4)
        row.addSpacing(16)
        for tool in self.tools.values():
            row.addWidget(tool)
        row.addStretch(2)
        for widget in (self.design, self.train):
            row.addWidget(widget)
        row.addSpacing(16)
        for button in (self.device, self.compare, self.start, self.pause, self.stop):
            row.addWidget(button)
        document.analysed.connect(self._tell_device)
        document.path_changed.connect(self.tell_file)
        document.clean_changed.connect(self.tell_file)
        theme.signals.changed.connect(self._restyle)
        actions["train"].enabledChanged.connect(self._restyle)
        self.tell_file()
        self._tell_device()
        self.tell_run(running=False, paused=False, pair=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, tools are signs and the device is left to the recipe."""
        super().resizeEvent(event)
        for tool in self.tools.values():
            tool.show_words(self.width() >= ROOM_FOR_WORDS)
        self._is_narrow = self.width() < ROOM_FOR_DEVICE
        self.device.setVisible(not self._is_narrow and not self._is_running)

    def tell_file(self) -> None:
        """Show the file's name, with a dot where it does not hold the diagram as it is."""
        path = self.document.path
        name = path.name if path is not None else "not saved yet"
        self.file.tell(name + ("" if self.document.is_clean else " •"))
        self.file.setToolTip(str(path) if path is not None else "Save it with Ctrl+S")

    def tell_run(self, *, running: bool, paused: bool, pair: bool) -> None:
        """Offer what can be done: begin, or pause and stop."""
        self._is_running = running
        for button in (self.compare, self.start):
            button.setVisible(not running)
        self.device.setVisible(not running and not self._is_narrow)
        for button in (self.pause, self.stop):
            button.setVisible(running)
        self.pause.setText("Resume" if paused else "Pause")
        self.stop.setText("Stop both" if pair else "Stop")
        self._restyle()

    def tell_workspace(self, *, training: bool) -> None:
        """Show which workspace is in front; the tools belong to the first."""
        self.design.setChecked(not training)
        self.train.setChecked(training)
        for name, tool in self.tools.items():
            tool.setEnabled(not training)
            tool.setChecked(not training and self.actions_table[f"tool_{name}"].isChecked())

    def _switch(self, text: str, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setObjectName("switch")
        button.setText(text)
        button.setCheckable(True)
        button.setToolTip(action.toolTip())
        button.setAccessibleName(f"{text} workspace")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: action.trigger())
        action.toggled.connect(button.setChecked)
        return button

    def _button(self, text: str, action: QAction, name: str = "") -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(action.toolTip())
        button.clicked.connect(lambda: action.trigger())
        action.enabledChanged.connect(button.setEnabled)
        return button

    def _restyle(self) -> None:
        colors = theme.current()
        enabled = self.start.isEnabled()
        self.start.setIcon(icons.icon("play", colors.on_accent if enabled else colors.muted))
        self.stop.setIcon(icons.icon("stop", colors.text))
        sign = "play" if self.pause.text() == "Resume" else "pause"
        self.pause.setIcon(icons.icon(sign, colors.text))
        self.device.setIcon(icons.icon("down", colors.muted))
        self.device.setLayoutDirection(Qt.LayoutDirection.RightToLeft)

    def _tell_device(self) -> None:
        self.device.setText(told_device(str(self.document.diagram.recipe.get("device", "auto"))))

    def _offer_devices(self) -> None:
        menu = QMenu(self)
        chosen = str(self.document.diagram.recipe.get("device", "auto"))
        group = QActionGroup(menu)
        for name in devices():
            action = menu.addAction(told_device(name) if name != "auto" else "auto")
            action.setCheckable(True)
            action.setChecked(name == chosen)
            action.triggered.connect(self._chooser(name))
            group.addAction(action)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.device.mapToGlobal(self.device.rect().bottomLeft()))

    def _chooser(self, name: str) -> Callable[[], None]:
        def choose() -> None:
            title = f"Train on {name}"
            self.document.apply(title, lambda d: edits.set_recipe(d, "device", name))

        return choose


def devices() -> tuple[str, ...]:
    """The devices to choose from, found without torch, which this process never imports."""
    found = sorted(path.name for path in DEVICES.glob("nvidia[0-9]*"))
    return ("auto", "cpu", *(f"cuda:{name.removeprefix('nvidia')}" for name in found))


def told_device(name: str) -> str:
    """A device as the header names it: ``cpu · 2 threads``."""
    is_cpu = name == "cpu" or (name == "auto" and len(devices()) == 2)
    if not is_cpu:
        return name
    count = threads()
    return f"cpu · {count} threads" if count != 1 else "cpu · 1 thread"


def threads() -> int:
    """The number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
