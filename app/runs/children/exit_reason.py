"""Why a training process ended before its run did, in plain words."""

from __future__ import annotations

import signal
import sys
from typing import Final

KEPT_STDERR: Final = 32_768
"""Bytes of a child's stderr that are kept; a traceback's end tells the cause."""

_SIGNALS: Final = {
    "SIGKILL": "The training process was killed: by somebody, or by the system because the memory "
    "of this machine ran out.",
    "SIGSEGV": "The training process crashed (segmentation fault), which is a fault of torch or "
    "of its driver and not of the diagram; the device 'cpu' may do without it.",
    "SIGABRT": "The training process aborted, which is a fault of torch or of its driver and not "
    "of the diagram; the device 'cpu' may do without it.",
    "SIGBUS": "The training process crashed while reading memory (bus error); a full disk or full "
    "shared memory does that: make room there.",
    "SIGILL": "The training process met an instruction that this processor lacks: this build of "
    "torch is for another one. Install torch for this machine.",
    "SIGFPE": "The training process crashed on an impossible division; another device may do "
    "without it.",
    "SIGTERM": "The training process was ended from outside.",
    "SIGINT": "The training process was interrupted from outside.",
    "SIGXCPU": "The training process used up the processor time it was allowed (ulimit -t): raise "
    "the limit.",
    "SIGXFSZ": "The training process wrote a file as large as it was allowed to (ulimit -f): raise "
    "the limit.",
}

KILLED: Final = int(getattr(signal, "SIGKILL", 9))
"""How a process ends that the system killed because memory ran out."""


def explain_flood(what: str) -> str:
    """Words for a process that was ended for what it wrote."""
    return (
        f"The training process was ended because it wrote {what}. A program that gives the data, "
        "or a library, may write to a place that is not its own."
    )


def what_next(*, has_state: bool) -> str:
    """What can be done with a run whose process is gone."""
    if has_state:
        return "Resume goes on from its last checkpoint."
    return "It had not come to its first checkpoint: Resume begins it anew, to go as it went."


def explain_start_failure(program: str, error: str) -> str:
    """Words for a process that never started."""
    return (
        f"The training process could not be started: {error.rstrip('.')}. "
        f"It should be run by {program}; reinstall Skipwright if that file is gone."
    )


def explain_exit(code: int, *, crashed: bool, stderr: str) -> str:
    """Words for a process that ended on its own.

    ``code`` is the exit status, or with ``crashed`` the signal (on Windows the exception's code).
    """
    if missing := _missing_module(stderr):
        return (
            f"The training process cannot find the package '{missing}'. Install it with "
            f"'{sys.executable} -m pip install {missing}' and train again."
        )
    if crashed:
        return _explain_crash(code)
    if "MemoryError" in stderr or "DefaultCPUAllocator" in stderr:
        return "The training process ran out of memory. Take a smaller batch size or a smaller net."
    if last := _last_line(stderr):
        return f"The training process ended with an error before the run was over: {last}"
    return (
        f"The training process ended before the run was over (exit status {code}) and did not say "
        "why."
    )


def _explain_crash(code: int) -> str:
    try:
        name = signal.Signals(code).name
    except ValueError:
        name = ""
    known = _SIGNALS.get(name)
    shown = name or f"code {code & 0xFFFFFFFF:#x}"
    return known or f"The training process crashed ({shown})."


def _last_line(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1][:400] if lines else ""


def _missing_module(stderr: str) -> str:
    last = _last_line(stderr)
    if not last.startswith("ModuleNotFoundError: No module named "):
        return ""
    return last.rsplit(" ", 1)[-1].strip("'\"").split(".")[0]
