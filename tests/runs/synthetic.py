"""Runs that were never trained: step files with known figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.runs.history import Figures, HeldOut, History
from graphcore.diagram import Step
from graphcore.training.measuring.step_file import COLUMNS, Row, StepFile, StepWriter

RESNET20 = (
    "stem",
    *(f"stage{s}.{c}.conv{k}" for s in (1, 2, 3) for c in range(3) for k in (1, 2)),
    "head",
)

Magnitude = Callable[[int, int], float]
"""A gradient's root mean square by row and step."""


def rows_of(modules: tuple[str, ...] = RESNET20, numel: int = 100) -> tuple[Row, ...]:
    """Rows of equal size whose instances follow the modules' names."""
    return tuple(Row(module, instance_of(module), numel) for module in modules)


def instance_of(module: str) -> tuple[Step, ...]:
    """``stage1.0.conv1`` is copy 0 of ``stage1``, then ``conv1``."""
    steps: list[Step] = []
    for part in module.split("."):
        if part.isdigit():
            steps[-1] = Step(steps[-1].node, int(part))
        else:
            steps.append(Step(part, 0))
    return tuple(steps)


def records(rows: tuple[Row, ...], first: int, last: int, magnitude: Magnitude) -> Figures:
    """Steps ``first`` to ``last``: the loss is 2 / step, the accuracy 0.5."""
    made = np.empty((last - first + 1, len(COLUMNS) + len(rows)), dtype=np.float32)
    for index, step in enumerate(range(first, last + 1)):
        made[index, :3] = (2.0 / step, 0.5, 0.1)
        made[index, 3:] = [magnitude(r, step) * np.sqrt(row.numel) for r, row in enumerate(rows)]
    return made


def history(
    folder: Path,
    steps: int,
    magnitude: Magnitude = lambda row, step: 1e-3,
    modules: tuple[str, ...] = RESNET20,
    tests: tuple[HeldOut, ...] = (),
) -> History:
    """A run of so many steps, read from a file in ``folder``."""
    path = folder / "steps.f32"
    rows = rows_of(modules)
    with StepWriter(path, rows) as writer:
        if steps:
            writer.append(records(rows, 1, steps, magnitude))
    made = History(StepFile(path))
    made.pull()
    made.tests.extend(tests)
    return made
