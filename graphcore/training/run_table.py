"""Runs side by side: what they reached, and in what their recipes and diagrams differ."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from graphcore.diagram import Diagram
from graphcore.diagram_difference import difference
from graphcore.spec import BoolParam, ChoiceParam, Param, ParamValue
from graphcore.training.metric_words import title_of
from graphcore.training.recipe import GROUPS, Recipe

RESULT: Final = "Result"
DIAGRAM: Final = "Diagram"
MISSING: Final = "–"


@dataclass(frozen=True)
class RunFacts:
    """What is known of a run. ``accuracy`` is from 0 to 1; ``metrics`` are other held-out figures
    by name; None is what was not measured, or is not known yet. ``begun_with`` are the weights of
    its first step, empty where they were drawn."""

    name: str
    recipe: Recipe
    diagram: Diagram
    state: str
    steps: int = 0
    train_loss: float | None = None
    loss: float | None = None
    accuracy: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    seconds: float | None = None
    device: str = ""
    parameters: int | None = None
    begun_with: str = ""


class TableRow(NamedTuple):
    """A line of the table: a cell a run; ``notes`` say more of each where there is more."""

    group: str
    name: str
    cells: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether the runs do not all have the same here."""
        return len(set(self.cells)) > 1


def run_table(runs: Sequence[RunFacts]) -> tuple[TableRow, ...]:
    """All that can be told of the runs: results on top, then diagrams, of which those of
    later runs are compared with the first, then recipes."""
    if not runs:
        return ()
    return (*_results(runs), *_diagrams(runs), *_recipes(runs))


def rows_that_differ(rows: Sequence[TableRow]) -> tuple[TableRow, ...]:
    """The results, and of all else only what differs."""
    return tuple(row for row in rows if row.group == RESULT or row.differs)


def as_text(names: Sequence[str], rows: Sequence[TableRow]) -> str:
    """The table with tabs between its cells, as spreadsheets take it."""
    lines = [("", *names), *((row.name, *row.cells) for row in rows)]
    return "\n".join("\t".join(_one_line(cell) for cell in line) for line in lines) + "\n"


def written(param: Param, value: ParamValue) -> str:
    """A parameter's value in full: two that differ are never written alike."""
    if value is None:
        return MISSING
    if isinstance(param, BoolParam) and isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(param, ChoiceParam) and param.titles and value in param.choices:
        return param.titles[param.choices.index(str(value))]
    return str(value)


def _results(runs: Sequence[RunFacts]) -> list[TableRow]:
    def row(name: str, *cells: str) -> TableRow:
        return TableRow(RESULT, name, cells)

    rows = [
        row("State", *(run.state for run in runs)),
        row("Steps made", *(f"{run.steps:,}" for run in runs)),
        row("Training loss", *(_figure(run.train_loss) for run in runs)),
        row("Test loss", *(_figure(run.loss) for run in runs)),
        row("Test accuracy", *(_percent(run.accuracy) for run in runs)),
    ]
    for name in dict.fromkeys(name for run in runs for name in run.metrics):
        cells = (_figure(run.metrics.get(name)) for run in runs)
        rows.append(row(f"Test {title_of(name)}", *cells))
    rows.append(row("Seconds", *(_seconds(run.seconds) for run in runs)))
    rows.append(row("Computed on", *(run.device or MISSING for run in runs)))
    return [one for one in rows if set(one.cells) != {MISSING}]


def _recipes(runs: Sequence[RunFacts]) -> list[TableRow]:
    values = [run.recipe.values() for run in runs]
    begun = tuple(run.begun_with or "random weights" for run in runs)
    weights = [TableRow("Weights", "Began with", begun)] if any(r.begun_with for r in runs) else []
    return weights + [
        TableRow(
            group,
            param.name.replace("_", " ").capitalize(),
            tuple(written(param, each[param.name]) for each in values),
        )
        for group, params in GROUPS.items()
        for param in params
    ]


def _diagrams(runs: Sequence[RunFacts]) -> list[TableRow]:
    first, *others = (run.diagram for run in runs)
    found = [difference(first, other) for other in others]
    words = tuple(one.in_words() for one in found)
    notes = tuple(", ".join(one.blocks or one.parameters) for one in found)
    cells = ("reference" if any(found) else "same", *words)
    counts = tuple(MISSING if run.parameters is None else f"{run.parameters:,}" for run in runs)
    return [
        TableRow(DIAGRAM, "Diagram", cells, ("", *notes)),
        TableRow(DIAGRAM, "Model", tuple(run.diagram.main for run in runs)),
        *_main_params(runs),
        TableRow(DIAGRAM, "Parameters", counts),
    ]


def _main_params(runs: Sequence[RunFacts]) -> list[TableRow]:
    """What the sliders above the canvas stood at."""
    declared = [{param.name: param for param in run.diagram.main_block.params} for run in runs]
    names = dict.fromkeys(name for params in declared for name in params)
    return [
        TableRow(
            DIAGRAM,
            name,
            tuple(
                written(params[name], params[name].default) if name in params else MISSING
                for params in declared
            ),
        )
        for name in names
    ]


def _figure(value: float | None) -> str:
    if value is None:
        return MISSING
    return "not a number" if math.isnan(value) else f"{value:.4g}"


def _percent(value: float | None) -> str:
    return MISSING if value is None or math.isnan(value) else f"{value * 100:.2f} %"


def _seconds(value: float | None) -> str:
    return MISSING if value is None else f"{value:.1f}"


def _one_line(cell: str) -> str:
    return " ".join(cell.split())
