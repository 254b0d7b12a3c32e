"""A training process as the window sees it: a child that speaks JSON lines.

The child is started before it is needed, so that torch is imported while the user still looks. One
child trains one run and is then gone: it can run out of memory or be killed, and the window lives
on and says why.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from time import monotonic
from typing import Final

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from app.child_process import (
    child_environment,
    dismiss,
    start_python,
    yield_to_the_window,
)
from app.runs.children.exit_reason import (
    KEPT_STDERR,
    KILLED,
    explain_exit,
    explain_flood,
    explain_start_failure,
)
from app.runs.children.last_words import last_words
from app.runs.children.line_buffer import FloodError, LineBuffer
from graphcore.diagram import Instance
from graphcore.training.events import (
    Failed,
    Finished,
    Ready,
    TrainingEvent,
    from_json,
    instance_to_json,
)

WORKER: Final = ("-m", "graphcore.training.worker")
SLICE_SECONDS: Final = 0.004
"""How long one go at the child's messages may hold the window up."""
STOP_GRACE_MS: Final = 5_000
"""How long a child may take over 'stop' before it is killed."""
CLOSE_GRACE_MS: Final = 400
NICENESS: Final = 5


class RunState(Enum):
    """Where a child and its run stand."""

    IDLE = "idle"
    WARMING = "warming"
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def is_active(self) -> bool:
        """Whether a run goes on (a paused one does)."""
        return self in (RunState.RUNNING, RunState.PAUSED)


class RunClient(QObject):
    """One child process and at most one run in it.

    ``event_arrived(TrainingEvent)`` gives every event in order; a child that dies gives a
    ``Failed`` that says why. ``state_changed(RunState)`` follows the event that caused it.
    """

    state_changed = Signal(object)
    event_arrived = Signal(object)

    def __init__(self, parent: QObject | None = None, *, command: tuple[str, ...] = WORKER) -> None:
        super().__init__(parent)
        self._command = command
        self._threads: int | None = None
        self._trusted = ""
        self._resume = False
        self._state = RunState.IDLE
        self._run_dir: Path | None = None
        self._stopping = False
        self.unread = LineBuffer()
        self._given_up = ""
        self._ended: tuple[int, QProcess.ExitStatus] | None = None
        self._stderr = bytearray()
        self._process: QProcess | None = None
        self._reader = QTimer(self, singleShot=True, interval=0)
        self._reader.timeout.connect(self._read_lines)
        self._grace = QTimer(self, singleShot=True, interval=STOP_GRACE_MS)
        self._grace.timeout.connect(self._kill)

    @property
    def state(self) -> RunState:
        """Where the child and its run stand."""
        return self._state

    @property
    def run_dir(self) -> Path | None:
        """The folder of the run; None before :meth:`train`."""
        return self._run_dir

    @property
    def stderr(self) -> str:
        """The end of what the child wrote to its stderr."""
        return self._stderr.decode("utf-8", "replace")

    @property
    def process_id(self) -> int:
        """The child's process id; 0 where there is none."""
        return int(self._process.processId()) if self._process is not None else 0

    def warm(self) -> None:
        """Start the child, unless it is there: it imports torch and waits for a run."""
        if self._process is not None:
            return
        self.unread.clear()
        self._stderr.clear()
        process = QProcess(self)
        process.setProcessEnvironment(child_environment())
        process.started.connect(self._notice_start)
        process.readyReadStandardOutput.connect(self._read_stdout)
        process.readyReadStandardError.connect(self._read_stderr)
        process.errorOccurred.connect(self._notice_error)
        process.finished.connect(self._notice_end)
        self._process = process
        self._become(RunState.WARMING)
        start_python(process, self._command)

    def train(
        self,
        run_dir: Path,
        *,
        threads: int | None = None,
        trusted: str = "",
        resume: bool = False,
    ) -> None:
        """Train the run whose folder has been made, as soon as the child is ready; ``resume`` it
        from its last state.

        ``threads`` is how many it computes with (None: one for every core); ``trusted`` the digest
        of a program that it may run for its data. Raises RuntimeError when this client has had its
        run: a child trains one.
        """
        if self._run_dir is not None:
            raise RuntimeError(f"this training process already belongs to {self._run_dir}")
        self._run_dir = run_dir
        self._threads, self._trusted, self._resume = threads, trusted, resume
        self.warm()
        if self._state is RunState.READY:
            self._begin()

    def pause(self) -> None:
        """Hold a running run after the step it is at."""
        if self._state is RunState.RUNNING:
            self._send({"command": "pause"})
            self._become(RunState.PAUSED)

    def resume(self) -> None:
        """Go on with a paused run."""
        if self._state is RunState.PAUSED:
            self._send({"command": "resume"})
            self._become(RunState.RUNNING)

    def ask_histogram(self, layer: Instance) -> bool:
        """Have the histograms of a layer taken before the next step; whether a run goes on that
        can do so."""
        if not self._state.is_active or self._stopping:
            return False
        self._send({"command": "histogram", "instance": instance_to_json(layer)})
        return True

    def stop(self) -> None:
        """End the run after the step it is at; a child that does not answer is killed."""
        if self._stopping or self._process is None:
            return
        self._stopping = True
        if self._state.is_active:
            self._send({"command": "stop"})
        else:
            self._process.closeWriteChannel()
        self._grace.start()

    def close(self) -> None:
        """Leave no child behind: ask it to end, and kill it when it does not at once."""
        process, self._process = self._process, None
        self._grace.stop()
        self._reader.stop()
        if process is not None:
            dismiss(process, grace_ms=CLOSE_GRACE_MS, last_words=b'{"command": "stop"}\n')

    def _begin(self) -> None:
        command: dict[str, str | int] = {"command": "train", "run_dir": str(self._run_dir)}
        if self._threads is not None:
            command["threads"] = self._threads
        if self._resume:
            command["resume"] = True
        if self._trusted:
            command["trust_data"] = self._trusted
        self._send(command)
        self._become(RunState.RUNNING)

    def _send(self, command: Mapping[str, object]) -> None:
        if self._process is not None:
            self._process.write(json.dumps(command).encode() + b"\n")

    def _become(self, state: RunState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)

    def _read_stdout(self) -> None:
        if self._process is None:
            return
        try:
            self.unread.add(bytes(self._process.readAllStandardOutput().data()))
        except FloodError as error:
            self._give_up(error)
        if not self._reader.isActive():
            self._reader.start()

    def _read_lines(self) -> None:
        """Handle whole lines for a moment; what is left waits for the next turn of the loop."""
        until = monotonic() + SLICE_SECONDS
        try:
            while (line := self.unread.take()) is not None:
                self._handle(line)
                if monotonic() > until:
                    self._reader.start()
                    return
        except FloodError as error:
            self._give_up(error)
        if self._ended is not None:
            self._conclude(*self._ended)

    def _give_up(self, error: FloodError) -> None:
        """End a child that cannot be understood."""
        self.unread.clear()
        self._given_up = str(error)
        self._kill()

    def _handle(self, line: bytes) -> None:
        event = _event_in(line)
        if event is None:
            # Not the protocol, so somebody's print: kept with the rest of what the child says.
            self._keep_stderr(line + b"\n")
        elif isinstance(event, Ready):
            self._notice_ready()
        else:
            self._notice_event(event)

    def _notice_ready(self) -> None:
        if self._stopping or self._state is not RunState.WARMING:
            return
        self._become(RunState.READY)
        if self._run_dir is not None:
            self._begin()

    def _notice_event(self, event: TrainingEvent) -> None:
        self.event_arrived.emit(event)
        if isinstance(event, Finished | Failed):
            self._dismiss()
            failed = isinstance(event, Failed)
            self._become(RunState.FAILED if failed else RunState.FINISHED)

    def _dismiss(self) -> None:
        """The run is over, so the child's stdin ends, on which it exits."""
        if self._process is not None:
            self._process.closeWriteChannel()
            self._grace.start()

    def _read_stderr(self) -> None:
        if self._process is not None:
            self._keep_stderr(bytes(self._process.readAllStandardError().data()))

    def _keep_stderr(self, text: bytes) -> None:
        self._stderr += text
        del self._stderr[:-KEPT_STDERR]

    def _notice_start(self) -> None:
        yield_to_the_window(self.process_id, NICENESS)

    def _notice_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            message = explain_start_failure(sys.executable, self._process.errorString())
            self._forget_process()
            self._fail(message)

    def _notice_end(self, code: int, status: QProcess.ExitStatus) -> None:
        """The child is gone; what it said before is still read, a moment at a time."""
        if self._process is None:
            return
        self._read_stderr()
        self._read_stdout()
        self._forget_process()
        self._ended = (code, status)
        self._reader.start()

    def _conclude(self, code: int, status: QProcess.ExitStatus) -> None:
        """Say why the child ended, unless it said so itself."""
        self._ended = None
        if self._state in (RunState.FINISHED, RunState.FAILED):
            return
        if self._stopping:
            self._become(RunState.FINISHED)
            return
        if self._given_up:
            self._fail(explain_flood(self._given_up))
            return
        crashed = status is QProcess.ExitStatus.CrashExit
        message = explain_exit(code, crashed=crashed, stderr=self.stderr)
        self._fail(message, out_of_memory=crashed and code == KILLED)

    def _fail(self, message: str, *, out_of_memory: bool = False) -> None:
        if self._run_dir is not None:
            failed = Failed(message, trace=self.stderr)
            self.event_arrived.emit(last_words(self._run_dir, failed, out_of_memory=out_of_memory))
        self._become(RunState.FAILED)

    def _forget_process(self) -> None:
        self._grace.stop()
        if self._process is not None:
            self._process.deleteLater()
            self._process = None

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()


def _event_in(line: bytes) -> TrainingEvent | None:
    try:
        message = json.loads(line)
        return from_json(message) if isinstance(message, dict) else None
    except (ValueError, RecursionError):
        return None
