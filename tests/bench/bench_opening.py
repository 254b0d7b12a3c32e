"""Blocks open in place: ResNet-50 with every stage open beside ResNet-50 closed.

Opening all is made of as many items as there are blocks to be seen; panning repaints all of it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from app import theme
from app.canvas.view import CanvasView
from app.document import Document
from graphcore import gallery
from tests.bench.interleaved import interleaved, milliseconds, ratio, seconds

ROUNDS = 15


def measure(name: str) -> None:
    """Print what it costs to have every block of a model open."""
    document = Document(gallery.build(name))
    canvases = [CanvasView(document) for _ in range(2)]
    for canvas in canvases:
        canvas.resize(1200, 600)
        canvas.show()
    opened, closed = canvases
    QApplication.processEvents()
    scene = opened.diagram_scene
    opening = []
    for _ in range(ROUNDS):
        opening.append(seconds(scene.open_all))
        scene.close_all()
    print(f"{name}, opening every block: {milliseconds(opening)}")
    opened.open_all()
    blocks = scene.block_count()
    print(f"{name}, blocks on the paper: {blocks} instead of {closed.diagram_scene.block_count()}")
    for zoom in (0.35, 0.7, 1.0):
        for canvas in canvases:
            canvas.zoom_to(zoom)
        one, other = interleaved(panning(opened), panning(closed), ROUNDS)
        print(f"{name}, panning at {zoom:.0%}: {milliseconds(one)}; of closed: {ratio(one, other)}")
    stepping = [seconds(lambda: step(opened)) for _ in range(ROUNDS)]
    print(f"{name}, the next copy until it is painted: {milliseconds(stepping)}")


def panning(canvas: CanvasView) -> Callable[[], object]:
    """A step to and fro, painted."""
    ways = [QPoint(9, 0), QPoint(-9, 0)]

    def pan() -> None:
        ways.reverse()
        canvas.pan_by(ways[0])
        canvas.viewport().repaint()

    return pan


def step(canvas: CanvasView) -> None:
    """The next copy of the first open block."""
    scene = canvas.diagram_scene
    scene.step_copy(next(iter(scene.root.insides.values())), 1)
    canvas.viewport().repaint()


if __name__ == "__main__":
    application = QApplication([])
    theme.load_fonts()
    for model in ("resnet50", "gpt2"):
        measure(model)
