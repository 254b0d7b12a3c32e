"""What was measured on edges, at the time cursor."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.runs.edge_history import EdgeHistory
from graphcore import gallery
from graphcore.diagram import Diagram, Step
from graphcore.training.measuring.edge_file import EdgeFile
from tests.runs.edge_runs import replayed, write_run


@pytest.fixture
def net() -> Diagram:
    return gallery.build("resnet20-digits")


@pytest.mark.parametrize(
    ("cursor", "measured"), [(0, 0), (1, 1), (20, 1), (21, 21), (40, 21), (41, 41), (60, 41)]
)
def test_the_last_measurement_up_to_the_cursor_is_shown(
    tmp_path: Path, net: Diagram, cursor: int, measured: int
) -> None:
    """The file counts the steps made before, every view those made: the first is step 1."""
    written = write_run(
        tmp_path / "run", net, lambda row, step: (step + 0.5,) * 6, measured=(0, 20, 40)
    )
    edges = replayed(written).edges
    assert edges.steps == (1, 21, 41)
    flows = edges.at(cursor)
    assert (flows.step if flows else 0) == measured
    if flows is not None:
        first = next(iter(net.main_block.graph.edges))
        measure = flows.of((), first)
        assert measure is not None
        assert measure.gradient == measured - 0.5
        assert flows.inside(()).figures[first] == measure
        assert edges.at(cursor) is flows


def test_what_there_is_not_has_no_figures(tmp_path: Path, net: Diagram) -> None:
    written = write_run(tmp_path / "run", net, lambda row, step: (1.0,) * 6, measured=(0,))
    flows = replayed(written).edges.at(1)
    assert flows is not None
    assert flows.of((), "no edge") is None
    assert flows.inside((Step("no block", 0),)).figures == {}


def test_a_run_without_measurements_has_none_at_any_step(tmp_path: Path) -> None:
    edges = EdgeHistory(EdgeFile(tmp_path / "edges.f32"))
    assert edges.pull() == 0
    assert edges.at(100) is None
