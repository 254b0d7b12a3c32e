"""The words in the chips of scales, from afar."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from app import theme
from app.canvas.painting.look import Look
from app.canvas.painting.scale_chips import chip_font
from app.canvas.painting.words import metrics
from graphcore.scale_words import chip_width


@pytest.fixture
def look(qapp: QApplication) -> Look:
    theme.load_fonts()
    return Look(theme.current())


@pytest.mark.parametrize("text", ["· ½", "· α", "· γ", "·"])
@pytest.mark.parametrize("zoom", [0.44, 0.5, 0.6, 0.61, 0.72, 1.0])
def test_of_a_sign_and_its_value_nothing_is_left_out(look: Look, text: str, zoom: float) -> None:
    room = chip_width(text) - 8
    font = chip_font(look, text, room, zoom)
    assert metrics(look, font).horizontalAdvance(text) <= room


def test_several_words_are_cut_rather_than_made_small(look: Look) -> None:
    text = "drop 0.0125"
    assert chip_font(look, text, chip_width(text) - 8, 0.5) is look.tag_at(0.5)
