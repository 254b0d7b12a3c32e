"""``python -m graphcore.training.weights.questions``: what a window wants to know of weights.

Reads one JSON line and answers by lines; the last has ``match``, ``loss`` or ``error``::

    {"ask": "match", "diagram": "<text of a .skw file>", "weights": "..."}
    {"match": {...}, "sentence": "62 of 64 tensors, by key; ...", "is_whole": false}

    {"ask": "evaluate", "run_dir": "...", "weights": "best", "data": "", "trust_data": ""}
    {"done": 128, "total": 359}
    {"loss": 0.31, "accuracy": 0.91, "metrics": {...}, "samples": 359, ...}

Files of weights come from anywhere, so a child of its own reads them. It ends when stdin does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from graphcore import store
from graphcore.diagnostics import DiagramError
from graphcore.pipes import answer_question
from graphcore.spec import Refused
from graphcore.training.data.datasets import DataError
from graphcore.training.device import DeviceError
from graphcore.training.evaluation import Measured, evaluate, subject_of_run
from graphcore.training.faults.explaining import TrainingError, trace_of
from graphcore.training.run_folder import RunFolder, RunFolderError
from graphcore.training.weights.first import compare, without_memory
from graphcore.training.weights.match import WeightsError
from graphcore.training.weights.record import match_to_json

Answers = Iterator[dict[str, Any]]

EXPECTED = (
    DataError,
    DeviceError,
    DiagramError,
    Refused,
    RunFolderError,
    TrainingError,
    WeightsError,
    store.StoreError,
)
"""Faults whose message is already what the user should read."""


def main() -> int:
    """Answer the one question on stdin."""
    return answer_question(answers)


def answers(asked: Mapping[str, Any]) -> Answers:
    """The lines that answer a question; whatever goes wrong is told as ``error``."""
    try:
        yield from QUESTIONS[asked["ask"]](asked)
    except EXPECTED as error:
        yield {"error": str(error)}
    except Exception as error:  # noqa: BLE001  The last to be told of a fault is the window.
        print(trace_of(error), file=sys.stderr, flush=True)
        text = str(error).strip().split("\n")[0]
        yield {"error": f"it could not be found out: {type(error).__name__}: {text}"}


def _match(asked: Mapping[str, Any]) -> Answers:
    module = without_memory(store.loads(asked["diagram"]))
    found = compare(module, Path(asked["weights"]))
    yield {
        "match": match_to_json(found),
        "sentence": found.sentence(),
        "is_whole": found.is_whole,
    }


def _evaluate(asked: Mapping[str, Any]) -> Answers:
    run = RunFolder.open(Path(asked["run_dir"]))
    subject = subject_of_run(run, asked["weights"], data=asked["data"])
    for told in evaluate(subject, trusted=asked["trust_data"]):
        if isinstance(told, Measured):
            yield {"done": told.done, "total": told.total}
        else:
            yield told.to_json()


QUESTIONS: Mapping[str, Callable[[Mapping[str, Any]], Answers]] = {
    "match": _match,
    "evaluate": _evaluate,
}


if __name__ == "__main__":
    sys.exit(main())
