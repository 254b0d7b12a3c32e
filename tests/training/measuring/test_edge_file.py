"""The file of what is measured on the edges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphcore.diagram import Step
from graphcore.training.measuring.edge_file import (
    FIGURES,
    EdgeFigures,
    EdgeFile,
    EdgePlace,
    EdgeWriter,
    steps_before,
)
from graphcore.training.measuring.edge_paths import EdgeRow
from graphcore.training.measuring.record_file import RecordFileError

ROWS = (EdgeRow((), "e1", frozenset()), EdgeRow((Step("stage", 2),), "skip", frozenset()))


def measured(step: int) -> EdgeFigures:
    return EdgeFigures(step, np.full((2, FIGURES), step + 0.5))


def test_what_is_written_is_read_while_it_is_being_written(tmp_path: Path) -> None:
    path = tmp_path / "edges.f32"
    reader = EdgeFile(path)
    assert reader.measurements() == []
    with EdgeWriter(path, ROWS) as writer:
        for step in (0, 20):
            writer.write(measured(step))
            (found,) = reader.measurements()
            assert found.step == step
            assert np.array_equal(found.figures, measured(step).figures)
    assert reader.places == (EdgePlace((), "e1"), EdgePlace((Step("stage", 2),), "skip"))


def test_a_resumed_run_goes_on_after_what_was_measured_before(tmp_path: Path) -> None:
    path = tmp_path / "edges.f32"
    with EdgeWriter(path, ROWS) as writer:
        for step in (0, 20, 40):
            writer.write(measured(step))
    assert steps_before(path, 30) == 2
    with EdgeWriter(path, ROWS, keep=2) as writer:
        writer.write(measured(40))
    assert [one.step for one in EdgeFile(path).measurements()] == [0, 20, 40]


def test_steps_beyond_what_float32_counts_exactly(tmp_path: Path) -> None:
    """Read at once, piece by piece, and again from the beginning."""
    path = tmp_path / "edges.f32"
    steps = [(2**23 + 1) * place for place in range(6)]
    assert int(np.float32(steps[3])) != steps[3]
    reader = EdgeFile(path)
    with EdgeWriter(path, ROWS) as writer:
        for step in steps:
            writer.write(measured(step))
            assert [one.step for one in reader.measurements()] == [step]
    reader.restart()
    assert [one.step for one in reader.measurements()] == steps
    assert steps_before(path, steps[3]) == 3


def test_another_file_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "edges.f32"
    path.write_bytes(b"not a header\n")
    with pytest.raises(RecordFileError, match=r"edges\.f32 does not begin with the header"):
        EdgeFile(path).measurements()
    with pytest.raises(RecordFileError, match="does not hold the steps"):
        EdgeWriter(path, ROWS, keep=1)
