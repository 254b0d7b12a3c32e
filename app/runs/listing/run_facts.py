"""What a run that is shown has told so far, as a table takes it."""

from __future__ import annotations

from pathlib import Path

from app.runs.children.client import RunState
from app.runs.listing.comparison import Plotted
from app.runs.session import Run
from graphcore.training.events import Started
from graphcore.training.run_table import RunFacts
from graphcore.training.weights.record import title_of


def facts_of(plotted: Plotted) -> RunFacts:
    """The facts of a run, live or replayed."""
    run = plotted.run
    test, losses = run.history.last_test(), run.history.loss
    return RunFacts(
        name=plotted.title,
        recipe=run.recipe,
        diagram=run.diagram,
        state=state_of(run),
        steps=run.history.steps,
        train_loss=float(losses[-1]) if len(losses) else None,
        loss=test.loss if test is not None else None,
        accuracy=test.accuracy if test is not None else None,
        metrics=run.evaluated.metrics if run.evaluated is not None else {},
        seconds=run.finished.seconds if run.finished is not None else None,
        device=_device(run.started) if run.started is not None else "",
        parameters=run.started.parameters if run.started is not None else None,
        begun_with=title_of(Path(run.weights.file)) if run.weights is not None else "",
    )


def state_of(run: Run) -> str:
    """Whether the run goes on, or how it ended."""
    if run.is_going:
        return "paused" if run.state is RunState.PAUSED else "in training"
    if run.failed is not None:
        return "failed"
    if run.finished is None:
        return "unfinished"
    return "stopped" if run.finished.stopped else "finished"


def _device(started: Started) -> str:
    where = started.device if started.devices == 1 else f"{started.devices} × {started.device}"
    threads = f"{started.threads} thread{'s' if started.threads != 1 else ''}"
    return f"{where}, {threads}" if started.device == "cpu" else where
