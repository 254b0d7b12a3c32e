"""Inputs and outputs of a block: added, ordered, wired across the wall; what a parameter is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graphcore import edits
from graphcore.diagram import INPUT, OUTPUT, Diagram, Point, PortRef
from graphcore.edits import EditError
from graphcore.expression import Expr
from graphcore.spec import ChoiceParam, FloatParam, IntParam
from graphcore.store import dumps
from tests.diagrams import block, diagram, image, node, residual, wire
from tests.same_model import assert_same
from tests.well_formed import check_well_formed


def two_inputs() -> Diagram:
    """A block of two inputs whose expressions say the sizes of both."""
    inner = block(
        node("x", "Input"),
        node("side", "Input"),
        node("a", "Conv2d", out_channels=Expr("in_channels"), kernel_size=1),
        node("b", "Conv2d", out_channels=Expr("2 * side_channels"), kernel_size=1),
        node("join", "Concat"),
        node("output", "Output"),
        edges=[
            wire("x", "a"),
            wire("side", "b"),
            wire("a", "join"),
            wire("b", "join"),
            wire("join", "output"),
        ],
    )
    main = block(
        image(4),
        node("wide", "Conv2d", out_channels=6, kernel_size=1),
        node("two", "Two"),
        node("output", "Output"),
        edges=[
            wire("x", "wide"),
            wire("wide", "two.x"),
            wire("x", "two.side"),
            wire("two.output", "output"),
        ],
    )
    return diagram(main, Two=inner)


def shallow() -> Diagram:
    """A stem, and a residual block behind it."""
    nodes = (
        image(),
        node("stem", "Conv2d", out_channels=4, kernel_size=1),
        node("b", "Residual", width=4),
        node("act", "ReLU"),
        node("output", "Output"),
    )
    return edits.arrange(diagram(block(*nodes), Residual=residual()), "Net")


class TestPorts:
    def test_a_new_one_is_at_every_instance(self) -> None:
        made, id = edits.add_port(shallow(), "Residual", INPUT)
        assert made.blocks["Residual"].graph.nodes[id].label == "x2"
        made, _ = edits.connect(made, "Net", PortRef("stem", "y"), PortRef("b", "x2"))
        check_well_formed(made)
        made, _ = edits.add_port(made, "Residual", OUTPUT, "features")
        assert [n.label for n in made.blocks["Residual"].graph.outputs()] == ["output", "features"]

    def test_another_order_means_the_same(self) -> None:
        net = two_inputs()
        made = edits.move_port(net, "Two", "side", -1)
        assert [n.label for n in made.blocks["Two"].graph.inputs()] == ["side", "x"]
        params = {n.id: n.params for n in made.blocks["Two"].graph.nodes.values()}
        assert params["a"]["out_channels"] == Expr("x_channels")
        assert params["b"]["out_channels"] == Expr("2 * in_channels")
        assert_same(net, made)
        assert dumps(edits.move_port(made, "Two", "side", 1)) == dumps(net)

    def test_a_removed_one_takes_its_wires_along(self) -> None:
        made = edits.delete(two_inputs(), "Two", {"side"})
        assert [e.target.port for e in made.main_block.graph.into("two")] == ["x"]
        check_well_formed(made)


class TestAcrossTheWall:
    def test_into_a_block(self) -> None:
        made, edge = edits.connect_across(
            shallow(), [], PortRef("x", "y"), ["b"], PortRef("relu1", "x"), "skip"
        )
        assert made.blocks["Residual"].graph.edges[edge].kind == "skip"
        assert made.blocks["Residual"].graph.edges[edge].source == PortRef("x2", "y")
        assert [e.source.node for e in made.main_block.graph.into("b", "x2")] == ["x"]
        check_well_formed(made)

    def test_a_value_that_enters_already_enters_once(self) -> None:
        made, _ = edits.connect_across(
            shallow(), [], PortRef("stem", "y"), ["b"], PortRef("relu1", "x"), "skip"
        )
        assert len(made.blocks["Residual"].graph.inputs()) == 1
        check_well_formed(made)

    def test_out_of_a_block(self) -> None:
        made, edge = edits.connect_across(
            shallow(), ["b"], PortRef("relu1", "y"), [], PortRef("act", "x"), "skip"
        )
        assert made.main_block.graph.edges[edge].source == PortRef("b", "output2")
        again, _ = edits.connect_across(
            made, ["b"], PortRef("relu1", "y"), [], PortRef("output", "x"), "skip"
        )
        assert len(again.blocks["Residual"].graph.outputs()) == 2
        check_well_formed(again)

    def test_from_one_block_into_another(self) -> None:
        net, other = edits.add_node(shallow(), "Net", "Residual", Point(0, 240))
        net, _ = edits.make_unique(net, "Net", other)
        net, _ = edits.connect(net, "Net", PortRef("act", "y"), PortRef(other, "x"))
        made, _ = edits.connect_across(
            net, ["b"], PortRef("bn1", "y"), [other], PortRef("relu2", "x"), "skip"
        )
        assert made.main_block.graph.into(other, "x2")[0].source == PortRef("b", "output2")
        check_well_formed(made)

    def test_to_a_place_only(self) -> None:
        made, _ = edits.connect_across(shallow(), ["b"], PortRef("bn1", "y"), [], None)
        assert [n.label for n in made.blocks["Residual"].graph.outputs()] == ["output", "output2"]


class TestDeclaring:
    def test_bounds_default_and_words(self) -> None:
        changed = IntParam(name="width", doc="How wide.", default=8, minimum=2, maximum=64)
        made = edits.change_block_param(shallow(), "Residual", "width", changed)
        assert made.blocks["Residual"].params[0] == changed
        assert edits.change_block_param(made, "Residual", "width", changed) is made

    def test_another_type(self) -> None:
        changed = FloatParam(name="stride", doc="", default=0.5)
        made = edits.change_block_param(shallow(), "Residual", "stride", changed)
        assert isinstance(made.blocks["Residual"].params[1], FloatParam)

    def test_another_order(self) -> None:
        made = edits.move_block_param(shallow(), "Residual", "stride", -1)
        assert [p.name for p in made.blocks["Residual"].params] == ["stride", "width"]


def declare(**more: object) -> Callable[[Diagram], object]:
    param = IntParam(name="width", doc="", **more)  # type: ignore[arg-type]
    return lambda d: edits.change_block_param(d, "Residual", "width", param)


REFUSED: list[tuple[str, Callable[[Diagram], object], str]] = [
    ("bounds", declare(minimum=9, maximum=3), "at least 9 and at most 3; no value is"),
    ("default", declare(default=9, maximum=3), "must be between 1 and 3, not 9"),
    (
        "no choice",
        lambda d: edits.change_block_param(
            d, "Residual", "width", ChoiceParam(name="width", doc="", choices=())
        ),
        "at least one choice",
    ),
    (
        "name",
        lambda d: edits.change_block_param(d, "Residual", "width", IntParam(name="w", doc="")),
        "by renaming it",
    ),
    ("first", lambda d: edits.move_block_param(d, "Residual", "width", -1), "first parameter"),
    ("last", lambda d: edits.move_port(d, "Residual", "x", 1), "is the last already"),
    ("no port", lambda d: edits.move_port(d, "Residual", "bn1", 1), "neither an input nor"),
    (
        "layer",
        lambda d: edits.connect_across(d, [], PortRef("x", "y"), ["act"], PortRef("act", "x")),
        "'act' is a layer",
    ),
    (
        "circle",
        lambda d: edits.connect_across(d, [], PortRef("act", "y"), ["b"], PortRef("relu1", "x")),
        "would close a circle",
    ),
]


@pytest.mark.parametrize(
    ("edit", "message"), [(e, m) for _, e, m in REFUSED], ids=[name for name, *_ in REFUSED]
)
def test_what_cannot_be_is_refused(edit: Callable[[Diagram], object], message: str) -> None:
    with pytest.raises(EditError, match=message):
        edit(shallow())
