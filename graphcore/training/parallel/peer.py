"""``python -m graphcore.training.parallel.peer``: a further process of a run on several devices.

It reads its job, a JSON line (:class:`graphcore.training.parallel.peers.Job`), trains its share,
and is silent: on stdout it says when it is ready, and why it failed. When stdin ends before the
run does, the first process is gone, and this one leaves at once.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from graphcore import store
from graphcore.training.events import Failed
from graphcore.training.faults.explaining import trace_of
from graphcore.training.fit import fit
from graphcore.training.parallel.peers import READY
from graphcore.training.parallel.ranks import LOST
from graphcore.training.parallel.seat import Seat
from graphcore.training.recipe import resolve_recipe
from graphcore.training.run_folder import RunFolder
from graphcore.training.worker import keep_stdout, send, send_line

SECONDS_TO_LEAVE = 1.0
"""How long a step may still take after stdin ended."""


def main() -> int:
    """Train the share that stdin names. Returns the exit status."""
    out = keep_stdout()
    job = json.loads(_first_line())
    meeting = Path(job["seat"]["meeting"])
    threading.Thread(target=_leave_with_the_first, args=(meeting.parent,), daemon=True).start()
    try:
        return _train(job, out)
    except BrokenPipeError:
        return 1  # Nobody is left to be told.
    except Exception as error:  # noqa: BLE001  Whatever it is, the first process has to tell it.
        message = f"training stopped by a fault of the program: {type(error).__name__}: {error}"
        send(out, Failed(message, trace=trace_of(error)))
        return 1


def _train(job: Mapping[str, Any], out: BinaryIO) -> int:
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
    return 1 if failed else 0


def _first_line() -> bytes:
    """Read without Python's buffer, whose lock would be held at exit."""
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(0, 1 << 20)
        if not more:
            raise SystemExit(1)
        line += more
    return line


def _leave_with_the_first(folder: Path) -> None:
    while os.read(0, 65536):
        pass
    threading.Event().wait(SECONDS_TO_LEAVE)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # Threads of gloo that are still being taken down could end an orderly exit by an abort.
    os._exit(status)
