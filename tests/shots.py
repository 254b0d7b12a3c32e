"""The pictures of README, taken of the running window: ``make shots``.

Everything in them is real: the window, the diagrams of the gallery, the training and its figures.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

# Before Qt and torch look: the pictures show no settings, recent files or runs of the user's.
_home = tempfile.TemporaryDirectory(prefix="skipwright-shots-")
for _variable in ("CONFIG", "DATA", "CACHE", "STATE"):
    _folder = Path(_home.name, _variable.lower())
    _folder.mkdir()
    os.environ[f"XDG_{_variable}_HOME"] = str(_folder)

from PySide6.QtCore import QSize  # noqa: E402
from PySide6.QtGui import QImage  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from app import stylesheet, theme  # noqa: E402
from app.window import MainWindow  # noqa: E402
from graphcore import edits, gallery  # noqa: E402
from graphcore.diagram import Diagram, Step  # noqa: E402

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "screenshots"
SIZE = QSize(1680, 1020)
LONGEST = 300.0
"""Seconds after which a run that has not ended is given up."""


def settle(seconds: float = 0.6) -> None:
    """Let the window do what it has to do."""
    until(lambda: False, seconds)


def until(done: Callable[[], bool], seconds: float) -> bool:
    """Run the event loop until ``done`` or for ``seconds``; whether it was done."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        if done():
            return True
        time.sleep(0.005)
    return False


def take(widget: QWidget, name: str) -> None:
    """Write the picture of ``widget``, in few colours where few are used."""
    settle()
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    FOLDER.mkdir(parents=True, exist_ok=True)
    image.save(str(FOLDER / f"{name}.png"))
    print(f"{name}.png, {(FOLDER / f'{name}.png').stat().st_size // 1024} KiB")


def opened(diagram: Diagram, scheme: str) -> MainWindow:
    """A window on ``diagram``."""
    theme.set_scheme(scheme)  # type: ignore[arg-type]
    window = MainWindow()
    window.resize(SIZE)
    window.show()
    window.document.new(diagram)
    settle(1.5)
    return window


def close(window: MainWindow) -> None:
    """Close it without being asked."""
    window.document.undo_stack.setClean()
    window.close()
    window.deleteLater()
    settle(0.3)


def design(scheme: str) -> None:
    """Designing: the model as it opens, and a residual block with its skip selected."""
    window = opened(gallery.build("resnet20-digits"), scheme)
    take(window, f"designing-{scheme}")
    window.document.enter((Step("stage2", 0),))
    settle()
    window.canvas.fit()
    window.document.select({"downsample"})
    take(window, f"skip-{scheme}")
    close(window)


def problems() -> None:
    """A skip that cannot be the identity, with what mends it."""
    diagram = gallery.build("resnet20-digits")
    broken = edits.set_param(diagram, "Residual", "downsample", "shortcut", "identity")
    window = opened(broken, "light")
    window.document.enter((Step("stage2", 0),))
    window.canvas.fit()
    window.panels.show_panel("Problems")
    take(window, "problems-light")
    close(window)


def train(name: str, scheme: str, *, compare: bool) -> None:
    """Training to the end, with and without skips or alone."""
    window = opened(gallery.build(name), scheme)
    window.train(compare=compare)
    settle(1.0)
    if not until(lambda: not window.train_page.is_running, LONGEST):
        raise SystemExit(f"{name} did not end in {LONGEST:.0f} s")
    take(window, f"training-{'pair-' if compare else ''}{scheme}")
    close(window)


def main() -> None:
    """Take them all."""
    application = QApplication([])
    stylesheet.dress(application)
    if sys.argv[1:] == ["problems"]:
        problems()
        return
    for scheme in ("light", "dark"):
        design(scheme)
    problems()
    train("resnet20-digits", "light", compare=False)
    train("resnet56-digits", "dark", compare=True)


if __name__ == "__main__":
    os.chdir(_home.name)
    main()
    # Qt's own objects are gone by now; the interpreter's order of taking down the rest is not ours.
    os._exit(0)
