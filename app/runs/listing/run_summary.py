"""What a list tells of a run, read from the ends of its files: an event log may be long."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import time
from typing import Final, Literal

from app.runs.listing.run_places import is_twin, twin_of
from graphcore.spec import ParamValue
from graphcore.training.events import (
    Evaluated,
    EventError,
    Failed,
    Finished,
    Started,
    StepDone,
    TrainingEvent,
    from_json,
)
from graphcore.training.metric_words import heading_of, in_words
from graphcore.training.recipe import RECIPE, Recipe
from graphcore.training.run_about import About, AboutError, read_about
from graphcore.training.run_folder import RunFolder, RunFolderError
from graphcore.training.weights.match import WeightsError
from graphcore.training.weights.record import WeightsRecord, read_record

_SILENCE: Final = 10.0
"""Seconds after which a run that tells nothing has not ended by itself."""
_TAIL: Final = 65_536
"""Bytes at the end of an event log that are read."""

State = Literal["finished", "stopped", "failed", "unfinished", "damaged"]


@dataclass(frozen=True)
class RunSummary:
    """One line of the list. ``accuracy`` is from 0 to 1; None where it was not taken.

    ``message`` says why a run failed. ``twin_accuracy`` is that of the plain twin of a pair.
    ``about`` is what its user says of it, ``about_problem`` why that cannot be read; ``weights``
    are those it began with, where they were not drawn; ``metrics`` are other held-out figures by
    name, of the last evaluation; one that failed ``is_hopeless`` where it would fail again.
    """

    folder: RunFolder
    when: datetime
    state: State
    recipe: Recipe | None
    steps: int = 0
    loss: float | None = None
    accuracy: float | None = None
    message: str = ""
    twin_accuracy: float | None = None
    about: About = field(default_factory=About)
    about_problem: str = ""
    weights: WeightsRecord | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    is_hopeless: bool = False

    @property
    def recipe_words(self) -> str:
        """How it was trained: the weights it began with, and what differs from the default."""
        begun = [f"from {self.weights.title}"] if self.weights is not None else []
        recipe = [recipe_in_words(self.recipe)] if self.recipe is not None else []
        return " · ".join(begun + recipe)

    @property
    def begun_words(self) -> str:
        """With which weights it began, and how many of them it took; "" where they were drawn."""
        if self.weights is None:
            return ""
        match = self.weights.match
        return f"From {self.weights.title}" + (f", {match.summary()}" if match else "")

    @property
    def metric_words(self) -> str:
        """The other held-out figures, a line each."""
        found = self.metrics.items()
        return "\n".join(f"{heading_of(name)}: {in_words(name, value)}" for name, value in found)

    @property
    def title(self) -> str:
        """What the run is called: its name, or that of its folder."""
        return self.about.name or self.folder.name

    @property
    def is_pair(self) -> bool:
        """Whether the run has a plain twin."""
        return not is_twin(self.folder.path) and RunFolder(twin_of(self.folder.path)).holds_a_run


def summarize(folder: RunFolder) -> RunSummary:
    """The summary of a run that exists, whatever state its files are in."""
    when = datetime.fromtimestamp(folder.recipe_path.stat().st_mtime)
    about, problem = _about(folder)
    try:
        recipe = folder.recipe()
    except RunFolderError as error:
        told = str(error)
        return RunSummary(
            folder, when, "damaged", None, message=told, about=about, about_problem=problem
        )
    state: State = "unfinished"
    steps, loss, accuracy, message = 0, None, None, ""
    metrics: Mapping[str, float] = {}
    hopeless = False
    for event in _last_events(folder.events_path):
        match event:
            case Started():
                state, message, hopeless = "unfinished", "", False
            case StepDone():
                steps = event.step
            case Evaluated():
                steps, loss, accuracy = event.step, event.loss, event.accuracy
                metrics = event.metrics
            case Failed():
                state, message = "failed", event.message
                hopeless = not event.resumable or bool(event.param)
            case Finished():
                state = "stopped" if event.stopped else "finished"
                steps = event.steps
    twin = RunFolder(twin_of(folder.path))
    plain = summarize(twin).accuracy if not is_twin(folder.path) and twin.holds_a_run else None
    reached = (steps, loss, accuracy, message, plain)
    weights = _weights(folder)
    return RunSummary(
        folder,
        when,
        state,
        recipe,
        *reached,
        about,
        problem,
        weights,
        metrics=metrics,
        is_hopeless=hopeless,
    )


def _weights(folder: RunFolder) -> WeightsRecord | None:
    try:
        return read_record(folder.path)
    except WeightsError as error:
        return WeightsRecord(str(error))


def _about(folder: RunFolder) -> tuple[About, str]:
    try:
        return read_about(folder.path), ""
    except AboutError as error:
        return About(), str(error)


def was_written_just_now(folder: RunFolder) -> bool:
    """Whether a run that has not ended has told something within the last seconds: somebody else
    trains it, as from the command line."""
    if summarize(folder).state != "unfinished":
        return False
    files = (folder.events_path, folder.steps_path)
    times = [file.stat().st_mtime for file in files if file.exists()]
    return time() - max(times, default=0.0) < _SILENCE


def recipe_in_words(recipe: Recipe) -> str:
    """What differs from the default recipe: ``adamw · learning rate 0.003 · 12 epochs``."""
    parts = []
    values = recipe.values()
    for param in RECIPE:
        value = values[param.name]
        if value != param.default:
            parts.append(_in_words(param.name, value))
    return " · ".join(parts) or "default recipe"


def when_in_words(when: datetime, now: datetime) -> str:
    """``14:32`` today, ``24 Nov 14:32`` this year, ``24 Nov 2025`` before."""
    if when.date() == now.date():
        return when.strftime("%H:%M")
    if when.year == now.year:
        return f"{when.day} {when.strftime('%b %H:%M')}"
    return f"{when.day} {when.strftime('%b %Y')}"


def _in_words(name: str, value: ParamValue) -> str:
    title = name.replace("_", " ")
    if name in ("epochs", "steps"):
        return f"{value} {title}"
    if isinstance(value, str):
        return Path(value).name.replace("_", " ") if name == "data" else value.replace("_", " ")
    return f"{title} {value:g}" if isinstance(value, float) else f"{title} {value}"


def _last_events(path: Path) -> Iterator[TrainingEvent]:
    """The events at the end of a log; lines that are no events are passed over."""
    if not path.exists():
        return
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL))
        text = file.read()
    lines = text.split(b"\n")
    for line in lines[1 if size > _TAIL else 0 :]:
        try:
            yield from_json(json.loads(line))
        except (ValueError, AttributeError, EventError):
            continue
