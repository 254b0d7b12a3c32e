"""A program is run for its data only after an explicit yes, for its very text."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app.runs.setup import trust as trusting
from app.runs.setup.trust import Trust
from graphcore.training.data.sources.python_file import digest_of

PROGRAM = "def load_data():\n    return [[1.0], [2.0]], [0, 1]\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(PROGRAM)
    return tmp_path / "mine.py"


def answer_with(words: str) -> list[str]:
    """Press a button of the question that comes next; returns what it said."""
    said: list[str] = []

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        said.append(box.text() + " " + box.informativeText())
        (button,) = [one for one in box.buttons() if words in plain(one)]
        button.click()

    QTimer.singleShot(0, press)
    return said


def plain(button: QAbstractButton) -> str:
    return button.text().replace("&", "")


def test_yes_holds_for_the_very_text_and_no_longer(qtbot: QtBot, program: Path) -> None:
    trust = Trust()
    said = answer_with("Run it")
    assert trust.ask(str(program), None) == digest_of(program)
    assert "with all that you may do on this machine" in said[0]
    assert str(program) in said[0]
    assert trust.ask(str(program), None) == digest_of(program)  # not asked again
    program.write_text(PROGRAM + "\n")
    answer_with("Cancel")
    assert trust.ask(str(program), None) is None


def test_no_is_no_and_is_not_remembered(qtbot: QtBot, program: Path) -> None:
    trust = Trust()
    for _ in range(2):
        said = answer_with("Cancel")
        assert trust.ask(str(program), None) is None
        assert said


def test_other_data_need_no_question(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trusting, "_is_allowed", lambda *args: pytest.fail("a question"))
    (tmp_path / "text.py").write_text("print('no data')")
    for data in ("digits", str(tmp_path / "text.py"), str(tmp_path), "nowhere.py"):
        assert Trust().ask(data, None) == ""
