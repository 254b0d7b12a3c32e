"""Runs of a document that were made before, with known figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.document import Document
from app.runs.listing.run_places import fresh_run
from graphcore import store
from graphcore.analysis import analyse
from graphcore.diagram import Diagram
from graphcore.spec import ParamValue
from graphcore.training.events import Evaluated, Finished, Started
from graphcore.training.measuring.edge_file import FIGURES, EdgeFigures
from graphcore.training.measuring.edge_paths import edge_rows
from graphcore.training.recipe import resolve_recipe
from graphcore.training.run_folder import RunFolder
from tests.runs.synthetic import records, rows_of


def kept(
    document: Document,
    steps: int,
    *,
    of: Diagram | None = None,
    gradient: float = 1e-3,
    path: Path | None = None,
    **recipe: ParamValue,
) -> RunFolder:
    """A run of ``document`` that was made before: so many steps, all gradients the same."""
    diagram = of or document.diagram
    place = path or fresh_run(document.path, document.diagram)
    folder = RunFolder.create(place, store.dumps(diagram), resolve_recipe(recipe))
    rows = rows_of(("stem", "fc"))
    with folder.start_steps(rows) as writer:
        if steps:
            writer.append(records(rows, 1, steps, lambda row, step: gradient))
    places = edge_rows(analyse(diagram))
    with folder.start_edges(places) as edges:
        if steps:
            figures = (gradient, 0.5, 0.1, 0.0, 1.0, 0.5)
            edges.write(EdgeFigures(0, _grid(len(places), figures)))
    folder.append_event(Started(str(place), "cpu", 1, 2, steps, 100, "Net"))
    folder.append_event(Evaluated(steps, 1, 0.5, 0.75))
    folder.append_event(Finished(steps, 1.0, 0.5, 0.75))
    return folder


def _grid(rows: int, figures: tuple[float, ...]) -> npt.NDArray[np.float64]:
    return np.tile(np.array(figures), (rows, 1)).reshape(-1, FIGURES)
