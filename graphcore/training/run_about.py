"""What its user says about a run: ``about.json`` in the run's folder, a name and notes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from graphcore.store import replace_file
from graphcore.store.error import StoreError
from graphcore.store.strict_json import Fields, Found, parse

FILE: Final = "about.json"
LONGEST: Final = {"name": 120, "notes": 20_000}
"""Characters that a field may have."""
_LARGEST: Final = 8 * sum(LONGEST.values())


class AboutError(ValueError):
    """What a run is called cannot be read or written; the message says why and how to mend it."""


@dataclass(frozen=True)
class About:
    """A run's name ("" where the folder's will do) and notes. Raises AboutError where one is too
    long or the name is more than a line.

    >>> About(name="wider stem").name
    'wider stem'
    """

    name: str = ""
    notes: str = ""

    def __post_init__(self) -> None:
        for field, text in asdict(self).items():
            if len(text) > LONGEST[field]:
                raise AboutError(
                    f"the {field} of a run has at most {LONGEST[field]:,} characters, not "
                    f"{len(text):,}; shorten it"
                )
            if any(0xD800 <= ord(sign) < 0xE000 for sign in text):
                raise AboutError(f"the {field} has half a character in it; type it again")
        if not all(sign.isprintable() for sign in self.name):
            raise AboutError("a run's name is one line of printable characters; mend it")


def read_about(folder: Path) -> About:
    """What is said about the run in ``folder``; empty where nothing is.

    Strict, as the diagram's file is: unknown or doubled fields are refused. Raises AboutError.
    """
    path = folder / FILE
    if not path.exists():
        return About()
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise AboutError("it is too large")
        return _understand(parse(content.decode("utf-8")))
    except (OSError, UnicodeDecodeError, StoreError, AboutError) as error:
        raise AboutError(
            f"{path} cannot be read: {error}. Mend it, or delete it to begin anew"
        ) from error


def write_about(folder: Path, about: About) -> None:
    """Write it down, atomically; an empty one leaves no file. Raises AboutError."""
    path = folder / FILE
    try:
        if about == About():
            path.unlink(missing_ok=True)
            return
        text = json.dumps(asdict(about), indent=1, ensure_ascii=False) + "\n"
        replace_file(path, text.encode("utf-8"))
    except OSError as error:
        raise AboutError(
            f"{path} cannot be written ({error.strerror}); allow writing in the run's folder"
        ) from error


def _understand(found: Found) -> About:
    fields = found.value
    if not isinstance(fields, Fields):
        raise found.refuse("it must be an object with a name and notes")
    if fields.twice is not None:
        raise found.inner(fields.twice).refuse(f"'{fields.twice}' is there twice")
    for key, value in fields.items():
        if key not in LONGEST:
            raise found.inner(key).refuse(f"it has no '{key}', only a name and notes")
        if not isinstance(value, str):
            raise found.inner(key).refuse(f"'{key}' must be a text")
    return About(**fields)
