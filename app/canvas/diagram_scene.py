"""The paper: the block that the view is at, and inside it those that are open in place.

Each is a :class:`Sheet`. The document's place is the sheet that is worked in: the scene's own
``nodes``, ``edges``, ``geometry`` … are those of that sheet, so that every gesture acts there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtWidgets import QGraphicsScene

from app import theme
from app.canvas import structure
from app.canvas.edge_flow import EdgeFlows
from app.canvas.edge_look import show_flow
from app.canvas.node_face import Severity
from app.canvas.openings import Openings, Path, path_of
from app.canvas.painting.frame_item import FrameItem
from app.canvas.painting.items import EdgeItem, JoinItem, NodeItem
from app.canvas.painting.look import Look
from app.canvas.painting.node_painter import PortMark
from app.canvas.placing.geometry import Geometry
from app.canvas.scene import PortKey, Sheet
from app.document import Document, Place, nearest_place
from graphcore.diagram import Block, Diagram, Instance, PortRef, Step
from graphcore.results import NodeResult


class DiagramScene(QGraphicsScene):
    """What ``document`` is at, with all that is open inside it."""

    reshaped = Signal()
    """Something was added, removed, moved or recoloured: overviews paint anew."""
    rooted = Signal()
    """Another block than before fills the paper."""
    unfolded = Signal()
    """Blocks were opened or closed in place."""

    def __init__(
        self,
        document: Document,
        parent: QObject | None = None,
        openings: Openings | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.openings = Openings(self) if openings is None else openings
        self.look = Look(theme.current())
        self.sheets: dict[Path, Sheet] = {}
        """By the way to them, what contains another before it."""
        self.turned = 0.0
        """How far the picture is turned inside out: 1 is the highway view."""
        self._root = document.place
        document.changed.connect(self._follow)
        document.analysed.connect(self._take_analysis)
        document.place_changed.connect(self._go)
        document.selection_changed.connect(self._take_selection)
        theme.signals.changed.connect(self._take_theme)
        self.openings.changed.connect(self._unfold_anew)
        self.rebuild()

    @property
    def root(self) -> Sheet:
        """The sheet that fills the paper."""
        return self.sheets[path_of(self._root.instance)]

    @property
    def sheet(self) -> Sheet:
        """The sheet that is worked in."""
        return self.sheets.get(path_of(self.document.instance), self.root)

    @property
    def nodes(self) -> Mapping[str, NodeItem]:
        """The blocks of the sheet that is worked in."""
        return self.sheet.nodes

    @property
    def edges(self) -> Mapping[str, EdgeItem]:
        """The wires of the sheet that is worked in."""
        return self.sheet.edges

    @property
    def joins(self) -> Mapping[PortRef, JoinItem]:
        """The joins of the sheet that is worked in."""
        return self.sheet.joins

    @property
    def geometry(self) -> Geometry:
        """Where everything is on the sheet that is worked in."""
        return self.sheet.geometry

    @property
    def block(self) -> Block:
        """The block that is worked in."""
        return self.sheet.block

    @property
    def values(self) -> Mapping[str, tuple[float | None, ...]]:
        """The measured gradients on the sheet that is worked in."""
        return self.sheet.values

    @property
    def hovered(self) -> str:
        """What stands out under the pointer."""
        return next((sheet.hovered for sheet in self.sheets.values() if sheet.hovered), "")

    def block_count(self) -> int:
        """How many blocks there are on the paper."""
        return sum(len(sheet.nodes) for sheet in self.sheets.values())

    def to_sheet(self, at: QPointF, sheet: Sheet | None = None) -> QPointF:
        """A place of the scene on a sheet: the one that is worked in, if none is named."""
        return at - (sheet or self.sheet).origin

    def sheet_at(self, at: QPointF) -> Sheet:
        """The innermost sheet at a place of the scene."""
        sheet = self.root
        while True:
            inside = _frame_at(sheet, at - sheet.origin)
            if inside is None:
                return sheet
            sheet = inside

    def work_in(self, sheet: Sheet) -> None:
        """Let edits act on ``sheet``, which stays where it is on the paper."""
        self.document.enter(sheet.place.instance)

    def enter(self, instance: Instance) -> None:
        """Let the block at ``instance`` fill the paper."""
        self.document.enter(instance)
        if self._root != self.document.place:
            self._root = self.document.place
            self.rebuild()
            self.rooted.emit()

    def toggle(self, node: str, sheet: Sheet | None = None) -> None:
        """Open a block in place, or close it."""
        within = sheet or self.sheet
        path = (*path_of(within.place.instance), node)
        found = within.block.graph.nodes.get(node)
        if found is None or found.kind not in self.document.diagram.blocks:
            return
        if path in self.openings:
            self._come_out(path)
            self.openings.close(path)
        else:
            self.openings.open(path)

    def open_all(self) -> None:
        """Open every block of the paper in place, and those inside them."""
        found = self._paths(path_of(self._root.instance), self._root.block, (self._root.block,))
        self.openings.open(*found)

    def close_all(self) -> None:
        """Close every block of the paper."""
        if len(self.document.instance) > len(self._root.instance):
            self.document.enter(self._root.instance)
        self.openings.close_all()

    def step_copy(self, sheet: Sheet, by: int) -> None:
        """Let an open block show the next copy, or the one before."""
        *way, last = sheet.place.instance
        around = self.document.analysis.at(tuple(way))
        copies = len(around.nodes.get(last.node, ())) if around is not None else 1
        if copies > 1:
            self.openings.show_copies((*way, Step(last.node, (last.copy + by) % copies)))

    def rebuild(self) -> None:
        """Show the document's place from nothing."""
        for sheet in self.sheets.values():
            if sheet.ground is None:
                sheet.clear()
        path = path_of(self._root.instance)
        self.sheets = {path: Sheet(self, self.document, self.look, self._root)}
        self.sheets[path].turn(self.turned)
        self._unfold(path)
        self._tell_paper()
        self._take_analysis()

    def turn(self, share: float) -> None:
        """Show the picture as far on its way to the highway view as ``share`` says."""
        self.turned = self.look.turned = share
        for sheet in self.sheets.values():
            sheet.turn(share)
        self._unfold(path_of(self._root.instance))
        self._take_analysis()
        self.update()

    def hover(self, item: str, sheet: Sheet | None = None) -> None:
        """Let the item under the pointer stand out, on the sheet that is named or worked in."""
        within = sheet or self.sheet
        for other in self.sheets.values():
            other.hover(item if other is within else "")

    def ask_shapes(self, asked: bool) -> None:
        """Show the shapes on all wires, or only where they change."""
        for sheet in self.sheets.values():
            sheet.ask_shapes(asked)

    def set_values(self, values: Mapping[Path, Mapping[str, tuple[float | None, ...]]]) -> None:
        """Colour the items of every sheet by measured gradients, a value a cell; what is not named
        loses its colour."""
        for path, sheet in self.sheets.items():
            sheet.set_values(values.get(path, {}))
        self.reshaped.emit()

    def set_flows(self, flows: EdgeFlows | None) -> None:
        """Draw the wires of every sheet as thick as the gradient along them; None as ever."""
        changed = [
            show_flow(sheet, flows.inside(sheet.place.instance) if flows is not None else None)
            for sheet in self.sheets.values()
        ]
        if any(changed):
            self.reshaped.emit()

    def content_rect(self) -> QRectF:
        """Around everything on the paper, names included."""
        return self.root.content_rect()

    def branch(self, source: str, target: str) -> frozenset[str]:
        """The nodes that a skip from one to the other goes round."""
        return structure.between(self.block.graph, source, target)

    def upstream(self, node: str) -> frozenset[str]:
        """``node`` and all that leads to it."""
        return structure.upstream(self.block.graph, node)

    def downstream(self, node: str) -> frozenset[str]:
        """``node`` and all that it leads to."""
        return structure.downstream(self.block.graph, node)

    def mark_ports(self, marks: Mapping[PortKey, PortMark]) -> None:
        """Light up ports, for instance those where the wire in hand fits."""
        self.sheet.mark_ports(marks)

    def tint(self, nodes: Collection[str], kind: str = "skip") -> None:
        """Tint blocks: the branch of the skip that is being drawn."""
        self.sheet.tint(nodes, kind)

    def preview_move(self, nodes: frozenset[str], offset: QPointF) -> None:
        """Show ``nodes`` away from their places by ``offset``; only their wires follow."""
        self.sheet.preview_move(nodes, offset)

    def end_preview_move(self) -> None:
        """Everything back to where the document has it."""
        self.sheet.end_preview_move()

    def lift_edge(self, edge: str) -> None:
        """Hide the wire whose end is in hand; "" puts it back."""
        self.sheet.lift_edge(edge)

    def item_rect(self, item: str) -> QRectF | None:
        """Where in the scene a node or an edge is, or None if it is not shown."""
        return self.sheet.item_rect(item)

    def results_of(self, node: str) -> tuple[NodeResult, ...]:
        """What the analysis found for each copy of a node."""
        return self.sheet.results_of(node)

    def problem_of(self, item: str) -> Severity:
        """The worst problem of an item."""
        return self.sheet.problem_of(item)

    def _go(self) -> None:
        """Follow the document: into what is on the paper, else to another paper."""
        place, depth = self.document.place, len(self._root.instance)
        if self.document.is_retracing and place.instance[:depth] == self._root.instance:
            # What is taken back in a block that was open where it stands is seen there again.
            self.openings.reopen(place.instance, depth)
        if self._holds(place):
            self.openings.show_copies(place.instance)
            return
        self._root = place
        self.rebuild()
        self.rooted.emit()

    def _holds(self, place: Place) -> bool:
        if place == self._root:
            return True
        path, root = path_of(place.instance), self._root.instance
        sheet = self.sheets.get(path)
        below = len(path) > len(root) and place.instance[: len(root)] == root
        return below and sheet is not None and sheet.place.block == place.block

    def _follow(self, before: Diagram, after: Diagram) -> None:
        """Apply the difference of two diagrams."""
        here, root = self.document.place, self._root
        if path_of(here.instance) == path_of(root.instance):
            root = here
        else:
            root = nearest_place(after, self.document.analysis, root.instance)
        if root != self._root or root.block not in before.blocks:
            self._root = root
            self.rebuild()
            self.rooted.emit()
            return
        self._fold_what_is_gone(after)
        for sheet in self.sheets.values():
            sheet.follow(before, after)
        self._unfold(path_of(root.instance))
        self._tell_paper()

    def _fold_what_is_gone(self, after: Diagram) -> None:
        for path in sorted(self.sheets, key=len)[1:]:
            sheet = self.sheets.get(path)
            if sheet is None:
                continue
            around = self.sheets[path[:-1]].place.block
            node = after.blocks[around].graph.nodes.get(path[-1])
            if node is None or node.kind != sheet.place.block:
                self._fold(path)

    def _fold(self, path: Path) -> None:
        """Take away what is inside a block, and show it as a box."""
        for below in [other for other in self.sheets if other[: len(path)] == path]:
            del self.sheets[below]
        self.sheets[path[:-1]].close(path[-1])

    def _unfold(self, path: Path) -> None:
        """Show what is open inside a sheet, from the innermost outwards, and lay the sheet out."""
        sheet = self.sheets[path]
        graph, blocks = sheet.block.graph, self.document.diagram.blocks
        asked = self.openings.inside(path) if self._is_instance else []
        wanted = [id for id in asked if id in graph.nodes and graph.nodes[id].kind in blocks]
        for id in sheet.insides.keys() - set(wanted):
            self._fold((*path, id))
        for id in wanted:
            inner = (*path, id)
            copy = self._copy_shown(sheet, inner)
            place = Place(graph.nodes[id].kind, (*sheet.place.instance, Step(id, copy)))
            if inner not in self.sheets:
                ground = sheet.open(id)
                self.sheets[inner] = Sheet(self, self.document, self.look, place, ground)
                self.sheets[inner].turn(self.turned)
            self.sheets[inner].place = place
            self._unfold(inner)
            sheet.hold(id, self.sheets[inner])
        sheet.settle()

    def _tell_paper(self) -> None:
        self.document.on_paper = tuple(sheet.place for sheet in self.sheets.values())

    @property
    def _is_instance(self) -> bool:
        """Whether the block on the paper runs anywhere, so that there are copies to show."""
        return bool(self._root.instance) or self._root.block == self.document.diagram.main

    def _copy_shown(self, sheet: Sheet, path: Path) -> int:
        result = sheet.result
        copies = len(result.nodes.get(path[-1], ())) if result is not None else 1
        return min(self.openings.copy(path), max(copies - 1, 0))

    def _unfold_anew(self) -> None:
        """Blocks were opened or closed, or show another copy."""
        self._unfold(path_of(self._root.instance))
        self._tell_paper()
        self._keep_place()
        self._take_analysis()
        self._take_selection()
        self.unfolded.emit()

    def _keep_place(self) -> None:
        """The document stays in a sheet that is on the paper, with the same things selected."""
        instance = self.document.instance
        while path_of(instance) not in self.sheets and len(instance) > len(self._root.instance):
            instance = instance[:-1]
        sheet = self.sheets.get(path_of(instance))
        if sheet is None or sheet.place == self.document.place:
            return
        chosen = self.document.selection
        self.document.enter(sheet.place.instance)
        self.document.select(chosen)

    def _come_out(self, path: Path) -> None:
        """Leave the block at ``path``, which is about to be closed."""
        instance = self.document.instance
        if path_of(instance)[: len(path)] == path:
            self.document.enter(instance[: len(path) - 1])

    def _paths(self, path: Path, block: str, within: tuple[str, ...]) -> Iterator[Path]:
        """Every block inside, at any depth; one that contains itself once."""
        blocks = self.document.diagram.blocks
        for id, node in blocks[block].graph.nodes.items():
            if node.kind in blocks and node.kind not in within:
                yield (*path, id)
                yield from self._paths((*path, id), node.kind, (*within, node.kind))

    def _take_analysis(self, _: object = None) -> None:
        for sheet in self.sheets.values():
            sheet.take_analysis()
        self.reshaped.emit()

    def _take_selection(self) -> None:
        for sheet in self.sheets.values():
            sheet.take_selection()
        self.reshaped.emit()

    def _take_theme(self) -> None:
        self.look = Look(theme.current())
        self.look.turned = self.turned
        for sheet in self.sheets.values():
            sheet.take_look(self.look)
        self.update()
        self.reshaped.emit()


def _frame_at(sheet: Sheet, at: QPointF) -> Sheet | None:
    """The inside of the frame that covers a place of ``sheet``, its head left out."""
    for id, inside in sheet.insides.items():
        frame = sheet.nodes[id]
        if isinstance(frame, FrameItem) and frame.inner_rect().contains(at - frame.pos()):
            return inside
    return None
