"""The window's side of the engine: the child that holds torch, asked by JSON lines."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QProcess, Signal

from app.child_process import (
    child_environment,
    dismiss,
    start_python,
    yield_to_the_window,
)
from graphcore import store
from graphcore.diagram import Diagram

ENGINE = ("-m", "graphcore.engine")
NICENESS = 10
"""The window goes first when cores are few."""
CLOSE_GRACE_MS = 500
MOST_CRASHES = 3
"""A child that died so often is not started again by itself."""

Answer = Callable[[dict[str, Any]], None]
Refusal = Callable[[str], None]


class Question(NamedTuple):
    """What is to be found out of a diagram, and who wants to know."""

    number: int
    verb: str
    diagram: Diagram
    then: Answer
    otherwise: Refusal


class EngineClient(QObject):
    """Asks one question at a time; a newer one for the same verb replaces one that still waits.

    ``available(bool)`` follows the child; it is started with the first question or by
    :meth:`warm`, and again after it has died.
    """

    available = Signal(bool)

    def __init__(self, parent: QObject | None = None, *, command: tuple[str, ...] = ENGINE) -> None:
        super().__init__(parent)
        self._command = command
        self._process: QProcess | None = None
        self._unread = bytearray()
        self._waiting: deque[Question] = deque()
        self._asked: Question | None = None
        self._number = 0
        self._crashes = 0
        self._is_ready = False

    @property
    def process_id(self) -> int:
        """The child's process id; 0 where there is none."""
        return int(self._process.processId()) if self._process is not None else 0

    def warm(self) -> None:
        """Start the child, unless it is there: it imports torch and waits."""
        if self._process is not None:
            return
        self._unread.clear()
        process = QProcess(self)
        environment = child_environment()
        environment.insert("OMP_NUM_THREADS", "1")
        process.setProcessEnvironment(environment)
        process.setStandardErrorFile(QProcess.nullDevice())
        process.started.connect(self._notice_start)
        process.readyReadStandardOutput.connect(self._read)
        process.errorOccurred.connect(self._notice_error)
        process.finished.connect(self._notice_end)
        self._process = process
        start_python(process, self._command)

    def ask(self, verb: str, diagram: Diagram, then: Answer, otherwise: Refusal) -> None:
        """Find out ``verb`` ("summary", "check") of ``diagram``; exactly one of the two functions
        is called later, unless a newer question takes this one's place."""
        self._number += 1
        question = Question(self._number, verb, diagram, then, otherwise)
        self._waiting = deque(old for old in self._waiting if old.verb != verb)
        self._waiting.append(question)
        self.warm()
        self._send_next()

    def close(self) -> None:
        """Leave no child behind."""
        process, self._process = self._process, None
        self._waiting.clear()
        self._asked = None
        if process is not None:
            dismiss(process, grace_ms=CLOSE_GRACE_MS)

    def _send_next(self) -> None:
        if self._process is None or not self._is_ready or self._asked or not self._waiting:
            return
        question = self._asked = self._waiting.popleft()
        text = store.dumps(question.diagram)
        request = {"id": question.number, "verb": question.verb, "diagram": text}
        self._process.write(json.dumps(request).encode() + b"\n")

    def _read(self) -> None:
        if self._process is None:
            return
        self._unread += self._process.readAllStandardOutput().data()
        *lines, rest = self._unread.split(b"\n")
        self._unread = bytearray(rest)
        for line in lines:
            self._handle(bytes(line))

    def _handle(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return  # Somebody's print; the answer comes on a line of its own.
        if message.get("event") == "ready":
            self._is_ready = True
            self.available.emit(True)
        elif self._asked is not None and message.get("id") == self._asked.number:
            question, self._asked = self._asked, None
            self._crashes = 0
            if message.get("ok"):
                question.then(message["result"])
            else:
                question.otherwise(str(message.get("error", "no reason was given")))
        self._send_next()

    def _notice_start(self) -> None:
        yield_to_the_window(self.process_id, NICENESS)

    def _notice_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._crashes = MOST_CRASHES
            self._lose("it could not be started")

    def _notice_end(self, code: int) -> None:
        self._crashes += 1
        self._lose(f"it ended with status {code}")

    def _lose(self, why: str) -> None:
        """The child is gone: tell who waits, and start another for those behind."""
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        self._is_ready = False
        self.available.emit(False)
        lost = [self._asked] if self._asked is not None else []
        self._asked = None
        if self._crashes >= MOST_CRASHES:
            lost += self._waiting
            self._waiting.clear()
            self._crashes = 0
        for question in lost:
            question.otherwise(f"The process that holds torch is gone: {why}.")
        if self._waiting:
            self.warm()
