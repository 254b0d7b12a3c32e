"""The pipes between a window and its children: JSON lines on stdin and stdout."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, BinaryIO


def keep_stdout() -> BinaryIO:
    """The pipe that stdout was, for messages alone; file descriptor 1 becomes stderr, so that a
    stray print, of Python or of a library in C, cannot come between two of them."""
    sys.stdout.flush()
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return out


def send_line(out: BinaryIO, message: Mapping[str, Any]) -> None:
    """Write a message as a JSON line. Raises BrokenPipeError where nobody reads it."""
    unsent = memoryview(json.dumps(message, allow_nan=False).encode() + b"\n")
    while unsent:
        unsent = unsent[out.write(unsent) :]


def first_line() -> bytes | None:
    """The first line of stdin; None where it ends before. It is read without Python's buffer, whose
    lock would be held at exit."""
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(0, 1 << 20)
        if not more:
            return None
        line += more
    return line


def await_end_of_stdin(then: Callable[[], None]) -> None:
    """Read on beside the work, and call ``then`` when stdin ends: who started this child is gone,
    or no longer waits for it."""

    def listen() -> None:
        while os.read(0, 65536):
            pass
        then()

    threading.Thread(target=listen, daemon=True).start()


def answer_question(
    answers: Callable[[Mapping[str, Any]], Iterable[Mapping[str, Any]]],
) -> int:
    """Read one question and write the lines that answer it. Returns the exit status: 1 where there
    was no question. The process exits when stdin ends before: nobody waits for an answer then."""
    out = keep_stdout()
    line = first_line()
    if line is None:
        return 1
    asked = json.loads(line)
    await_end_of_stdin(lambda: os._exit(1))
    for answer in answers(asked):
        send_line(out, answer)
    return 0
