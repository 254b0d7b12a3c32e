"""``python -m graphcore.training.parallel.peer MEETING``: a further process of a run on several
devices.

It reads its job, a JSON line (:class:`graphcore.training.parallel.peers.Job`), trains its share,
and is silent: on stdout it says when it is ready, and why it failed. When stdin ends before the
run does, the first process is gone, and this one leaves at once, with the folder ``MEETING``.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from graphcore import store
from graphcore.pipes import await_end_of_stdin, first_line, keep_stdout, send_line
from graphcore.training.events import Failed
from graphcore.training.faults.explaining import trace_of
from graphcore.training.fit import fit
from graphcore.training.parallel.peers import READY
from graphcore.training.parallel.ranks import LOST
from graphcore.training.parallel.seat import Seat
from graphcore.training.recipe import resolve_recipe
from graphcore.training.run_folder import RunFolder
from graphcore.training.worker import send

SECONDS_TO_LEAVE = 1.0
"""How long a step may still take after stdin ended."""

_PR_SET_PDEATHSIG = 1
"""Of Linux's ``prctl``: which signal this process gets when the one that started it ends."""


def main(meeting: Path) -> int:
    """Train the share that stdin names. Returns the exit status."""
    _wake_without_the_first()
    out = keep_stdout()
    line = first_line()
    if line is None:
        _clear(meeting)
        return 1
    is_alone = threading.Event()
    await_end_of_stdin(lambda: _leave_with_the_first(meeting, is_alone))
    try:
        return _train(json.loads(line), out, is_alone)
    except BrokenPipeError:
        is_alone.wait(SECONDS_TO_LEAVE)
        return 1  # Nobody is left to be told.
    except Exception as error:  # noqa: BLE001  Whatever it is, the first process has to tell it.
        message = f"training stopped by a fault of the program: {type(error).__name__}: {error}"
        send(out, Failed(message, trace=trace_of(error)))
        return 1


def _train(job: Mapping[str, Any], out: BinaryIO, is_alone: threading.Event) -> int:
    run_dir = job["run_dir"]
    events = fit(
        store.loads(job["diagram"]),
        resolve_recipe(job["recipe"]),
        RunFolder.open(Path(run_dir)) if run_dir else None,
        threads=job["threads"],
        resume=job["resume"],
        trusted=job["trusted"],
        seat=Seat(**job["seat"]),
        when_ready=lambda: send_line(out, READY),
    )
    failed = False
    for event in events:
        if isinstance(event, Failed):
            failed = True
            if event.message != LOST:
                send(out, event)
            else:
                # If it is the first one that is lost, there is a folder to be taken away.
                is_alone.wait(SECONDS_TO_LEAVE)
    return 1 if failed else 0


def _wake_without_the_first() -> None:
    """Let the end of the first process wake this one, should it have been stopped (SIGSTOP), so
    that it can leave. Only Linux tells a process of its parent's end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGCONT)


def _leave_with_the_first(meeting: Path, is_alone: threading.Event) -> None:
    _clear(meeting)
    is_alone.set()
    threading.Event().wait(SECONDS_TO_LEAVE)
    os._exit(1)


def _clear(meeting: Path) -> None:
    """Take the folder away; of several processes each tries, and one is the first."""
    shutil.rmtree(meeting, ignore_errors=True)


if __name__ == "__main__":
    status = main(Path(sys.argv[1]))
    sys.stderr.flush()
    # Threads of gloo that are still being taken down could end an orderly exit by an abort.
    os._exit(status)
