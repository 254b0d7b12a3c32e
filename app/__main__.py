"""``python -m app [FILE]``: opens the window."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

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


def _open(path: Path | None) -> int:
    from PySide6.QtWidgets import QApplication

    from app import settings, stylesheet, theme
    from app.window import MainWindow

    application = QApplication(sys.argv[:1])
    application.setApplicationName("Skipwright")
    application.setDesktopFileName("skipwright")
    theme.set_scheme(settings.scheme())
    stylesheet.dress(application)
    window = MainWindow(path)
    window.show()
    return application.exec()


if __name__ == "__main__":
    raise SystemExit(main())
