"""What the verbs of the command line share: exit statuses, reading a diagram, telling problems."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from graphcore import store
from graphcore.diagnostics import Diagnostic
from graphcore.diagram import Diagram
from graphcore.tensor_type import TensorType

DONE, FAILED, UNUSABLE = 0, 1, 2
"""Exit statuses."""


class Unusable(Exception):
    """Bad usage or unreadable input; the message says what, where and how to mend it."""


def read_diagram(file: str) -> Diagram:
    """The diagram in ``file``. Raises Unusable where it cannot be read."""
    try:
        return store.open_file(file).diagram
    except FileNotFoundError as error:
        raise Unusable(f"{file}: there is no such file; 'skipwright new' makes one") from error
    except (store.StoreError, OSError) as error:
        raise Unusable(f"{file}: {reason(error)}") from error


def write_file(file: str, content: str) -> None:
    """Put ``content`` in the place of ``file``. Raises Unusable where that cannot be."""
    try:
        store.replace_file(Path(file), content.encode("utf-8"))
    except OSError as error:
        raise Unusable(f"{file}: cannot be written: {reason(error)}") from error


def reason(error: Exception) -> str:
    """An error's words without Python's number and path."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def print_json(value: object) -> None:
    """Print a JSON value to stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def print_problems(file: str, problems: Iterable[Diagnostic]) -> None:
    """Tell problems on stderr, each with its place and its remedies."""
    for problem in problems:
        print(f"{file}: {problem.severity}: {place(problem)}: {problem.message}", file=sys.stderr)
        for fix in problem.fixes:
            print(f"    remedy: {fix.title}", file=sys.stderr)


def place(problem: Diagnostic) -> str:
    """``ResNet20/stem`` or ``ResNet20/add.x``."""
    item = f"/{problem.at.item}" if problem.at.item else ""
    port = f".{problem.port}" if problem.port else ""
    return f"{problem.at.block}{item}{port}"


def shape(kind: TensorType | None) -> list[int | str] | None:
    """A tensor's dims for JSON: numbers, and text where they depend on a symbol."""
    if kind is None:
        return None
    return [dim if isinstance(dim, int) else str(dim) for dim in kind.dims]
