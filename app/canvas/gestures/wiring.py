"""Gestures with wires: drawing one, re-plugging an end, taking the wires of a port away."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from app.canvas.gestures import hits
from app.canvas.gestures.crossing import across
from app.canvas.gestures.pointer import Gesture, Pointer
from app.canvas.gestures.verdicts import Verdict, accepts, type_at, verdict_on_wire
from app.canvas.painting.node_painter import PortMark
from app.canvas.scene import PortKey
from graphcore import edits
from graphcore.diagram import Diagram, Edge, PortRef
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.ports import input_ports

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_ASKING = Verdict("this input has a wire: drop to replace it, to add or to concatenate", True)

Carried = Generator[None, Pointer, tuple[PortRef | None, Pointer]]


def wire_from_port(canvas: CanvasView, is_input: bool, port: PortRef) -> Gesture:
    """Drag from a port: out of an output a new wire; off a wired input its wire's end; out of a
    free input a wire backwards."""
    if not is_input:
        return across(canvas, port, "flow", draw_wire(canvas, port))
    edges = canvas.diagram_scene.block.graph.into(*port)
    plugged = [edge.id for edge in edges if EDGE_KINDS[edge.kind].join == "none"]
    return replug(canvas, plugged[-1], "target") if plugged else draw_wire_back(canvas, port)


def draw_wire_from_block(canvas: CanvasView, node: str) -> Gesture:
    """With the wire tool a drag from anywhere on a block starts at its first output."""
    state = canvas.diagram_scene.nodes[node].state
    if state.outputs:
        port = PortRef(node, state.outputs[0].name)
        return across(canvas, port, "flow", draw_wire(canvas, port))
    return draw_wire_back(canvas, PortRef(node, state.inputs[0].name))


def draw_wire(canvas: CanvasView, source: PortRef) -> Gesture:
    """Drag from an output to an input. The inputs that fit light up and the end snaps to a near
    one; dropped on an input it is connected, on an occupied one the user chooses, on empty space
    a menu offers what fits."""
    document, block = canvas.document, canvas.document.block
    start = canvas.diagram_scene.geometry.at(source, is_input=False)
    carried = type_at(document, source)
    in_hand = Verdict(carried.without_batch() if carried else "", True)

    def say(target: PortRef | None) -> Verdict:
        if target is None:
            return in_hand
        if occupant(document.diagram, block, target) is not None:
            return _ASKING
        return verdict_on_wire(document, lambda d: edits.connect(d, block, source, target), target)

    find = _input_finder(canvas, source)
    target, pointer = yield from carry(canvas, start, "flow", find, say, from_output=True)
    if target is None and find.is_barred(pointer):
        _refuse(canvas, find.circle(pointer))
    elif target is None:
        canvas.offer_blocks(pointer, source=source)
    elif any(e.source == source for e in canvas.diagram_scene.block.graph.into(*target)):
        return
    elif occupant(document.diagram, block, target) is not None:
        canvas.offer_join(pointer, source, target)
    else:
        document.apply("Draw wire", lambda d: edits.connect(d, block, source, target)[0])


def draw_wire_back(canvas: CanvasView, target: PortRef) -> Gesture:
    """Drag from an input to an output; dropped on empty space a menu offers what could feed it."""
    document, block = canvas.document, canvas.document.block
    end = canvas.diagram_scene.geometry.at(target, is_input=True)

    def say(source: PortRef | None) -> Verdict:
        if source is None:
            return Verdict("", True)
        return verdict_on_wire(document, lambda d: edits.connect(d, block, source, target), target)

    find = _output_finder(canvas, target)
    source, pointer = yield from carry(canvas, end, "flow", find, say, from_output=False)
    if source is None and find.is_barred(pointer):
        _refuse(canvas, find.circle(pointer))
    elif source is None:
        canvas.offer_blocks(pointer, target=target)
    else:
        document.apply("Draw wire", lambda d: edits.connect(d, block, source, target)[0])


def replug(canvas: CanvasView, edge_id: str, end: str) -> Gesture:
    """Drag a wire's end to another port; dropped on nothing the wire is removed, on an input that
    has a wire the user chooses what is to become of both."""
    document, scene, block = canvas.document, canvas.diagram_scene, canvas.document.block
    edge = scene.block.graph.edges[edge_id]
    moves_target = end == "target"
    fixed = scene.geometry.at(
        edge.source if moves_target else edge.target, is_input=not moves_target
    )
    finder = (
        _input_finder(canvas, edge.source) if moves_target else _output_finder(canvas, edge.target)
    )
    old = edge.target if moves_target else edge.source

    def say(port: PortRef | None) -> Verdict:
        if port is not None and asks(port):
            return _ASKING
        return Verdict("" if port else "drop here to remove the wire", True)

    def asks(port: PortRef) -> bool:
        """Whether it is a plain wire that comes to an input which has one already."""
        flows = moves_target and port != old and EDGE_KINDS[edge.kind].join == "none"
        return flows and occupant(document.diagram, block, port) is not None

    scene.lift_edge(edge_id)
    try:
        port, pointer = yield from carry(
            canvas, fixed, edge.kind, finder, say, from_output=moves_target
        )
    finally:
        scene.lift_edge("")
    if port is None and finder.is_barred(pointer):
        _refuse(canvas, finder.circle(pointer))
    elif port is None:
        document.apply("Remove wire", lambda d: edits.delete(d, block, {edge_id}))
    elif asks(port):
        canvas.offer_join(pointer, edge.source, port, moved=edge_id)
    elif port != old:
        ends = {"target" if moves_target else "source": port}
        document.apply("Re-plug wire", lambda d: edits.reconnect(d, block, edge_id, **ends))


def remove_wires(canvas: CanvasView, is_input: bool, port: PortRef) -> Gesture:
    """Alt and a click on a port: its wires go."""
    yield
    graph, block = canvas.diagram_scene.block.graph, canvas.document.block
    wires = {edge.id for edge in (graph.into(*port) if is_input else graph.out_of(*port))}
    if wires:
        canvas.document.apply("Remove wires", lambda d: edits.delete(d, block, wires))


def carry(
    canvas: CanvasView,
    fixed: QPointF,
    kind: str,
    find: Finder,
    say: Callable[[PortRef | None], Verdict],
    *,
    from_output: bool,
) -> Carried:
    """A wire in hand, one end ``fixed``: what fits is lit, the loose end snaps to what ``find``
    finds, and a label tells what ``say`` says of it. Returns the port it was dropped on."""
    scene = canvas.diagram_scene
    lit = find.marks
    scene.mark_ports(lit)
    found: PortRef | None = None
    verdict = say(None)
    try:
        while True:
            pointer = yield
            port = find(pointer)
            if port != found:
                found, verdict = port, say(port)
                near: dict[PortKey, PortMark] = {(from_output, port): "near"} if port else {}
                scene.mark_ports({**lit, **near})
            loose = scene.geometry.at(port, is_input=from_output) if port else pointer.at
            ends = (fixed, loose) if from_output else (loose, fixed)
            canvas.preview.show_loose_wire(*ends, kind)
            if not port and find.is_barred(pointer):
                canvas.tell(pointer.screen, find.circle(pointer), "bad")
            else:
                canvas.tell(pointer.screen, verdict.text, "plain" if verdict.fits else "bad")
            if pointer.is_release:
                return port, pointer
    finally:
        canvas.preview.clear()
        scene.mark_ports({})


def occupant(diagram: Diagram, block: str, target: PortRef) -> Edge | None:
    """The flow edge that a new one into ``target`` would replace; None also where the input takes
    any number."""
    graph = diagram.blocks[block].graph
    ports = {port.name: port for port in input_ports(diagram, graph.nodes[target.node])}
    if target.port in ports and ports[target.port].variadic:
        return None
    flows = [edge for edge in graph.into(*target) if EDGE_KINDS[edge.kind].join == "none"]
    return flows[0] if flows else None


class Finder:
    """Finds the port that is meant: a near one that is allowed, else that of the block below the
    pointer. ``marks`` are the ports to light; a wire from ``start`` to a block among ``excluded``
    would close a circle."""

    def __init__(
        self,
        canvas: CanvasView,
        is_input: bool,
        start: str,
        excluded: frozenset[str],
        fits: set[PortRef],
    ) -> None:
        self._canvas = canvas
        self._start = start
        self._is_input = is_input
        self._excluded = excluded
        self._fits = fits

    @property
    def marks(self) -> dict[PortKey, PortMark]:
        """The ports that fit."""
        return {(self._is_input, ref): "fits" for ref in self._fits}

    def __call__(self, pointer: Pointer) -> PortRef | None:
        scene = self._canvas.diagram_scene
        near = hits.port_at(scene, pointer.at, self._canvas.snap_reach, self._allows)
        if near is not None:
            return near[1]
        node = hits.node_at(scene, pointer.at)
        if not node or node in self._excluded:
            return None
        state = scene.nodes[node].state
        ports = [PortRef(node, p.name) for p in (state.inputs if self._is_input else state.outputs)]
        wired = {edge.target for edge in scene.block.graph.edges.values()}
        free = [ref for ref in ports if ref in self._fits and ref not in wired]
        return next(iter(free or ports), None)

    def is_barred(self, pointer: Pointer) -> bool:
        """Whether the pointer is on a block where the wire may not end."""
        return hits.node_at(self._canvas.diagram_scene, pointer.at) in self._excluded

    def circle(self, pointer: Pointer) -> str:
        """Why the wire may not end there; nothing to say of the block where it starts."""
        node = hits.node_at(self._canvas.diagram_scene, pointer.at)
        if node == self._start:
            return ""
        nodes = self._canvas.diagram_scene.block.graph.nodes
        ends = (node, self._start) if self._is_input else (self._start, node)
        first, last = (nodes[end].label for end in ends)
        return f"{first} feeds {last}: a wire back to it would close a circle"

    def _allows(self, is_input: bool, ref: PortRef) -> bool:
        return is_input == self._is_input and ref.node not in self._excluded


def _refuse(canvas: CanvasView, why: str) -> None:
    """Nothing was drawn; say ``why`` where there is something to say."""
    if why:
        canvas.document.refused.emit(why)


def _input_finder(canvas: CanvasView, source: PortRef) -> Finder:
    """Inputs that a wire from ``source`` may end at without closing a circle."""
    before = canvas.diagram_scene.upstream(source.node)
    carried = type_at(canvas.document, source)
    fits = {
        ref
        for ref in canvas.visible_ports(is_input=True)
        if ref.node not in before and accepts(canvas.document, ref, carried)
    }
    return Finder(canvas, True, source.node, before, fits)


def _output_finder(canvas: CanvasView, target: PortRef) -> Finder:
    """Outputs that a wire to ``target`` may start at without closing a circle."""
    after = canvas.diagram_scene.downstream(target.node)
    fits = {ref for ref in canvas.visible_ports(is_input=False) if ref.node not in after}
    return Finder(canvas, False, target.node, after, fits)
