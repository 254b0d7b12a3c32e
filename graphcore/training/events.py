"""What a training run tells: plain values, one JSON object a line between processes.

JSON has no NaN and no infinity, so such a number is written as null and read as NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from graphcore.diagram import Definition, Instance, Step
from graphcore.training.measuring.distribution import (
    Distribution,
    distribution_from_json,
    distribution_to_json,
)


@dataclass(frozen=True)
class Ready:
    """The child has loaded everything and waits for a command."""


@dataclass(frozen=True)
class Started:
    """A run begins. ``steps`` is the total; ``step`` how many are done already (on resuming);
    ``device`` is the first of ``devices``, with so many ``threads`` each.

    The step file and its header exist when this is told.
    """

    run_dir: str
    device: str
    threads: int
    epochs: int
    steps: int
    parameters: int
    class_name: str
    step: int = 0
    devices: int = 1


@dataclass(frozen=True)
class WeightsTaken:
    """A run begins with the weights of ``file``: ``matched`` of the network's ``total`` tensors.

    ``message`` says which were left at their first values; the run's ``weights.json`` has all.
    """

    file: str
    matched: int
    total: int
    message: str


@dataclass(frozen=True)
class StepDone:
    """A step was made; told at most 30 times a second. ``step`` counts from 1, ``epoch`` from 0.

    ``loss`` and ``accuracy`` (0 to 1; None without classes) are of the step's batch.
    """

    step: int
    epoch: int
    loss: float
    accuracy: float | None
    learning_rate: float
    samples_per_second: float
    seconds_left: float


PARTS = ("data", "forward", "backward", "optimizer", "measuring", "writing")
"""What a step consists of: the minibatch is fetched; the loss is computed, and its gradients; the
weights follow them; gradients and values are measured; figures are written down and told."""


@dataclass(frozen=True)
class Telemetry:
    """Where the time goes and what memory is held, up to ``step``; told at most twice a second.

    ``seconds`` is the mean time of each of the :data:`PARTS` of a step since it was told before;
    ``memory`` is in bytes, by the names of :func:`memory.memory_in_use`; ``utilisation`` of the
    GPU is from 0 to 1, and ``note`` says why it is None on one.
    """

    step: int
    samples_per_second: float
    seconds: Mapping[str, float]
    memory: Mapping[str, float] = field(default_factory=dict)
    utilisation: float | None = None
    note: str = ""


@dataclass(frozen=True)
class HistogramTaken:
    """The answer to a question for a histogram of ``instance``, whose module is ``name``.

    ``distributions`` are those of its weights, their gradients and its output, as far as it has
    them, after ``step`` steps; ``message`` says why there are none, or where they come from.
    """

    step: int
    instance: Instance | None
    name: str
    distributions: tuple[Distribution, ...] = ()
    message: str = ""


@dataclass(frozen=True)
class Evaluated:
    """Loss and accuracy over all held-out samples, after ``step`` steps and epoch ``epoch``.

    ``metrics`` are the other figures by name, those of :meth:`losses.Metrics.others`.
    """

    step: int
    epoch: int
    loss: float
    accuracy: float | None
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckpointSaved:
    """The state was saved. ``path`` is relative to the run folder; ``best`` if it is the best."""

    step: int
    path: str
    best: bool = False


@dataclass(frozen=True)
class Paused:
    """The run waits between two steps."""

    step: int


@dataclass(frozen=True)
class Resumed:
    """The run goes on after a pause."""

    step: int


@dataclass(frozen=True)
class Failed:
    """The run ended by a fault. ``message`` says what, where and how to mend it.

    ``instance`` and ``definition`` tell the block where there is one, ``param`` the parameter of
    the recipe that is to blame; ``trace`` is for experts. Where it is not ``resumable`` the run
    would fail again in the same way.
    """

    message: str
    instance: Instance | None = None
    definition: Definition | None = None
    trace: str = ""
    param: str = ""
    resumable: bool = True


@dataclass(frozen=True)
class Finished:
    """The run is over. ``loss`` and ``accuracy`` are the last held-out ones (None: never taken).

    ``stopped`` if it was asked to end before its last step; ``metrics`` as in :class:`Evaluated`.
    """

    steps: int
    seconds: float
    loss: float | None
    accuracy: float | None
    stopped: bool = False
    metrics: Mapping[str, float] = field(default_factory=dict)


TrainingEvent = (
    Ready
    | WeightsTaken
    | Started
    | StepDone
    | Telemetry
    | HistogramTaken
    | Evaluated
    | CheckpointSaved
    | Paused
    | Resumed
    | Failed
    | Finished
)

EVENTS: Mapping[str, type[TrainingEvent]] = {
    "ready": Ready,
    "weights": WeightsTaken,
    "started": Started,
    "step": StepDone,
    "telemetry": Telemetry,
    "histogram": HistogramTaken,
    "evaluated": Evaluated,
    "checkpoint": CheckpointSaved,
    "paused": Paused,
    "resumed": Resumed,
    "failed": Failed,
    "finished": Finished,
}
"""Every kind of event by the name that its JSON object has under ``event``."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "int": (int,),
    "str": (str,),
    "float": (int, float),
    "bool": (bool,),
}

_NAMES = {kind: name for name, kind in EVENTS.items()}


class EventError(ValueError):
    """A JSON object that is not an event; the message says what is wrong with it."""


def to_json(event: TrainingEvent) -> dict[str, Any]:
    """The event as a JSON object: ``{"event": "step", "step": 1, ...}``."""
    values = {one.name: _plain(one, getattr(event, one.name)) for one in fields(event)}
    return {"event": _NAMES[type(event)], **values}


def from_json(values: Mapping[str, Any]) -> TrainingEvent:
    """The event that :func:`to_json` wrote. Raises :class:`EventError` for anything else."""
    name = values.get("event")
    if not isinstance(name, str) or name not in EVENTS:
        raise EventError(f"there is no event called {name!r}")
    kind = EVENTS[name]
    given = {key: value for key, value in values.items() if key != "event"}
    try:
        return kind(
            **{f.name: _typed(f, given.pop(f.name)) for f in fields(kind) if f.name in given}
        )
    except (TypeError, ValueError, LookupError) as error:
        raise EventError(f"the event '{name}' is malformed: {error}") from error


def instance_to_json(instance: Instance) -> list[list[str | int]]:
    """``[["stage1", 0], ["conv1", 0]]``."""
    return [[step.node, step.copy] for step in instance]


def instance_from_json(value: Any) -> Instance:
    """The instance that :func:`instance_to_json` wrote. Raises ValueError or TypeError."""
    steps = [(node, copy) for node, copy in value]
    if not all(isinstance(node, str) and isinstance(copy, int) for node, copy in steps):
        raise ValueError("an instance is a list of [node, copy]")
    return tuple(Step(node, copy) for node, copy in steps)


_WRITERS: Mapping[str, Callable[[Any], object]] = {
    "instance": instance_to_json,
    "definition": list,
    "distributions": lambda value: [distribution_to_json(one) for one in value],
}
"""How fields that are no plain values are written, by name."""

_READERS: Mapping[str, Callable[[Any], object]] = {
    "instance": instance_from_json,
    "definition": lambda value: Definition(*value),
    "distributions": lambda value: tuple(distribution_from_json(one) for one in value),
}


def _plain(kind: Any, value: Any) -> object:
    if value is None:
        return None
    if kind.name in _WRITERS:
        return _WRITERS[kind.name](value)
    if isinstance(value, Mapping):
        return {name: _number(figure) for name, figure in value.items()}
    return _number(value)


def _number(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _typed(kind: Any, value: Any) -> Any:
    """``value`` as the field's type wants it (annotations are text here)."""
    if kind.type == "float" and value is None:
        return math.nan
    if kind.name in _READERS and value is not None:
        return _READERS[kind.name](value)
    if kind.type == "Mapping[str, float]":
        if not isinstance(value, Mapping):
            raise TypeError(f"'{kind.name}' is {value!r}")
        return {str(name): _figure(name, figure) for name, figure in value.items()}
    wanted = _TYPES.get(kind.type)
    if wanted is not None and not isinstance(value, wanted):
        raise TypeError(f"'{kind.name}' is {value!r}")
    return value


def _figure(name: str, value: Any) -> float:
    if not isinstance(value, int | float | None):
        raise TypeError(f"'{name}' is {value!r}")
    return math.nan if value is None else float(value)
