"""What the program remembers from one start to the next."""

from __future__ import annotations

from pathlib import Path
from typing import cast, get_args

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from app.theme import SchemeName

MAX_RECENT = 10


def store() -> QSettings:
    """The user's settings, wherever the platform keeps them."""
    return QSettings("Skipwright", "Skipwright")


def recent_files() -> tuple[Path, ...]:
    """The files opened or saved lately that still exist, the latest first."""
    value = store().value("recent", [])
    names = value if isinstance(value, list) else [value]
    paths = (Path(name) for name in names if isinstance(name, str) and name)
    return tuple(path for path in paths if path.is_file())


def remember_file(path: Path) -> None:
    """Put ``path`` in front of the recent files."""
    path = path.absolute()
    others = [other for other in recent_files() if other != path]
    store().setValue("recent", [str(p) for p in (path, *others)][:MAX_RECENT])


def forget_files() -> None:
    """Empty the list of recent files."""
    store().remove("recent")


def scheme() -> SchemeName:
    """The colour scheme that was chosen last; the system's where none was."""
    value = store().value("scheme", "system")
    return cast(SchemeName, value) if value in get_args(SchemeName) else "system"


def remember_scheme(name: SchemeName) -> None:
    """Choose the colour scheme of the next start."""
    store().setValue("scheme", name)


def shows_first_minute() -> bool:
    """Whether the three cards of the first minute are wanted still."""
    return str(store().value("first_minute", "true")) == "true"


def remember_first_minute(shown: bool) -> None:
    """Show the three cards at the next start, or never again."""
    store().setValue("first_minute", "true" if shown else "false")


def geometry() -> QByteArray | None:
    """Where the window stood."""
    value = store().value("geometry")
    return value if isinstance(value, QByteArray) else None


def remember_geometry(value: QByteArray) -> None:
    """Let the next window stand where this one does."""
    store().setValue("geometry", value)


def journal_folder() -> Path:
    """Where edit journals are kept until their documents are saved."""
    location = QStandardPaths.StandardLocation.GenericDataLocation
    return Path(QStandardPaths.writableLocation(location)) / "skipwright" / "journals"
