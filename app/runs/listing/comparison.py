"""Runs laid over each other: which are read, what each is called, and how each looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from app.document import Document
from app.runs.listing.run_places import TWIN, is_twin, runs_of, twin_of
from app.runs.plots.look import RunLook
from app.runs.session import Run, open_run
from graphcore.store.error import StoreError
from graphcore.training.measuring.step_file import StepFileError
from graphcore.training.run_about import AboutError, read_about
from graphcore.training.run_folder import RunFolder, RunFolderError

WITH = "With skips"
WITHOUT = "Without skips"


class Plotted(NamedTuple):
    """A run as plots show it."""

    run: Run
    title: str
    look: RunLook


def with_twins(folders: Iterable[RunFolder]) -> list[RunFolder]:
    """The runs, each followed by its plain twin where it has one; none twice."""
    found: dict[Path, RunFolder] = {}
    for folder in folders:
        found[folder.path] = folder
        twin = RunFolder(twin_of(folder.path))
        if not is_twin(folder.path) and twin.holds_a_run:
            found[twin.path] = twin
    return list(found.values())


def open_all(folders: Iterable[RunFolder]) -> tuple[list[Run], list[str]]:
    """The runs that can be read, and of each other one in a sentence why not."""
    runs, problems = [], []
    for folder in folders:
        if not folder.path.is_dir():
            problems.append(f"Run {folder.name} is not there any more: it was moved or deleted.")
            continue
        try:
            runs.append(open_run(folder, title_of(folder)))
        except (RunFolderError, StepFileError, StoreError, OSError) as error:
            problems.append(f"Run {folder.name} cannot be shown: {error}.")
    return runs, problems


def runs_to_compare(
    shown: Iterable[Run], folders: Iterable[RunFolder]
) -> tuple[list[Run], list[str]]:
    """What is shown when ``folders`` are compared: what goes on, then those of ``folders`` that
    can be read, of which some may be ``shown`` already; and why others cannot."""
    wanted = with_twins(folders)
    known = {run.folder.path: run for run in shown}
    opened, problems = open_all(each for each in wanted if each.path not in known)
    known |= {run.folder.path: run for run in opened}
    going = [run for run in known.values() if run.is_going]
    others = [known[each.path] for each in wanted if each.path in known]
    return [*going, *(run for run in others if run not in going)], problems


def offers(document: Document, shown: Sequence[Run]) -> list[tuple[RunFolder, str, bool]]:
    """The runs of a document that can be laid over others: folder, name, whether it is shown."""
    going = [run.folder.path for run in shown if run.is_going]
    runs = runs_of(document.path, document.diagram)
    others = [folder for folder in runs if folder.path not in going]
    have = [run.folder.path for run in shown]
    names = names_of(others)
    return [(one, name, one.path in have) for one, name in zip(others, names, strict=True)]


def title_of(folder: RunFolder) -> str:
    """What stands over a run's canvas when it is opened."""
    if is_twin(folder.path):
        return WITHOUT
    return WITH if RunFolder(twin_of(folder.path)).holds_a_run else folder.name


def name_of(folder: RunFolder) -> str:
    """What a run is called among others: its name or that of its folder, and which of a pair."""
    if is_twin(folder.path):
        of_pair = RunFolder(folder.path.with_name(folder.name.removesuffix(TWIN)))
        return f"{_called(of_pair)} without"
    pair = RunFolder(twin_of(folder.path)).holds_a_run
    return f"{_called(folder)} with" if pair else _called(folder)


def names_of(folders: Sequence[RunFolder]) -> list[str]:
    """A name for each; where two have the same, their folders tell them apart."""
    names = [name_of(folder) for folder in folders]
    count = Counter(names)
    return [
        name if count[name] == 1 else f"{name} ({folder.name})"
        for name, folder in zip(names, folders, strict=True)
    ]


def incomparable(runs: Sequence[Run]) -> str:
    """Why the losses of runs say nothing about each other; "" where they do."""
    if len({run.recipe.data for run in runs}) > 1:
        return "They learn from different data: their losses do not compare."
    if len({run.recipe.loss for run in runs}) > 1:
        return "They have different losses, which do not compare."
    return ""


def _called(folder: RunFolder) -> str:
    try:
        return read_about(folder.path).name or folder.name
    except AboutError:
        return folder.name
