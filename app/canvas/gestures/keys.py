"""What the keys do on the canvas. The window's menu may own the same keys; then it calls the same
methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.canvas.gestures import block_verbs, verbs

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

Act = Callable[["CanvasView"], object]
Stroke = tuple[Qt.Key, Qt.KeyboardModifier]

_NONE = Qt.KeyboardModifier.NoModifier
_CTRL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier

LOOKING: Mapping[Stroke, Act] = MappingProxyType(
    {
        (Qt.Key.Key_F, _NONE): lambda c: c.fit(),
        (Qt.Key.Key_Home, _NONE): lambda c: c.fit(),
        (Qt.Key.Key_Period, _NONE): lambda c: c.fit_selection(),
        (Qt.Key.Key_H, _NONE): lambda c: c.toggle_highway(),
        (Qt.Key.Key_Plus, _CTRL): lambda c: c.zoom_in(),
        (Qt.Key.Key_Equal, _CTRL): lambda c: c.zoom_in(),
        (Qt.Key.Key_Minus, _CTRL): lambda c: c.zoom_out(),
        (Qt.Key.Key_0, _CTRL): lambda c: c.zoom_to(1.0),
        (Qt.Key.Key_Left, _NONE): lambda c: c.walk("left"),
        (Qt.Key.Key_Right, _NONE): lambda c: c.walk("right"),
        (Qt.Key.Key_Up, _NONE): lambda c: c.walk("up"),
        (Qt.Key.Key_Down, _NONE): lambda c: c.walk("down"),
        (Qt.Key.Key_O, _NONE): lambda c: c.toggle_selected(),
        (Qt.Key.Key_O, _SHIFT): lambda c: c.open_all(),
        (Qt.Key.Key_O, _SHIFT | Qt.KeyboardModifier.AltModifier): (lambda c: c.close_all()),
        (Qt.Key.Key_BracketLeft, _NONE): lambda c: c.step_copy(-1),
        (Qt.Key.Key_BracketRight, _NONE): lambda c: c.step_copy(1),
        (Qt.Key.Key_Return, _NONE): lambda c: c.enter_selected(),
        (Qt.Key.Key_Enter, _NONE): lambda c: c.enter_selected(),
    }
)
"""Keys that change nothing in the diagram; these work in a read-only view too."""

EDITING: Mapping[Stroke, Act] = MappingProxyType(
    {
        (Qt.Key.Key_V, _NONE): lambda c: c.choose_tool("select"),
        (Qt.Key.Key_W, _NONE): lambda c: c.choose_tool("wire"),
        (Qt.Key.Key_S, _NONE): lambda c: c.choose_tool("skip"),
        (Qt.Key.Key_D, _NONE): lambda c: c.choose_tool("dense"),
        (Qt.Key.Key_E, _NONE): lambda c: c.choose_tool("encoder_decoder"),
        (Qt.Key.Key_Delete, _NONE): lambda c: verbs.delete(c.document),
        (Qt.Key.Key_Backspace, _NONE): lambda c: verbs.delete(c.document),
        (Qt.Key.Key_Delete, _CTRL): lambda c: verbs.dissolve(c.document),
        (Qt.Key.Key_A, _CTRL): lambda c: verbs.select_all(c.document),
        (Qt.Key.Key_C, _CTRL): lambda c: verbs.copy(c.document),
        (Qt.Key.Key_X, _CTRL): lambda c: verbs.cut(c.document),
        (Qt.Key.Key_V, _CTRL): lambda c: c.paste(),
        (Qt.Key.Key_D, _CTRL): lambda c: verbs.duplicate(c.document),
        (Qt.Key.Key_B, _CTRL): lambda c: verbs.bypass(c.document),
        (Qt.Key.Key_L, _CTRL): lambda c: c.arrange(),
        (Qt.Key.Key_G, _CTRL): lambda c: c.make_block(),
        (Qt.Key.Key_G, _CTRL | _SHIFT): lambda c: block_verbs.explode(c.document),
        (Qt.Key.Key_F2, _NONE): lambda c: c.rename_selected(),
        (Qt.Key.Key_A, _SHIFT): lambda c: c.search_to_add(),
        (Qt.Key.Key_Tab, _NONE): lambda c: c.tab(),
        (Qt.Key.Key_Backtab, _SHIFT): lambda c: c.walk("previous"),
    }
)


def act_for(event: QKeyEvent, *, read_only: bool) -> Act | None:
    """What a key press means, or None if nothing."""
    mask = ~Qt.KeyboardModifier.KeypadModifier
    stroke = (Qt.Key(event.key()), event.modifiers() & mask)
    found = LOOKING.get(stroke)
    return found if found is not None or read_only else EDITING.get(stroke)
