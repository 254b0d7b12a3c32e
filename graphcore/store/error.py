"""What reading or writing a file says when it refuses, and the limits of the format."""

from __future__ import annotations

import re

MAX_BYTES = 64 * 2**20
MAX_BLOCKS = 1_000
MAX_EDGES = 100_000
MAX_ID = 250
ID = re.compile(r"[A-Za-z0-9_.\-]+")
COPY_NAMES = re.compile(r"[A-Za-z0-9_]*\{i(\+1)?\}[A-Za-z0-9_]*")
"""How the copies of a repeat are named: ``{i}``, ``denselayer{i+1}``."""


class StoreError(ValueError):
    """The file is not a diagram that this version can take; ``line`` (from 1; 0: none in
    particular) and ``block`` tell where."""

    def __init__(self, message: str, line: int = 0, block: str = "") -> None:
        where = [f"line {line}"] if line else []
        where += [f"in '{block}'"] if block else []
        super().__init__(f"{', '.join(where)}: {message}" if where else message)
        self.message = message
        self.line = line
        self.block = block


class NewerVersion(StoreError):
    """The file was written by a newer version of the program."""
