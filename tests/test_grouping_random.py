"""Making a block and taking one apart change nothing in what the diagram computes."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from graphcore import edits
from graphcore.analysis import analyse
from graphcore.diagram import INPUT, OUTPUT, Diagram
from graphcore.edits.explode import explode
from graphcore.layers import LAYERS
from graphcore.ordering import order_of
from tests.same_model import assert_same
from tests.valid_diagrams import valid_diagrams
from tests.well_formed import check_well_formed

SLOW = settings(max_examples=15, suppress_health_check=list(HealthCheck))


def stretch(draw: st.DataObject, diagram: Diagram, block: str) -> set[str]:
    """Nodes that run one after another: no path leaves them and comes back."""
    graph = diagram.blocks[block].graph
    order = [n for n in order_of(graph)[0] if graph.nodes[n].kind not in (INPUT, OUTPUT)]
    assume(bool(order))
    start = draw.draw(st.integers(0, len(order) - 1))
    stop = draw.draw(st.integers(start + 1, len(order)))
    return set(order[start:stop])


@SLOW
@given(valid_diagrams(), st.data())
def test_a_block_made_of_a_stretch_is_the_same_model(made: Diagram, data: st.DataObject) -> None:
    block = data.draw(st.sampled_from(list(made.blocks)))
    chosen = stretch(data, made, block)
    grouped, node = edits.group(made, block, chosen, "Grouped")
    check_well_formed(grouped)
    assert analyse(grouped).ok, analyse(grouped).diagnostics
    assert_same(made, grouped)
    apart, back = explode(grouped, block, node)
    check_well_formed(apart)
    assert back == chosen
    assert "Grouped" not in apart.blocks
    assert apart.blocks[block].graph.nodes == made.blocks[block].graph.nodes
    assert_same(made, apart, renamed=False)


@SLOW
@given(valid_diagrams(), st.data())
def test_an_instance_taken_apart_is_the_same_model(made: Diagram, data: st.DataObject) -> None:
    instances = [
        (name, node.id)
        for name, block in made.blocks.items()
        for node in block.graph.nodes.values()
        if node.kind not in LAYERS
    ]
    assume(bool(instances))
    block, node = data.draw(st.sampled_from(instances))
    places = [inside for _, inside in analyse(made).blocks() if inside.block == block]
    assume(len({len(inside.nodes[node]) for inside in places}) == 1)
    apart, _ = explode(made, block, node)
    check_well_formed(apart)
    assert analyse(apart).ok, analyse(apart).diagnostics
    assert_same(made, apart)
