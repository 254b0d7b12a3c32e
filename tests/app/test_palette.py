"""The palette: by family, found by typing, added by Enter, dragged as a kind."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.palette import LAYER_MIME, ROW, Palette
from graphcore import edits
from graphcore.layers import LAYERS


@pytest.fixture
def palette(qtbot: QtBot, document: Document) -> Palette:
    palette = Palette(document)
    qtbot.addWidget(palette)
    palette.resize(220, 600)
    palette.show()
    return palette


def rows(palette: Palette, row: str) -> list[str]:
    items = (palette.model.item(i) for i in range(palette.model.rowCount()))
    return [item.text() for item in items if item.data(ROW) == row]


def test_families_are_headings_and_blocks_of_the_diagram_are_the_last(palette: Palette) -> None:
    families = list(dict.fromkeys(spec.family for spec in LAYERS.values()))
    assert rows(palette, "heading") == [*families, "Blocks of this diagram"]
    assert palette.kinds()[-1] == "Residual"


def test_a_long_family_unfolds(palette: Palette) -> None:
    hidden = next(
        spec.kind for spec in reversed(tuple(LAYERS.values())) if spec.family == "Activation"
    )
    assert hidden not in palette.kinds()
    item = next(
        palette.model.item(i)
        for i in range(palette.model.rowCount())
        if palette.model.item(i).data(ROW) == "more"
        and palette.model.item(i - 1).text() in LAYERS
        and LAYERS[palette.model.item(i - 1).text()].family == "Activation"
    )
    palette.list.scrollTo(item.index())
    rect = palette.list.visualRect(item.index())
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert hidden in palette.kinds()


@pytest.mark.parametrize(
    ("typed", "first"),
    [("conv2", "Conv2d"), ("BN", "BatchNorm2d"), ("resid", "Residual"), ("relu", "ReLU")],
)
def test_typing_finds_what_is_meant(palette: Palette, typed: str, first: str) -> None:
    QTest.keyClicks(palette.search, typed)
    assert palette.kinds()[0] == first


def test_a_word_of_the_documentation_finds_too(palette: Palette) -> None:
    QTest.keyClicks(palette.search, "learned filters")
    assert "Conv2d" in palette.kinds()


def test_what_is_not_there_is_told(palette: Palette) -> None:
    QTest.keyClicks(palette.search, "qqqq")
    assert palette.kinds() == []
    assert rows(palette, "more") == ["Nothing is called “qqqq”"]


def test_enter_adds_the_first(palette: Palette, qtbot: QtBot) -> None:
    QTest.keyClicks(palette.search, "linear")
    with qtbot.waitSignal(palette.chosen) as told:
        QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert told.args == ["Linear"]


def test_down_and_enter_add_the_next(palette: Palette, qtbot: QtBot) -> None:
    QTest.keyClicks(palette.search, "conv")
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    QTest.keyClick(palette.list, Qt.Key.Key_Down)
    with qtbot.waitSignal(palette.chosen) as told:
        QTest.keyClick(palette.list, Qt.Key.Key_Return)
    assert told.args == [palette.kinds()[1]]


def test_escape_clears_the_search(palette: Palette) -> None:
    QTest.keyClicks(palette.search, "conv")
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert palette.search.text() == ""


def test_what_is_dragged_is_the_kind(palette: Palette) -> None:
    QTest.keyClicks(palette.search, "conv2d")
    data = palette.model.mimeData([palette.model.index(0, 0)])
    assert bytes(data.data(LAYER_MIME).data()) == b"Conv2d"
    assert palette.model.item(0).isDragEnabled()


def test_a_new_block_is_offered_at_once(palette: Palette, document: Document) -> None:
    document.apply("Define", lambda d: edits.add_block(d, "Extra"))
    assert "Extra" in palette.kinds()


def test_a_block_is_not_offered_inside_itself(palette: Palette, document: Document) -> None:
    document.show_block("Residual")
    assert "Residual" not in palette.kinds()


def test_escape_clears_the_search_and_then_leads_back(palette: Palette, qtbot: QtBot) -> None:
    QTest.keyClicks(palette.search, "conv")
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert palette.search.text() == ""
    with qtbot.waitSignal(palette.left, timeout=1000):
        QTest.keyClick(palette.search, Qt.Key.Key_Escape)
