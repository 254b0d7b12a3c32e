"""Skips: drawn from block to block, put round a selection, taken out for the plain twin."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graphcore import edits
from graphcore.diagram import Diagram, PortRef
from graphcore.edits import EditError
from tests.diagrams import block, diagram, image, node, residual, wire


def line() -> Diagram:
    """x -> a -> b -> c -> d -> output, with d feeding a loose e as well."""
    layers = [node(name, "ReLU") for name in "abcd"]
    made = block(image(), *layers, node("output", "Output"))
    made.graph.nodes["e"] = node("e", "ReLU")  # type: ignore[index]
    made.graph.edges["d-e"] = wire("d", "e")  # type: ignore[index]
    return diagram(made)


def ends(made: Diagram, edge: str) -> tuple[str, str]:
    found = made.main_block.graph.edges[edge]
    return found.source.node, found.target.node


class TestDrawing:
    def test_x_is_what_leaves_the_first_and_is_added_at_what_enters_the_second(self) -> None:
        made, edge = edits.add_skip(line(), "Net", "a", "d", shortcut="projection")
        skip = made.main_block.graph.edges[edge]
        assert (skip.source, skip.target) == (PortRef("a", "y"), PortRef("d", "x"))
        assert (skip.kind, skip.params) == ("skip", {"shortcut": "projection"})

    def test_it_begins_at_an_input_and_ends_at_an_output(self) -> None:
        made, edge = edits.add_skip(line(), "Net", "x", "output")
        assert ends(made, edge) == ("x", "output")

    @pytest.mark.parametrize(
        ("source", "target", "message"),
        [
            ("a", "b", "would go round nothing"),
            ("d", "b", "would close a circle"),
            ("output", "b", "'output' has no output; start at a block before it"),
            ("a", "x", "'x' takes no input; end at a block behind it"),
        ],
    )
    def test_what_cannot_be(self, source: str, target: str, message: str) -> None:
        with pytest.raises(EditError, match=message):
            edits.add_skip(line(), "Net", source, target)

    def test_there_must_be_something_to_add_to(self) -> None:
        made = edits.delete(line(), "Net", {"flow_c_d_x"})
        with pytest.raises(EditError, match=r"Nothing feeds 'd' yet.*wire the branch first"):
            edits.add_skip(made, "Net", "a", "d")


class TestRoundASelection:
    @pytest.mark.parametrize(
        ("selected", "expected"),
        [("b", ("a", "c")), ("bc", ("a", "d")), ("abc", ("x", "d")), ("cba", ("x", "d"))],
    )
    def test_from_what_feeds_the_first_to_what_the_last_feeds(
        self, selected: str, expected: tuple[str, str]
    ) -> None:
        made, edge = edits.skip_around(line(), "Net", list(selected))
        assert ends(made, edge) == expected

    def test_edges_in_the_selection_do_not_matter(self) -> None:
        made, edge = edits.skip_around(line(), "Net", {"b", "flow_b_c_x", "c"})
        assert ends(made, edge) == ("a", "d")

    def test_a_branch_with_a_skip_inside_is_gone_round_as_a_whole(self) -> None:
        made, _ = edits.skip_around(line(), "Net", "b")
        made, outer = edits.skip_around(made, "Net", "bc")
        assert ends(made, outer) == ("a", "d")

    REFUSED: tuple[tuple[str, str], ...] = (
        ("", "Select the consecutive blocks"),
        ("ac", "not consecutive; select a chain of wired blocks"),
        ("xa", "Nothing feeds 'x'.*leave it out of the selection"),
        (
            "cd",
            "feeds 'output' and 'e', .* ends at one input; drag with the skip tool",
        ),
        ("e", "'e' feeds nothing, so there is nowhere to bring x"),
    )

    @pytest.mark.parametrize(("selected", "message"), REFUSED)
    def test_what_is_not_clear_is_asked_back(self, selected: str, message: str) -> None:
        with pytest.raises(EditError, match=message):
            edits.skip_around(line(), "Net", list(selected))

    def test_several_ways_in(self) -> None:
        made, _ = edits.add_skip(line(), "Net", "a", "c")
        with pytest.raises(
            EditError, match="Several values come into the selection, from 'b' and 'a'"
        ):
            edits.skip_around(made, "Net", "c")

    def test_twice(self) -> None:
        made, _ = edits.skip_around(line(), "Net", "bc")
        with pytest.raises(EditError, match="already wired"):
            edits.skip_around(made, "Net", "bc")


class TestThePlainTwin:
    def test_every_skip_is_off_and_everything_else_is_the_same(self) -> None:
        main = block(
            image(), node("stage", "Residual", width=4, repeat=3), node("output", "Output")
        )
        before = diagram(main, Residual=residual())
        after = edits.without_skips(before)
        assert after.blocks["Net"] is before.blocks["Net"]
        old, new = (d.blocks["Residual"].graph for d in (before, after))
        assert new.nodes is old.nodes
        assert [e.id for e in new.edges.values() if not e.active] == ["downsample"]
        assert after.main == before.main

    @pytest.mark.parametrize("make", [line, lambda: edits.without_skips(diagram(residual()))])
    def test_nothing_to_take_out_is_no_change(self, make: Callable[[], Diagram]) -> None:
        made = make()
        assert edits.without_skips(made) is made


def test_a_circle_that_a_file_brought_along_is_edited_like_anything_else() -> None:
    graph = line().main_block.graph
    closed = {**graph.edges, "back": wire("d", "b")}
    made = diagram(block(*graph.nodes.values(), edges=list(closed.values())))
    with pytest.raises(EditError, match="Several values come into"):
        edits.skip_around(made, "Net", "bc")
    assert "back" not in edits.delete(made, "Net", {"d"}).main_block.graph.edges
    assert list(edits.dissolve(made, "Net", set("bcd")).main_block.graph.nodes) == [
        "x",
        "a",
        "output",
        "e",
    ]
    assert set(edits.arrange(made, "Net").main_block.positions) == set(graph.nodes)
