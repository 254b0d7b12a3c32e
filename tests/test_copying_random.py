"""Copying changes nothing in what was there and gives an equal second model."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from graphcore import edits
from graphcore.diagram import Diagram, Point, empty_diagram
from graphcore.edits import Fragment
from graphcore.layers import LAYERS
from tests.same_model import assert_same
from tests.valid_diagrams import valid_diagrams
from tests.well_formed import check_well_formed

SLOW = settings(max_examples=10, suppress_health_check=list(HealthCheck))


def alone(diagram: Diagram, nodes: frozenset[str]) -> Diagram:
    """What is copied of the model, as text, pasted into a diagram of its own."""
    text = edits.copy(diagram, diagram.main, nodes).to_text()
    empty = empty_diagram("Alone")
    return edits.paste(empty, "Alone", Fragment.from_text(text), Point(0, 0))[0]


def check_untouched(before: Diagram, after: Diagram) -> None:
    """What was there is there still, the very same objects."""
    for name, block in before.blocks.items():
        graph = after.blocks[name].graph
        assert all(graph.nodes[key] is node for key, node in block.graph.nodes.items())
        assert all(graph.edges[key] is edge for key, edge in block.graph.edges.items())


@SLOW
@given(valid_diagrams())
def test_copied_and_pasted_into_another_diagram(made: Diagram) -> None:
    pasted = alone(made, frozenset(made.main_block.graph.nodes))
    # What expressions refer to belongs to the block and is not copied with its nodes.
    for param in made.main_block.params:
        pasted = edits.add_block_param(pasted, "Alone", param)
    check_well_formed(pasted)
    assert_same(made, pasted, renamed=False)


@SLOW
@given(valid_diagrams(), st.booleans())
def test_pasted_or_duplicated_beside_the_original(made: Diagram, duplicated: bool) -> None:
    everything = frozenset(made.main_block.graph.nodes)
    if duplicated:
        after, new = edits.duplicate(made, made.main, everything)
    else:
        fragment = edits.copy(made, made.main, everything)
        after, new = edits.paste(made, made.main, fragment, Point(0, 480))
    check_well_formed(after)
    check_untouched(made, after)
    assert after.blocks.keys() == made.blocks.keys(), "equal definitions are shared"
    second = alone(after, new)
    for param in made.main_block.params:
        second = edits.add_block_param(second, "Alone", param)
    assert_same(made, second)


@SLOW
@given(valid_diagrams(), st.data())
def test_an_instance_made_unique(made: Diagram, data: st.DataObject) -> None:
    instances = [n.id for n in made.main_block.graph.nodes.values() if n.kind not in LAYERS]
    assume(bool(instances))
    parted, name = edits.make_unique(made, made.main, data.draw(st.sampled_from(instances)))
    check_well_formed(parted)
    assert name in parted.blocks
    assert_same(made, parted, renamed=False)
