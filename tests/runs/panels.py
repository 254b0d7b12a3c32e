"""Runs in a list, and somebody who clicks on them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTreeWidgetItem, QWidget

from app.document import Document
from app.runs.listing.run_places import fresh_run
from app.runs.listing.runs_list import COLUMNS
from app.runs.listing.runs_panel import RunsPanel
from graphcore import store
from graphcore.spec import ParamValue
from graphcore.training.events import Evaluated, Finished, Started, TrainingEvent
from graphcore.training.recipe import resolve_recipe
from graphcore.training.run_folder import RunFolder

NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
STARTED = Started("run", "cpu", 1, 8, 176, 1000, "Net")
GOOD = (STARTED, Evaluated(176, 7, 0.06, 0.983), Finished(176, 4.0, 0.06, 0.983))
POOR = (STARTED, Evaluated(176, 7, 1.9, 0.139), Finished(176, 4.0, 1.9, 0.139))


def make_run(
    path: Path, document: Document, events: tuple[TrainingEvent, ...], **recipe: ParamValue
) -> RunFolder:
    folder = RunFolder.create(path, store.dumps(document.diagram), resolve_recipe(recipe))
    for event in events:
        folder.append_event(event)
    return folder


def next_run(document: Document, *events: TrainingEvent, **recipe: ParamValue) -> RunFolder:
    return make_run(fresh_run(document.path, document.diagram), document, events, **recipe)


def line(panel: RunsPanel, row: int) -> QTreeWidgetItem:
    item = panel.list.topLevelItem(row)
    assert item is not None
    return item


def names(panel: RunsPanel) -> list[str]:
    """The runs that can be seen, from top to bottom."""
    return [each.text(0) for each in panel.list.lines if not each.isHidden()]


def click_head(panel: RunsPanel, column: str) -> None:
    header = panel.list.header()
    at = header.sectionViewportPosition(COLUMNS.index(column)) + 12
    where = QPoint(at, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)


def click_line(panel: RunsPanel, row: int, keys: Qt.KeyboardModifier = NONE) -> None:
    at = panel.list.visualItemRect(line(panel, row)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, keys, at)


def type_into(field: QWidget, text: str) -> None:
    field.setFocus()
    QTest.keyClicks(field, text)


def cells(panel: RunsPanel, row: int) -> list[str]:
    item = line(panel, row)
    return [item.text(column) for column in range(item.columnCount())]
