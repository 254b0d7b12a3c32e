"""One question, answered by a child, so that no window waits for a library to load or is harmed
by a broken file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QObject, QProcess, Signal

from app.child_process import child_environment, kill, start_python

CLOSE_GRACE_MS: Final = 400
LONGEST_REASON: Final = 300


class AnsweringChild(QObject):
    """Asks one question at a time; a new one takes the place of one that still waits.

    A child reads the question, a JSON line, and answers by JSON lines, of which the last is the
    answer or has ``error``. ``progressed(int, int)`` tells how many of how many are done, which
    lines with ``done`` and ``total`` say; ``answered(object)`` is the answer, ``refused(str)`` why
    there is none: exactly one of the two follows a question, unless it is given up. ``failure``
    begins what is said of a child that died, such as "the samples could not be read".
    """

    progressed = Signal(int, int)
    answered = Signal(object)
    refused = Signal(str)

    def __init__(
        self, command: tuple[str, ...], failure: str, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._command = command
        self._failure = failure
        self._process: QProcess | None = None
        self._unread = b""
        self._answer: dict[str, Any] = {}

    @property
    def is_busy(self) -> bool:
        """Whether an answer is waited for."""
        return self._process is not None

    def ask(self, question: Mapping[str, Any]) -> None:
        """Start a child that finds out what ``question`` asks."""
        self.give_up()
        self._unread, self._answer = b"", {}
        process = QProcess(self)
        process.setProcessEnvironment(child_environment())
        process.readyReadStandardOutput.connect(self._read)
        process.errorOccurred.connect(self._notice_error)
        process.finished.connect(self._notice_end)
        self._process = process
        start_python(process, self._command)
        process.write(json.dumps(dict(question)).encode() + b"\n")

    def give_up(self) -> None:
        """Leave no child behind; no answer follows."""
        process, self._process = self._process, None
        if process is not None:
            kill(process, grace_ms=CLOSE_GRACE_MS)

    def _read(self) -> None:
        if self._process is None:
            return
        self._unread += bytes(self._process.readAllStandardOutput().data())
        *lines, self._unread = self._unread.split(b"\n")
        for line in lines:
            told = json.loads(line)
            if "done" in told:
                self.progressed.emit(int(told["done"]), int(told["total"]))
            else:
                self._answer = told

    def _notice_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            self._end(self._process.errorString())

    def _notice_end(self, code: int) -> None:
        self._end(f"its process ended with {code}")

    def _end(self, why: str) -> None:
        """The child has ended: tell what it found out, or why it did not."""
        if self._process is None:
            return
        self._read()
        said = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        self._process.deleteLater()
        self._process = None
        if "error" in self._answer:
            self.refused.emit(str(self._answer["error"]))
        elif self._answer:
            self.answered.emit(self._answer)
        else:
            reason = said.strip()[-LONGEST_REASON:] or why
            self.refused.emit(f"{self._failure}: {reason}")
