"""Starting and ending the children that hold torch, or whatever else the window must not wait
for."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QProcess, QProcessEnvironment

import graphcore


def child_environment() -> QProcessEnvironment:
    """The window's environment with our packages found first, whatever folder the user is in."""
    environment = QProcessEnvironment.systemEnvironment()
    root = str(Path(graphcore.__file__).resolve().parent.parent)
    others = environment.value("PYTHONPATH")
    environment.insert("PYTHONPATH", os.pathsep.join(filter(None, (root, others))))
    environment.insert("PYTHONFAULTHANDLER", "1")
    return environment


def start_python(process: QProcess, command: Sequence[str]) -> None:
    """Run our Python with these arguments; what lies in the user's folder is not imported."""
    process.start(sys.executable, ["-P", "-X", "utf8", *command])


def yield_to_the_window(pid: int, niceness: int) -> None:
    """Let the window have a core when it wants one; threads that come later inherit it."""
    if pid and hasattr(os, "setpriority"):
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, pid, niceness)


def dismiss(process: QProcess, *, grace_ms: int, last_words: bytes = b"") -> None:
    """End a child, of which nothing is heard any more: its stdin ends after ``last_words``, and it
    is killed when it does not leave in time."""
    process.blockSignals(True)
    if process.state() is not QProcess.ProcessState.NotRunning:
        process.write(last_words)
        process.closeWriteChannel()
        process.waitForFinished(grace_ms)
    kill(process, grace_ms=grace_ms)


def kill(process: QProcess, *, grace_ms: int) -> None:
    """End a child at once, of which nothing is heard any more."""
    process.blockSignals(True)
    if process.state() is not QProcess.ProcessState.NotRunning:
        process.kill()
        process.waitForFinished(grace_ms)
    process.deleteLater()
