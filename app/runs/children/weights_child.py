"""A question on weights, answered by a child that reads their files."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QObject, QProcess, Signal

from app.runs.children.client import child_environment

CHILD: Final = ("-m", "graphcore.training.weights.questions")
CLOSE_GRACE_MS: Final = 400
LONGEST_REASON: Final = 300


class WeightsChild(QObject):
    """Asks one question at a time; a new one takes the place of one that still waits.

    ``progressed(int, int)`` tells how many samples of how many are done; ``answered(object)`` is
    the answer, ``refused(str)`` why there is none: exactly one of the two follows a question,
    unless it is given up.
    """

    progressed = Signal(int, int)
    answered = Signal(object)
    refused = Signal(str)

    def __init__(self, parent: QObject | None = None, *, command: tuple[str, ...] = CHILD) -> None:
        super().__init__(parent)
        self._command = command
        self._process: QProcess | None = None
        self._unread = b""
        self._answer: dict[str, Any] = {}

    @property
    def is_busy(self) -> bool:
        """Whether an answer is waited for."""
        return self._process is not None

    def ask(self, question: Mapping[str, Any]) -> None:
        """Find out what ``question`` asks, as :mod:`graphcore.training.weights.questions` says."""
        self.give_up()
        self._unread, self._answer = b"", {}
        process = QProcess(self)
        process.setProcessEnvironment(child_environment())
        process.readyReadStandardOutput.connect(self._read)
        process.errorOccurred.connect(self._notice_error)
        process.finished.connect(self._notice_end)
        self._process = process
        process.start(sys.executable, ["-P", "-X", "utf8", *self._command])
        process.write(json.dumps(dict(question)).encode() + b"\n")

    def give_up(self) -> None:
        """Leave no child behind; no answer follows."""
        process, self._process = self._process, None
        if process is None:
            return
        process.blockSignals(True)
        if process.state() is not QProcess.ProcessState.NotRunning:
            process.kill()
            process.waitForFinished(CLOSE_GRACE_MS)
        process.deleteLater()

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
            self.refused.emit(f"the weights could not be looked at: {reason}")
