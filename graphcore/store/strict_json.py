"""JSON, strictly: what the standard reader lets pass is refused, and every refusal has a line.

The text is parsed by the standard library. Only when something is wrong is it walked a second
time, to find the line on which the culprit stands.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from graphcore.store.error import StoreError
from graphcore.values import MAX_INTEGER

Path = tuple[str | int, ...]
"""The way to a value: keys of objects and indices of arrays."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+|\n')


class Fields(dict[str, Any]):
    """An object of the file; ``twice`` is a key that it has more than once."""

    twice: str | None = None


class Found(NamedTuple):
    """A value of the file with the way to it, so that a refusal can name the line.

    ``newer`` tells that the file is of a later version, whose unknown words are passed over.
    """

    value: Any
    path: Path
    text: str
    block: str = ""
    newer: bool = False

    def refuse(self, message: str) -> StoreError:
        """The error that says ``message`` about this value."""
        return StoreError(message, line_of(self.text, self.path), self.block)

    def inner(self, step: str | int, block: str | None = None) -> Found:
        """The value below this one at ``step``."""
        inside = self.block if block is None else block
        return Found(self.value[step], (*self.path, step), self.text, inside, self.newer)


def parse(text: str) -> Found:
    """The value that ``text`` is. Raises StoreError where it is no JSON."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=_fields,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        raise StoreError(_told(error, text), error.lineno) from error
    except RecursionError as error:
        raise StoreError("lists and objects are nested too deeply; this is no diagram") from error
    return Found(value, (), text)


def line_of(text: str, path: Path) -> int:
    """The line, from 1, on which the value at ``path`` begins in the valid JSON ``text``; the
    second one of two of the same name."""
    return max((line for place, line in _values(text) if place == path), default=0)


def _fields(pairs: list[tuple[str, Any]]) -> Fields:
    fields = Fields(pairs)
    if len(fields) < len(pairs):
        fields.twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
    return fields


def _integer(text: str) -> int:
    """The integer; one with very many digits only becomes too large, at no cost."""
    return int(text) if len(text) < 20 else 2 * MAX_INTEGER


def _told(error: json.JSONDecodeError, text: str) -> str:
    if text.startswith("\ufeff"):
        return "the file begins with a byte order mark; save it as UTF-8 without one"
    if not text.strip():
        return "the file is empty"
    if error.pos >= len(text.rstrip()):
        return "the file ends in the middle; it was cut off when it was written or copied"
    return f"this is not JSON: {error.msg} at column {error.colno}"


def _values(text: str) -> Iterator[tuple[Path, int]]:
    """The way to every value with the line on which it begins, in the order of the text."""
    path: list[str | int] = []
    opened: list[str] = []
    line, expects_key, key = 1, False, ""
    for token in _TOKEN.findall(text):
        if token == "\n":
            line += 1
        elif token in ("]", "}"):
            opened.pop()
            path.pop()
        elif token == ",":
            last = path.pop()
            path.append(last + 1 if isinstance(last, int) else "")
            expects_key = opened[-1] == "{"
        elif token == ":":
            path[-1] = key
        elif expects_key:
            key, expects_key = json.loads(token), False
        else:
            yield tuple(path), line
            if token in ("[", "{"):
                opened.append(token)
                path.append(0 if token == "[" else "")
                expects_key = token == "{"
