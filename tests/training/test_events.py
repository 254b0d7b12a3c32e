from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from graphcore.diagram import Definition, Step
from graphcore.training.events import (
    EVENTS,
    CheckpointSaved,
    Evaluated,
    EventError,
    Failed,
    Finished,
    HistogramTaken,
    Paused,
    Ready,
    Resumed,
    Started,
    StepDone,
    Telemetry,
    TrainingEvent,
    WeightsTaken,
    from_json,
    to_json,
)
from graphcore.training.measuring.distribution import Distribution

EXAMPLES: tuple[TrainingEvent, ...] = (
    Ready(),
    Started("runs/a-1", "cpu", 2, 8, 184, 272_186, "ResNet20", step=23),
    WeightsTaken("w.pt", 62, 64, "62 of 64 tensors, by key"),
    StepDone(1, 0, 2.3, 0.125, 0.004, 1500.0, 3.5),
    StepDone(1, 0, 2.3, None, 0.004, 1500.0, 3.5),
    Telemetry(23, 1500.0, {"data": 0.001, "forward": 0.01}, {"process": 4e8}, 0.5),
    Telemetry(23, 1500.0, {"data": 0.001}, {}, None, "not available: install nvidia-ml-py"),
    HistogramTaken(
        23,
        (Step("stage1", 0), Step("conv1", 2)),
        "stage1.0.conv1",
        (Distribution("weights", -1.0, 1.0, (1, 0, 2), 3, 0.25, 0.5, 0.0, 0, None),),
    ),
    HistogramTaken(0, (), "", (), "it is a function"),
    Evaluated(23, 0, 1.5, 0.4),
    CheckpointSaved(23, "checkpoints/best.pt", best=True),
    Paused(5),
    Resumed(5),
    Failed("no memory", (Step("stage1", 0), Step("conv1", 2)), Definition("Basic", "conv1"), "..."),
    Failed("no such file"),
    Finished(184, 3.5, None, None, stopped=True),
)


def test_every_kind_of_event_has_an_example_here() -> None:
    assert {type(event) for event in EXAMPLES} == set(EVENTS.values())


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_survives_json(event: TrainingEvent) -> None:
    assert is_dataclass(event)
    assert from_json(json.loads(json.dumps(to_json(event), allow_nan=False))) == event


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_is_null_in_json_and_nan_again(value: float) -> None:
    sent = to_json(Evaluated(3, 0, value, None))
    assert sent["loss"] is None
    back = from_json(sent)
    assert isinstance(back, Evaluated)
    assert math.isnan(back.loss)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "no event called None"),
        ({"event": "exploded"}, "no event called 'exploded'"),
        ({"event": ["step"]}, "no event called"),
        ({"event": "paused"}, "missing 1 required positional argument: 'step'"),
        ({"event": "paused", "step": "3"}, "'step' is '3'"),
        ({"event": "telemetry", "step": 1, "samples_per_second": 2, "seconds": [3]}, "is [3]"),
        ({"event": "failed", "message": "x", "instance": [["a"]]}, "'failed' is malformed"),
        ({"event": "failed", "message": "x", "instance": [[1, 2]]}, "a list of [node, copy]"),
    ],
)
def test_what_is_no_event_is_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(EventError) as refused:
        from_json(values)
    assert said in str(refused.value)


def test_fields_of_a_later_version_are_ignored() -> None:
    assert from_json({"event": "paused", "step": 3, "mood": "calm"}) == Paused(3)


def test_events_hold_values_only() -> None:
    assert {field.type for kind in EVENTS.values() for field in fields(kind)} <= {
        "int",
        "float",
        "str",
        "bool",
        "float | None",
        "Instance | None",
        "Definition | None",
        "Mapping[str, float]",
        "tuple[Distribution, ...]",
    }
