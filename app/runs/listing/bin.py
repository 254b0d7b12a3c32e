"""The system's bin: a run's folder goes there, and comes back where that is wanted."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QFile


class BinError(OSError):
    """A folder cannot come back from the bin; the message says why and how to mend it."""


@dataclass(frozen=True)
class Binned:
    """A folder that is in the bin: where it was, and where it is, if the system tells."""

    was: Path
    now: Path | None


def to_bin(folder: Path) -> Binned | None:
    """Move ``folder`` to the bin; None where there is no bin for it, and it stays."""
    file = QFile(str(folder))
    if not file.moveToTrash():
        return None
    told = file.fileName()
    now = Path(told) if told and told != str(folder) else None
    return Binned(folder, now)


def put_back(binned: Binned) -> None:
    """Move a folder from the bin to where it was. Raises BinError."""
    name = binned.was.name
    if binned.was.exists():
        raise BinError(
            f"{name} cannot be put back: another run has its name by now. It is still in the bin; "
            "take it out there under another name."
        )
    if binned.now is None or not binned.now.exists():
        raise BinError(f"{name} cannot be put back: it is not in the bin any more.")
    try:
        binned.was.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(binned.now, binned.was)
    except OSError as error:
        raise BinError(
            f"{name} cannot be put back ({error.strerror or error}). It is still in the bin; take "
            "it out there."
        ) from error
    _forget(binned.now)


def _forget(place: Path) -> None:
    """Take the note away that the freedesktop bin keeps of what was at ``place``."""
    if place.parent.name == "files":
        note = place.parent.with_name("info") / f"{place.name}.trashinfo"
        note.unlink(missing_ok=True)
