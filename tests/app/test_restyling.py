"""Other rules of the stylesheet for a widget that is already shown."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.restyling import mark, restyle

RULES = """
QLabel { background-color: #00ff00 }
#wrong { background-color: #ff0000 }
QLabel[stale="true"] { background-color: #0000ff }
"""


def shown(qtbot: QtBot) -> QLabel:
    label = QLabel()
    label.setStyleSheet(RULES)
    qtbot.addWidget(label)
    label.show()
    return label


def background(label: QLabel) -> str:
    return label.grab().toImage().pixelColor(2, 2).name()


def test_a_widget_looks_as_its_new_name_says(qtbot: QtBot) -> None:
    label = shown(qtbot)
    assert background(label) == "#00ff00"
    restyle(label, "wrong")
    assert background(label) == "#ff0000"
    restyle(label, "hint")
    assert background(label) == "#00ff00"


def test_a_quality_comes_and_goes(qtbot: QtBot) -> None:
    label = shown(qtbot)
    mark(label, "stale", True)
    assert background(label) == "#0000ff"
    mark(label, "stale", False)
    assert background(label) == "#00ff00"
