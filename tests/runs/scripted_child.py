"""A child that speaks the worker's protocol without torch: each scenario is one way to behave."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from graphcore.diagram import Definition, Step
from graphcore.training.events import (
    Evaluated,
    Failed,
    Finished,
    HistogramTaken,
    Started,
    TrainingEvent,
    instance_from_json,
    to_json,
)
from graphcore.training.measuring.distribution import Distribution
from graphcore.training.run_folder import RunFolder


def say(**event: Any) -> None:
    """Write one event."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def tell(run: RunFolder, event: TrainingEvent) -> None:
    """Write one event, to the run's folder as well."""
    run.append_event(event)
    say(**to_json(event))


def commands() -> Iterator[dict[str, Any]]:
    """The commands that arrive, until stdin ends."""
    for line in sys.stdin:
        yield json.loads(line)


def step(number: int) -> dict[str, Any]:
    """A step's event."""
    return {
        "event": "step",
        "step": number,
        "epoch": 0,
        "loss": 2.0 / number,
        "accuracy": 0.5,
        "learning_rate": 0.1,
        "samples_per_second": 1000.0,
        "seconds_left": 1.0,
    }


FINISHED = {"event": "finished", "steps": 3, "seconds": 0.1, "loss": 0.5, "accuracy": 0.9}


def obedient() -> None:
    """Three steps, then waits for 'stop'; tells the pauses."""
    say(event="ready")
    for command in commands():
        if command["command"] == "train":
            for number in (1, 2, 3):
                say(**step(number))
        elif command["command"] == "pause":
            say(event="paused", step=3)
        elif command["command"] == "resume":
            say(event="resumed", step=3)
        else:
            say(**FINISHED, stopped=True)


def quick() -> None:
    """Finishes at once."""
    say(event="ready")
    for _ in commands():
        say(**step(1))
        say(**FINISHED)


def dribbling() -> None:
    """Sends its lines in bits, several in one bit, and prints between them."""
    say(event="ready")
    next(commands())
    text = "\n".join(["a stray print", json.dumps(step(1)), "[1, 2]", '{"event": "unknown"}', ""])
    text += json.dumps(step(2)) + "\n" + json.dumps(FINISHED) + "\n"
    for index in range(0, len(text), 37):
        sys.stdout.write(text[index : index + 37])
        sys.stdout.flush()
        time.sleep(0.005)
    sys.stdin.read()


def flooding() -> None:
    """Twenty thousand steps as fast as it can."""
    say(event="ready")
    next(commands())
    sys.stdout.write("".join(json.dumps(step(n)) + "\n" for n in range(1, 20_001)))
    say(**FINISHED)
    sys.stdin.read()


def torrential() -> None:
    """Steps without an end, as fast as it can, whatever it is told."""
    say(event="ready")
    next(commands())
    block = "".join(json.dumps(step(n)) + "\n" for n in range(1, 5001)).encode()
    while True:
        sys.stdout.buffer.write(block)


def breathless() -> None:
    """A line without an end."""
    say(event="ready")
    next(commands())
    while True:
        sys.stdout.write("x" * 65_536)
        sys.stdout.flush()


def babbling() -> None:
    """Nonsense between two steps: bytes, deep nests, events of the wrong form."""
    say(event="ready")
    next(commands())
    say(**step(1))
    nonsense = [b"\xff\xfe\x00", b"[" * 100_000, b'{"event": []}', b"null", b"NaN", b"1" * 5000]
    nonsense += [b'{"event": "evaluated", "step": 1, "epoch": 0, "loss": 1, "metrics": [1]}']
    nonsense += [b'{"event": "failed", "message": 3}', b'{"event": "step", "step": "two"}', b""]
    sys.stdout.flush()
    sys.stdout.buffer.write(b"\n".join([*nonsense, b""]))
    sys.stdout.flush()
    say(**step(2))
    say(**FINISHED)
    sys.stdin.read()


def killed() -> None:
    """The kernel's out-of-memory killer takes it after a step."""
    say(event="ready")
    next(commands())
    say(**step(1))
    os.kill(os.getpid(), signal.SIGKILL)


def cut_off() -> None:
    """Saves a state at step 10 and is killed at step 20; resumed, it goes on to step 40."""
    from tests.runs.synthetic import records, rows_of

    say(event="ready")
    command = next(commands())
    run = RunFolder(Path(command["run_dir"]))
    resumed = command.get("resume", False)
    rows, begin, end = rows_of(("stem", "fc")), 10 if resumed else 0, 40 if resumed else 20
    with run.start_steps(rows, keep=begin) as writer:
        tell(run, Started(str(run.path), "cpu", 1, 2, 40, 200, "Net", begin))
        writer.append(records(rows, begin + 1, end, lambda row, step: 1e-3))
        run.state_path.write_bytes(b"a state")
        say(**step(end))
    if not resumed:
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    tell(run, Finished(40, 0.1, 0.5, 0.9))
    sys.stdin.read()


def cut_off_early() -> None:
    """Is killed at step 5 before it saved a state; begun anew, it goes on to step 40."""
    from tests.runs.synthetic import records, rows_of

    say(event="ready")
    command = next(commands())
    run = RunFolder(Path(command["run_dir"]))
    again = command.get("resume", False)
    rows, end = rows_of(("stem", "fc")), 40 if again else 5
    with run.start_steps(rows) as writer, run.start_updates(rows) as updates:
        tell(run, Started(str(run.path), "cpu", 1, 2, 40, 200, "Net"))
        writer.append(records(rows, 1, end, lambda row, step: 1e-3))
        updates.write(1 if again else 2, np.full(2, 1e-3, dtype=np.float32))
        say(**step(end))
    if not again:
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    tell(run, Finished(40, 0.1, 0.5, 0.9))
    sys.stdin.read()


def raising() -> None:
    """Ends with a traceback."""
    say(event="ready")
    next(commands())
    raise RuntimeError("the data ran away")


def silent_exit() -> None:
    """Ends without a word."""
    say(event="ready")
    next(commands())
    sys.exit(3)


def training() -> None:
    """Writes a step file as the worker does, then finishes; 'stop' ends it between two steps."""
    from tests.runs.synthetic import records, rows_of

    say(event="ready")
    command = next(commands())
    run = RunFolder(Path(command["run_dir"]))
    rows, total = rows_of(("stem", "fc")), 40
    with run.start_steps(rows) as writer:
        tell(run, Started(str(run.path), "cpu", 1, 2, total, 200, "Net"))
        for number in range(1, total + 1):
            writer.append(records(rows, number, number, lambda row, step: 10.0 ** -(row + 2)))
            say(**step(number))
            if number % 20 == 0:
                tell(run, Evaluated(number, number // 20 - 1, 0.5, 0.9))
    tell(run, Finished(total, 0.1, 0.5, 0.9))
    sys.stdin.read()


def exploding() -> None:
    """Fails at a layer, as a net whose loss is not a number does."""
    say(event="ready")
    command = next(commands())
    run = RunFolder(Path(command["run_dir"]))
    tell(run, Started(str(run.path), "cpu", 1, 2, 40, 200, "Net"))
    at = Definition("MLP", "fc1")
    tell(run, Failed("the loss is not a number", (Step("fc1", 0),), at, "Traceback ..."))
    sys.stdin.read()


def patient() -> None:
    """Trains ten steps, then waits for 'stop'."""
    from tests.runs.synthetic import records, rows_of

    say(event="ready")
    command = next(commands())
    run = RunFolder(Path(command["run_dir"]))
    rows = rows_of(("stem", "fc"))
    with run.start_steps(rows) as writer:
        tell(run, Started(str(run.path), "cpu", 1, 2, 40, 200, "Net"))
        writer.append(records(rows, 1, 10, lambda row, step: 1e-3))
        say(**step(10))
    for command in commands():
        if command["command"] == "stop":
            tell(run, Finished(10, 0.1, None, None, stopped=True))


def answering() -> None:
    """Trains ten steps, then answers every question for a histogram, until 'stop'."""
    from tests.runs.synthetic import records, rows_of

    say(event="ready")
    command = next(commands())
    run = RunFolder(Path(command["run_dir"]))
    rows = rows_of(("stem", "fc"))
    with run.start_steps(rows) as writer:
        tell(run, Started(str(run.path), "cpu", 1, 2, 40, 200, "Net"))
        writer.append(records(rows, 1, 10, lambda row, step: 1e-3))
        say(**step(10))
    weights = Distribution("weights", -1.0, 1.0, (1, 2, 3, 2), 8, 0.1, 0.5, 0.0, 0)
    output = Distribution("output", 0.0, 4.0, (6, 1, 0, 1), 10, 0.4, 1.0, 0.6, 2, 0.25)
    for command in commands():
        if command["command"] == "histogram":
            layer = instance_from_json(command["instance"])
            tell(run, HistogramTaken(10, layer, layer[-1].node, (weights, output)))
        elif command["command"] == "stop":
            tell(run, Finished(10, 0.1, None, None, stopped=True))


def dead_on_arrival() -> None:
    """Cannot import what it needs."""
    raise ModuleNotFoundError("No module named 'torch'")


def deaf() -> None:
    """Takes no notice of anything, stdin's end included."""
    say(event="ready")
    next(commands())
    say(**step(1))
    while True:
        time.sleep(0.05)


SCENARIOS: dict[str, Callable[[], None]] = {
    scenario.__name__: scenario
    for scenario in (
        obedient,
        quick,
        dribbling,
        flooding,
        torrential,
        breathless,
        babbling,
        killed,
        cut_off,
        cut_off_early,
        raising,
        silent_exit,
        training,
        exploding,
        patient,
        answering,
        dead_on_arrival,
        deaf,
    )
}

if __name__ == "__main__":
    SCENARIOS[sys.argv[1]]()
