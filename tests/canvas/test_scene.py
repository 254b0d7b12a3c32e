"""The scene is a projection: it shows what the document says and touches only what differs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF

from app import theme
from app.canvas.diagram_scene import DiagramScene
from app.document import Document
from graphcore import edits
from graphcore.diagram import Diagram, Point, PortRef, Step
from tests.canvas.conftest import Open


def shown(scene: DiagramScene) -> dict[str, object]:
    """All that the scene paints, by item."""
    nodes = {id: (item.state, item.pos().toTuple()) for id, item in scene.nodes.items()}
    edges = {id: (item.state, item.isVisible()) for id, item in scene.edges.items()}
    joins = {str(ref): (j.kind, j.pos().toTuple()) for ref, j in scene.joins.items()}
    return {**nodes, **edges, **joins}


def marked(scene: DiagramScene) -> dict[str, str]:
    """The blocks that are marked with a problem."""
    faces = {id: item.state.face for id, item in scene.nodes.items()}
    return {id: face.problem for id, face in faces.items() if face.problem}


CHANGES = {
    "a parameter": lambda d: edits.set_param(d, "Net", "conv1", "out_channels", 6),
    "a parameter that fails": lambda d: edits.set_param(d, "Net", "conv1", "kernel_size", 99),
    "a skip": lambda d: edits.add_skip(d, "Net", "x", "act")[0],
    "a wire removed": lambda d: edits.delete(d, "Net", {"flow_conv1_relu1_x"}),
    "a node removed": lambda d: edits.delete(d, "Net", {"relu1"}),
    "a node dissolved": lambda d: edits.dissolve(d, "Net", {"conv2"}),
    "a node added": lambda d: edits.add_node(d, "Net", "Linear", Point(0, 240))[0],
    "a node moved": lambda d: edits.move(d, "Net", {"conv2": Point(480, 240)}),
    "a node renamed": lambda d: edits.rename(d, "Net", "conv1", "first"),
    "a node switched off": lambda d: edits.set_active(d, "Net", {"relu1"}, False),
    "a repeat": lambda d: edits.set_repeat(d, "Net", "conv2", 3),
    "an arrangement": lambda d: edits.arrange(edits.add_skip(d, "Net", "x", "act")[0], "Net"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_after_a_change_it_shows_what_a_new_scene_would(
    name: str, opened: Open, branch: Diagram
) -> None:
    document = Document(branch)
    scene = DiagramScene(document)
    assert document.apply(name, CHANGES[name])
    assert shown(scene) == shown(DiagramScene(document))
    document.undo_stack.undo()
    assert shown(scene) == shown(DiagramScene(Document(branch)))


def test_a_change_keeps_the_items_of_what_it_leaves_alone(opened: Open, branch: Diagram) -> None:
    document = Document(branch)
    scene = DiagramScene(document)
    before = dict(scene.nodes) | dict(scene.edges)
    document.apply("Skip", lambda d: edits.add_skip(d, "Net", "x", "act")[0])
    after = dict(scene.nodes) | dict(scene.edges)
    assert all(after[id] is item for id, item in before.items())
    assert len(after) == len(before) + 1


def test_a_change_inside_a_block_reaches_the_miniature_outside(
    opened: Open, nested: Diagram
) -> None:
    document = Document(nested)
    scene = DiagramScene(document)
    picture = scene.nodes["stage"].state.face.miniature
    assert picture is not None
    assert (picture.cells, len(picture.arcs)) == (3, 3)
    document.apply("Plain", edits.without_skips)
    picture = scene.nodes["stage"].state.face.miniature
    assert picture is not None
    assert (picture.cells, len(picture.arcs)) == (3, 0)


def test_entering_a_block_shows_its_inside_and_leaving_the_outside(
    opened: Open, nested: Diagram
) -> None:
    document = Document(nested)
    scene = DiagramScene(document)
    document.enter((Step("stage", 1),))
    assert set(scene.nodes) == set(nested.blocks["Residual"].graph.nodes)
    document.leave()
    assert set(scene.nodes) == set(nested.blocks["Net"].graph.nodes)


def test_undo_elsewhere_goes_there(opened: Open, nested: Diagram) -> None:
    document = Document(nested)
    scene = DiagramScene(document)
    document.enter((Step("stage", 0),))
    document.apply("Remove", lambda d: edits.delete(d, "Residual", {"downsample"}))
    document.enter(())
    document.undo_stack.undo()
    assert "downsample" in scene.edges


class TestWords:
    def test_shapes_stand_where_they_change(self, opened: Open, nested: Diagram) -> None:
        scene = DiagramScene(Document(nested))
        said = {id: e.state.shape for id, e in scene.edges.items() if e.state.shape_shows}
        assert said == {"flow_stem_stage_x": "8×8×8"}

    def test_all_shapes_stand_when_asked_for(self, opened: Open, nested: Diagram) -> None:
        scene = DiagramScene(Document(nested))
        scene.ask_shapes(True)
        assert all(edge.state.shape_shows for edge in scene.edges.values())
        scene.ask_shapes(False)
        assert not all(edge.state.shape_shows for edge in scene.edges.values())

    def test_a_chip_passes_on_what_its_block_would_say(self, opened: Open, branch: Diagram) -> None:
        document = Document(branch)
        scene = DiagramScene(document)
        document.apply("More", lambda d: edits.set_param(d, "Net", "conv1", "out_channels", 6))
        said = {id for id, e in scene.edges.items() if e.state.shape_shows}
        assert said == {"flow_relu1_conv2_x", "flow_act_output_x"}

    def test_a_skip_says_what_it_became(self, opened: Open, branch: Diagram) -> None:
        document = Document(branch)
        scene = DiagramScene(document)
        document.apply("Skip", lambda d: edits.add_skip(d, "Net", "x", "act")[0])
        assert scene.edges["downsample"].state.chip_text() == ""
        document.apply("More", lambda d: edits.set_param(d, "Net", "conv2", "out_channels", 6))
        assert scene.edges["downsample"].state.chip_text() == "projection 1×1"

    def test_a_port_that_needs_a_wire_is_hollow(self, opened: Open, branch: Diagram) -> None:
        document = Document(branch)
        scene = DiagramScene(document)
        document.apply("Cut", lambda d: edits.delete(d, "Net", {"flow_x_conv1_x"}))
        assert scene.nodes["conv1"].state.inputs[0].mark == "missing"
        assert scene.nodes["conv2"].state.inputs[0].mark == "hidden"


class TestProblems:
    def test_a_problem_marks_its_block(self, opened: Open, branch: Diagram) -> None:
        document = Document(branch)
        scene = DiagramScene(document)
        document.apply("Large", lambda d: edits.set_param(d, "Net", "conv1", "kernel_size", 99))
        assert marked(scene) == {"conv1": "error"}
        document.undo_stack.undo()
        assert marked(scene) == {}

    def test_a_problem_inside_marks_the_block_outside(self, opened: Open, nested: Diagram) -> None:
        document = Document(nested)
        scene = DiagramScene(document)
        document.apply("Cut", lambda d: edits.delete(d, "Residual", {"flow_conv1_bn1_x"}))
        assert marked(scene) == {"stage": "error"}


class TestEmphasis:
    def test_a_selected_skip_tints_what_it_goes_round_and_dims_the_others(
        self, opened: Open, branch: Diagram
    ) -> None:
        two = edits.add_skip(edits.add_skip(branch, "Net", "x", "act")[0], "Net", "x", "conv2")[0]
        document = Document(two)
        scene = DiagramScene(document)
        document.select(["downsample"])
        tinted = {id for id, item in scene.nodes.items() if item.state.tinted}
        assert tinted == {"conv1", "relu1", "conv2"}
        assert scene.edges["downsample2"].state.dimmed
        document.select([])
        assert not any(item.state.tinted for item in scene.nodes.values())
        assert not scene.edges["downsample2"].state.dimmed

    def test_previews_of_a_move_leave_no_trace(self, opened: Open, branch: Diagram) -> None:
        scene = DiagramScene(Document(branch))
        before = shown(scene)
        scene.preview_move(frozenset({"conv1", "relu1"}), QPointF(48, 96))
        assert shown(scene) != before
        scene.end_preview_move()
        assert shown(scene) == before

    def test_marked_ports_are_let_go_again(self, opened: Open, branch: Diagram) -> None:
        scene = DiagramScene(Document(branch))
        scene.mark_ports({(True, PortRef("conv1", "x")): "fits"})
        assert [port.mark for port in scene.nodes["conv1"].state.inputs] == ["fits"]
        scene.mark_ports({})
        assert [port.mark for port in scene.nodes["conv1"].state.inputs] == ["hidden"]


def test_the_theme_reaches_every_item(opened: Open, nested: Diagram) -> None:
    scene = DiagramScene(Document(nested))
    theme.set_scheme("dark")
    assert all(item.look is scene.look for item in scene.nodes.values())
    assert all(item.look is scene.look for item in scene.edges.values())
    assert scene.look.theme.is_dark
