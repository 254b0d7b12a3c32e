"""``python -m graphcore.training.worker``: the child in which one run is trained.

It imports torch at once and says ``{"event": "ready"}``. Then it reads JSON lines::

    {"command": "train", "run_dir": ..., "threads": 1, "resume": false, "trust_data": ""}
    {"command": "pause"}    {"command": "resume"}    {"command": "stop"}
    {"command": "histogram", "instance": [["stage1", 0], ["conv1", 0]]}

and writes events (:mod:`graphcore.training.events`) as JSON lines. Only this file holds the pipe
that stdout was: whatever else is printed goes to stderr. When stdin ends the run is stopped, its
state is saved, and the child exits: a window that died leaves no child behind.

Exit status: 0 the run finished, was stopped or never began; 1 it failed; 2 the command was no
command.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from graphcore import gallery, store
from graphcore.diagram import Instance
from graphcore.pipes import keep_stdout, send_line
from graphcore.training.control import Control
from graphcore.training.events import (
    Failed,
    Ready,
    TrainingEvent,
    instance_from_json,
    to_json,
)
from graphcore.training.faults.explaining import no_memory, trace_of
from graphcore.training.faults.room import free_memory
from graphcore.training.fit import fit
from graphcore.training.recipe import resolve_recipe
from graphcore.training.run_folder import RunFolder, RunFolderError
from graphcore.training.weights.match import WeightsError
from graphcore.training.weights.record import weights_asked

LAST_SECONDS = 10.0
"""How long a step may still take after stdin ended."""


class CommandError(ValueError):
    """A line that is no command."""


def main() -> int:
    """Train the run that stdin names. Returns the exit status."""
    out = keep_stdout()
    control = Control()
    commands: queue.Queue[Mapping[str, Any] | CommandError | None] = queue.Queue()
    threading.Thread(target=_listen, args=(0, control, commands), daemon=True).start()
    try:
        send(out, Ready())
        warm_up()
        command = commands.get()
        if command is None:
            return 0
        if isinstance(command, CommandError):
            send(out, Failed(str(command)))
            return 2
        return _train(out, command, control)
    except BrokenPipeError:
        return 1  # Nobody is left to be told.


def warm_up() -> TrainingEvent:
    """Make one step of the smallest example while nobody waits; returns how that ended. What torch
    and scikit-learn load only when they are first used takes them two seconds: the first run has
    it at hand."""
    smallest = gallery.build("mlp-digits")
    *_, end = fit(smallest, resolve_recipe({"data": "digits", "steps": 1}), threads=1)
    return end


def _train(out: BinaryIO, command: Mapping[str, Any], control: Control) -> int:
    failed = False
    for event in train(command, control):
        send(out, event)
        failed = isinstance(event, Failed)
    return 1 if failed else 0


def train(command: Mapping[str, Any], control: Control) -> Iterator[TrainingEvent]:
    """Train the run that ``command`` names; whatever goes wrong is told as Failed."""
    try:
        run = RunFolder.open(Path(command["run_dir"]))
        diagram = store.loads(run.diagram_text())
        resume = bool(command.get("resume", False))
        yield from fit(
            diagram,
            run.recipe(),
            run,
            control,
            threads=command.get("threads"),
            resume=resume,
            trusted=str(command.get("trust_data", "")),
            weights=None if resume else weights_asked(run.path),
        )
    except BrokenPipeError:
        raise
    except (RunFolderError, WeightsError, store.StoreError) as error:
        yield Failed(str(error))
    except MemoryError as error:
        message = (
            f"{no_memory(error, left=free_memory())} for the run to begin: close other programs"
        )
        yield Failed(message, trace=trace_of(error))
    except Exception as error:  # noqa: BLE001  The last to be told of a fault is the window.
        message = f"training stopped by a fault of the program: {type(error).__name__}: {error}"
        yield Failed(message, trace=trace_of(error))


def send(out: BinaryIO, event: TrainingEvent) -> None:
    """Tell of an event. Raises BrokenPipeError where nobody reads it."""
    send_line(out, to_json(event))


def _listen(
    stdin: int, control: Control, commands: queue.Queue[Mapping[str, Any] | CommandError | None]
) -> None:
    """Read commands until stdin ends. Reins go to ``control`` at once, the rest is queued.

    The descriptor is read without Python's buffer, whose lock would be held at exit.
    """
    unread = b""
    while data := os.read(stdin, 65536):
        *lines, unread = (unread + data).split(b"\n")
        for line in lines:
            try:
                obey(line, control, commands)
            except CommandError as error:
                print(error, file=sys.stderr, flush=True)
                commands.put(error)
    control.stop()
    commands.put(None)
    # A step that takes for ever, or a pipe that nobody empties, must not keep the child alive.
    leave = threading.Timer(LAST_SECONDS, os._exit, (1,))
    leave.daemon = True
    leave.start()


def obey(
    line: bytes,
    control: Control,
    commands: queue.Queue[Mapping[str, Any] | CommandError | None],
) -> None:
    """Pull a rein, pass a question on, or queue the command to train. Raises CommandError for any
    other line."""
    reins = {"pause": control.pause, "resume": control.resume, "stop": control.stop}
    try:
        command = json.loads(line)
        name = command["command"]
    except (ValueError, TypeError, KeyError) as error:
        raise CommandError(f"not a command: {line[:200]!r}") from error
    if isinstance(name, str) and name in reins:
        reins[name]()
        return
    if name == "histogram":
        control.ask(_instance_in(command, line))
        return
    threads = command.get("threads")
    known = name == "train" and isinstance(command.get("run_dir"), str)
    if not known or not (threads is None or (type(threads) is int and threads > 0)):
        raise CommandError(f"not a command: {line[:200]!r}")
    commands.put(command)


def _instance_in(command: Mapping[str, Any], line: bytes) -> Instance:
    try:
        return instance_from_json(command["instance"])
    except (ValueError, TypeError, KeyError) as error:
        raise CommandError(f"not a command: {line[:200]!r}") from error


if __name__ == "__main__":
    sys.exit(main())
