"""A child that speaks the worker's protocol without torch: each scenario is one way to behave."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any


def say(**event: Any) -> None:
    """Write one event."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


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


def killed() -> None:
    """The kernel's out-of-memory killer takes it after a step."""
    say(event="ready")
    next(commands())
    say(**step(1))
    os.kill(os.getpid(), signal.SIGKILL)


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
        killed,
        raising,
        silent_exit,
        dead_on_arrival,
        deaf,
    )
}

if __name__ == "__main__":
    SCENARIOS[sys.argv[1]]()
