"""Files that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors of a place in which there is no room."""

_PIECE = 65_536

_CODE = re.compile(r"\(os error (\d{1,5})\)")
"""How libraries in Rust tell the system's error."""


def replace_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` make the file beside its place, bring it to the disk, and move it there.

    A process that is killed, or a disk that is full, leaves the file that was there before. Raises
    whatever ``write`` raises, and OSError.
    """
    beside = path.with_name(path.name + ".part")
    try:
        write(beside)
        _bring_to_disk(beside)
        beside.replace(path)
        _bring_to_disk(path.parent)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def cut_unfinished_line(path: Path) -> None:
    """Take away what stands after the last whole line of a file. Raises OSError."""
    with path.open("r+b") as file:
        end = kept = os.fstat(file.fileno()).st_size
        while kept:
            begin = max(kept - _PIECE, 0)
            file.seek(begin)
            found = file.read(kept - begin).rfind(b"\n")
            if found >= 0:
                kept = begin + found + 1
                break
            kept = begin
        if kept < end:
            file.truncate(kept)


def why_unwritable(error: BaseException) -> str:
    """Why nothing could be written, and what to do about it, as half a sentence.

    >>> why_unwritable(OSError(errno.ENOSPC, "No space left on device"))
    'No space left on device: make room there, then resume'
    """
    cause = _cause(error)
    if cause is None:
        return f"{_first_line(error)}: see that the folder can be written, then resume"
    reason = cause.strerror or str(cause)
    if cause.errno in FULL:
        return f"{reason}: make room there, then resume"
    return f"{reason}: see that the folder is there and can be written, then resume"


def _cause(error: BaseException | None) -> OSError | None:
    """The system's error behind ``error``; libraries tell a full disk as errors of their own."""
    while error is not None and not isinstance(error, OSError):
        if code := _CODE.search(str(error)):
            return OSError(int(code[1]), os.strerror(int(code[1])))
        error = error.__cause__ or error.__context__
    return error


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).split("\n", 1)[0]


def _bring_to_disk(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows keeps the names of a folder safe by itself, and opens none.
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
