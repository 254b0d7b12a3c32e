"""What tests of the window share: the look, a document, a window that starts no children."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import settings, stylesheet, theme
from app.document import Document
from app.window import MainWindow
from graphcore import gallery
from tests.app.acting import leave


@pytest.fixture(scope="session", autouse=True)
def look(qapp: QApplication) -> None:
    """The fonts and colours of the program."""
    stylesheet.dress(qapp)
    theme.set_scheme("light")


@pytest.fixture(autouse=True)
def fresh_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing remembered, nothing left behind by a crash."""
    settings.store().clear()
    monkeypatch.setattr(settings, "journal_folder", lambda: tmp_path / "journals")


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    """ResNet-20 for the digits."""
    return Document(gallery.build("resnet20-digits"))


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    """The whole window on its example, without children in the background."""
    window = MainWindow(warm=False)
    qtbot.addWidget(window, before_close_func=leave)
    window.show()
    # Once it is seen it opens its file and looks for lost work; a test begins after that.
    qtbot.wait(20)
    return window
