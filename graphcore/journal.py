"""The edit journal: what brings the work back after a crash.

After every edit one line is appended to a file of the user's that is locked while the document is
open. The file goes when the document is saved or closed. A file that is there without a lock
belongs to a program that died, and its last complete line is the work that was not saved.
"""

from __future__ import annotations

import json
import os
import sys
from io import FileIO
from pathlib import Path
from typing import NamedTuple

from graphcore.diagram import Diagram
from graphcore.journal_entry import NOTHING, Parts, applied, entry
from graphcore.store import StoreError, loads, read
from graphcore.store.writing import Written, file_text, written

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

SUFFIX = ".journal"
MAX_BYTES = 64 * 2**20
"""Beyond it a journal begins anew with the present state."""

_BROKEN = (ValueError, KeyError, IndexError, TypeError, AttributeError)
"""What comes of reading a line that is no entry (StoreError is a ValueError)."""


class Journal:
    """The journal of one open document; ``saved`` is the diagram as it is on the disk.

    Nothing is written before the first edit, so looking at a file leaves no trace.
    """

    def __init__(self, folder: Path, saved: Diagram, path: Path | None = None) -> None:
        self._folder = folder
        self._path = path
        self._saved = written(saved)
        self._last = self._saved
        self._file: FileIO | None = None
        self._before: FileIO | None = None
        self._end = 0

    @classmethod
    def _continued(cls, file: FileIO, found: _Replay) -> Journal:
        """A journal that goes on after a crash; ``file`` stays until its own first line stands."""
        journal = cls(Path(str(file.name)).parent, found.saved, found.path)
        journal._last = written(found.latest)
        journal._before = file
        return journal

    @property
    def file(self) -> Path | None:
        """Where the work that is not saved is noted, None where there is none."""
        file = self._file or self._before
        return Path(str(file.name)) if file else None

    def record(self, diagram: Diagram) -> None:
        """Note the state after an edit. Raises OSError where the disk refuses; what was noted
        before is still there, and the next call notes both edits."""
        if diagram is self._last.diagram:
            return
        now = written(diagram, self._last)
        if self._file is None or self._end > MAX_BYTES:
            self._begin(now)
        else:
            self._append(entry(now, (self._last.head, self._last.blocks)))
        self._last = now

    def saved(self, diagram: Diagram, path: Path | None) -> None:
        """The document was saved as ``diagram`` in ``path``: there is nothing to bring back."""
        self.discard()
        self._path = path
        self._saved = self._last = written(diagram, self._last)

    def discard(self) -> None:
        """Remove the journal: the document was closed and its edits are not wanted."""
        for file in (self._file, self._before):
            if file is not None:
                _remove(file)
        self._file = self._before = None

    def _begin(self, now: Written) -> None:
        """A new file with the saved state and the present one, in place of the one before."""
        self._folder.mkdir(parents=True, exist_ok=True)
        old, end = self._file or self._before, self._end
        # With it comes much that is only needed once there is an edit, after the window is there.
        import uuid

        self._file, self._end = _create(self._folder / f"{uuid.uuid4().hex}{SUFFIX}"), 0
        try:
            self._append(json.dumps({"path": str(self._path.resolve()) if self._path else None}))
            self._append(entry(self._saved, NOTHING))
            self._append(entry(now, (self._saved.head, self._saved.blocks)))
        except OSError:
            _remove(self._file)
            self._file, self._before, self._end = None, old, end
            raise
        self._before = None
        if old is not None:
            _remove(old)

    def _append(self, line: str) -> None:
        assert self._file is not None, "a journal is begun before it is continued"
        rest = memoryview(line.encode("ascii") + b"\n")
        end = self._end + len(rest)
        self._file.seek(self._end)
        self._file.truncate()  # Half a line may be left of an attempt that failed.
        while rest:
            rest = rest[self._file.write(rest) :]
        self._end = end


class _Replay(NamedTuple):
    """What a journal holds: the document's file, its saved and its latest state."""

    path: Path | None
    saved: Diagram
    latest: Diagram


class Recovery:
    """Work that a crash left behind. It stays on the disk until it is saved or discarded."""

    def __init__(self, file: FileIO, found: _Replay) -> None:
        self._file = file
        self._found = found

    @property
    def path(self) -> Path | None:
        """The file that was edited, None for a document that was never saved."""
        return self._found.path

    @property
    def diagram(self) -> Diagram:
        """The state after the last edit."""
        return self._found.latest

    @property
    def modified(self) -> float:
        """When the last edit was made, in seconds since the epoch."""
        return Path(str(self._file.name)).stat().st_mtime

    def adopt(self) -> Journal:
        """Go on with this work; what was left behind stays on the disk until it is noted anew."""
        return Journal._continued(self._file, self._found)

    def discard(self) -> None:
        """Remove it for good."""
        _remove(self._file)

    def leave(self) -> None:
        """Leave it for another time."""
        self._file.close()


def abandoned(folder: Path) -> tuple[Recovery, ...]:
    """What crashes left behind in ``folder``, the latest first.

    Journals in use are passed over, and so is one that cannot be read; one whose last
    state is the saved one, or is what the document's file holds, has nothing to give and is
    removed. Raises OSError where the disk refuses.
    """
    found: list[Recovery] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            file = FileIO(path, "r+")
        except (FileNotFoundError, PermissionError):
            continue  # It was just removed by its program, or is somebody else's.
        replay = _replay(file) if _lock(file) and _is_there(file) else None
        if replay is None:
            file.close()
        elif _is_needless(replay):
            _remove(file)
        else:
            found.append(Recovery(file, replay))
    return tuple(sorted(found, key=lambda recovery: recovery.modified, reverse=True))


def _replay(file: FileIO) -> _Replay | None:
    """What is noted in ``file`` up to its last complete line, None where nothing can be read."""
    lines = file.readall().split(b"\n")[:-1]
    try:
        where = json.loads(lines[0])["path"]
        path = None if where is None else Path(where)
        base = applied(lines[1].decode("ascii"), NOTHING)
        saved = loads(file_text(*base))
    except _BROKEN:
        return None
    return _Replay(path, saved, _latest(lines[2:], base) or saved)


def _latest(lines: list[bytes], base: Parts) -> Diagram | None:
    """The last state in ``lines`` that can be read, each line following on the one before."""
    while lines:
        parts = base
        for count, line in enumerate(lines):
            try:
                parts = applied(line.decode("ascii"), parts)
            except _BROKEN:
                lines = lines[:count]
                break
        else:
            try:
                return loads(file_text(*parts))
            except StoreError:
                lines = lines[:-1]
    return None


def _is_needless(replay: _Replay) -> bool:
    if replay.latest == replay.saved:
        return True
    if replay.path is None or not replay.path.is_file():
        return False
    try:
        return read(replay.path) == replay.latest
    except (StoreError, OSError):
        return False


def _create(path: Path) -> FileIO:
    file = FileIO(path, "x+")
    _lock(file, wait=True)  # Another program may be looking whether this one is abandoned.
    return file


def _remove(file: FileIO) -> None:
    """Delete a file that is open: before its lock goes, lest another program take it for
    abandoned. Windows wants it closed first."""
    path = Path(str(file.name))
    if sys.platform == "win32":
        file.close()
    path.unlink(missing_ok=True)
    file.close()


def _is_there(file: FileIO) -> bool:
    """Whether ``file`` was not removed since it was opened."""
    return os.fstat(file.fileno()).st_nlink > 0


def _lock(file: FileIO, *, wait: bool = False) -> bool:
    """Lock ``file`` until it is closed or the process ends; False where another has the lock."""
    try:
        if sys.platform == "win32":
            file.seek(2**31 - 2)  # Far behind the content, which stays readable.
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            file.seek(0)
        else:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
