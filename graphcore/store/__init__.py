"""Diagrams as ``.skw`` files: strict reading, atomic and durable writing.

A file is UTF-8 JSON with one node or wire a line. It holds no code, no pickle and no path that is
followed; names become Python identifiers only through
:func:`~graphcore.diagram.name_problem`.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import NamedTuple

from graphcore.diagram import FORMAT_VERSION, Diagram
from graphcore.store.error import MAX_BYTES, NewerVersion, StoreError
from graphcore.store.reading import diagram_of
from graphcore.store.writing import written

__all__ = [
    "NewerVersion",
    "Opened",
    "StoreError",
    "WriteError",
    "dumps",
    "loads",
    "open_file",
    "read",
    "replace_file",
    "write",
]

SUFFIX = ".skw"

_NO_FOLDERS_SYNCED = (errno.EINVAL, errno.ENOTSUP, errno.EACCES)
"""From file systems that sync files only, and folders that may be written but not read."""


class WriteError(OSError):
    """The disk refused; the message says why and what to do. Nothing has changed on it."""

    def __str__(self) -> str:
        return f"{self.strerror}."


class Opened(NamedTuple):
    """A diagram as a window opens it; ``notice`` says why it is ``read_only``."""

    diagram: Diagram
    read_only: bool = False
    notice: str = ""


def dumps(diagram: Diagram) -> str:
    """The text of ``diagram``'s file; ``loads`` of it is the same diagram.

    Raises StoreError for a number that is not finite.
    """
    return written(diagram).text()


def loads(text: str) -> Diagram:
    """The diagram that ``text`` is. Raises StoreError with line and block."""
    return diagram_of(text)


def read(path: Path | str) -> Diagram:
    """The diagram in a file.

    Raises StoreError for what is no diagram of this version, OSError for a file that cannot be
    read.
    """
    return loads(_content(Path(path)))


def open_file(path: Path | str) -> Opened:
    """The diagram in a file, for reading only where a newer version of the program wrote it.

    Raises StoreError and OSError as :func:`read` does.
    """
    content = _content(Path(path))
    try:
        return Opened(diagram_of(content))
    except NewerVersion as newer:
        diagram = diagram_of(content, newer=True)
        notice = (
            f"This file was made by a newer version ({newer.message.split(';')[0]}). It is open "
            "for reading only, so that nothing is lost that this version does not know."
        )
        return Opened(diagram, read_only=True, notice=notice)


def write(diagram: Diagram, path: Path | str) -> None:
    """Save ``diagram``: the file is the old one or the new one, never something between.

    Raises StoreError where ``diagram`` cannot be kept in a file and WriteError (an OSError) where
    the disk refuses; the old file is then as it was.
    """
    if diagram.version != FORMAT_VERSION:
        raise StoreError(
            f"a diagram of version {diagram.version} cannot be saved by this program, which "
            f"writes {FORMAT_VERSION}; update the program"
        )
    text = dumps(diagram)
    loads(text)  # What could not be opened again must not take the place of a good file.
    replace_file(Path(path), text.encode("utf-8"))


def replace_file(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of ``path``, atomically and durably.

    A link is followed to its file, and the file's permissions are kept. Raises WriteError; the
    old file is then untouched and nothing is left beside it.
    """
    target = path.resolve()
    try:
        _replace(target, content)
    except OSError as error:
        raise WriteError(error.errno, f"{error.strerror}: {_remedy(error)}", str(path)) from error
    _sync_folder(target.parent)


def _replace(target: Path, content: bytes) -> None:
    # Part of the name will do: the whole with an ending might be too long for the disk.
    prefix = f".{target.name[:40]}."
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=".part", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode(target))
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _remedy(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            advice = "make room on the disk, or choose another place"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            advice = "you may not write there; choose another folder"
        case errno.ENOENT | errno.ENOTDIR:
            advice = "there is no such folder; choose another or make it"
        case errno.ENAMETOOLONG:
            advice = "choose a shorter name"
        case _:
            advice = "choose another place"
    return f"{advice}. Nothing that is on the disk has changed"


def _content(path: Path) -> str:
    if not stat.S_ISREG(path.stat().st_mode):  # A pipe would let the reader wait for ever.
        raise StoreError(f"'{path}' is not a file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise StoreError(f"the file is larger than {MAX_BYTES // 2**20} MiB; this is no diagram")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise StoreError("this is not a text in UTF-8, so no diagram", line) from error


def _mode(target: Path) -> int:
    """The permissions of the file that is replaced, or those that a new file gets."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where that can be asked for; the file is in its place already."""
    if os.name == "nt":
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _NO_FOLDERS_SYNCED:
            raise
