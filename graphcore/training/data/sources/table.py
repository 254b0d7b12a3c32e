"""Tables: ``.csv`` and ``.tsv`` files, a row a sample, one column of which is predicted.

That is the column named target, label, class or y, else the last one. Words in it are classes, and
so are whole numbers of few kinds; other numbers are values to be met. Of the other columns,
numbers stay numbers, and a column of words becomes one of 0 and 1 for each word.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from graphcore.training.data.arrays import (
    Array,
    Arrays,
    DataError,
    DataInfo,
    Demand,
    FileKind,
    beyond_reach,
    split,
)

TARGETS = ("target", "label", "class", "y")
"""The names of a column that is predicted."""

MOST_CLASSES = 20
"""Whole numbers of more kinds are values to be met."""

MOST_WORDS = 100
"""A column of more different words is no category."""

SEPARATORS = ",;\t|"


class Table:
    """A table that was read: samples, targets and their names; ``words`` are the places of the
    columns that words were made numbers of."""

    separator = ","

    def __init__(self, path: Path) -> None:
        self._path = path
        self.words: list[int] = []
        header, rows = self._rows()
        names = [name.strip().lower() for name in header]
        chosen = [place for place, name in enumerate(names) if name in TARGETS]
        self.target = chosen[0] if chosen else len(header) - 1
        columns: list[tuple[str, Array]] = []
        for place, name in enumerate(header):
            cells = [row[place] for row in rows]
            if place == self.target:
                self.y, self.labels = self._predicted(name, cells)
            else:
                found = self._column(name, cells)
                columns += found
                if found[0][0] != name:
                    self.words.append(place)
        if not columns:
            raise self._wrong(
                "has a single column; one to learn from and one to predict are needed"
            )
        self.columns = tuple(name for name, _ in columns)
        self.x = np.stack([values for _, values in columns], axis=1).astype(np.float32)

    def _rows(self) -> tuple[list[str], list[list[str]]]:
        try:
            text = self._path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise self._wrong("is not written in UTF-8; save it as UTF-8") from error
        except OSError as error:
            raise self._wrong(
                f"cannot be read ({error.strerror or error}); check the path"
            ) from error
        lines = text.splitlines()
        if lines:
            self.separator = max(SEPARATORS, key=lambda sign: lines[0].count(sign))
        cells = csv.reader(lines, delimiter=self.separator)
        rows = [[cell.strip() for cell in row] for row in cells]
        rows = [row for row in rows if any(row)]
        if not rows:
            raise self._wrong("is empty")
        named = not any(_is_number(cell) for cell in rows[0])
        self.has_header = named
        header = rows.pop(0) if named else [f"column {i}" for i in range(1, len(rows[0]) + 1)]
        if len(rows) < 2:
            raise self._wrong(
                "has fewer than two rows; one to learn and one to hold out are needed"
            )
        for number, row in enumerate(rows, 2 if named else 1):
            if len(row) != len(header):
                raise self._wrong(
                    f"has {len(row)} cells in row {number}, but {len(header)} columns"
                )
            if "" in row:
                raise self._wrong(
                    f"has an empty cell in row {number}, column '{header[row.index('')]}'; fill "
                    "it, or take the row out"
                )
        return header, rows

    def _column(self, name: str, cells: Sequence[str]) -> list[tuple[str, Array]]:
        numbers = self._numbers(name, cells)
        if numbers is not None:
            return [(name, numbers)]
        words = sorted(set(cells))
        if len(words) > MOST_WORDS:
            raise self._wrong(
                f"has {len(words):,} different words in column '{name}', which is no category; "
                "take the column out"
            )
        given = np.array(cells)
        return [(f"{name} = {word}", (given == word).astype(np.float64)) for word in words]

    def _predicted(self, name: str, cells: Sequence[str]) -> tuple[Array, tuple[str, ...]]:
        """Classes with their labels, or values without any."""
        numbers = self._numbers(name, cells)
        if numbers is None:
            labels, classes = np.unique(np.array(cells), return_inverse=True)
            return classes.astype(np.int64), tuple(map(str, labels))
        kinds, classes = np.unique(numbers, return_inverse=True)
        if len(kinds) <= MOST_CLASSES and (kinds == kinds.round()).all():
            return classes.astype(np.int64), tuple(f"{kind:.0f}" for kind in kinds)
        return numbers.astype(np.float32), ()

    def _numbers(self, name: str, cells: Sequence[str]) -> Array | None:
        """The column as finite numbers; None where it has words."""
        if not all(_is_number(cell) for cell in cells):
            return None
        numbers = np.array([float(cell) for cell in cells])
        if not np.isfinite(numbers).all():
            row = int(np.flatnonzero(~np.isfinite(numbers))[0]) + 1
            raise self._wrong(
                f"has no finite number in column '{name}', sample {row}; take the row out"
            )
        if beyond_reach(numbers):
            row = int(np.abs(numbers).argmax()) + 1
            raise self._wrong(
                f"has a number in column '{name}', sample {row}, that is too large to compute "
                "with; scale the column, or take the row out"
            )
        return numbers

    def _wrong(self, what: str) -> DataError:
        return DataError(f"the table {self._path} {what}")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def read_table(path: Path) -> Table:
    """The table in a file. Raises DataError."""
    try:
        status = path.stat()
    except OSError as error:
        raise DataError(
            f"the table {path} cannot be read ({error.strerror or error}); check the path"
        ) from error
    return _cached(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)
def _cached(path: Path, changed: int, size: int) -> Table:
    return Table(path)


def _info(path: Path, demand: Demand) -> DataInfo:
    table = read_table(path)
    arrays = split(table.x, table.y)
    return DataInfo(
        name=str(path),
        title=path.name,
        sample_shape=table.x.shape[1:],
        target_shape=(),
        classes=len(table.labels) or None,
        train=len(arrays.x),
        held_out=len(arrays.x_test),
        labels=table.labels,
        columns=table.columns,
    )


def _load(path: Path, demand: Demand) -> Arrays:
    table = read_table(path)
    return split(table.x, table.y)


TABLE = FileKind("Tables", (".csv", ".tsv"), _info, _load)
