"""Canvases of the Train workspace are low and wide: what is arranged is shown in longer lines."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.runs.panes import CanvasPane, for_a_low_pane
from graphcore import edits, gallery
from graphcore.diagram import Diagram, Edge, Point


def lines(diagram: Diagram) -> int:
    """How many lines the main block is folded into."""
    places = diagram.main_block.positions
    back = (places[e.target.node].x < places[e.source.node].x for e in edges(diagram))
    return 1 + sum(back)


def edges(diagram: Diagram) -> list[Edge]:
    return list(diagram.main_block.graph.edges.values())


@pytest.mark.parametrize("name", ["resnet20-digits", "resnet56-digits", "resnet18"])
def test_lines_are_longer_and_nothing_else_is_changed(name: str) -> None:
    folded = gallery.build(name)
    shown = for_a_low_pane(folded)
    assert lines(shown) < lines(folded)
    assert shown.main_block.graph is folded.main_block.graph


def test_a_pair_is_shown_alike() -> None:
    folded = gallery.build("resnet20-digits")
    plain = for_a_low_pane(edits.without_skips(folded))
    assert plain.main_block.positions == for_a_low_pane(folded).main_block.positions


def test_what_a_user_moved_stays() -> None:
    moved = gallery.build("resnet20-digits")
    moved = edits.move(moved, moved.main, {"stage2": Point(400, 200)})
    assert for_a_low_pane(moved) is moved


def test_names_can_be_read_in_a_low_pane(qtbot: QtBot) -> None:
    pane = CanvasPane(gallery.build("resnet20-digits"))
    qtbot.addWidget(pane)
    pane.resize(1150, 160)
    pane.show()
    pane.view.fit()
    assert pane.view.zoom > 0.5
