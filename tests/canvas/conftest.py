"""A canvas on the screen that is not there, and a hand that uses it as a user would."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import theme
from app.canvas.view import LAYER_MIME, CanvasView
from app.document import Document
from graphcore.diagram import Diagram, Edge, Graph, PortRef
from graphcore.layout import arrange_diagram
from tests import diagrams as write

NONE = Qt.KeyboardModifier.NoModifier


@dataclass
class Hand:
    """Real mouse and key events on a canvas, aimed by what is to be hit."""

    canvas: CanvasView

    def spot(self, at: QPointF) -> QPoint:
        """A place of the scene on the viewport."""
        return self.canvas.mapFromScene(at)

    def block(self, node: str) -> QPoint:
        """The middle of a block."""
        return self.spot(self.canvas.diagram_scene.nodes[node].body().center())

    def output(self, node: str, port: str = "y") -> QPoint:
        """An output port."""
        geometry = self.canvas.diagram_scene.geometry
        return self.spot(geometry.at(PortRef(node, port), is_input=False))

    def input(self, node: str, port: str = "x") -> QPoint:
        """An input port."""
        geometry = self.canvas.diagram_scene.geometry
        return self.spot(geometry.at(PortRef(node, port), is_input=True))

    def wire(self, source: str, target: str, share: float = 0.5) -> QPoint:
        """A place on the longest level stretch of a wire; 0.5 is its middle."""
        edge = self.edge(source, target)
        corners = self.canvas.diagram_scene.edges[edge.id].state.corners
        pairs = list(itertools.pairwise(corners))
        (ax, ay), (bx, _) = max(pairs, key=lambda pair: abs(pair[1][0] - pair[0][0]))
        return self.spot(QPointF(ax + (bx - ax) * share, ay))

    def edge(self, source: str, target: str) -> Edge:
        """The edge from one node to another."""
        edges = self.canvas.diagram_scene.block.graph.edges.values()
        return next(e for e in edges if (e.source.node, e.target.node) == (source, target))

    def empty(self) -> QPoint:
        """A place with nothing near it."""
        return QPoint(self.canvas.viewport().width() // 2, 24)

    def click(self, at: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
        """Press and release in one place."""
        QTest.mouseClick(self.canvas.viewport(), Qt.MouseButton.LeftButton, keys, at)

    def double_click(self, at: QPoint) -> None:
        """As a mouse does it: a click, then a second press."""
        self.click(at)
        QTest.mouseDClick(self.canvas.viewport(), Qt.MouseButton.LeftButton, NONE, at)

    def press(
        self,
        at: QPoint,
        keys: Qt.KeyboardModifier = NONE,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
    ) -> None:
        """Press and hold."""
        QTest.mousePress(self.canvas.viewport(), button, keys, at)

    def move(self, to: QPoint) -> None:
        """Move with whatever is held, by way of a place on the line."""
        QTest.mouseMove(self.canvas.viewport(), to - QPoint(3, 2))
        QTest.mouseMove(self.canvas.viewport(), to)

    def release(
        self,
        at: QPoint,
        keys: Qt.KeyboardModifier = NONE,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
    ) -> None:
        """Let go."""
        QTest.mouseRelease(self.canvas.viewport(), button, keys, at)

    def drag(self, start: QPoint, end: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
        """Press, move, release."""
        self.press(start, keys)
        self.move(start + QPoint(12, 9))
        self.move(end)
        self.release(end, keys)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        """A key on the canvas."""
        QTest.keyClick(self.canvas, key, keys)

    def type(self, text: str, into: QWidget) -> None:
        """Letters into a field."""
        QTest.keyClicks(into, text)

    def choose(self, at: QPoint, *titles: str) -> None:
        """Open the menu there and take the row ``titles[0]``, or one of its own menu."""
        event = QContextMenuEvent(
            QContextMenuEvent.Reason.Mouse, at, self.canvas.viewport().mapToGlobal(at)
        )
        QApplication.sendEvent(self.canvas.viewport(), event)
        menu = self.canvas.menu
        for title in titles:
            assert menu is not None
            row = next(a for a in menu.actions() if a.text().partition("\t")[0] == title)
            menu, action = row.menu(), row  # type: ignore[assignment]
        action.trigger()

    def wheel(self, at: QPoint, delta: int) -> None:
        """Turn the wheel by eighths of a degree (120 is a notch)."""
        event = QWheelEvent(
            QPointF(at),
            QPointF(self.canvas.viewport().mapToGlobal(at)),
            QPoint(),
            QPoint(0, delta),
            Qt.MouseButton.NoButton,
            NONE,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.canvas.viewport(), event)

    @property
    def graph(self) -> Graph:
        """The graph of the shown block."""
        return self.canvas.diagram_scene.block.graph

    def kinds(self) -> list[str]:
        """The kinds of the shown block's nodes, in order."""
        return [node.kind for node in self.graph.nodes.values()]

    def wires(self) -> set[tuple[str, str, str]]:
        """The edges as (source, target, kind)."""
        return {(e.source.node, e.target.node, e.kind) for e in self.graph.edges.values()}

    def wired(self, source: str, target: str) -> bool:
        """Whether an edge runs from one node to another."""
        return (source, target) in {wire[:2] for wire in self.wires()}

    def steps(self) -> int:
        """How many steps can be undone."""
        return self.canvas.document.undo_stack.index()

    def answer(self, text: str) -> None:
        """Type into the popup and take the first offer."""
        assert self.canvas.popup.isVisible()
        self.type(text, self.canvas.popup.search)
        QTest.keyClick(self.canvas.popup.search, Qt.Key.Key_Return)

    def dropped(self, kind: str, at: QPoint) -> bool:
        """Drop what the palette drags; whether it was taken."""
        data = QMimeData()
        data.setData(LAYER_MIME, kind.encode())
        copy, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        enter = QDragEnterEvent(at, copy, data, button, NONE)
        QApplication.sendEvent(self.canvas.viewport(), enter)
        drop = QDropEvent(QPointF(at), copy, data, button, NONE)
        QApplication.sendEvent(self.canvas.viewport(), drop)
        return drop.isAccepted()


Open = Callable[..., Hand]


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Open]:
    """Opens a diagram on a canvas of 1200×600 at 100 % and gives the hand that uses it."""
    theme.load_fonts()
    theme.set_scheme("light")
    canvases: list[CanvasView] = []

    def open_(diagram: Diagram, *, read_only: bool = False, zoom: float | None = 1.0) -> Hand:
        canvas = CanvasView(Document(diagram), read_only=read_only)
        qtbot.addWidget(canvas)
        canvas.resize(1200, 600)
        canvas.show()
        qtbot.waitExposed(canvas)
        if zoom is not None:
            canvas.zoom_to(zoom)
        canvases.append(canvas)
        return Hand(canvas)

    yield open_
    for canvas in canvases:
        canvas.gestures.cancel()


def arranged(*nodes: object, **more: object) -> Diagram:
    """A chain of nodes, arranged."""
    return arrange_diagram(write.diagram(write.block(*nodes, **more)))  # type: ignore[arg-type]


@pytest.fixture
def branch() -> Diagram:
    """x, conv1, relu1, conv2, act, output: a branch that lacks its skip."""
    return arranged(
        write.image(4),
        write.node("conv1", "Conv2d", out_channels=4, kernel_size=3, padding=1),
        write.node("relu1", "ReLU"),
        write.node("conv2", "Conv2d", out_channels=4, kernel_size=3, padding=1),
        write.node("act", "ReLU"),
        write.node("output", "Output"),
    )


@pytest.fixture
def nested() -> Diagram:
    """A residual block repeated three times between a stem and an output."""
    main = write.block(
        write.image(4),
        write.node("stem", "Conv2d", out_channels=8, kernel_size=3, padding=1),
        write.node("stage", "Residual", width=8, repeat=3),
        write.node("output", "Output"),
    )
    return arrange_diagram(write.diagram(main, Residual=write.residual()))
