"""A run is a folder: enough to reopen, replay, resume and compare it.

``diagram.skw``, ``recipe.json``, ``data.json``, ``model.py`` (a record, never executed),
``events.jsonl``, ``steps.f32`` (:mod:`graphcore.training.measuring.step_file`), ``edges.f32`` and
``updates.f32`` (what is measured every few steps), ``checkpoints/``; ``weights.json`` where it
began with those of a file (:mod:`graphcore.training.weights.record`) and, where its user named it,
``about.json`` (:mod:`graphcore.training.run_about`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from graphcore.spec import Refused
from graphcore.training.durable import cut_unfinished_line, why_unwritable
from graphcore.training.events import (
    Evaluated,
    EventError,
    Failed,
    Finished,
    Started,
    TrainingEvent,
    from_json,
    to_json,
)
from graphcore.training.measuring.edge_file import EdgeFile, EdgeWriter, steps_before
from graphcore.training.measuring.edge_paths import EdgeRow
from graphcore.training.measuring.step_file import Row, StepFile, StepWriter
from graphcore.training.measuring.update_file import UpdateFile, UpdateWriter, updates_before
from graphcore.training.recipe import Recipe, resolve_recipe

__all__ = [
    "Outcome",
    "Row",
    "RunFolder",
    "RunFolderError",
    "StepFile",
    "StepWriter",
    "fresh_path",
    "newest_path",
]

LAST = "last.pt"
"""The saved state that a run goes on from."""

State = Literal["finished", "stopped", "failed", "unfinished"]


class RunFolderError(ValueError):
    """A run folder cannot be made, read or written; the message says why and how to mend it."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended, or how far it came. ``accuracy`` and ``loss`` are the last held-out ones.

    ``unfinished`` is a run that is going on or whose process was killed.
    """

    state: State
    steps: int
    total_steps: int
    loss: float | None
    accuracy: float | None
    message: str = ""


@dataclass(frozen=True)
class RunFolder:
    """The files of one run."""

    path: Path

    @staticmethod
    def create(path: Path, diagram_text: str, recipe: Recipe, source_text: str = "") -> RunFolder:
        """Make the folder of a new run with its diagram, recipe and (if given) source.

        Raises RunFolderError where it cannot be written or already holds a run.
        """
        run = RunFolder(path)
        if run.holds_a_run:
            raise RunFolderError(
                f"{path} already holds a run; choose another folder, or resume that run"
            )
        try:
            run.checkpoints.mkdir(parents=True, exist_ok=True)
            run.diagram_path.write_text(diagram_text, encoding="utf-8")
            values = json.dumps(recipe.values(), indent=2, allow_nan=False)
            run.recipe_path.write_text(values + "\n", encoding="utf-8")
        except OSError as error:
            reason = error.strerror or str(error)
            raise RunFolderError(
                f"the run's folder {path} cannot be written ({reason}); choose another with "
                "--run-dir, or make room there"
            ) from error
        if source_text:
            run.write_source(source_text)
        return run

    @staticmethod
    def open(path: Path) -> RunFolder:
        """The folder of a run that exists. Raises RunFolderError where there is none."""
        run = RunFolder(path)
        if not run.holds_a_run:
            raise RunFolderError(
                f"{path} holds no run: a run's folder has a diagram.skw and a recipe.json"
            )
        return run

    @property
    def name(self) -> str:
        """The folder's name, as lists of runs show it."""
        return self.path.name

    @property
    def diagram_path(self) -> Path:
        """The diagram as it was trained."""
        return self.path / "diagram.skw"

    @property
    def recipe_path(self) -> Path:
        """The recipe, as JSON."""
        return self.path / "recipe.json"

    @property
    def source_path(self) -> Path:
        """The code of the model: a record, never executed."""
        return self.path / "model.py"

    @property
    def events_path(self) -> Path:
        """What the run told, one JSON object a line."""
        return self.path / "events.jsonl"

    @property
    def steps_path(self) -> Path:
        """The figures of every step."""
        return self.path / "steps.f32"

    @property
    def edges_path(self) -> Path:
        """What was measured on the edges."""
        return self.path / "edges.f32"

    @property
    def updates_path(self) -> Path:
        """How far weights moved, every few steps."""
        return self.path / "updates.f32"

    @property
    def data_path(self) -> Path:
        """What the run learns from: its shape, classes, normalisation and fingerprint."""
        return self.path / "data.json"

    @property
    def checkpoints(self) -> Path:
        """The folder of saved states."""
        return self.path / "checkpoints"

    @property
    def state_path(self) -> Path:
        """The last saved state, from which the run can go on."""
        return self.checkpoints / LAST

    @property
    def holds_a_run(self) -> bool:
        """Whether the files that make a run are there."""
        return self.diagram_path.is_file() and self.recipe_path.is_file()

    def diagram_text(self) -> str:
        """The text of the diagram, for :func:`graphcore.store.loads`. Raises RunFolderError."""
        return self._read(self.diagram_path)

    def recipe(self) -> Recipe:
        """The recipe. Raises RunFolderError where it cannot be read or is not one."""
        try:
            values = json.loads(self._read(self.recipe_path))
            if not isinstance(values, dict):
                raise RunFolderError(f"{self.recipe_path} does not hold a recipe")
            return resolve_recipe(values)
        except (json.JSONDecodeError, Refused) as error:
            raise RunFolderError(f"{self.recipe_path} is not a recipe: {error}") from error

    def step_file(self) -> StepFile:
        """A reader of the figures of every step, also while the run is going."""
        return StepFile(self.steps_path)

    def write_source(self, text: str) -> None:
        """Record the model's code. Raises RunFolderError."""
        try:
            self.source_path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def start_steps(self, rows: Sequence[Row], *, keep: int = 0) -> StepWriter:
        """Begin the step file, or go on after its first ``keep`` steps. Raises RunFolderError."""
        try:
            return StepWriter(self.steps_path, rows, keep=keep)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def start_edges(self, rows: Sequence[EdgeRow], *, before: int = 0) -> EdgeWriter:
        """Begin the file of what is measured on the edges, or go on with what it has of the steps
        ``before`` that one. Raises RunFolderError."""
        try:
            kept = steps_before(self.edges_path, before) if before else 0
            return EdgeWriter(self.edges_path, rows, keep=kept)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def start_updates(self, rows: Sequence[Row], *, before: int = 0) -> UpdateWriter:
        """As :meth:`start_edges`, for how far weights move. Raises RunFolderError."""
        try:
            kept = updates_before(self.updates_path, before) if before else 0
            return UpdateWriter(self.updates_path, rows, keep=kept)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def update_file(self) -> UpdateFile:
        """A reader of how far weights move, also while the run is going."""
        return UpdateFile(self.updates_path)

    def edge_file(self) -> EdgeFile:
        """A reader of what is measured on the edges, also while the run is going."""
        return EdgeFile(self.edges_path)

    def append_event(self, event: TrainingEvent) -> None:
        """Write down what the run tells. Raises RunFolderError."""
        try:
            with self.events_path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(to_json(event), allow_nan=False) + "\n")
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def forget_figures(self) -> None:
        """Take away the figures of a run that begins anew, so that nobody takes them for those of
        the steps to come. Raises RunFolderError."""
        try:
            for path in (self.steps_path, self.edges_path, self.updates_path):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def cut_unfinished_event(self) -> None:
        """Take away what a process that was killed, or had no room, had begun to write after the
        last whole event. Raises RunFolderError."""
        if not self.events_path.exists():
            return
        try:
            cut_unfinished_line(self.events_path)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def events(self) -> tuple[TrainingEvent, ...]:
        """What the run told so far; a last line cut short by a crash is left out.

        Raises RunFolderError for a line that is damaged.
        """
        if not self.events_path.exists():
            return ()
        *lines, last = self._read(self.events_path).split("\n")
        del last  # empty, or what a killed process had not written to its end
        try:
            return tuple(from_json(json.loads(line)) for line in lines)
        except (json.JSONDecodeError, EventError) as error:
            raise RunFolderError(f"{self.events_path} is damaged: {error}") from error

    def outcome(self) -> Outcome:
        """How the run ended, or how far it came. Raises RunFolderError."""
        return _outcome(self.events(), self.step_file().read_new().shape[0])

    def _read(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RunFolderError(f"{path} cannot be read: {error}") from error


def fresh_path(parent: Path, name: str) -> Path:
    """``name-<n>`` in ``parent``, with n one more than the largest that is there.

    Signs in ``name`` that do not belong into a file's name become ``-``.
    """
    return parent / f"{_stem(name)}-{max(_numbers(parent, name), default=0) + 1}"


def newest_path(parent: Path, name: str) -> Path | None:
    """The last that :func:`fresh_path` gave and that was made, or None."""
    newest = max(_numbers(parent, name), default=None)
    return None if newest is None else parent / f"{_stem(name)}-{newest}"


def _stem(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "run"


def _numbers(parent: Path, name: str) -> list[int]:
    pattern = re.compile(re.escape(_stem(name)) + r"-(\d{1,9})")
    names = [path.name for path in parent.iterdir()] if parent.is_dir() else []
    return [int(match[1]) for match in map(pattern.fullmatch, names) if match]


def _outcome(events: Sequence[TrainingEvent], steps: int) -> Outcome:
    state: State = "unfinished"
    total, loss, accuracy, message = 0, None, None, ""
    for event in events:
        match event:
            case Started():
                state, total, message = "unfinished", event.steps, ""
            case Evaluated():
                loss, accuracy = event.loss, event.accuracy
            case Failed():
                state, message = "failed", event.message
            case Finished():
                state = "stopped" if event.stopped else "finished"
    return Outcome(state, steps, total, loss, accuracy, message)


def _unwritable(path: Path, error: OSError) -> RunFolderError:
    return RunFolderError(f"the run's folder {path} cannot be written ({why_unwritable(error)})")
