"""Names that stay legible, whatever the zoom."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from app import theme
from app.canvas.painting.look import Look
from app.canvas.painting.words import Words, fitting, metrics, shortened


@pytest.fixture
def look(qapp: QApplication) -> Look:
    theme.load_fonts()
    return Look(theme.current())


@pytest.mark.parametrize("zoom", [0.25, 0.3, 0.45, 0.5, 0.6, 0.72, 1.0, 2.0])
def test_a_title_has_nine_pixels_on_the_screen(look: Look, zoom: float) -> None:
    assert look.title_at(zoom).pixelSize() * zoom >= 9


def test_nearer_by_words_have_their_plain_size(look: Look) -> None:
    at = [look.title_at(1.0), look.text_at(1.0), look.caption_at(1.0), look.small_at(1.0)]
    assert [font.pixelSize() for font in at] == [13, 11, 11, 10]


def test_a_font_is_made_once(look: Look) -> None:
    assert look.title_at(0.5) is look.title_at(0.5)


def test_what_is_not_needed_gives_way(look: Look) -> None:
    font, ink = look.caption_at(0.5), look.theme.text
    name = Words("Conv 3×3", font, ink, needed=True)
    caption, label = Words("64 · /2", font, ink), Words("label_that_is_long", font, ink)
    width = metrics(look, font).horizontalAdvance("Conv 3×3") + 1
    assert fitting(look, [name, caption, label], width, 100) == [name, caption]
    assert fitting(look, [name, caption], width, 30) == [name]
    assert fitting(look, [name, Words("", font, ink)], 5, 5) == [name]


@pytest.mark.parametrize(
    ("text", "room", "shown"),
    [
        ("Conv 3×3", "Conv 3×3", "Conv 3×3"),
        ("Conv 3×3", "Conv 3", "Conv"),
        ("Max pool 2×2", "Max pool 2", "Max pool"),
        ("Block · 768 · heads 12 · drop 0.1", "Block · 768 · hea", "Block · 768"),
        ("Block · 768", "Block", "Block"),
        ("layer_one", "layer_o", "la…ne"),
    ],
)
def test_what_is_too_long_loses_its_last_parts_or_its_middle(
    look: Look, text: str, room: str, shown: str
) -> None:
    width = metrics(look, look.title).horizontalAdvance(room)
    assert shortened(look, text, look.title, width) == shown
