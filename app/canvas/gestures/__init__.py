"""What mouse and keys do: gestures, tools, menus, and the verbs they come to.

``gestures.verbs.delete(document)``: a module in here is imported when it is first asked for. The
window is painted before anyone moves the mouse, and what all the gestures need is long to import.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.canvas.gestures import add_popup as add_popup
    from app.canvas.gestures import adding as adding
    from app.canvas.gestures import block_dialog as block_dialog
    from app.canvas.gestures import block_verbs as block_verbs
    from app.canvas.gestures import join_offers as join_offers
    from app.canvas.gestures import keys as keys
    from app.canvas.gestures import menus as menus
    from app.canvas.gestures import offers as offers
    from app.canvas.gestures import paper as paper
    from app.canvas.gestures import scale_menu as scale_menu
    from app.canvas.gestures import selecting as selecting
    from app.canvas.gestures import verbs as verbs
    from app.canvas.gestures import verdicts as verdicts


if not TYPE_CHECKING:  # To the type checker a name that is not there is a mistake.

    def __getattr__(name: str) -> ModuleType:
        """Import the module ``name`` of this package (PEP 562); from then on it is an attribute."""
        full_name = f"{__name__}.{name}"
        if name.startswith("_") or find_spec(full_name) is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(full_name)


def warm() -> None:
    """Import what the first move, press and key come to, so that the hand does not wait for it."""
    for name in ("paper", "selecting", "keys", "menus"):
        import_module(f"{__name__}.{name}")
