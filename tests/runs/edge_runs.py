"""Runs that were never trained, with known figures on their edges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.runs.session import Run
from graphcore import store
from graphcore.analysis import analyse
from graphcore.diagram import Diagram
from graphcore.training.measuring.edge_file import FIGURES, EdgeFigures
from graphcore.training.measuring.edge_paths import EdgeRow, edge_rows
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from tests.runs.synthetic import records, rows_of

Figure = Callable[[EdgeRow, int], tuple[float, ...]]
"""The six figures of an edge at a step of the file."""


def steady(gradient: float) -> Figure:
    """The same everywhere and always: half of the gradient comes back."""
    return lambda row, step: (gradient, 0.5, 0.1, 0.0, 1.0, 0.5)


def write_run(path: Path, diagram: Diagram, figure: Figure, measured: tuple[int, ...]) -> RunFolder:
    """A folder of a run of sixty steps, of which those ``measured`` (counted from 0) tell of its
    edges."""
    folder = RunFolder.create(path, store.dumps(diagram), Recipe())
    rows = rows_of(("stem", "stage.0.conv1"))
    with folder.start_steps(rows) as steps:
        steps.append(records(rows, 1, 60, lambda row, step: 1e-3))
    with folder.start_edges(edge_rows(analyse(diagram))) as writer:
        for step in measured:
            figures = [figure(row, step) for row in edge_rows(analyse(diagram))]
            writer.write(EdgeFigures(step, np.array(figures).reshape(-1, FIGURES)))
    return folder


def replayed(folder: RunFolder) -> Run:
    """The run of a folder, read."""
    run = Run("net", folder, store.loads(folder.diagram_text()), folder.recipe())
    run.replay()
    return run
