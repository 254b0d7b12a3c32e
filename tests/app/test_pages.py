"""The gallery, the cards, the header's devices, help, and the ranking of commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import figures, header, icons, theme
from app.command_palette import Entry, ranked
from app.fields import NumberField
from app.first_minute import FirstMinute
from app.gallery_page import AT_ONCE, GalleryPage
from app.help_page import about_edge, about_kind
from app.toast import Toast
from app.window import MainWindow
from graphcore import gallery
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.layers import LAYERS


class TestTheGallery:
    @pytest.fixture
    def page(self, qtbot: QtBot) -> GalleryPage:
        page = GalleryPage()
        qtbot.addWidget(page)
        page.resize(224, 700)
        page.show()
        page.fill()
        return page

    def test_shows_some_at_once_and_the_others_soon(self, qtbot: QtBot) -> None:
        page = GalleryPage()
        qtbot.addWidget(page)
        page.show()
        assert len(page.cards) == AT_ONCE
        shown = [model for model in gallery.TEMPLATES.values() if not model.hidden]
        qtbot.waitUntil(lambda: len(page.cards) == len(shown))

    def test_has_a_card_for_every_model_that_is_not_hidden(self, page: GalleryPage) -> None:
        shown = [name for name, model in gallery.TEMPLATES.items() if not model.hidden]
        assert list(page.cards) == shown

    def test_finds_by_name_and_paper(self, page: GalleryPage) -> None:
        QTest.keyClicks(page.search, "plain 56 digits")
        assert [name for name, card in page.cards.items() if not card.isHidden()] == [
            "plain56-digits"
        ]
        page.search.setText("nothing of the kind")
        assert page.nothing.isVisible()
        assert all(title.isHidden() for title in page.titles.values())

    def test_finds_a_family(self, page: GalleryPage) -> None:
        page.search.setText("transformers")
        found = {name for name, card in page.cards.items() if not card.isHidden()}
        assert {"gpt2", "bert-base", "vit-b-16"} <= found
        assert "resnet50" not in found
        assert [f for f, title in page.titles.items() if not title.isHidden()] == ["Transformers"]

    def test_opens_with_the_options_that_were_chosen(self, page: GalleryPage, qtbot: QtBot) -> None:
        card = page.cards["resnet20-digits"]
        card.more.click()
        assert card.form is not None
        field = card.form.field("width")
        assert isinstance(field, NumberField)
        field.line.selectAll()
        QTest.keyClicks(field.line, "8")
        with qtbot.waitSignal(page.chosen) as told:
            QTest.mouseClick(card.button, Qt.MouseButton.LeftButton)
        assert told.args == ["resnet20-digits", gallery.build("resnet20-digits", width=8)]

    def test_opens_by_the_keyboard(self, page: GalleryPage, qtbot: QtBot) -> None:
        card = page.cards["mlp-digits"]
        with qtbot.waitSignal(page.chosen):
            QTest.keyClick(card, Qt.Key.Key_Return)

    def test_return_opens_what_is_found_first(self, page: GalleryPage, qtbot: QtBot) -> None:
        QTest.keyClicks(page.search, "resnet-18")
        with qtbot.waitSignal(page.chosen) as chosen:
            QTest.keyClick(page.search, Qt.Key.Key_Return)
        assert chosen.args is not None
        assert chosen.args[0] == "resnet18"

    def test_says_why_an_option_cannot_be(self, page: GalleryPage, qtbot: QtBot) -> None:
        with qtbot.waitSignal(page.failed) as told:
            page.open("resnet20-digits", width=0)
        assert "width" in told.args[0]

    def test_replaces_the_diagram_of_the_window(self, window: MainWindow) -> None:
        window.actions_table["gallery"].trigger()
        assert window.gallery.isVisible()
        window.gallery.fill()
        QTest.keyClick(window.gallery.cards["plain20-digits"], Qt.Key.Key_Return)
        assert window.document.diagram == gallery.build("plain20-digits")
        assert not window.area.cards.isVisible()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_cards_are_pressed_by_the_keyboard(qtbot: QtBot, key: Qt.Key) -> None:
    cards = FirstMinute()
    qtbot.addWidget(cards)
    with qtbot.waitSignal(cards.chosen) as told:
        QTest.keyClick(cards.cards["compare"], key)
    assert told.args == ["compare"]


class TestDevices:
    def test_are_found_without_torch(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        for name in ("nvidia1", "nvidia0", "nvidiactl", "null"):
            (tmp_path / name).touch()
        monkeypatch.setattr(header, "DEVICES", tmp_path)
        assert header.devices() == ("auto", "cpu", "cuda:0", "cuda:1")
        assert header.told_device("auto") == "auto"
        assert header.told_device("cuda:1") == "cuda:1"

    def test_are_told_with_their_threads(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(header, "DEVICES", tmp_path)
        for count, told in ((1, "cpu · 1 thread"), (8, "cpu · 8 threads")):
            monkeypatch.setattr(header, "threads", lambda count=count: count)
            assert header.told_device("auto") == told

    def test_are_chosen_from_a_menu(self, window: MainWindow) -> None:
        QTest.mouseClick(window.header.device, Qt.MouseButton.LeftButton)
        menu = QApplication.activePopupWidget()
        assert menu is not None
        action = next(a for a in menu.actions() if a.text().startswith("cpu"))
        action.trigger()
        menu.close()
        assert window.document.diagram.recipe["device"] == "cpu"
        assert window.document.undo_stack.undoText() == "Train on cpu"


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_has_a_page_of_help(kind: str) -> None:
    text = about_kind(gallery.build("mlp-digits"), kind)
    assert kind in text
    assert all(param.name in text for param in LAYERS[kind].params)


@pytest.mark.parametrize("kind", EDGE_KINDS)
def test_every_edge_has_one(kind: str) -> None:
    assert EDGE_KINDS[kind].title in about_edge(kind)


def test_a_block_of_the_diagram_has_one() -> None:
    text = about_kind(gallery.build("resnet20-digits"), "Residual")
    assert "stride" in text
    assert "output" in text


def test_commands_whose_title_has_what_is_typed_come_first(qtbot: QtBot) -> None:
    entries = [
        Entry(title, tip, QAction(title))
        for title, tip in (("Undo", "Take it back"), ("Copy", "Put"), ("Train", "Take off"))
    ]
    assert [entry.title for entry in ranked(entries, "t")] == ["Train", "Undo", "Copy"]
    assert [entry.title for entry in ranked(entries, "take b")] == ["Undo"]
    assert ranked(entries, "nothing") == []


@pytest.mark.parametrize("name", icons.SIGNS)
def test_every_sign_is_drawn(qtbot: QtBot, name: str) -> None:
    picture = icons.pixmap(name, theme.current().text).toImage()
    drawn = sum(
        picture.pixelColor(x, y).alpha() > 0
        for x in range(picture.width())
        for y in range(picture.height())
    )
    assert drawn > 20


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0"), (950, "950"), (2_640_000, "2.6 M"), (41_200_000, "41.2 M"), (314_000_000, "314 M")],
)
def test_counts_are_told_in_three_figures(count: int, told: str) -> None:
    assert figures.short(count) == told


def test_a_message_is_as_large_as_its_words(qtbot: QtBot, window: MainWindow) -> None:
    toast = Toast(window.canvas)
    toast.tell("Short.")
    short = toast.size()
    toast.tell(
        "A much longer message, which says what was refused, where, and how to mend it. " * 3
    )
    assert toast.height() > short.height()
    assert toast.width() <= window.canvas.width()
    QTest.mouseClick(toast, Qt.MouseButton.LeftButton)
    assert not toast.isVisible()
