"""Pieces of a program's text, and how they are put together as ``ruff format`` would leave them."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphcore.formatting import lines
from graphcore.program import Atom, Invoke

WIDTH = 88


@dataclass(frozen=True)
class Piece:
    """What one choice brings into a program: the imports and settings that it needs, and its lines.

    ``text`` may be indented; functions in it stand apart by two empty lines.
    """

    text: str = ""
    imports: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        """The lines without the indentation that they have in common."""
        return textwrap.dedent(self.text).strip("\n").split("\n") if self.text.strip() else []


def import_block(statements: Iterable[str], own: str) -> str:
    """The import statements, each once, in three groups: Python's, others' and those of the module
    ``own``, as isort sorts them."""
    groups: tuple[list[str], ...] = ([], [], [])
    for statement in sorted(set(statements), key=_import_key):
        name = statement.split()[1].split(".")[0]
        place = 2 if name == own else 0 if name in sys.stdlib_module_names else 1
        groups[place].append(statement)
    return "\n\n".join("\n".join(_merged(group)) for group in groups if group)


def _import_key(statement: str) -> tuple[bool, str, str]:
    """Plain imports first; names by their module, without regard to case."""
    return statement.startswith("from"), statement.split()[1].lower(), statement


def _merged(statements: Iterable[str]) -> list[str]:
    """``from a import b`` and ``from a import c`` as one."""
    found: dict[str, list[str]] = {}
    for statement in statements:
        head, _, name = statement.partition(" import ")
        found.setdefault(head, []).append(name)
    merged = []
    for head, names in found.items():
        line = f"{head} import {', '.join(names)}" if names[0] else head
        if len(line) > WIDTH:
            line = "\n".join([f"{head} import (", *(f"    {name}," for name in names), ")"])
        merged.append(line)
    return merged


def call(prefix: str, name: str, arguments: Iterable[str], indent: int = 0) -> str:
    """``prefix`` and a call, over several lines where one is too short."""
    tree = Invoke(name, tuple(Atom(argument) for argument in arguments))
    return "\n".join(lines(prefix, tree, "", indent))


def indented(text: Iterable[str], by: int = 4) -> list[str]:
    """The lines further to the right."""
    return [" " * by + line if line else "" for line in text]


def joined(sections: Iterable[Iterable[str]]) -> str:
    """Sections of lines as one text: an empty line between them, two about functions."""
    out: list[str] = []
    was_function = False
    for section in sections:
        body = list(section)
        if not body:
            continue
        is_function = body[0].startswith(("def ", "@"))
        if out:
            out += ["", ""] if is_function or was_function else [""]
        out += body
        was_function = is_function
    return "\n".join(out) + "\n"


def literal(value: object) -> str:
    """A value as text, in the quotes that a formatter would choose."""
    text = repr(value)
    if text.startswith("'") and '"' not in text:
        return f'"{text[1:-1]}"'
    return text
