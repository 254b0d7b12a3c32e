"""Colours that can be read, and fonts that are there."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
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
    """Their names are written in these colours."""
    assert all(contrast(color, colors.panel) >= 4.5 for color in colors.run_colors)


# What the eye makes of linear RGB where a kind of cone is missing (Machado et al. 2009).
SIGHTS = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no long": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no medium": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "no short": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_runs_are_told_apart_from_each_other_by_every_eye(colors: Theme, sight: str) -> None:
    """A distance of 20 in CIELAB is many times what can just be told apart."""
    seen = [lab(color, np.array(SIGHTS[sight])) for color in colors.run_colors]
    nearest = min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))
    assert nearest > 20


def lab(color: QColor, sight: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The colour in CIELAB as somebody with that sight has it."""
    values = np.array([color.redF(), color.greenF(), color.blueF()])
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ np.clip(sight @ linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


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
