"""The canvas: turns mouse and keys into gestures and verbs on the document."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from app.canvas import gestures
from app.canvas.diagram_view import DiagramView
from app.canvas.gestures.pointer import GestureRunner, Pointer, PointerKind
from app.canvas.gestures.preview import Tone
from app.canvas.gestures.rename_editor import RenameEditor
from app.canvas.gestures.tools import JOINING, TOOLS
from app.canvas.openings import Openings
from app.canvas.painting.node_painter import label_middle
from app.document import Document
from graphcore import edits
from graphcore.diagram import Point, PortRef

LAYER_MIME = "application/x-skipwright-layer"
"""What the palette drags: the kind of a layer or the name of a block, as UTF-8 text."""
_PANNED = QPoint(-1, -1)
"""Where Space was pressed, once it has served to pan."""


class CanvasView(DiagramView):
    """Shows and edits the block that ``document`` is at. A ``read_only`` one (training) pans,
    zooms, enters blocks and tells values, and changes nothing."""

    tool_changed = Signal(str)

    def __init__(
        self,
        document: Document,
        parent: QWidget | None = None,
        *,
        read_only: bool = False,
        openings: Openings | None = None,
    ) -> None:
        super().__init__(document, parent, openings)
        self.gestures = GestureRunner()
        self.panning = GestureRunner()
        """A gesture of its own, so that the paper can be dragged while a wire is held."""
        self.menu: QMenu | None = None
        self.block_dialog: gestures.block_dialog.BlockDialog | None = None
        self.renaming = RenameEditor(self.viewport())
        self._forced_read_only = read_only
        self._tool = "select"
        self._space: QPoint | None = None
        self.setAcceptDrops(not read_only)
        # What is in hand may be gone: an undo in the middle of a drag ends it.
        document.place_changed.connect(self.gestures.cancel)
        document.changed.connect(self.gestures.cancel)
        document.selection_changed.connect(self._reveal_selection)

    @cached_property
    def popup(self) -> gestures.add_popup.AddPopup:
        """The popup that searches, made when it is first wanted."""
        popup = gestures.add_popup.AddPopup(self)
        popup.closed.connect(self.setFocus)
        return popup

    @property
    def read_only(self) -> bool:
        """Whether the diagram can only be looked at here."""
        return self._forced_read_only or self.document.read_only

    @property
    def tool(self) -> str:
        """What a drag on a block does: one of :data:`app.canvas.gestures.tools.TOOLS`."""
        return self._tool

    @tool.setter
    def tool(self, name: str) -> None:
        if name not in TOOLS:
            raise ValueError(f"there is no tool '{name}'; tools: {', '.join(TOOLS)}")
        if name != self._tool:
            self._tool = name
            self.show_tool_cursor()
            self.tool_changed.emit(name)

    def choose_tool(self, name: str) -> None:
        """Take a tool in hand. A joining tool with blocks selected joins round them at once and
        leaves the hand as it was. A single one is no selection in this sense: a block that was
        just added or clicked is selected as well."""
        blocks = self.document.selection & self.diagram_scene.block.graph.nodes.keys()
        if name in JOINING and self._tool != name and len(blocks) > 1:
            if not self.read_only:
                gestures.verbs.join_selection(self.document, JOINING[name])
            return
        self.tool = name

    def show_tool_cursor(self) -> None:
        """The cursor of the tool."""
        shape = Qt.CursorShape.ArrowCursor
        if self._space is not None:
            shape = Qt.CursorShape.OpenHandCursor
        elif self._tool != "select":
            shape = Qt.CursorShape.CrossCursor
        self.viewport().setCursor(shape)

    @property
    def port_reach(self) -> float:
        """How near to a port a press must be, in the scene."""
        return min(max(7.0, 7.0 / self.zoom), 11.0)

    @property
    def snap_reach(self) -> float:
        """How near to a port the end of a wire snaps to it, in the scene."""
        return 18.0 / min(self.zoom, 1.0)

    @property
    def edge_end_reach(self) -> float:
        """How near to its end a wire is taken by the end."""
        return 16.0 / min(self.zoom, 1.0)

    def visible_ports(self, *, is_input: bool) -> Iterator[PortRef]:
        """The ports of the blocks in view."""
        part = self.viewpoint.visible().translated(-self.diagram_scene.sheet.origin)
        for id, item in self.diagram_scene.nodes.items():
            if part.intersects(item.body()):
                ports = item.state.inputs if is_input else item.state.outputs
                yield from (PortRef(id, port.name) for port in ports)

    def tell(self, at: QPoint, text: str, tone: Tone) -> None:
        """A label beside the pointer."""
        now = self.diagram_scene.look.theme
        ink = now.error if tone == "bad" else now.text
        rim = now.error if tone == "bad" else now.block_line
        self.preview.label.tell(at, text, tone, (now.panel, ink, rim))

    def add(self, kind: str) -> None:
        """Add a block: behind the selected one and wired to it, else in the middle of the view."""
        selected = [id for id in self.document.selection if id in self.diagram_scene.nodes]
        if len(selected) == 1 and gestures.adding.add_after(self.document, kind, selected[0]):
            return
        gestures.adding.add_at(self.document, kind, self.meant(self.viewpoint.visible().center()))

    def search_to_add(self, at: QPoint | None = None) -> None:
        """Open the popup that searches for something to add, at the pointer if it is here."""
        if self.read_only:
            return
        pointer = self.viewport().mapFromGlobal(QCursor.pos())
        inside = self.viewport().rect().contains(pointer)
        corner = at or (pointer if inside else self.viewport().rect().center())
        place = self.meant(self.mapToScene(corner))
        found = gestures.offers.offers(self.document.diagram, self.document.block)

        def take(kind: str) -> None:
            if at is None and len(self.document.selection) == 1:
                self.add(kind)
            else:
                gestures.adding.add_at(self.document, kind, place)

        self.popup.ask(corner, found, "Search layers and blocks", take)

    def offer_blocks(
        self, pointer: Pointer, *, source: PortRef | None = None, target: PortRef | None = None
    ) -> None:
        """A wire was dropped on empty space: offer what fits, and connect what is chosen."""
        document = self.document
        place = self.diagram_scene.geometry.meant(pointer.at)
        found = gestures.offers.offers(
            document.diagram,
            document.block,
            arriving=gestures.verdicts.type_at(document, source) if source else None,
            needs_input=source is not None,
            needs_output=target is not None,
        )

        def take(kind: str) -> None:
            if source is not None:
                gestures.adding.add_from_output(document, kind, source, place)
            elif target is not None:
                gestures.adding.add_to_input(document, kind, target, place)

        self.popup.ask(pointer.screen, found, "Add and connect", take)

    def offer_join(self, at: Pointer, source: PortRef, target: PortRef, moved: str = "") -> None:
        """A wire was dropped on an occupied input: replace, add or concatenate."""
        self._open(gestures.join_offers.join_menu(self, source, target, moved), at.screen)

    def rename_selected(self) -> None:
        """Rename the selected block, or the projection of the selected skip, in place."""
        if len(self.document.selection) != 1 or self.read_only:
            return
        (item,) = self.document.selection
        graph, block = self.diagram_scene.block.graph, self.document.block
        found = graph.nodes.get(item) or graph.edges[item]
        rect = self.diagram_scene.item_rect(item)
        if not found.label or rect is None:
            return
        node = self.diagram_scene.nodes.get(item)
        if node is not None:
            rect.moveCenter(label_middle(node.state.face, rect))
        area = self.mapFromScene(rect).boundingRect()

        def commit(name: str) -> None:
            self.document.apply("Rename", lambda d: edits.rename(d, block, item, name))

        self.renaming.open(area, found.label, commit)

    def make_block(self) -> None:
        """Ask how the selection becomes a block."""
        self.block_dialog = gestures.block_verbs.make_block(self.document, self)

    def paste(self) -> None:
        """Paste at the pointer, or in the middle of the view."""
        pointer = self.viewport().mapFromGlobal(QCursor.pos())
        inside = self.viewport().rect().contains(pointer)
        at = self.mapToScene(pointer) if inside else self.viewpoint.visible().center()
        place = self.meant(at)
        gestures.verbs.paste(self.document, Point(round(place.x()), round(place.y())))

    def arrange(self) -> None:
        """Arrange the block and show all of it."""
        gestures.verbs.arrange(self.document)
        self.fit()

    def walk(self, direction: gestures.verbs.Direction) -> None:
        """Select the next block in a direction."""
        gestures.verbs.walk(self.document, direction)

    def tab(self) -> None:
        """Tab: the next block; with nothing selected, search for something to add."""
        if self.document.selection:
            self.walk("next")
        else:
            self.search_to_add()

    def enter_selected(self) -> None:
        """Open the selected block."""
        if len(self.document.selection) == 1:
            self.enter_node(next(iter(self.document.selection)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin the gesture that is meant."""
        self.setFocus()
        is_left = event.button() == Qt.MouseButton.LeftButton and self._space is None
        if is_left and gestures.paper.press(self, self.mapToScene(event.position().toPoint())):
            return
        pointer = self._pointer(event, "press")
        if event.button() == Qt.MouseButton.MiddleButton or self._space is not None:
            self._start_panning(pointer)
        elif event.button() == Qt.MouseButton.LeftButton:
            self.gestures.start(gestures.selecting.gesture_at(self, pointer), pointer)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Carry the gesture on; without one let what is below the pointer stand out."""
        pointer = self._pointer(event, "move")
        if self._space is not None and self.gestures.is_running and not self.panning.is_running:
            self._start_panning(pointer)
        if self.panning.is_running:
            self.panning.send(pointer)
            self._follow(pointer.screen)
        elif self.gestures.is_running:
            self.gestures.send(pointer)
        else:
            gestures.paper.hover(self, self.mapToScene(pointer.screen))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture whose button went up."""
        pointer = self._pointer(event, "release")
        if self.panning.is_running and not (self.gestures.is_running and self._space is not None):
            self.panning.send(pointer)
        elif self.gestures.is_running and event.button() == Qt.MouseButton.LeftButton:
            self.panning.cancel()
            self.gestures.send(pointer)

    def _start_panning(self, pointer: Pointer) -> None:
        self._space = None if self._space is None else _PANNED
        self.panning.start(gestures.selecting.pan(self, pointer), pointer)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open a block; on empty canvas search for something to add."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at = self.mapToScene(event.position().toPoint())
        if gestures.paper.button_at(self, at) is not None:
            return
        item = self.item_at(at)
        if item:
            self.enter_node(item)
        else:
            self.search_to_add(event.position().toPoint())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom; what is in hand follows the pointer."""
        super().wheelEvent(event)
        self._follow(event.position().toPoint())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Select what is below the pointer and offer what can be done with it."""
        self.gestures.cancel()
        at = self.mapToScene(event.pos())
        self.diagram_scene.work_in(self.diagram_scene.sheet_at(at))
        item = self.item_at(at)
        if item not in self.document.selection:
            self.document.select(self.items_at(at))
        self._open(gestures.menus.context_menu(self, item), event.pos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape cancels; Space held pans; the rest is in the tables of ``keys``."""
        if event.key() == Qt.Key.Key_Escape:
            gestures.paper.step_back(self)
        elif event.key() == Qt.Key.Key_Alt:
            self.diagram_scene.ask_shapes(True)
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = self.viewport().mapFromGlobal(QCursor.pos())
            self.show_tool_cursor()
        else:
            act = gestures.keys.act_for(event, read_only=self.read_only)
            if act is None or self.gestures.is_running:
                event.ignore()
                return
            act(self)
        event.accept()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space let go without having panned: search for something to add."""
        if event.key() == Qt.Key.Key_Alt:
            self.diagram_scene.ask_shapes(False)
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            pressed, self._space = self._space, None
            self.panning.cancel()
            self.show_tool_cursor()
            if pressed not in (None, _PANNED) and not self.gestures.is_running:
                self.search_to_add()
        else:
            event.ignore()

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab is the canvas's own."""
        return False

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keys that were held are not known to be any more."""
        self._space = None
        self.diagram_scene.ask_shapes(False)
        super().focusOutEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take blocks from the palette."""
        self._consider(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show the wire that the block would be put on."""
        self._consider(event)
        if event.isAccepted():
            gestures.paper.hover_wire(self, self.mapToScene(event.position().toPoint()))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The block went elsewhere."""
        self.diagram_scene.hover("")

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the block: on a wire, else where it was dropped."""
        self._consider(event)
        if not event.isAccepted():
            return
        self.diagram_scene.hover("")
        kind = bytes(event.mimeData().data(LAYER_MIME).data()).decode()
        gestures.paper.drop(self, kind, self.mapToScene(event.position().toPoint()))
        self.setFocus()

    def _consider(self, event: QDropEvent) -> None:
        if event.mimeData().hasFormat(LAYER_MIME) and not self.read_only:
            event.acceptProposedAction()
        else:
            event.ignore()

    def _pointer(self, event: QMouseEvent, kind: PointerKind) -> Pointer:
        screen = event.position().toPoint()
        at = self.diagram_scene.to_sheet(self.mapToScene(screen))
        return Pointer(kind, at, screen, event.modifiers())

    def meant(self, at: QPointF) -> QPointF:
        """The document's place, in the block that is worked in, for a place of the scene."""
        scene = self.diagram_scene
        return scene.geometry.meant(scene.to_sheet(at))

    def _follow(self, screen: QPoint) -> None:
        """After the picture has moved below the pointer, tell the gesture where it is now."""
        last = self.gestures.last
        if last is not None and last.kind != "press":
            at = self.diagram_scene.to_sheet(self.mapToScene(screen))
            self.gestures.send(Pointer("move", at, screen, last.keys))

    def _open(self, menu: QMenu, at: QPoint) -> None:
        self.menu = menu
        menu.setToolTipsVisible(True)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.viewport().mapToGlobal(at))

    def _reveal_selection(self) -> None:
        """Bring into view what was selected elsewhere or by walking, not while dragging."""
        if self.gestures.is_running or len(self.document.selection) != 1:
            return
        rect = self.diagram_scene.item_rect(next(iter(self.document.selection)))
        if rect is not None and self.isVisible():
            self.viewpoint.reveal(rect)
            self._moved()
