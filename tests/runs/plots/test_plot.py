"""What every plot does as a widget."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.runs.cursor import Cursor
from app.runs.plots.curve_plot import CurvePlot
from app.runs.plots.depth_view import DepthView
from app.runs.plots.heatmap import HeatMap
from app.runs.plots.plot import Plot
from app.runs.plots.profile import Profile
from app.runs.plots.shares import ShareView


@pytest.mark.parametrize("kind", [CurvePlot, DepthView, HeatMap, Profile, ShareView])
def test_a_press_brings_the_keys_of_the_time_cursor(kind: type[Plot], qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    plot, elsewhere = kind(Cursor(), window), QLineEdit(window)
    window.show()
    elsewhere.setFocus()
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton)
    assert window.focusWidget() is plot
