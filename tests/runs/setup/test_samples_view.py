"""Samples are shown as what they are, read by a child."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QTableWidget
from pytestqt.qtbot import QtBot

from app.runs.setup.samples_view import COUNT, SamplesDialog
from graphcore.training.data.arrays import DataInfo, Demand
from graphcore.training.data.datasets import data_info


def shown(qtbot: QtBot, info: DataInfo, demand: Demand) -> SamplesDialog:
    dialog = SamplesDialog(info, demand)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(
        lambda: dialog.told.text() != "Reading the data …" or dialog.told.isHidden(), timeout=60_000
    )
    return dialog


@pytest.mark.parametrize("data", ["digits", "shapes"])
def test_images_stand_in_a_grid(qtbot: QtBot, data: str) -> None:
    demand = Demand((1, 8, 8)) if data == "digits" else Demand((1, 24, 24))
    dialog = shown(qtbot, data_info(data, demand), demand)
    pictures = [label for label in dialog.findChildren(QLabel) if not label.pixmap().isNull()]
    assert len(pictures) == COUNT
    texts = {label.text() for label in dialog.findChildren(QLabel)}
    assert ("7" in texts) if data == "digits" else any("triangle" in text for text in texts)


def test_text_is_text(qtbot: QtBot) -> None:
    dialog = shown(qtbot, data_info("topics", Demand((64,))), Demand((64,)))
    (view,) = dialog.findChildren(QPlainTextEdit)
    assert len(view.toPlainText()) > 64 * COUNT


def test_tables_are_rows(qtbot: QtBot) -> None:
    dialog = shown(qtbot, data_info("iris"), Demand())
    (table,) = dialog.findChildren(QTableWidget)
    assert (table.rowCount(), table.columnCount()) == (COUNT, 5)
    first = table.item(0, 0)
    assert first is not None
    assert first.text() in ("setosa", "versicolor", "virginica")


def test_what_is_wrong_is_told(qtbot: QtBot) -> None:
    gone = DataInfo("nowhere/data.npz", "data.npz", (4,), (), 2, 8, 2)
    dialog = shown(qtbot, gone, Demand())
    assert "does not exist" in dialog.told.text()
    assert dialog.told.isVisible()
