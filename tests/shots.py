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

import numpy as np  # noqa: E402
from PySide6.QtCore import QPoint, QSize, Qt  # noqa: E402
from PySide6.QtGui import QImage  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from app import stylesheet, theme  # noqa: E402
from app.window import MainWindow  # noqa: E402
from graphcore import edits, gallery  # noqa: E402
from graphcore.diagram import Diagram, Step  # noqa: E402
from graphcore.training.run_about import About, write_about  # noqa: E402

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "screenshots"
SIZE = QSize(1680, 1020)
COLORS = 256
"""In a picture: what a byte a pixel can say."""
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
    """Write the picture of ``widget``."""
    settle()
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.png"
    # A quality of 0 asks for PNG's best compression, which loses nothing.
    if not in_few_colors(widget.grab().toImage()).save(str(path), quality=0):
        raise SystemExit(f"{path} cannot be written")
    print(f"{path.name}, {path.stat().st_size // 1024} KiB")


def in_few_colors(image: QImage) -> QImage:
    """The picture in ``COLORS`` colours of its own, which is a third of the bytes.

    Colours are taken by what is lost without them: distance to the nearest taken, times the root
    of how many pixels have it. The mean error is below one step in 255.
    """
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    height, width = image.height(), image.width()
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(height, width)
    colors, where, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    points = colors.view(np.uint8).reshape(-1, 4)[:, :3].astype(np.int64)
    near = np.zeros(len(colors), np.uint8)
    lost = np.full(len(colors), np.iinfo(np.int64).max)
    table: list[int] = []
    pick = int(counts.argmax())
    while len(table) < COLORS and lost[pick] > 0:
        distance = ((points - points[pick]) ** 2).sum(axis=1)
        near[distance < lost] = len(table)
        lost = np.minimum(lost, distance)
        table.append(int(colors[pick]))
        pick = int((lost * np.sqrt(counts)).argmax())
    # A line of an indexed image begins at a multiple of four bytes.
    rows = np.pad(near[where].reshape(height, width), ((0, 0), (0, -width % 4)))
    few = QImage(rows.tobytes(), width, height, rows.shape[1], QImage.Format.Format_Indexed8)
    few.setColorTable(table)
    return few.copy()


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


def close_up() -> None:
    """The canvas alone: a residual block whose shortcut projects."""
    window = opened(gallery.build("resnet20-digits"), "light")
    window.document.enter((Step("stage2", 0),))
    settle()
    window.canvas.fit()
    take(window.canvas, "residual-block-light")
    close(window)


def drawing() -> None:
    """A skip while it is being drawn: the branch is tinted, a label says what it will become."""
    window = opened(gallery.build("draw-your-own"), "light")
    window.area.show_cards(False)
    canvas = window.canvas
    canvas.fit()
    nodes = canvas.diagram_scene.nodes
    start, end = (canvas.mapFromScene(nodes[id].body().center()) for id in ("relu1", "relu3"))
    QTest.keyClick(canvas, Qt.Key.Key_S)
    mouse(canvas.viewport(), start, end)
    take(canvas, "drawing-light")
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=end)
    close(window)


def mouse(widget: QWidget, start: QPoint, end: QPoint) -> None:
    """Press at ``start`` and drag to ``end``, and hold there."""
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.1, 0.5, 0.9, 1.0):
        QTest.mouseMove(widget, start + (end - start) * share)
        settle(0.05)


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


def models() -> None:
    """The gallery, and one of its larger models."""
    window = opened(gallery.build("resnet50"), "light")
    window.area.show_cards(False)
    window.side.show_panel("Gallery")
    settle()
    window.canvas.fit()
    take(window, "gallery-light")
    close(window)


def unet() -> None:
    """The canvas alone: a U-Net as it opens."""
    window = opened(gallery.build("unet-bn"), "light")
    window.area.show_cards(False)
    window.canvas.fit()
    take(window.canvas, "unet-light")
    close(window)


def in_place() -> None:
    """ResNet-50 with a stage open where it stands, and a block of GPT-2 turned inside out."""
    window = opened(gallery.build("resnet50"), "light")
    window.area.show_cards(False)
    window.document.select({"layer2"})
    QTest.keyClick(window.canvas, Qt.Key.Key_O)
    settle()
    window.canvas.fit()
    take(window, "open-light")
    close(window)
    window = opened(gallery.build("gpt2"), "dark")
    window.document.enter((Step("transformer", 0), Step("h", 0)))
    QTest.keyClick(window.canvas, Qt.Key.Key_H)
    settle(1.5)
    window.canvas.fit()
    take(window.canvas, "highway-dark")
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


def comparison(scheme: str) -> None:
    """Four runs of a net laid over each other, one of them chosen."""
    net = gallery.build("resnet20-digits", width=8)
    variants = {
        "as it is": net,
        "a fifth of the rate": edits.set_recipe(net, "learning_rate", 0.01),
        "without skips": edits.without_skips(net),
        "AdamW": edits.set_recipe(
            edits.set_recipe(net, "optimizer", "adamw"), "learning_rate", 0.003
        ),
    }
    window = opened(net, scheme)
    page = window.train_page
    made = []
    for name, diagram in variants.items():
        window.document.new(edits.set_recipe(diagram, "epochs", 6))
        window.train(compare=False)
        if not until(lambda: not page.is_running, LONGEST) or page.session is None:
            raise SystemExit(f"'{name}' did not end in {LONGEST:.0f} s")
        made.append(page.session.runs[0].folder)
        write_about(made[-1].path, About(name))
    page.compare(made)
    settle()
    page.time.go(70)
    take(window, f"comparing-{scheme}")
    close(window)


def main(wanted: list[str]) -> None:
    """Take the ``wanted`` pictures, or all of them."""
    application = QApplication([])
    stylesheet.dress(application)
    pictures: dict[str, Callable[[], None]] = {
        "design-light": lambda: design("light"),
        "design-dark": lambda: design("dark"),
        "close-up": close_up,
        "drawing": drawing,
        "problems": problems,
        "models": models,
        "unet": unet,
        "in-place": in_place,
        "train": lambda: train("resnet20-digits", "light", compare=False),
        "comparison": lambda: comparison("light"),
        "train-pair": lambda: train("resnet56-digits", "dark", compare=True),
    }
    for name in wanted or pictures:
        pictures[name]()


if __name__ == "__main__":
    os.chdir(_home.name)
    main(sys.argv[1:])
    # Qt's own objects are gone by now; the interpreter's order of taking down the rest is not ours.
    os._exit(0)
