"""The other processes of a run on several devices, as the first one sees them.

The first process is the one that the window or the command line talks to. It starts the others
(:mod:`graphcore.training.parallel.peer`), gives each its job as a JSON line, and hears from each
when it has everything and, if so, why it failed. A process whose stdin ends knows that the first
one is gone, and leaves; one that is gone is noticed here.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import graphcore
from graphcore import store
from graphcore.diagram import Diagram
from graphcore.training.events import Failed, from_json
from graphcore.training.faults.explaining import TrainingError
from graphcore.training.parallel.seat import Seat
from graphcore.training.recipe import Recipe

COMMAND = (sys.executable, "-P", "-X", "utf8", "-m", "graphcore.training.parallel.peer")

READY = {"event": "ready"}
"""What a process says when it has its network and its data."""

SECONDS_TO_NOTICE = 1.5
"""How long the first process may go on computing after another one ended: one that waits for it,
as a GPU does, would wait for ever."""

SECONDS_TO_LEAVE = 10.0
"""How long the others may take to end after the last step."""


@dataclass(frozen=True)
class Job:
    """What the others need to know of a run; ``run_dir`` is empty where it has no folder."""

    diagram: str
    recipe: Mapping[str, Any]
    run_dir: str
    threads: int | None
    resume: bool
    trusted: str

    @staticmethod
    def of(
        diagram: Diagram,
        recipe: Recipe,
        run_dir: Path | None,
        threads: int | None,
        *,
        resume: bool,
        trusted: str,
    ) -> Job:
        """The job of training ``diagram``."""
        where = str(run_dir.absolute()) if run_dir else ""
        return Job(store.dumps(diagram), recipe.values(), where, threads, resume, trusted)


class Peers:
    """The processes beside the first of ``size``."""

    def __init__(self, job: Job, size: int) -> None:
        """Raises TrainingError where one of them cannot be started; then none is left."""
        self._folder = Path(tempfile.mkdtemp(prefix="skipwright-"))
        self.meeting = str(self._folder / "meeting")
        self._closing = threading.Event()
        self._peers: list[_Peer] = []
        try:
            for rank in range(1, size):
                seat = Seat(rank, size, rank, size, self.meeting)
                self._peers.append(_Peer(job, seat, self._notice))
        except OSError as error:
            self.close(orderly=False)
            raise TrainingError(_not_started(error, len(self._peers) + 2, size)) from error

    def wait_until_ready(self) -> None:
        """Return when all have their network and data. Raises TrainingError where one ended."""
        for peer in self._peers:
            while not peer.ready.wait(0.05):
                if fault := self.fault(0.0):
                    raise TrainingError(fault)

    def fault(self, seconds: float) -> Failed | None:
        """Why one of them failed, waiting for so long until that is known; None where none did."""
        until = time.monotonic() + seconds
        while True:
            known = [fault for peer in self._peers if (fault := peer.fault()) is not None]
            if known:
                # What one says of itself goes before what is seen of another.
                return min(known, key=lambda fault: not fault.trace)
            if time.monotonic() >= until:
                return None
            time.sleep(0.02)

    def close(self, *, orderly: bool) -> None:
        """Leave none behind: wait for them where the run ended in an ``orderly`` way."""
        self._closing.set()
        until = time.monotonic() + (SECONDS_TO_LEAVE if orderly else 0.0)
        for peer in self._peers:
            peer.close(max(0.0, until - time.monotonic()))
        shutil.rmtree(self._folder, ignore_errors=True)

    def _notice(self) -> None:
        """One has ended. Where this process does not notice by itself, for it waits inside a
        computation, it ends with the reason as its last words."""
        if self._closing.wait(SECONDS_TO_NOTICE):
            return
        fault = self.fault(0.0)
        if fault is not None:
            print(fault.message, file=sys.stderr, flush=True)
            os._exit(1)


class _Peer:
    """One other process."""

    def __init__(self, job: Job, seat: Seat, notice: Any) -> None:
        self.ready = threading.Event()
        self._seat, self._ended, self._failed = seat, threading.Event(), list[Failed]()
        root = str(Path(graphcore.__file__).resolve().parent.parent)
        paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        # Ctrl+C in a terminal is for the first process: it stops all of them in agreement.
        self._process = subprocess.Popen(
            (*COMMAND, str(Path(seat.meeting).parent)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths},
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._send({**asdict(job), "seat": asdict(seat)})
        threading.Thread(target=self._listen, args=(notice,), daemon=True).start()

    def fault(self) -> Failed | None:
        """Why it failed, if it did."""
        where = f"the process of device {self._seat.rank + 1} of {self._seat.size}"
        if self._failed:
            told = self._failed[0]
            message = f"{told.message} (in {where})"
            return Failed(message, told.instance, told.definition, told.trace, told.param)
        if self._ended.is_set() and self._process.returncode:
            return Failed(f"{where} {_ending(self._process.returncode)}")
        return None

    def close(self, seconds: float) -> None:
        """End it, after so long in which it may end by itself."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._ended.wait()
        with _already_gone():
            self._process.stdin.close()  # type: ignore[union-attr]

    def _send(self, line: Mapping[str, Any]) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        with _already_gone():
            stdin.write(json.dumps(line).encode() + b"\n")
            stdin.flush()

    def _listen(self, notice: Any) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        with stdout:
            # What a process that was killed had no time to say to its end is no line.
            for line in (line for line in stdout if line.endswith(b"\n")):
                told = json.loads(line)
                if told == READY:
                    self.ready.set()
                elif isinstance(event := from_json(told), Failed):
                    self._failed.append(event)
        self._process.wait()
        self._ended.set()
        notice()


@contextmanager
def _already_gone() -> Iterator[None]:
    """To a process that has ended nothing can be said; why it ended is told elsewhere."""
    try:
        yield
    except (BrokenPipeError, ConnectionResetError):
        return


def _not_started(error: OSError, number: int, size: int) -> Failed:
    reason = error.strerror or str(error)
    message = (
        f"the process of device {number} of {size} could not be started ({reason}): close other "
        "programs, or take fewer devices, then resume"
    )
    return Failed(message, param="devices")


def _ending(code: int) -> str:
    """What a process did that ended with this status."""
    try:
        name = signal.Signals(-code).name if code < 0 else ""
    except ValueError:
        name = f"signal {-code}"
    if name == "SIGKILL":
        return (
            "was killed by the system, probably because memory ran out: take fewer devices, a "
            "smaller batch size or a smaller network, then resume"
        )
    if name:
        return f"crashed ({name}): resume the run, or train on one device"
    return f"ended with the status {code} and did not say why: resume, or train on one device"
