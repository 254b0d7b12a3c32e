"""The canvas at 200 and at 3,300 flat blocks: opening, painting, an edit until it is seen.

Opening is compared with a scene of naive items (a rectangle, two ports and two texts a block, a
path an edge). Goals: an edit p95 16 ms at 200 blocks and 50 ms at 3,300, analysis included.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsEllipseItem,
    QGraphicsPathItem,
    QGraphicsRectItem,
    QGraphicsScene,
    QGraphicsTextItem,
    QGraphicsView,
)

from app import theme
from app.canvas.view import CanvasView
from app.document import Document
from graphcore import edits
from graphcore.diagram import Diagram, Point
from graphcore.layout import arrange, arrange_diagram
from graphcore.measures import node_size
from tests.bench.bench_edit import flat
from tests.bench.interleaved import interleaved, milliseconds, ratio, seconds

BLOCK = "Flat"


def naive(diagram: Diagram) -> QGraphicsView:
    """The same picture with an item for everything."""
    scene = QGraphicsScene()
    block = diagram.main_block
    for id, node in block.graph.nodes.items():
        (x, y), (width, height) = block.positions[id], node_size(diagram, node)
        body = QGraphicsRectItem(0, -height / 2, width, height)
        body.setPos(x, y)
        QGraphicsEllipseItem(-4, -4, 8, 8, body)
        QGraphicsEllipseItem(width - 4, -4, 8, 8, body)
        QGraphicsTextItem(node.kind, body)
        QGraphicsTextItem(node.label, body)
        scene.addItem(body)
    for edge in block.graph.edges.values():
        start, end = block.positions[edge.source.node], block.positions[edge.target.node]
        path = QPainterPath(QPointF(*start))
        path.lineTo(QPointF(*end))
        scene.addItem(QGraphicsPathItem(path))
    view = QGraphicsView(scene)
    scene.setParent(view)
    return view


def measure(blocks: int, rounds: int) -> None:
    """Print what a diagram of ``blocks`` blocks costs."""
    plain = flat(blocks)
    print(f"{blocks} blocks, arranging: {milliseconds(_times(lambda: arrange(plain, BLOCK), 7))}")
    diagram = arrange_diagram(plain)
    document = Document(diagram)
    own, simple = interleaved(lambda: CanvasView(document), lambda: naive(diagram), 7)
    print(f"{blocks} blocks, opening: {milliseconds(own)}; of naive items: {ratio(own, simple)}")
    gc.collect()  # The canvases that were opened must not follow the edits below.
    canvas = CanvasView(document)
    canvas.resize(1600, 1000)
    canvas.show()
    QApplication.processEvents()
    other = naive(diagram)
    other.resize(1600, 1000)
    other.show()
    canvas.fit()
    other.fitInView(other.sceneRect())
    own, simple = interleaved(canvas.viewport().grab, other.viewport().grab, 7)
    print(
        f"{blocks} blocks, painting all: {milliseconds(own)}; of naive items: {ratio(own, simple)}"
    )
    for zoom in (0.3, 0.5, 1.0):
        canvas.zoom_to(zoom)
        own = _times(canvas.viewport().grab, 9)
        print(f"{blocks} blocks, painting at {zoom:.0%}: {milliseconds(own)}")
    for name, edit in _edits(blocks).items():
        times = [seconds(partial(_apply, canvas, edit, number)) for number in range(rounds)]
        print(f"{blocks} blocks, {name} until it is painted: {milliseconds(times)}")
    canvas.close()
    other.close()


Edit = Callable[[Diagram, int], Diagram]


def _edits(blocks: int) -> dict[str, Edit]:
    """Edits that a user makes, each at a random block."""
    chance = random.Random(0)

    def some() -> int:
        return chance.randrange(2, blocks // 3 - 2)

    def parameter(diagram: Diagram, number: int) -> Diagram:
        return edits.set_param(diagram, BLOCK, f"conv{some()}", "kernel_size", 1 + 2 * (number % 2))

    def moving(diagram: Diagram, number: int) -> Diagram:
        node = f"conv{some()}"
        x, _ = diagram.main_block.positions[node]
        return edits.move(diagram, BLOCK, {node: Point(x, 24 * (number % 5))})

    def adding(diagram: Diagram, number: int) -> Diagram:
        return edits.add_node(diagram, BLOCK, "Linear", Point(24 * number, 480))[0]

    def skipping(diagram: Diagram, number: int) -> Diagram:
        first = some()
        return edits.add_skip(diagram, BLOCK, f"conv{first}", f"bn{first + 1}")[0]

    return {
        "a parameter": parameter,
        "a move": moving,
        "a new block": adding,
        "a new skip": skipping,
    }


def _apply(canvas: CanvasView, edit: Edit, number: int) -> None:
    canvas.document.apply("Edit", lambda d: edit(d, number))
    canvas.viewport().repaint()


def _times(work: Callable[[], object], rounds: int) -> list[float]:
    return [seconds(work) for _ in range(rounds)]


if __name__ == "__main__":
    application = QApplication([])
    theme.load_fonts()
    measure(200, 40)
    measure(3300, 30)
