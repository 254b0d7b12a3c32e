"""Every template of the gallery as it opens in the real window, a picture each.

    python -m tests.gallery.pictures -o FOLDER [--inside] [NAME …]

Run it on any platform of Qt; ``QT_QPA_PLATFORM=offscreen`` needs no screen.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

# It also keeps the user's settings and recent files out of the pictures.
from tests.shots import close, opened, settle

from PySide6.QtCore import QSize  # isort: skip
from PySide6.QtWidgets import QApplication  # isort: skip

from app import stylesheet
from app.window import MainWindow
from graphcore import gallery

SIZE = QSize(1440, 900)


def take(window: MainWindow, name: str, folder: Path) -> None:
    """Open the template ``name`` in ``window`` as a choice in the gallery does, and save what is
    seen then."""
    window.files.show_diagram(gallery.build(name))
    settle(0.5)
    path = folder / f"{name}.png"
    if not window.grab().save(str(path)):
        raise SystemExit(f"{path} cannot be written")
    window.document.undo_stack.setClean()
    print(f"{name}: zoom {window.canvas.zoom:.2f}, least name {least_name(window):.1f} px")


def take_insides(window: MainWindow, name: str, folder: Path) -> None:
    """Save the canvas in each block of the model that ``window`` shows, at its first instance."""
    document, seen = window.document, {window.document.diagram.main}
    for instance, result in document.analysis.blocks():
        if result.block in seen:
            continue
        seen.add(result.block)
        document.enter(instance)
        window.canvas.fit()
        settle(0.2)
        window.canvas.grab().save(str(folder / f"{name}.{result.block}.png"))
    document.enter(())


def least_name(window: MainWindow) -> float:
    """The height in pixels of the smallest name of a block that is shown."""
    canvas = window.canvas
    return canvas.zoom * canvas.diagram_scene.look.title_at(canvas.zoom).pixelSize()


def main(arguments: Sequence[str] | None = None) -> None:
    """Take the pictures that are asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.gallery.pictures", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    parser.add_argument("--inside", action="store_true", help="the inside of every block as well")
    parser.add_argument("names", nargs="*", help="templates; all of them if none is named")
    chosen = parser.parse_args(arguments)
    folder = chosen.output.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    stylesheet.dress(QApplication([]))
    window = opened(gallery.build("mlp-digits"), chosen.scheme)
    window.area.show_cards(False)
    window.resize(SIZE)
    for name in chosen.names or gallery.TEMPLATES:
        take(window, name, folder)
        if chosen.inside:
            take_insides(window, name, folder)
    close(window)


if __name__ == "__main__":
    main()
    # Qt's own objects are gone by now; the interpreter's order of taking down the rest is not ours.
    os._exit(0)
