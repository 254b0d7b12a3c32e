"""Copy and paste: names that are free, wires between, definitions that come along."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcore import edits
from graphcore.diagram import Diagram, Graph, Point, Scale, Scales, Tie, empty_diagram
from graphcore.edits import EditError, Fragment
from graphcore.edits.editing import with_edge, with_node
from graphcore.module import to_module
from graphcore.store import dumps, loads
from tests.diagrams import block, diagram, image, node, residual, wire
from tests.valid_diagrams import valid_diagrams


def small() -> Diagram:
    """x -> conv1 -> relu1 -> conv2 -> output with a skip round relu1, placed."""
    layers = (node("conv1", "Conv2d"), node("relu1", "ReLU"), node("conv2", "Conv2d"))
    skip = wire("conv1", "conv2", "skip", "downsample", norm=False)
    made = diagram(block(image(), *layers, node("output", "Output"), extra=(skip,)))
    places = {
        name: Point(100 * index, 40) for index, name in enumerate(made.main_block.graph.nodes)
    }
    return edits.move(made, "Net", places)


def test_pasted_things_get_the_next_free_names() -> None:
    made, pasted = edits.duplicate(small(), "Net", {"conv1", "relu1", "conv2"})
    assert pasted == {"conv3", "relu2", "conv4"}
    skip = made.main_block.graph.edges["downsample2"]
    assert (skip.label, skip.source.node, skip.target.node) == ("downsample2", "conv3", "conv4")
    assert skip.params == {"norm": False}


def test_wires_to_the_outside_stay_behind() -> None:
    fragment = edits.copy(small(), "Net", {"relu1", "conv2"})
    assert list(fragment.diagram.main_block.graph.edges) == ["flow_relu1_conv2_x"]


def test_the_top_left_corner_is_where_it_is_pasted() -> None:
    fragment = edits.copy(small(), "Net", {"relu1", "conv2"})
    made, _ = edits.paste(empty_diagram(), "Net", fragment, Point(-7, 9))
    assert made.main_block.positions == {"relu1": Point(-7, 9), "conv2": Point(93, 9)}


def test_a_duplicate_stands_beside_its_original() -> None:
    made, (copy,) = edits.duplicate(small(), "Net", {"relu1"})
    assert made.main_block.positions[copy] == Point(248, 88)


def test_nothing_selected_pastes_nothing() -> None:
    fragment = edits.copy(small(), "Net", {"downsample"})
    assert fragment.is_empty
    assert edits.paste(small(), "Net", fragment, Point(0, 0))[1] == frozenset()


def test_weights_that_are_tied_or_shared_inside_stay_so() -> None:
    made = small()
    graph = made.main_block.graph
    nodes = {**graph.nodes, "conv2": replace(graph.nodes["conv2"], same_as="conv1")}
    tie = Tie(("conv1", "weight"), ("conv2", "weight"))
    made = replace(
        made, blocks={"Net": replace(made.main_block, graph=Graph(nodes, graph.edges, (tie,)))}
    )
    both, _ = edits.duplicate(made, "Net", {"conv1", "conv2"})
    assert both.main_block.graph.nodes["conv4"].same_as == "conv3"
    assert both.main_block.graph.ties[1] == Tie(("conv3", "weight"), ("conv4", "weight"))
    alone, _ = edits.duplicate(made, "Net", {"conv2"})
    assert alone.main_block.graph.nodes["conv3"].same_as is None


def test_scales_get_free_names_too() -> None:
    made = small()
    nodes = made.main_block.graph.nodes
    scaled = replace(nodes["conv2"], scales={"x": (Scale("Dropout", "drop1", {"p": 0.1}),)})
    made = with_node(made, "Net", scaled)
    skip = made.main_block.graph.edges["downsample"]
    made = with_edge(made, "Net", replace(skip, scales=(Scale("ReLU", "relu9"),)))
    made, _ = edits.duplicate(made, "Net", {"conv1", "relu1", "conv2"})
    graph = made.main_block.graph
    assert graph.nodes["conv4"].scales == {"x": (Scale("Dropout", "drop2", {"p": 0.1}),)}
    assert graph.edges["downsample2"].scales == (Scale("ReLU", "relu3"),)
    assert loads(dumps(made)) == made


class TestDefinitions:
    """An instance brings its block along."""

    def fragment(self, width: int = 4) -> Fragment:
        inner = edits.set_param(
            diagram(block(image(), node("stage", "Residual")), Residual=residual()),
            "Residual",
            "conv2",
            "kernel_size",
            width,
        )
        return edits.copy(inner, "Net", {"stage"})

    def test_into_a_document_without_it(self) -> None:
        made, _ = edits.paste(empty_diagram(), "Net", self.fragment(), Point(0, 0))
        assert list(made.blocks) == ["Net", "Residual"]

    def test_the_same_one_is_used_again(self) -> None:
        made, _ = edits.paste(empty_diagram(), "Net", self.fragment(), Point(0, 0))
        again, _ = edits.paste(made, "Net", self.fragment(), Point(0, 0))
        assert again.blocks["Residual"] is made.blocks["Residual"]
        assert list(again.blocks) == ["Net", "Residual"]

    def test_another_of_the_same_name_comes_under_a_new_one(self) -> None:
        made, _ = edits.paste(empty_diagram(), "Net", self.fragment(), Point(0, 0))
        again, (added,) = edits.paste(made, "Net", self.fragment(5), Point(0, 0))
        assert again.main_block.graph.nodes[added].kind == "Residual2"

    def test_a_block_cannot_be_pasted_into_itself(self) -> None:
        made, _ = edits.paste(empty_diagram(), "Net", self.fragment(), Point(0, 0))
        with pytest.raises(EditError, match="would contain itself"):
            edits.paste(made, "Residual", self.fragment(), Point(0, 0))


class TestTheClipboard:
    def test_the_text_is_the_fragment(self) -> None:
        fragment = edits.copy(small(), "Net", {"conv1", "relu1", "conv2"})
        assert Fragment.from_text(fragment.to_text()) == fragment

    @pytest.mark.parametrize("text", ["", "hello", "{}", "[1, 2]", '{"format": "skipwright"}'])
    def test_other_text_is_refused(self, text: str) -> None:
        with pytest.raises(EditError, match="clipboard is no part of a diagram"):
            Fragment.from_text(text)


def shape_of(graph: Graph) -> nx.MultiDiGraph[str]:
    """The graph with the content of nodes and edges but without any names."""
    made: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for each in graph.nodes.values():
        scales = {port: nameless(chain) for port, chain in each.scales.items()}
        bare = replace(each, id="", label="", kind="", scales=scales)
        made.add_node(each.id, content=bare)
    for edge in graph.edges.values():
        ports = (edge.source.port, edge.target.port)
        content = (edge.kind, dict(edge.params), ports, nameless(edge.scales))
        made.add_edge(edge.source.node, edge.target.node, content=content)
    return made


def nameless(chain: Scales) -> Scales:
    return tuple(replace(scale, label="") for scale in chain)


def weights(made: Diagram) -> list[tuple[int, ...]]:
    return [tuple(each.shape) for each in to_module(made).state_dict().values()]


@settings(max_examples=15)
@given(valid_diagrams())
def test_what_is_pasted_compiles_to_the_same_weights(made: Diagram) -> None:
    """Everything is cut, and pasted in its own place under whatever names are free."""
    everything = set(made.main_block.graph.nodes)
    fragment = Fragment.from_text(edits.copy(made, made.main, everything).to_text())
    empty = edits.delete(made, made.main, everything)
    taken, _ = edits.add_node(empty, made.main, "ReLU", Point(0, 0), label="x")
    pasted, _ = edits.paste(taken, made.main, fragment, Point(0, 0))
    pasted = edits.delete(pasted, made.main, {"x"})
    assert weights(pasted) == weights(made)


@given(valid_diagrams(), st.data())
def test_what_is_pasted_is_what_was_copied(made: Diagram, data: st.DataObject) -> None:
    nodes = list(made.main_block.graph.nodes)
    chosen = data.draw(st.sets(st.sampled_from(nodes), min_size=1))
    fragment = Fragment.from_text(edits.copy(made, made.main, chosen).to_text())
    pasted, ids = edits.paste(made, made.main, fragment, Point(0, 0))
    piece = edits.copy(pasted, made.main, ids).diagram.main_block.graph
    assert len(ids) == len(chosen)
    assert nx.is_isomorphic(
        shape_of(piece),
        shape_of(fragment.diagram.main_block.graph),
        node_match=lambda a, b: a == b,
        edge_match=lambda a, b: sorted(map(repr, a.values())) == sorted(map(repr, b.values())),
    )
    assert edits.delete(pasted, made.main, ids) == made
