"""What the canvases of the Train workspace show of the runs that are pictured in them."""

from __future__ import annotations

from collections.abc import Sequence

from app.runs.listing.comparison import name_of
from app.runs.panes import CanvasPane
from app.runs.session import Run
from graphcore.training.events import Failed

Panes = Sequence[CanvasPane]


def title_panes(panes: Panes, runs: Sequence[Run], *, among_others: bool) -> None:
    """Say over each canvas which run it is of, and with which weights that began."""
    for pane, run in zip(panes, runs, strict=False):
        pane.set_title(name_of(run.folder) if among_others else run.title, run.remark)


def color_panes(panes: Panes, runs: Sequence[Run], at: int) -> None:
    """Colour each canvas as its net was at a step, or at the last one before that it made."""
    for pane, run in zip(panes, runs, strict=False):
        step = run.history.step_at(at)
        pane.set_gradients(run.history.gradients_at(step))
        pane.set_flows(run.edges.at(step))


def mark_failure(panes: Panes, runs: Sequence[Run], failed: Run, failure: Failed) -> None:
    """Outline the block that is to blame in the canvas of the run that failed."""
    for pane, run in zip(panes, runs, strict=False):
        if run is failed:
            pane.mark(failure)
