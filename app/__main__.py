"""``python -m app [FILE]``: opens the window."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.window import MainWindow

COLLECTOR = (50_000, 20, 50)
"""When the window's process looks for garbage. Thousands of blocks are objects that stay: a full
collection goes through all of them for 100 ms and more, in the middle of an edit, and finds
nothing. tests/bench/bench_edit.py prints edits under both settings."""

NO_DISPLAY = """There is no display (DISPLAY and WAYLAND_DISPLAY are unset), so no window can open.
To train without one:
    skipwright new resnet20-digits -o net.skw
    skipwright train net.skw"""


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window, on the file that ``argv`` names; returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print("usage: python -m app [FILE.skw]", file=sys.stderr)
        return 2
    if not has_display():
        print(NO_DISPLAY, file=sys.stderr)
        return 2
    path = Path(arguments[0]) if arguments else None
    if path is not None and not path.is_file():
        print(f"There is no file {path}; 'skipwright new' makes one.", file=sys.stderr)
        return 2
    return _open(path)


def has_display() -> bool:
    """Whether a window can be shown; only Linux and its like can lack a display."""
    if sys.platform in ("win32", "darwin"):
        return True
    wanted = os.environ.get("QT_QPA_PLATFORM", "")
    if wanted and wanted.split(":")[0] not in ("xcb", "wayland"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_window(path: Path | None, *, warm: bool = True) -> tuple[QApplication, MainWindow]:
    """The application and its window, shown: on the file ``path``, else on the live example."""
    gc.set_threshold(*COLLECTOR)
    # The program's own objects live as long as it does; looking for cycles among them while they
    # are made is a sixth of the start.
    gc.disable()
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    _read_no_sources()
    from app import settings, stylesheet, theme
    from app.window import MainWindow

    application = QApplication(sys.argv[:1])
    application.setApplicationName("Skipwright")
    application.setDesktopFileName("skipwright")
    theme.set_scheme(settings.scheme())
    stylesheet.prepare(application)
    window = MainWindow(path, warm=warm)
    # Not sooner: a widget finds its rules anew each time it is put into another.
    stylesheet.clothe(application)
    window.show()
    QTimer.singleShot(0, gc.enable)
    return application, window


def _read_no_sources() -> None:
    """PySide reads the source of every module that is imported after it, to see whether it might
    ask for other spellings of Qt's names (``from __feature__ import snake_case``). None of ours
    does, and reading them all is a tenth of the start."""
    feature = sys.modules.get("shibokensupport.feature")
    if feature is not None and hasattr(feature, "_mod_uses_pyside"):
        setattr(feature, "_mod_uses_pyside", lambda module: False)  # noqa: B010


def _open(path: Path | None) -> int:
    application, _window = open_window(path)
    return application.exec()


if __name__ == "__main__":
    raise SystemExit(main())
