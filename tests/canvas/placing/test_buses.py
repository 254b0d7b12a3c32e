"""Dense connections as one bus: what belongs to it, what it carries where, what a click means."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QGraphicsView

from app.canvas.edge_flow import EdgeFlows, flow_stroke
from app.canvas.painting.bus_item import BusItem, number_rect
from app.canvas.painting.overview import Overview
from app.canvas.placing.buses import Bus, Stretch, bus_of, buses
from app.canvas.placing.edge_routing import Corner
from graphcore import edits, gallery
from graphcore.diagram import Diagram, Edge, Point, PortRef
from tests.canvas.conftest import Hand, Open, arranged
from tests.canvas.test_edge_flow import flows_of, measured
from tests.diagrams import image, node, wire

LAYERS = [f"c{i}" for i in range(1, 7)]


def edge(source: str, target: str, kind: str = "dense") -> Edge:
    return wire(source, target, kind)


def places(**at: int) -> dict[str, Point]:
    """Nodes by the line of the arrangement in which they stand."""
    return {name: Point(0, y) for name, y in at.items()}


class TestWhatBelongsTogether:
    CASES: tuple[tuple[str, list[str], dict[str, list[str]]], ...] = (
        ("one alone is none", ["a>c"], {}),
        ("a common beginning", ["a>c", "a>d"], {"a>c": ["a>c", "a>d"]}),
        ("a common end", ["a>d", "b>d"], {"a>d": ["a>d", "b>d"]}),
        ("by way of a third", ["a>c", "a>d", "b>d"], {"a>c": ["a>c", "a>d", "b>d"]}),
        ("nothing in common", ["a>b", "c>d"], {}),
    )

    @pytest.mark.parametrize(
        ("drawn", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
    )
    def test_dense_edges_that_share_an_end(
        self, drawn: list[str], expected: dict[str, list[str]]
    ) -> None:
        edges = {name: edge(*name.split(">")) for name in drawn}
        found = buses(edges, places(a=0, b=0, c=0, d=0))
        assert found == {name: bus for bus, names in expected.items() for name in names}

    def test_other_kinds_have_wires_of_their_own(self) -> None:
        edges = {"1": edge("a", "c", "skip"), "2": edge("a", "d", "encoder_decoder")}
        assert buses(edges, places(a=0, c=0, d=0)) == {}

    def test_another_line_of_the_arrangement_has_a_bus_of_its_own(self) -> None:
        edges = {name: edge("a", name) for name in "bcde"}
        found = buses(edges, places(a=0, b=0, c=0, d=300, e=300))
        assert found == {"b": "b", "c": "b", "d": "d", "e": "d"}


def lane(source: float, target: float) -> tuple[Corner, ...]:
    """A route from one port to another by way of the lane at 100."""
    return ((source, 0), (source + 14, 0), (source + 14, 100), (target, 100), (target, 0))


class TestWhatItCarries:
    """Layers at 0, 100, 200 that make 16, 12 and 12 channels; each later place gets all before."""

    @pytest.fixture
    def bus(self) -> Bus:
        members = {f"{a}>{b}": edge(a, b) for a, b in ("ac", "ad", "bd", "ae", "be", "ce")}
        at = {"a": 0.0, "b": 100.0, "c": 200.0, "d": 300.0, "e": 400.0}
        routes = {name: lane(at[e.source.node], at[e.target.node]) for name, e in members.items()}
        channels = {name: 16 if e.source.node == "a" else 12 for name, e in members.items()}
        return bus_of(members, routes, channels)

    def test_it_takes_up_what_every_layer_makes(self, bus: Bus) -> None:
        assert bus.stretches == (
            Stretch(14, 114, 16),
            Stretch(114, 214, 28),
            Stretch(214, 400, 40),
        )

    def test_a_tap_for_every_beginning_and_every_end_and_no_more(self, bus: Bus) -> None:
        assert [(tap.port.node, tap.enters, len(tap.edges)) for tap in bus.taps] == [
            ("a", True, 3),
            ("b", True, 2),
            ("c", False, 1),
            ("c", True, 1),
            ("d", False, 2),
            ("e", False, 3),
        ]

    def test_it_thickens_in_proportion_up_to_a_limit(self, bus: Bus) -> None:
        widths = [bus.width(stretch) for stretch in bus.stretches]
        assert widths[0] == pytest.approx(2.2)
        assert widths == sorted(widths)
        assert widths[2] - widths[1] == pytest.approx(widths[1] - widths[0])
        assert bus.width(Stretch(0, 1, 10_000)) == 10

    @pytest.mark.usefixtures("qapp")
    def test_numbers_stand_where_there_is_room(self, bus: Bus) -> None:
        assert number_rect(bus.stretches[0], bus) is not None
        assert number_rect(Stretch(0, 12, 128), bus) is None


@pytest.fixture
def dense() -> Diagram:
    """A hand-drawn dense block of six layers: 21 connections."""
    layers = [node(c, "Conv2d", out_channels=12, kernel_size=3, padding=1) for c in LAYERS]
    made = arranged(image(16), *layers, node("output", "Output"))
    return edits.connect_densely(made, "Net", LAYERS)[0]


def bus_item(hand: Hand) -> BusItem:
    (item,) = hand.canvas.diagram_scene.sheet.buses.items.values()
    return item


def ends(hand: Hand) -> set[tuple[str, str]]:
    """The selected edges."""
    chosen = (hand.graph.edges[id] for id in hand.canvas.document.selection)
    return {(edge.source.node, edge.target.node) for edge in chosen}


class TestOnTheCanvas:
    def test_one_item_stands_for_all(self, opened: Open, dense: Diagram) -> None:
        hand = opened(dense)
        shown = [i for i in hand.canvas.diagram_scene.edges.values() if i.isVisible()]
        assert {item.state.kind for item in shown} == {"flow"}
        bus = bus_item(hand).state.bus
        assert len(bus.edges) == 21
        assert [stretch.channels for stretch in bus.stretches] == [16, 28, 40, 52, 64, 76]

    def test_it_runs_below_the_blocks_in_one_lane(self, opened: Open, dense: Diagram) -> None:
        hand = opened(dense)
        scene = hand.canvas.diagram_scene
        lanes = {item.state.corners[2][1] for item in scene.edges.values() if item.state.joins}
        assert len(lanes) == 1
        assert min(lanes) > max(item.body().bottom() for item in scene.nodes.values())

    def test_a_click_on_the_line_takes_all_of_it(self, opened: Open, dense: Diagram) -> None:
        hand = opened(dense, zoom=0.8)
        bus = bus_item(hand).state.bus
        middle = (bus.stretches[2].start + bus.stretches[2].end) / 2
        hand.click(hand.spot(QPointF(middle, bus.lane)))
        assert len(ends(hand)) == 21
        assert bus_item(hand).state.selected

    def test_a_click_on_a_tap_takes_what_passes_there(self, opened: Open, dense: Diagram) -> None:
        hand = opened(dense, zoom=0.8)
        bus = bus_item(hand).state.bus
        for node_, enters, expected in (
            ("c4", True, {("c4", "c6"), ("c4", "output")}),
            ("c3", False, {("x", "c3"), ("c1", "c3")}),
        ):
            tap = next(t for t in bus.taps if t.port.node == node_ and t.enters == enters)
            hand.click(hand.spot(QPointF(tap.x, bus.lane - 20)))
            assert ends(hand) == expected

    def test_a_click_on_a_join_takes_what_is_joined_there(
        self, opened: Open, dense: Diagram
    ) -> None:
        hand = opened(dense, zoom=0.8)
        join = hand.canvas.diagram_scene.joins[PortRef("c4", "x")]
        hand.click(hand.spot(join.scenePos()))
        assert ends(hand) == {("x", "c4"), ("c1", "c4"), ("c2", "c4")}
        assert join.selected

    def test_one_of_them_selected_stands_out_and_the_rest_stands_back(
        self, opened: Open, dense: Diagram
    ) -> None:
        hand = opened(dense)
        one = hand.edge("c1", "c5").id
        hand.canvas.document.select([one])
        scene = hand.canvas.diagram_scene
        assert scene.edges[one].isVisible()
        assert bus_item(hand).state.dimmed
        tinted = {id for id, item in scene.nodes.items() if item.state.tinted == "dense"}
        assert tinted == {"c2", "c3", "c4"}
        hand.canvas.document.select([])
        assert not scene.edges[one].isVisible()
        assert not bus_item(hand).state.dimmed

    def test_one_that_is_switched_off_shows_itself(self, opened: Open, dense: Diagram) -> None:
        hand = opened(dense)
        hand.canvas.document.select([hand.edge("x", "c6").id])
        hand.key(Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
        hand.canvas.document.select([])
        item = hand.canvas.diagram_scene.edges[hand.edge("x", "c6").id]
        assert item.isVisible()
        assert item.state.chip_text() == "off"

    def test_delete_and_undo(self, opened: Open, dense: Diagram) -> None:
        hand = opened(dense)
        hand.canvas.document.select([e.id for e in hand.graph.edges.values() if e.kind == "dense"])
        hand.key(Qt.Key.Key_Delete)
        assert not hand.canvas.diagram_scene.sheet.buses.items
        hand.canvas.document.undo_stack.undo()
        assert len(bus_item(hand).state.bus.edges) == 21

    def test_the_last_of_a_bus_becomes_a_wire_again(self, opened: Open, dense: Diagram) -> None:
        hand = opened(dense)
        keep = hand.edge("c1", "c5").id
        rest = [e.id for e in hand.graph.edges.values() if e.kind == "dense" and e.id != keep]
        hand.canvas.document.select(rest)
        hand.key(Qt.Key.Key_Delete)
        assert not hand.canvas.diagram_scene.sheet.buses.items
        assert hand.canvas.diagram_scene.edges[keep].isVisible()

    def test_it_follows_a_block_that_is_dragged(self, opened: Open, dense: Diagram) -> None:
        hand = opened(dense, zoom=0.8)
        before = bus_item(hand).state.bus
        start = hand.block("c3")
        hand.press(start)
        hand.move(start + hand.spot(QPointF(0, 72)) - hand.spot(QPointF(0, 0)))
        during = bus_item(hand).state.bus
        assert during.lane > before.lane
        assert len(during.edges) == 21
        hand.key(Qt.Key.Key_Escape)
        assert bus_item(hand).state.bus == before

    def test_from_afar_it_is_drawn_once_and_thickens(self, opened: Open, dense: Diagram) -> None:
        scene = opened(dense).canvas.diagram_scene
        overview = Overview(scene)
        picture = QImage(400, 100, QImage.Format.Format_RGB32)
        picture.fill(QColor("white"))
        painter = QPainter(picture)
        overview.paint(painter)
        painter.end()
        lines = {key: len(drawn) for key, drawn in overview.lines.items() if key[0] == "dense"}
        assert lines == {("dense", 0): 18, ("dense", 1): 3, ("dense", 2): 3}


class TestPainting:
    def test_the_line_is_dashed_blue_and_thicker_at_its_end(
        self, opened: Open, dense: Diagram
    ) -> None:
        hand = opened(dense)
        bus = bus_item(hand).state.bus

        def ink(stretch: Stretch) -> int:
            """Rows of blue below the middle of a stretch, where its dashes are thickest."""
            middle = (stretch.start + stretch.end) / 2
            return max(rows_of_blue(hand.canvas, middle + dx, bus.lane) for dx in range(-20, 20))

        assert ink(bus.stretches[-1]) > ink(bus.stretches[0]) >= 2


def rows_of_blue(view: QGraphicsView, x: float, y: float) -> int:
    at = view.mapFromScene(QPointF(x, y))
    picture = view.viewport().grab().toImage()
    ratio = picture.devicePixelRatio()
    column = (
        picture.pixelColor(round(at.x() * ratio), round((at.y() + dy) * ratio))
        for dy in range(-7, 7)
    )
    return sum(color.blue() - color.red() > 60 for color in column)


class TestWhatStandsBack:
    """With one joining edge selected the others stand back, and what it goes round is tinted."""

    @pytest.mark.parametrize("kind", ["skip", "dense", "encoder_decoder"])
    def test_whatever_kind_it_is(self, opened: Open, kind: str) -> None:
        layers = [node(c, "Conv2d", out_channels=4, kernel_size=1) for c in LAYERS]
        made = arranged(image(4), *layers, node("output", "Output"))
        for source, target in (("x", "c3"), ("c3", "c6")):
            made, _ = edits.add_join(made, "Net", source, target, kind)  # type: ignore[arg-type]
        hand = opened(made)
        hand.canvas.document.select([hand.edge("x", "c3").id])
        scene = hand.canvas.diagram_scene
        tinted = {id: item.state.tinted for id, item in scene.nodes.items() if item.state.tinted}
        assert tinted == {"c1": kind, "c2": kind}
        dimmed = {id for id, item in scene.edges.items() if item.state.dimmed}
        assert dimmed == {hand.edge("c3", "c6").id}

    def test_wires_that_join_behind_a_wall_too(self, opened: Open) -> None:
        hand = opened(gallery.build("unet-bn"), zoom=0.5)
        hand.canvas.document.select([hand.edge("down1", "up3").id])
        scene = hand.canvas.diagram_scene
        tinted = {id: item.state.tinted for id, item in scene.nodes.items() if item.state.tinted}
        assert tinted == dict.fromkeys(["down2", "down3", "down4", "up1", "up2"], "encoder_decoder")
        dimmed = {
            scene.edges[id].edge.source.node for id in scene.edges if scene.edges[id].state.dimmed
        }
        assert dimmed == {"inc", "down2", "down3"}
        strokes = {e.state.stroke for e in scene.edges.values() if e.state.dimmed}
        assert strokes == {"encoder_decoder"}


class TestWithGradients:
    def flows(self, diagram: Diagram, **gradients: float) -> EdgeFlows:
        figures = {id: measured(gradients.get(id, 1e-4)) for id in diagram.main_block.graph.edges}
        return flows_of({(): figures})

    def test_every_part_is_as_thick_as_the_strongest_that_passes_there(
        self, opened: Open, dense: Diagram
    ) -> None:
        hand = opened(dense)
        item = bus_item(hand)
        bus = item.state.bus
        strong = next(tap for tap in bus.taps if not tap.enters).edges[-1]
        hand.canvas.set_flows(self.flows(dense, **{strong: 1e1}))
        flow = item.state.flow
        assert flow is not None
        for tap, stroke in zip(bus.taps, flow.taps, strict=True):
            assert stroke == flow_stroke(1e1 if strong in tap.edges else 1e-4)
        xs = [tap.x for tap in bus.taps if strong in tap.edges]
        for stretch, stroke in zip(bus.stretches, flow.stretches, strict=True):
            inside = min(xs) <= stretch.start and stretch.end <= max(xs)
            assert stroke == flow_stroke(1e1 if inside else 1e-4)

    def test_it_is_a_bus_of_channels_again_without_them(self, opened: Open, dense: Diagram) -> None:
        hand = opened(dense)
        before = bus_item(hand).state
        hand.canvas.set_flows(self.flows(dense))
        assert bus_item(hand).state != before
        hand.canvas.set_flows(None)
        assert bus_item(hand).state == before

    def test_a_dead_bus_is_neither_dashed_blue_nor_thin(self, opened: Open, dense: Diagram) -> None:
        hand = opened(dense)
        item = bus_item(hand)
        gone = dict.fromkeys(dense.main_block.graph.edges, 0.0)
        hand.canvas.set_flows(self.flows(dense, **gone))
        stretch, lane = item.state.bus.stretches[-1], item.state.bus.lane
        assert rows_of_blue(hand.canvas, (stretch.start + stretch.end) / 2, lane) == 0
