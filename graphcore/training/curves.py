"""The curves of runs as CSV: a line a step, or a line an evaluation of the held-out samples.

Numbers are written with as many digits as are needed to read the very same float32 back. ``nan``
is what was not measured or was not a number; a cell is empty where a run has no such column.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TextIO

import numpy as np
import numpy.typing as npt

from graphcore.training.events import Evaluated
from graphcore.training.measuring.step_file import StepFile
from graphcore.training.run_folder import RunFolder

GRADIENT: Final = "gradient_rms."
"""What stands before a layer's name: nothing that a layer is called is taken for another column."""
_CHUNK_FIGURES: Final = 50_000
"""Figures that are written between two reports."""


class NamedRun(NamedTuple):
    """A run, and what its lines begin with."""

    name: str
    folder: RunFolder


def write_steps(
    runs: Sequence[NamedRun], file: TextIO, *, gradients: bool = False
) -> Generator[float]:
    """Write every step of the runs: run, step (from 1), and the columns of their step files, such
    as loss, accuracy and learning rate; with ``gradients`` the root mean square of every layer's
    gradient as well, each under ``gradient_rms.`` and the layer's name.

    A generator, so that a long table can be given up: it yields the share that is written. Raises
    StepFileError and OSError.
    """
    tables = [_Steps(run, gradients) for run in runs]
    columns = list(dict.fromkeys(name for table in tables for name in table.columns))
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["run", "step", *columns])
    total = max(sum(len(table.figures) for table in tables), 1)
    done = 0
    for table in tables:
        place = [table.columns.get(name) for name in columns]
        chunk = max(1, _CHUNK_FIGURES // max(len(columns), 1))
        for first in range(0, len(table.figures), chunk):
            rows = table.rows(first, first + chunk)
            for step, row in enumerate(rows, start=first + 1):
                cells = ("" if at is None else row[at] for at in place)
                writer.writerow([table.name, step, *cells])
            done += len(rows)
            yield done / total


def write_tests(runs: Sequence[NamedRun], file: TextIO) -> Generator[float]:
    """Write what the held-out samples gave: run, step, epoch (from 1), loss, accuracy (0 to 1) and
    the other metrics. Yields the share that is written. Raises RunFolderError.
    """
    told = [(run.name, _tests(run.folder)) for run in runs]
    metrics = list(
        dict.fromkeys(name for _, tests in told for test in tests for name in test.metrics)
    )
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["run", "step", "epoch", "loss", "accuracy", *metrics])
    for index, (name, tests) in enumerate(told, start=1):
        for test in tests:
            accuracy = "" if test.accuracy is None else repr(test.accuracy)
            others = (repr(test.metrics[key]) if key in test.metrics else "" for key in metrics)
            writer.writerow([name, test.step, test.epoch + 1, repr(test.loss), accuracy, *others])
        yield index / len(told)


Write = Callable[[TextIO], Generator[float]]


def write_file(path: Path, write: Write) -> Generator[float]:
    """Write by ``write`` into ``path``, which is replaced when all is there; what was begun is
    removed where it is given up. Yields what ``write`` does. Raises OSError as well.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield from write(file)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


class _Steps:
    """The figures of one run, and where its columns stand in them."""

    def __init__(self, run: NamedRun, gradients: bool) -> None:
        file: StepFile = run.folder.step_file()
        self.name = run.name
        figures = file.read_all()
        self._roots = np.sqrt(np.maximum(file.sizes, 1))
        self._first = len(file.columns)
        names = [*file.columns, *(GRADIENT + row.module for row in file.rows)]
        kept = names if gradients else names[: self._first]
        self.columns = {name: place for place, name in enumerate(kept)}
        self.figures: npt.NDArray[np.float32] = figures[:, : len(kept)]

    def rows(self, first: int, last: int) -> list[list[str]]:
        """The figures of the steps from ``first`` to before ``last``, as they are written."""
        part = self.figures[first:last].copy()
        part[:, self._first :] /= self._roots[: part.shape[1] - self._first]
        # numpy writes the shortest text that is read back as the same float32.
        written: list[list[str]] = part.astype(str).tolist()
        return written


def _tests(folder: RunFolder) -> list[Evaluated]:
    return [event for event in folder.events() if isinstance(event, Evaluated)]
