"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from graphcore.training.durable import cut_unfinished_line, replace_whole, why_unwritable


def test_a_file_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "state"
    file.write_text("before")
    replace_whole(file, lambda path: path.write_text("after"))
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("state", "after")]


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_what_ends_the_writing_leaves_the_file_that_was_there(
    tmp_path: Path, fault: BaseException
) -> None:
    file = tmp_path / "state"
    file.write_text("before")

    def write(path: Path) -> None:
        path.write_text("aft")
        raise fault

    with pytest.raises(type(fault)):
        replace_whole(file, write)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("state", "before")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b""),
        (b"whole\n", b"whole\n"),
        (b"whole\nhal", b"whole\n"),
        (b"hal", b""),
        (b"a\n" + b"x" * 200_000, b"a\n"),
        (b"x" * 200_000 + b"\n" + b"y" * 65_536, b"x" * 200_000 + b"\n"),
    ],
)
def test_a_line_that_was_not_ended_is_cut(tmp_path: Path, before: bytes, after: bytes) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(before)
    cut_unfinished_line(file)
    assert file.read_bytes() == after


def behind(cause: OSError) -> RuntimeError:
    """A library's error that came of the system's."""
    error = RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos")
    error.__context__ = cause
    return error


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
GONE = OSError(errno.ENOENT, os.strerror(errno.ENOENT))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FULL, "No space left on device: make room there, then resume"),
        (behind(FULL), "No space left on device: make room there, then resume"),
        (RuntimeError("I/O error: x (os error 28)"), "No space left on device: make room"),
        (GONE, "No such file or directory: see that the folder is there and can be written"),
        (RuntimeError("first\nsecond"), "first: see that the folder can be written, then resume"),
    ],
)
def test_the_systems_error_is_told_also_where_a_library_hides_it(
    error: BaseException, words: str
) -> None:
    assert why_unwritable(error).startswith(words)
