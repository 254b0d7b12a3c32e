"""Colours that can be read, and fonts that are there."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QFontInfo
from pytestqt.qtbot import QtBot

from app import stylesheet, theme
from app.theme import DARK, LIGHT, Theme

TEXTS = ["text", "muted", "skip_text", "dense_text", "encoder_text", "error", "warning", "ok"]
SURFACES = ["background", "canvas", "panel", "field", "block"]
SHAPES = ["flow", "skip", "dense", "encoder", "block_line"]


def luminance(color: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: QColor, b: QColor) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("name", TEXTS)
def test_text_keeps_its_contrast(colors: Theme, surface: str, name: str) -> None:
    assert contrast(getattr(colors, name), getattr(colors, surface)) >= 4.5


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", SHAPES)
def test_shapes_keep_theirs_on_the_canvas(colors: Theme, name: str) -> None:
    assert round(contrast(getattr(colors, name), colors.canvas), 1) >= 3.0


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_runs_are_told_apart_from_the_panel(colors: Theme) -> None:
    assert all(contrast(color, colors.panel) >= 3.0 for color in colors.run_colors)
    assert len({color.name() for color in colors.run_colors}) == len(colors.run_colors)


def test_the_bundled_fonts_are_what_is_shown(qtbot: QtBot) -> None:
    assert QFontInfo(theme.ui_font(13, 600)).family() == "Inter"
    assert QFontInfo(theme.mono_font(12)).family() == "JetBrains Mono"
    assert QFontInfo(theme.ui_font(13)).pixelSize() == 13


def test_a_missing_asset_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(theme, "ASSETS", tmp_path)
    with pytest.raises(FileNotFoundError, match="reinstall"):
        theme.load_fonts()


def test_choosing_a_scheme_changes_the_theme_once(qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme.signals.changed, timeout=1000):
        theme.set_scheme("dark")
    assert theme.current() is DARK
    with qtbot.assertNotEmitted(theme.signals.changed):
        theme.set_scheme("dark")
    theme.set_scheme("light")
    assert theme.current() is LIGHT


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_the_sheet_is_made_of_the_theme(colors: Theme) -> None:
    sheet = stylesheet.style_sheet(colors)
    assert colors.panel.name() in sheet
    assert "{{" not in sheet
    assert "chevron-down.svg" in sheet
