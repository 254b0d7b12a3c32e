"""Edits of definitions, of their parameters, and of the document's own values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from graphcore import edits
from graphcore.analysis import analyse
from graphcore.diagram import MAX_NESTING, Diagram, Point, empty_diagram
from graphcore.edits import EditError
from graphcore.expression import Expr
from graphcore.spec import IntParam
from graphcore.values import MAX_ITEMS
from tests.diagrams import block, diagram, image, node, residual


def nested() -> Diagram:
    """A main block with a slider and two instances of a residual block."""
    first = node("first", "Residual", width=Expr("width"), stride=1)
    second = node("second", "Residual", width=Expr("2 * width"), repeat=Expr("width // 4"))
    params = (IntParam(name="width", doc="Channels.", default=4, maximum=64),)
    main = block(image(), first, second, node("output", "Output"), params=params)
    return diagram(main, Residual=residual())


class TestDefinitions:
    def test_a_new_block_passes_its_input_on(self) -> None:
        made = edits.add_block(diagram(block(image(), node("output", "Output"))), "Body")
        made, _ = edits.insert_on_edge(made, "Net", "flow_x_output_x", "Body", Point(0, 0))
        assert analyse(made).diagnostics == ()

    def test_a_name_is_followed_by_the_instances(self) -> None:
        made = edits.rename_block(nested(), "Residual", "BasicBlock")
        assert list(made.blocks) == ["Net", "BasicBlock"]
        kinds = [each.kind for each in made.main_block.graph.nodes.values()]
        assert kinds == ["Input", "BasicBlock", "BasicBlock", "Output"]
        assert edits.rename_block(made, "Net", "Model").main == "Model"

    def test_one_instance_gets_a_definition_of_its_own(self) -> None:
        made, name = edits.make_unique(nested(), "Net", "second")
        assert name == "Residual2"
        assert made.blocks[name] == made.blocks["Residual"]
        kinds = {each.id: each.kind for each in made.main_block.graph.nodes.values()}
        assert (kinds["first"], kinds["second"]) == ("Residual", "Residual2")

    def test_what_nothing_uses_can_go(self) -> None:
        made = edits.delete(nested(), "Net", {"first", "second"})
        assert list(edits.remove_block(made, "Residual").blocks) == ["Net"]

    def test_nesting_has_an_end(self) -> None:
        made = empty_diagram("B0")
        for depth in range(1, MAX_NESTING):
            made = edits.add_block(made, f"B{depth}")
            made, _ = edits.add_node(made, f"B{depth - 1}", f"B{depth}", Point(0, 0))
        made = edits.add_block(made, "Last")
        with pytest.raises(EditError, match=f"at most {MAX_NESTING} deep"):
            edits.add_node(made, f"B{MAX_NESTING - 1}", "Last", Point(0, 0))


class TestParameters:
    def test_a_slider_sets_the_default(self) -> None:
        made = edits.set_block_param(nested(), "Net", "width", 16)
        assert made.main_block.params[0].default == 16

    def test_a_new_name_is_followed_by_expressions_and_instances(self) -> None:
        made = edits.rename_block_param(nested(), "Net", "width", "channels")
        second = made.main_block.graph.nodes["second"]
        assert second.params["width"] == Expr("2 * channels")
        assert second.repeat == Expr("channels // 4")
        made = edits.rename_block_param(made, "Residual", "width", "filters")
        assert list(made.main_block.graph.nodes["first"].params) == ["filters", "stride"]
        inner = made.blocks["Residual"].graph.nodes
        assert inner["conv1"].params["out_channels"] == Expr("filters")
        assert analyse(made).ok == analyse(nested()).ok is True

    def test_nodes_without_the_name_stay_the_same_objects(self) -> None:
        before = nested()
        after = edits.rename_block_param(before, "Residual", "width", "filters")
        old, new = (d.blocks["Residual"].graph for d in (before, after))
        changed = [name for name in old.nodes if old.nodes[name] is not new.nodes[name]]
        assert changed == ["conv1", "conv2"]
        assert all(old.edges[name] is new.edges[name] for name in old.edges)

    def test_declaring_and_removing(self) -> None:
        made = edits.add_block_param(
            nested(), "Residual", IntParam(name="groups", doc="", default=1)
        )
        made = edits.set_param(made, "Net", "first", "groups", 2)
        made = edits.remove_block_param(made, "Residual", "groups")
        assert made == nested()

    def test_declaring_what_a_file_could_not_keep_is_refused(self) -> None:
        odd = IntParam(name="groups", doc="\ud800", default=1)
        with pytest.raises(EditError, match=r"description of groups.*half a character"):
            edits.add_block_param(nested(), "Residual", odd)
        made = nested()
        for number in range(MAX_ITEMS - 1):
            made = edits.add_block_param(made, "Net", replace(odd, name=f"p{number}", doc=""))
        with pytest.raises(EditError, match=f"declares {MAX_ITEMS} parameters already"):
            edits.add_block_param(made, "Net", replace(odd, doc=""))


REFUSED: list[tuple[str, Callable[[Diagram], object], str]] = [
    ("layer", lambda d: edits.add_block(d, "Conv2d"), "'Conv2d' is a layer"),
    ("taken", lambda d: edits.rename_block(d, "Net", "Residual"), "already a block called"),
    ("digit", lambda d: edits.add_block(d, "3x3"), "is not a Python name"),
    ("used", lambda d: edits.remove_block(d, "Residual"), "used in Net; delete its instances"),
    ("main", lambda d: edits.remove_block(d, "Net"), "is the model itself"),
    ("unique", lambda d: edits.make_unique(d, "Net", "x"), "only an instance of a block"),
    ("bounds", lambda d: edits.set_block_param(d, "Net", "width", 65), "between 1 and 64, not 65"),
    ("type", lambda d: edits.set_block_param(d, "Net", "width", "a"), "must be an integer"),
    (
        "expression",
        lambda d: edits.set_block_param(d, "Net", "width", Expr("1")),
        "not an expression",
    ),
    ("unknown", lambda d: edits.set_block_param(d, "Net", "depth", 1), "its parameters: width"),
    (
        "given",
        lambda d: edits.rename_block_param(d, "Net", "width", "n"),
        "already means something",
    ),
    ("port", lambda d: edits.rename_block_param(d, "Net", "width", "x_channels"), "already means"),
    ("twice", lambda d: edits.rename_block_param(d, "Residual", "width", "stride"), "already has"),
    (
        "in use",
        lambda d: edits.remove_block_param(d, "Net", "width"),
        "used by first, second in 'Net'; put a number there first",
    ),
    ("recipe", lambda d: edits.set_recipe(d, "speed", 1), "The recipe has no 'speed'; it has data"),
    (
        "rate",
        lambda d: edits.set_recipe(d, "learning_rate", -1.0),
        "'learning_rate' must be between",
    ),
    ("symbol", lambda d: edits.set_symbol(d, "N", 0), "a size of at least 1, not 0"),
    ("notes", lambda d: edits.set_notes(d, "a" * 10_001), "longer than 10,000 characters"),
]


@pytest.mark.parametrize(
    ("edit", "message"), [(e, m) for _, e, m in REFUSED], ids=[name for name, *_ in REFUSED]
)
def test_what_cannot_be_is_refused_with_a_remedy(
    edit: Callable[[Diagram], object], message: str
) -> None:
    with pytest.raises(EditError, match=message):
        edit(nested())


def test_the_documents_own_values() -> None:
    made = edits.set_recipe(nested(), "epochs", 3)
    made = edits.set_doc(edits.set_notes(made, "A note"), "Net", "A net.")
    assert (made.recipe["epochs"], made.notes, made.main_block.doc) == (3, "A note", "A net.")


def test_arranging_places_every_node() -> None:
    made = edits.arrange(nested(), "Net")
    assert set(made.main_block.positions) == set(made.main_block.graph.nodes)
    assert len(set(made.main_block.positions.values())) == 4
