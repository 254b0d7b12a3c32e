"""Blocks open in place: seen, stepped through and edited where they stand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from app.canvas.diagram_scene import DiagramScene
from app.canvas.openings import Openings
from app.canvas.painting.frame_item import FrameItem
from app.canvas.painting.items import NodeItem
from app.canvas.scene import Sheet
from app.canvas.view import CanvasView
from app.document import Document
from graphcore import edits
from graphcore.diagram import Definition, Diagram, Step
from graphcore.gallery import build
from graphcore.layout import arrange_diagram
from tests import diagrams as write
from tests.canvas.conftest import Hand, Open

STAGE = ("stage",)


@pytest.fixture
def deep() -> Diagram:
    """A stage of two residual blocks, in a network."""
    stage = write.block(
        write.node("x", "Input"),
        write.node("first", "Residual", width=8),
        write.node("second", "Residual", width=8, repeat=2),
        write.node("output", "Output"),
    )
    main = write.block(
        write.image(4),
        write.node("stem", "Conv2d", out_channels=4, kernel_size=3, padding=1),
        write.node("stage", "Stage"),
        write.node("output", "Output"),
    )
    return arrange_diagram(write.diagram(main, Stage=stage, Residual=write.residual()))


def scene_of(hand: Hand) -> DiagramScene:
    return hand.canvas.diagram_scene


def frame_of(hand: Hand, path: tuple[str, ...] = STAGE) -> FrameItem:
    item = scene_of(hand).sheets[path[:-1]].nodes[path[-1]]
    assert isinstance(item, FrameItem)
    return item


def triangle(hand: Hand, node: str) -> QPoint:
    """The triangle of a block of the sheet that is worked in."""
    item = scene_of(hand).nodes[node]
    return hand.spot(corner(item, 11, 15))


def corner(item: NodeItem, right: float, down: float) -> QPointF:
    """So far from the upper left corner of a block."""
    return item.mapToScene(item.body().topLeft() - item.pos()) + QPointF(right, down)


def button(hand: Hand, name: str, path: tuple[str, ...] = STAGE) -> QPoint:
    """A button in the head of a frame."""
    frame = frame_of(hand, path)
    body = frame.body().translated(-frame.pos())
    for x in range(int(body.left()), int(body.right()), 3):
        at = QPointF(x, body.top() + 15)
        if frame.button_at(at) == name:
            return hand.spot(frame.mapToScene(at + QPointF(8, 0)))
    raise AssertionError(f"the frame has no button {name}")


def inner(hand: Hand, node: str, path: tuple[str, ...] = STAGE) -> QPoint:
    """The middle of a block inside a frame."""
    sheet = scene_of(hand).sheets[path]
    return hand.spot(sheet.nodes[node].body().center() + sheet.origin)


def inner_output(hand: Hand, node: str) -> QPoint:
    sheet: Sheet = scene_of(hand).sheets[STAGE]
    spot = sheet.nodes[node].state.outputs[0].at
    return hand.spot(sheet.nodes[node].pos() + spot + sheet.origin)


def open_stage(opened: Open, diagram: Diagram, **options: bool) -> Hand:
    """The canvas with the stage open in place, all of it in view."""
    hand = opened(diagram, **options)
    hand.canvas.resize(1700, 700)
    hand.canvas.fit()
    hand.click(triangle(hand, "stage"))
    hand.canvas.fit()
    return hand


class TestOpening:
    def test_the_triangle_opens_and_closes_a_block(self, opened: Open, nested: Diagram) -> None:
        hand = opened(nested)
        hand.click(triangle(hand, "stage"))
        assert set(scene_of(hand).sheets) == {(), STAGE}
        assert "conv1" in scene_of(hand).sheets[STAGE].nodes
        hand.click(button(hand, "close"))
        assert set(scene_of(hand).sheets) == {()}

    def test_o_opens_what_is_selected_and_closes_it(self, opened: Open, nested: Diagram) -> None:
        hand = opened(nested)
        hand.click(hand.block("stage"))
        hand.key(Qt.Key.Key_O)
        assert STAGE in scene_of(hand).sheets
        hand.key(Qt.Key.Key_O)
        assert STAGE not in scene_of(hand).sheets

    def test_the_triangle_stays_below_the_pointer(self, opened: Open, nested: Diagram) -> None:
        hand = opened(nested, zoom=0.6)
        at = triangle(hand, "stage")
        hand.click(at)
        hand.click(at)
        assert STAGE not in scene_of(hand).sheets

    def test_it_changes_nothing_in_the_document(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        hand.click(inner(hand, "conv1"))
        assert hand.canvas.document.diagram is nested
        assert hand.steps() == 0

    def test_the_others_make_room_and_come_back(self, opened: Open, nested: Diagram) -> None:
        hand = opened(nested)
        before = scene_of(hand).root.nodes["output"].pos()
        hand.click(triangle(hand, "stage"))
        body = frame_of(hand).body()
        for node in ("image", "stem", "output"):
            item = scene_of(hand).root.nodes.get(node)
            assert item is None or not item.body().intersects(body)
        hand.click(button(hand, "close"))
        assert scene_of(hand).root.nodes["output"].pos() == before

    def test_the_trunk_is_level_and_its_wires_end_on_the_frame(
        self, opened: Open, nested: Diagram
    ) -> None:
        hand = open_stage(opened, nested)
        frame = frame_of(hand)
        arriving = scene_of(hand).root.edges[hand.edge("stem", "stage").id].state.corners
        assert len(arriving) == 2
        assert arriving[-1] == (frame.body().left(), arriving[0][1])
        (stub, *_) = frame.frame.opening.stubs if frame.frame else ()
        assert frame.pos().y() + stub[0][1] == arriving[-1][1]

    def test_everything_inside_is_inside(self, opened: Open, deep: Diagram) -> None:
        hand = opened(deep)
        hand.canvas.open_all()
        for path, sheet in scene_of(hand).sheets.items():
            if path:
                frame = frame_of(hand, path)
                around = frame.mapRectToScene(frame.body().translated(-frame.pos()))
                for item in sheet.nodes.values():
                    assert around.contains(item.body().translated(sheet.origin))

    def test_all_open_and_all_close(self, opened: Open, deep: Diagram) -> None:
        hand = opened(deep)
        hand.key(Qt.Key.Key_O, Qt.KeyboardModifier.ShiftModifier)
        paths = {(), STAGE, ("stage", "first"), ("stage", "second")}
        assert set(scene_of(hand).sheets) == paths
        hand.key(Qt.Key.Key_O, Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier)
        assert set(scene_of(hand).sheets) == {()}

    def test_a_block_that_contains_itself_opens_once(self, opened: Open) -> None:
        inside = write.block(write.node("x", "Input"), write.node("again", "Loop"))
        main = write.block(write.image(4), write.node("loop", "Loop"))
        hand = opened(arrange_diagram(write.diagram(main, Loop=inside)))
        hand.canvas.open_all()
        assert set(scene_of(hand).sheets) == {(), ("loop",)}


class TestCopies:
    def test_arrows_step_through_the_copies(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        sheet = scene_of(hand).sheets[STAGE]
        shown = sheet.nodes["conv1"].state.face
        for copy in (1, 2, 0):
            hand.click(button(hand, "next"))
            assert sheet.place.instance == (Step("stage", copy),)
            assert frame_of(hand).frame.copy == copy  # type: ignore[union-attr]
        assert sheet.nodes["conv1"].state.face == shown
        hand.click(button(hand, "previous"))
        assert sheet.place.instance == (Step("stage", 2),)

    def test_brackets_step_and_keep_what_is_selected(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        hand.click(inner(hand, "conv1"))
        hand.key(Qt.Key.Key_BracketRight)
        document = hand.canvas.document
        assert document.instance == (Step("stage", 1),)
        assert document.selection == {"conv1"}
        hand.key(Qt.Key.Key_BracketLeft)
        assert document.instance == (Step("stage", 0),)

    def test_a_copy_that_is_gone_gives_way_to_the_last(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        hand.click(button(hand, "previous"))
        hand.canvas.document.apply("Fewer", lambda d: edits.set_repeat(d, "Net", "stage", 2))
        assert scene_of(hand).sheets[STAGE].place.instance == (Step("stage", 1),)

    def test_resnet_shows_the_projection_of_the_first_copy_only(self, opened: Open) -> None:
        hand = opened(build("resnet50"))
        scene = scene_of(hand)
        scene.toggle("layer2")
        skip = scene.sheets[("layer2",)].edges["downsample"]
        assert skip.state.caption.startswith("projection")
        scene.step_copy(scene.sheets[("layer2",)], 1)
        assert not skip.state.caption


class TestWorkingInside:
    def test_a_press_inside_leads_there_without_leaving_the_paper(
        self, opened: Open, nested: Diagram
    ) -> None:
        hand = open_stage(opened, nested)
        root = scene_of(hand).root
        hand.click(inner(hand, "conv2"))
        assert hand.canvas.document.instance == (Step("stage", 0),)
        assert hand.canvas.document.selection == {"conv2"}
        assert scene_of(hand).root is root
        assert frame_of(hand).frame.focused  # type: ignore[union-attr]
        hand.click(hand.spot(root.nodes["stem"].body().center()))
        assert hand.canvas.document.selection == {"stem"}
        assert not frame_of(hand).frame.focused  # type: ignore[union-attr]

    def test_moving_changes_the_place_inside(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        zoom = hand.canvas.zoom
        at = inner(hand, "conv2")
        hand.drag(at, at + QPoint(0, round(48 * zoom)))
        before = nested.blocks["Residual"].positions["conv2"]
        after = hand.canvas.document.diagram.blocks["Residual"].positions["conv2"]
        assert (after.x, after.y) == (before.x, before.y + 48)

    def test_the_frame_grows_with_what_is_inside(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        height = frame_of(hand).state.size[1]
        at = inner(hand, "conv2")
        hand.drag(at, at + QPoint(0, -round(96 * hand.canvas.zoom)))
        assert frame_of(hand).state.size[1] > height

    def test_delete_and_undo(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        hand.click(inner(hand, "conv2"))
        hand.key(Qt.Key.Key_Delete)
        assert "conv2" not in scene_of(hand).sheets[STAGE].nodes
        hand.canvas.document.undo_stack.undo()
        assert "conv2" in scene_of(hand).sheets[STAGE].nodes
        assert scene_of(hand).root.place.instance == ()

    def test_a_skip_is_drawn_inside(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        hand.click(inner(hand, "conv1"))
        hand.key(Qt.Key.Key_S)
        hand.drag(inner(hand, "conv1"), inner(hand, "conv2"))
        assert ("conv1", "conv2", "skip") in hand.wires()

    def test_a_wire_is_drawn_inside(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        document = hand.canvas.document
        (wire,) = document.diagram.blocks["Residual"].graph.into("conv2")
        document.apply("Cut", lambda d: edits.delete(d, "Residual", {wire.id}))
        hand.click(inner(hand, "conv1"))
        hand.drag(inner_output(hand, wire.source.node), inner(hand, "conv2"))
        assert hand.wired(wire.source.node, "conv2")

    def test_renaming_stands_over_the_block(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        hand.click(inner(hand, "conv1"))
        hand.key(Qt.Key.Key_F2)
        assert hand.canvas.renaming.geometry().contains(inner(hand, "conv1") + QPoint(0, 10))

    def test_a_layer_dropped_inside_is_added_inside(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        sheet = scene_of(hand).sheets[STAGE]
        below = frame_of(hand).body().bottomLeft() + QPointF(60, -12)
        assert hand.dropped("GELU", hand.spot(below))
        assert "GELU" in [node.kind for node in sheet.block.graph.nodes.values()]
        added = next(n.id for n in sheet.block.graph.nodes.values() if n.kind == "GELU")
        middle = sheet.nodes[added].body().center() + sheet.origin
        assert (hand.spot(middle) - hand.spot(below)).manhattanLength() < 60

    def test_a_layer_dropped_behind_the_frame_stands_where_it_was_dropped(
        self, opened: Open, nested: Diagram
    ) -> None:
        hand = open_stage(opened, nested)
        place = scene_of(hand).root.nodes["output"].body().center() + QPointF(0, 120)
        assert hand.dropped("Conv2d", hand.spot(place))
        (added,) = hand.canvas.document.selection
        shown = scene_of(hand).root.nodes[added].body().center()
        assert (shown - place).manhattanLength() < 40

    def test_a_double_click_enters_and_leaving_finds_the_frame_open(
        self, opened: Open, nested: Diagram
    ) -> None:
        hand = open_stage(opened, nested)
        head = hand.spot(corner(frame_of(hand), 120, 15))
        hand.double_click(head)
        assert scene_of(hand).root.place == ("Residual", (Step("stage", 0),))
        hand.canvas.document.leave()
        assert scene_of(hand).root.place.instance == ()
        assert STAGE in scene_of(hand).sheets

    def test_the_head_moves_the_whole_frame(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        head = hand.spot(corner(frame_of(hand), 120, 15))
        inside = inner(hand, "conv1")
        hand.drag(head, head + QPoint(0, round(72 * hand.canvas.zoom)))
        after = hand.canvas.document.diagram.main_block.positions["stage"]
        assert after.y == nested.main_block.positions["stage"].y + 72
        assert inner(hand, "conv1") != inside

    def test_escape_leads_out(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        hand.click(inner(hand, "conv1"))
        where = []
        for _ in range(2):
            hand.key(Qt.Key.Key_Escape)
            where.append(hand.canvas.document.instance)
        assert where == [(Step("stage", 0),), ()]

    def test_a_definition_is_shown_where_it_is_open(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested)
        hand.click(button(hand, "next"))
        hand.canvas.document.reveal(Definition("Residual", "conv2"))
        assert hand.canvas.document.instance == (Step("stage", 1),)
        assert hand.canvas.document.selection == {"conv2"}
        assert scene_of(hand).root.place.instance == ()

    def test_nested_frames_are_worked_in_too(self, opened: Open, deep: Diagram) -> None:
        hand = opened(deep)
        hand.canvas.resize(1700, 700)
        hand.canvas.open_all()
        path = ("stage", "second")
        hand.click(inner(hand, "conv1", path))
        hand.key(Qt.Key.Key_BracketRight)
        assert hand.canvas.document.instance == (Step("stage", 0), Step("second", 1))
        hand.key(Qt.Key.Key_Delete)
        for other in (("stage", "first"), path):
            assert "conv1" not in scene_of(hand).sheets[other].nodes

    def test_closing_the_block_that_is_worked_in_comes_out_of_it(
        self, opened: Open, nested: Diagram
    ) -> None:
        hand = open_stage(opened, nested)
        hand.click(inner(hand, "conv1"))
        hand.click(button(hand, "close"))
        assert hand.canvas.document.instance == ()
        assert set(scene_of(hand).sheets) == {()}


class TestProjection:
    """However the user got there, the paper shows what it would show when made anew."""

    def test_after_edits_it_is_as_if_made_anew(self, deep: Diagram) -> None:
        document, openings = Document(deep), Openings()
        scene = DiagramScene(document, None, openings)
        scene.open_all()
        steps = (
            lambda d: edits.rename_block(d, "Residual", "Unit"),
            lambda d: edits.delete(d, "Stage", {"first"}),
            lambda d: edits.set_repeat(d, "Stage", "second", 3),
            lambda d: edits.skip_around(d, "Net", {"stem"})[0],
        )
        for step in steps:
            assert document.apply("Edit", step)
            assert shown(scene) == shown(DiagramScene(document, None, openings))
        for _ in steps:
            document.undo_stack.undo()
            assert shown(scene) == shown(DiagramScene(document, None, openings))


def shown(scene: DiagramScene) -> dict[object, object]:
    """Everything that can be seen, on every sheet."""
    seen: dict[object, object] = {}
    for path, sheet in scene.sheets.items():
        for items in (sheet.nodes, sheet.edges):
            for id, item in items.items():
                frame = item.frame if isinstance(item, FrameItem) else None
                seen[path, id] = (type(item), item.state, item.scenePos(), frame)
    return seen


class TestReadOnly:
    def test_it_opens_and_steps_as_well(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested, read_only=True)
        hand.click(button(hand, "next"))
        assert scene_of(hand).sheets[STAGE].place.instance == (Step("stage", 1),)

    def test_gradients_colour_the_inside_by_copy(self, opened: Open, nested: Diagram) -> None:
        hand = open_stage(opened, nested, read_only=True)
        hand.canvas.set_gradients(
            {(Step("stage", copy), Step("conv1", 0)): 10.0**-copy for copy in range(3)}
        )
        conv = scene_of(hand).sheets[STAGE].nodes["conv1"]
        assert conv.state.values == pytest.approx((1.0,))
        hand.click(button(hand, "next"))
        assert conv.state.values == pytest.approx((0.1,))

    def test_canvases_that_share_their_openings_open_together(
        self, opened: Open, nested: Diagram
    ) -> None:
        hand = open_stage(opened, nested, read_only=True)
        other = CanvasView(Document(nested), read_only=True, openings=scene_of(hand).openings)
        assert STAGE in other.diagram_scene.sheets
        hand.click(button(hand, "next"))
        assert other.diagram_scene.sheets[STAGE].place.instance == (Step("stage", 1),)
        hand.click(button(hand, "close"))
        assert STAGE not in other.diagram_scene.sheets
        other.deleteLater()
        QApplication.processEvents()
