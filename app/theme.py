"""The colours and fonts of the window, light and dark.

Surfaces are near-neutral; a saturated colour means an edge kind, a run or a measured gradient.
Palettes of our own, because a platform's scheme has no effect on the offscreen one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette

ASSETS = Path(__file__).resolve().parent.parent / "assets"

SchemeName = Literal["light", "dark", "system"]


class Theme(NamedTuple):
    """Every colour of the interface, by its meaning.

    ``accent`` fills the one primary button and ``on_accent`` writes on it; ``field`` is the fill of
    controls and ``hover`` of what the pointer is over. Names that end in ``_text`` keep a contrast
    of 4.5:1 for words in the colour of an edge kind.
    """

    is_dark: bool
    background: QColor
    canvas: QColor
    panel: QColor
    line: QColor
    text: QColor
    muted: QColor
    accent: QColor
    on_accent: QColor
    field: QColor
    hover: QColor
    flow: QColor
    skip: QColor
    skip_text: QColor
    dense: QColor
    dense_text: QColor
    encoder: QColor
    encoder_text: QColor
    error: QColor
    warning: QColor
    ok: QColor
    grid: QColor
    block: QColor
    block_line: QColor
    chip: QColor
    selection: QColor
    run_colors: tuple[QColor, ...]


def _colors(*names: str) -> tuple[QColor, ...]:
    return tuple(QColor(name) for name in names)


LIGHT = Theme(
    is_dark=False,
    background=QColor("#F3F4F6"),
    canvas=QColor("#FAFAFB"),
    panel=QColor("#FFFFFF"),
    line=QColor("#E2E5EA"),
    text=QColor("#1B2330"),
    muted=QColor("#5B6572"),
    accent=QColor("#1B2330"),
    on_accent=QColor("#FFFFFF"),
    field=QColor("#F6F7F9"),
    hover=QColor("#ECEEF2"),
    flow=QColor("#6B7685"),
    skip=QColor("#E8590C"),
    skip_text=QColor("#B8410A"),
    dense=QColor("#1C7ED6"),
    dense_text=QColor("#1461A8"),
    encoder=QColor("#0CA678"),
    encoder_text=QColor("#0B7A58"),
    error=QColor("#C92A2A"),
    warning=QColor("#8F6000"),
    ok=QColor("#2B7A3D"),
    grid=QColor("#E2E5EA"),
    block=QColor("#FFFFFF"),
    block_line=QColor("#8791A0"),
    chip=QColor("#F0F2F5"),
    selection=QColor("#1B2330"),
    run_colors=_colors("#1C6FC4", "#A86500", "#D13154", "#23421B", "#8F1FF0", "#43103F"),
)

DARK = Theme(
    is_dark=True,
    background=QColor("#15181D"),
    canvas=QColor("#1A1E24"),
    panel=QColor("#1F242B"),
    line=QColor("#2E353F"),
    text=QColor("#E6E9EE"),
    muted=QColor("#97A1AF"),
    accent=QColor("#E6E9EE"),
    on_accent=QColor("#15181D"),
    field=QColor("#262C35"),
    hover=QColor("#2E353F"),
    flow=QColor("#8792A1"),
    skip=QColor("#E8590C"),
    skip_text=QColor("#FF8A4C"),
    dense=QColor("#1C7ED6"),
    dense_text=QColor("#74B9FF"),
    encoder=QColor("#0CA678"),
    encoder_text=QColor("#3DDC97"),
    error=QColor("#FF8787"),
    warning=QColor("#E8B339"),
    ok=QColor("#69C98A"),
    grid=QColor("#2A3039"),
    block=QColor("#262C35"),
    block_line=QColor("#6E7A8A"),
    chip=QColor("#2C333D"),
    selection=QColor("#E6E9EE"),
    run_colors=_colors("#74B9FF", "#FFC14D", "#FF4A8F", "#A6F7B0", "#9A78FF", "#FFECF6"),
)


class Signals(QObject):
    """``changed`` is emitted after the theme has changed; views repaint."""

    changed = Signal()


signals = Signals()
_scheme: SchemeName = "system"
_current = LIGHT


def current() -> Theme:
    """The theme that is shown."""
    return _current


def scheme() -> SchemeName:
    """What was asked for: light, dark, or whatever the system shows."""
    return _scheme


def set_scheme(name: SchemeName) -> None:
    """Show the light or the dark theme, or follow the system's."""
    global _scheme
    _scheme = name
    _refresh()


def follow_system() -> None:
    """From now on take notice when the system goes from light to dark. Needs an application."""
    QGuiApplication.styleHints().colorSchemeChanged.connect(_refresh)
    _refresh()


def _refresh() -> None:
    global _current
    wanted = DARK if _scheme == "dark" or (_scheme == "system" and _system_is_dark()) else LIGHT
    if wanted is _current:
        return
    _current = wanted
    signals.changed.emit()


def _system_is_dark() -> bool:
    if QGuiApplication.instance() is None:
        return False
    return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark


def palette(theme: Theme) -> QPalette:
    """The theme as the palette of Qt's Fusion style."""
    roles = {
        QPalette.ColorRole.Window: theme.panel,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.panel,
        QPalette.ColorRole.AlternateBase: theme.field,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.muted,
        QPalette.ColorRole.Button: theme.field,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.BrightText: theme.error,
        QPalette.ColorRole.ToolTipBase: theme.panel,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.Highlight: theme.hover,
        QPalette.ColorRole.HighlightedText: theme.text,
        QPalette.ColorRole.Link: theme.dense_text,
        QPalette.ColorRole.Light: theme.panel,
        QPalette.ColorRole.Midlight: theme.line,
        QPalette.ColorRole.Mid: theme.line,
        QPalette.ColorRole.Dark: theme.muted,
        QPalette.ColorRole.Shadow: theme.line,
    }
    result = QPalette()
    for role, color in roles.items():
        result.setColor(role, color)
    for role in (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
    ):
        result.setColor(QPalette.ColorGroup.Disabled, role, theme.muted)
    return result


def load_fonts() -> None:
    """Register the bundled fonts, so that text is the same on every machine.

    Raises FileNotFoundError where the program was installed without its assets.
    """
    files = sorted(path for path in (ASSETS / "fonts").glob("*") if path.suffix in (".otf", ".ttf"))
    if not files:
        raise FileNotFoundError(f"no fonts in {ASSETS / 'fonts'}: reinstall Skipwright")
    for path in files:
        QFontDatabase.addApplicationFont(str(path))


def ui_font(size: int = 13, weight: int = 400) -> QFont:
    """Inter at ``size`` pixels, with figures of equal width."""
    font = QFont()
    font.setFamilies(["Inter", "DejaVu Sans"])
    font.setPixelSize(size)
    font.setWeight(QFont.Weight(weight))
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def mono_font(size: int = 12) -> QFont:
    """JetBrains Mono at ``size`` pixels, without ligatures: what is typed is what is seen."""
    font = QFont()
    font.setFamilies(["JetBrains Mono", "DejaVu Sans"])
    font.setPixelSize(size)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setFeature(QFont.Tag("calt"), 0)
    return font
