"""One block on the paper: a pure projection of an instance of it.

It holds no truth of its own. It is told of a change as two diagrams and touches only the items
whose part of it differs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from app.canvas import structure
from app.canvas.bus_layer import BusLayer
from app.canvas.difference import changed_nodes
from app.canvas.edge_flow import SheetFlow
from app.canvas.edge_look import edge_look
from app.canvas.findings import Findings
from app.canvas.node_face import Face, Severity
from app.canvas.painting.bus_item import BusItem
from app.canvas.painting.frame_item import FrameItem, GateItem
from app.canvas.painting.items import EdgeItem, JoinItem, NodeItem
from app.canvas.painting.look import Look
from app.canvas.painting.node_painter import NodeLook, PortMark, PortSpot, triangle_rect
from app.canvas.painting.scale_chips import scaled_wires
from app.canvas.placing.edge_routing import JOIN_OFFSET
from app.canvas.placing.frames import FrameLook, opening_of
from app.canvas.placing.geometry import Geometry, Moves
from app.canvas.placing.turned_places import TurnedPlaces
from app.document import Document, Place
from graphcore.diagram import Block, Diagram, Node, Point, PortRef
from graphcore.measures import is_end
from graphcore.results import BlockResult, NodeResult

PortKey = tuple[bool, PortRef]
"""An input (True) or output port."""

_BLANK = Face("", "", "")


class Sheet:
    """Items of the block instance at ``place``, by the ids of nodes and edges, drawn on ``scene``,
    or on ``ground``: the inside of the frame of a block that is open in place. Where things are is
    told in the sheet's own coordinates."""

    def __init__(
        self,
        scene: QGraphicsScene,
        document: Document,
        look: Look,
        place: Place,
        ground: QGraphicsItem | None = None,
    ) -> None:
        self.document = document
        self.look = look
        self.place = place
        self.ground = ground
        self.nodes: dict[str, NodeItem] = {}
        self.edges: dict[str, EdgeItem] = {}
        self.joins: dict[PortRef, JoinItem] = {}
        self.insides: dict[str, Sheet] = {}
        """What is inside those of the nodes that are open in place."""
        self.geometry = Geometry(ends_as_gates=ground is not None)
        self.buses = BusLayer(self._add, scene.removeItem)
        self.hovered = ""
        self.values: Mapping[str, tuple[float | None, ...]] = {}
        self.flow: SheetFlow | None = None
        self._scene = scene
        self._wired: set[PortRef] = set()
        self._marks: dict[PortKey, PortMark] = {}
        self._tinted: Mapping[str, str] = {}
        self._branch: Mapping[str, str] = {}
        self.dimmed: frozenset[str] = frozenset()
        self.asks_shapes = False
        self._stale: set[str] = set()
        self._places = TurnedPlaces()
        self._unlaid = True
        self._relaid = False
        self.found = Findings()
        self._lifted = ""
        self.selection: frozenset[str] = self._chosen()
        self._take_nodes(self.block.graph.nodes.values())

    @property
    def block(self) -> Block:
        """The block that is shown."""
        return self.document.diagram.blocks[self.place.block]

    @property
    def result(self) -> BlockResult | None:
        """What the analysis found inside the instance that is shown."""
        result = self.document.analysis.at(self.place.instance)
        return result if result is not None and result.block == self.place.block else None

    @property
    def origin(self) -> QPointF:
        """Where the sheet's own origin is in the scene."""
        return self.ground.scenePos() if self.ground is not None else QPointF()

    def clear(self) -> None:
        """Take every item off the scene."""
        for item in self._items():
            self._scene.removeItem(item)
        self.nodes, self.edges, self.joins, self.insides = {}, {}, {}, {}
        self.buses = BusLayer(self._add, self._scene.removeItem)

    def follow(self, before: Diagram, after: Diagram) -> None:
        """Take over the difference of two diagrams; :meth:`settle` then lays it out."""
        old, new = before.blocks[self.place.block], after.blocks[self.place.block]
        for gone in self.nodes.keys() - new.graph.nodes.keys():
            self._scene.removeItem(self.nodes.pop(gone))
            self.insides.pop(gone, None)
            self.geometry.forget(gone)
            self.found.forget(gone)
        touched = list(changed_nodes(before, after, old, new))
        self._stale |= structure.leaving(new.graph, {node.id for node in touched})
        resized = self._take_nodes(touched)
        rewired = old.graph.edges is not new.graph.edges or len(self.nodes) != len(old.graph.nodes)
        self._unlaid |= resized or rewired or old.positions is not new.positions

    def open(self, node: str) -> QGraphicsItem:
        """Draw a block as a frame; returns the ground that its inside is to be drawn on."""
        frame = FrameItem(node, self.look, self.nodes[node].state)
        self._replace(frame)
        return frame.ground

    def close(self, node: str) -> None:
        """Draw an open block as a box again."""
        self.insides.pop(node, None)
        if node in self.nodes:
            self._replace(NodeItem(node, self.look, self.nodes[node].state))
            self._unlaid |= self.geometry.open(node, None)

    def hold(self, node: str, inside: Sheet) -> None:
        """Let the frame of an open block reach round its ``inside`` as that is now."""
        self.insides[node] = inside
        shown = self.block.graph.nodes[node]
        opening = opening_of(self.look, shown, inside.geometry, inside.block.graph)
        self._unlaid |= self.geometry.open(node, opening)
        self._stale.add(node)

    def button_at(self, node: str, at: QPointF) -> str:
        """The button of a block at a place of the sheet: "open", or one of its frame's."""
        item = self.nodes[node]
        local = at - item.pos()
        if isinstance(item, FrameItem):
            return item.button_at(local)
        is_block = self.block.graph.nodes[node].kind in self.document.diagram.blocks
        return "open" if is_block and triangle_rect(item.state.size).contains(local) else ""

    def turn(self, share: float) -> None:
        """Have the blocks stand as far on the way to the highway view as ``share`` says."""
        self._unlaid |= self._places.turn(share)

    def settle(self) -> None:
        """Put everything where it belongs now, if anything may have moved."""
        unlaid, self._unlaid = self._unlaid, False
        if unlaid:
            self._lay()

    def _replace(self, item: NodeItem) -> None:
        old = self.nodes[item.node_id]
        self.nodes[item.node_id] = item
        self._add(item)
        item.setPos(old.pos())
        self._scene.removeItem(old)
        self._stale.add(item.node_id)

    def _add(self, item: QGraphicsItem) -> None:
        if self.ground is None:
            self._scene.addItem(item)
        else:
            item.setParentItem(self.ground)

    def _chosen(self) -> frozenset[str]:
        """What is selected here."""
        document = self.document
        return document.selection if document.place == self.place else frozenset()

    def _take_nodes(self, nodes: Iterable[Node]) -> bool:
        """Measure nodes that are new or have changed, and give each an item; whether any of them
        needs another place or other wires now."""
        diagram = self.document.diagram
        resized = False
        for node in nodes:
            resized |= self.geometry.measure(diagram, node)
            self.found.results.pop(node.id, None)
            if node.id not in self.nodes:
                state = NodeLook(self.geometry.nodes[node.id].size, _BLANK)
                made = GateItem if self.ground is not None and is_end(node) else NodeItem
                self.nodes[node.id] = made(node.id, self.look, state)
                self._add(self.nodes[node.id])
        return resized

    def _lay(self) -> None:
        """Put blocks, wires and joins where they belong now."""
        before = self.geometry.bus_of
        placed = self._places.of(self.document.diagram, self.place.block)
        self._show_moves(self.geometry.update(self.document.diagram, placed))
        self.buses.lay(self.geometry.bus_of)
        self._stale |= {id for id, _ in before.items() ^ self.geometry.bus_of.items()}
        self._relaid = True
        edges = self.block.graph.edges
        wired = {edge.target for edge in edges.values()}
        self._stale |= {ref.node for ref in wired ^ self._wired}
        self._wired = wired
        for gone in self.edges.keys() - self.geometry.routes.keys():
            self._scene.removeItem(self.edges.pop(gone))
            self.found.edges.pop(gone, None)
        self._stale |= {id for id in self.geometry.routes if id not in self.edges}
        self._stale |= {id for id, item in self.edges.items() if item.edge is not edges[id]}

    def _show_moves(self, moves: Moves) -> None:
        for id in moves.nodes & self.nodes.keys():
            self.nodes[id].setPos(*self.geometry.positions[id])
        self._stale |= moves.edges | moves.reordered
        for ref in moves.joins:
            self._stale |= {edge.id for edge in self.block.graph.into(*ref)}
        moved = [ref for ref in self.geometry.joins if ref.node in moves.nodes]
        self._lay_joins({*moves.joins, *moved})

    def _lay_joins(self, changed: Iterable[PortRef]) -> None:
        for ref in changed:
            kind, item = self.geometry.joins.get(ref), self.joins.get(ref)
            if kind is None:
                if item is not None:
                    self._scene.removeItem(self.joins.pop(ref))
                continue
            if item is None:
                item = self.joins[ref] = JoinItem(self.look, kind)
                self._add(item)
            item.show_kind(kind)
            item.setPos(self.geometry.at(ref, is_input=True) - QPointF(JOIN_OFFSET, 0))

    def take_analysis(self) -> None:
        """Update shapes, problems and captions where they differ, and show all that is stale."""
        relaid, self._relaid = self._relaid, False
        hidden = self.geometry.touching
        self._stale |= self.found.take(self.document.analysis, self.place, hidden, relaid=relaid)
        self._stale |= self.insides.keys()
        self._flush()

    def take_selection(self) -> None:
        """Show what is selected here now, and which of the frames is worked in."""
        before, self.selection = self.selection, self._chosen()
        if before != self.selection:
            self._emphasise()
            self._refresh(before | self.selection)
            for port, join in self.joins.items():
                join.show_selected(structure.joining(self.block.graph, port) <= self.selection)
        self._refresh(self.insides)

    def _emphasise(self) -> None:
        """With nothing but joining edges selected, tint what they go round and dim the others."""
        before = self._branch.keys() | self.dimmed
        self._branch, self.dimmed = structure.emphasis(
            self.block.graph, self.selection, self.found.kinds
        )
        self._refresh(before | self._branch.keys() | self.dimmed)

    def hover(self, item: str) -> None:
        """Let the item under the pointer stand out."""
        if item != self.hovered:
            before, self.hovered = self.hovered, item
            self._refresh((before, item))

    def ask_shapes(self, asked: bool) -> None:
        """Show the shapes on all wires, or only where they change."""
        if asked != self.asks_shapes:
            self.asks_shapes = asked
            self._refresh(self.edges)

    def mark_ports(self, marks: Mapping[PortKey, PortMark]) -> None:
        """Light up ports, for instance those where the wire in hand fits."""
        touched = {key[1].node for key in (*marks, *self._marks)}
        self._marks = dict(marks)
        self._refresh(touched)

    def tint(self, nodes: Collection[str], kind: str = "skip") -> None:
        """Tint blocks in the colour of ``kind``: the branch of the edge that is being drawn."""
        touched = self._tinted.keys() | frozenset(nodes)
        self._tinted = dict.fromkeys(nodes, kind)
        self._refresh(touched)

    def set_values(self, values: Mapping[str, tuple[float | None, ...]]) -> None:
        """Colour items by measured gradients, a value a cell; an empty mapping takes them off."""
        scaled = {id for id, node in self.block.graph.nodes.items() if node.scales}
        touched = values.keys() | self.values.keys() | scaled
        self.values = values
        self._refresh(touched)

    def preview_move(self, nodes: frozenset[str], offset: QPointF) -> None:
        """Show ``nodes`` away from their places by ``offset``; only their wires follow."""
        self._show_moves(self.geometry.shift(nodes, Point(round(offset.x()), round(offset.y()))))
        self._flush()

    def end_preview_move(self) -> None:
        """Everything back to where the document has it."""
        self._lay()
        self._flush()

    def lift_edge(self, edge: str) -> None:
        """Hide the wire whose end is in hand; "" puts it back."""
        before, self._lifted = self._lifted, edge
        self._refresh((before, edge))

    def item_rect(self, item: str) -> QRectF | None:
        """Where in the scene a node or an edge is, or None if it is not shown."""
        if item in self.nodes:
            return self.nodes[item].body().translated(self.origin)
        return self.edges[item].sceneBoundingRect() if item in self.edges else None

    def content_rect(self) -> QRectF:
        """Around everything, names included."""
        bounds = self.geometry.bounds()
        if bounds is None:
            return QRectF()
        width, height = bounds.right - bounds.left, bounds.bottom - bounds.top
        return QRectF(bounds.left, bounds.top, width, height).adjusted(-8, -14, 8, 14)

    def problem_of(self, item: str) -> Severity:
        """The worst problem of an item."""
        return self.found.problems.get(item, "")

    def results_of(self, node: str) -> tuple[NodeResult, ...]:
        """What the analysis found for each copy of a node."""
        return self.found.results.get(node, ())

    def _flush(self) -> None:
        stale, self._stale = self._stale, set()
        self._refresh(stale)

    def _refresh(self, items: Iterable[str]) -> None:
        touched = list(items)
        for id in touched:
            if id in self.nodes:
                self._show_node(id)
                for edge in scaled_wires(self.block.graph, id):
                    self._show_edge(edge)
            elif id in self.geometry.routes:
                self._show_edge(id)
        self.buses.show(touched, self)

    def _show_node(self, id: str) -> None:
        if id in self.insides:
            self._show_frame(id)
        stands_out = id == self.hovered or id in self.selection
        measures = self.geometry.nodes[id]
        self.nodes[id].show_state(
            NodeLook(
                measures.size,
                self.found.faces.get(id, _BLANK),
                selected=id in self.selection,
                hovered=id == self.hovered,
                tinted=self._tinted.get(id) or self._branch.get(id, ""),
                values=self.values.get(id, ()),
                inputs=tuple(
                    PortSpot(name, QPointF(*at), self._mark(True, PortRef(id, name), stands_out))
                    for name, at in measures.inputs.items()
                ),
                outputs=tuple(
                    PortSpot(name, QPointF(*at), self._mark(False, PortRef(id, name), stands_out))
                    for name, at in measures.outputs.items()
                ),
            )
        )

    def _show_frame(self, id: str) -> None:
        frame, inside, opening = self.nodes[id], self.insides[id], self.geometry.opening(id)
        if isinstance(frame, FrameItem) and opening is not None:
            frame.show_frame(
                FrameLook(
                    inside.place.block,
                    opening,
                    copy=inside.place.instance[-1].copy,
                    copies=len(self.found.results.get(id, ())),
                    focused=self.document.place == inside.place,
                )
            )

    def _mark(self, is_input: bool, ref: PortRef, stands_out: bool) -> PortMark:
        mark: PortMark = "plain" if stands_out and not self.document.read_only else "hidden"
        required = self.geometry.nodes[ref.node].required
        if is_input and ref not in self._wired and ref.port in required:
            mark = "missing"
        return self._marks.get((is_input, ref), mark)

    def _show_edge(self, id: str) -> None:
        edge = self.block.graph.edges[id]
        state = edge_look(self, id)
        if id not in self.edges:
            self.edges[id] = EdgeItem(edge, self.look, state)
            self._add(self.edges[id])
        item = self.edges[id]
        item.edge = edge
        item.show_state(state)
        hidden = id in self.geometry.touching or id == self._lifted
        item.setVisible(not (hidden or self.buses.hides(id, state, self.selection)))

    def take_look(self, look: Look) -> None:
        """Paint with other colours."""
        self.look = look
        for item in self._items():
            item.look = look

    def _items(self) -> list[NodeItem | EdgeItem | JoinItem | BusItem]:
        return [
            *self.nodes.values(),
            *self.edges.values(),
            *self.joins.values(),
            *self.buses.items.values(),
        ]
