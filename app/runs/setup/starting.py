"""From a document to runs that can begin, or the words why they cannot."""

from __future__ import annotations

import os
from pathlib import Path

from app.document import Document
from app.runs.listing.comparison import WITH, WITHOUT
from app.runs.listing.run_places import fresh_run, is_twin, twin_of
from app.runs.session import Run, new_run, open_run
from graphcore import edits
from graphcore.diagram import Diagram
from graphcore.edge_kinds import EDGE_KINDS
from graphcore.spec import Refused
from graphcore.training.events import Failed
from graphcore.training.measuring.step_file import StepFileError
from graphcore.training.recipe import resolve_recipe
from graphcore.training.run_folder import RunFolder, RunFolderError


def prepare(
    document: Document, *, compare: bool, weights: Path | None = None
) -> tuple[Run, ...] | Failed:
    """The runs of the document's diagram, their folders made: itself, with ``compare`` its plain
    twin as well, with the same recipe and, if not None, the same ``weights`` to begin with."""
    diagram = document.diagram
    if problem := _problem(document, compare=compare):
        return problem
    try:
        recipe = resolve_recipe(diagram.recipe)
    except Refused as error:
        return Failed(f"The recipe cannot be used: {error}. Change it in the recipe form.")
    folder = fresh_run(document.path, diagram)
    try:
        if not compare:
            return (new_run(folder, diagram.main, diagram, recipe, weights),)
        plain = edits.without_skips(diagram)
        return (
            new_run(folder, WITH, diagram, recipe, weights),
            new_run(twin_of(folder), WITHOUT, plain, recipe, weights),
        )
    except (RunFolderError, OSError) as error:
        return Failed(str(error))


def open_session(folder: RunFolder) -> tuple[Run, ...] | Failed:
    """The runs of a folder as they were, with the plain twin where there is one."""
    from graphcore.store import StoreError

    twin = RunFolder(twin_of(folder.path))
    pair = not is_twin(folder.path) and twin.holds_a_run
    try:
        first = open_run(folder, WITH if pair else folder.name)
        return (first, open_run(twin, WITHOUT)) if pair else (first,)
    except (RunFolderError, StepFileError, StoreError, OSError) as error:
        return Failed(f"This run cannot be opened: {error}")


def threads_for(runs: int) -> int | None:
    """Threads for each of so many runs at once: all cores for one, else a fair part."""
    if runs == 1:
        return None
    return max(1, (os.cpu_count() or 1) // runs)


def _problem(document: Document, *, compare: bool) -> Failed | None:
    errors = [p for p in document.analysis.diagnostics if p.severity == "error"]
    if errors:
        others = len(errors) - 1
        more = f" {others} more: see Problems." if others else ""
        return Failed(
            f"The diagram cannot be trained yet: {errors[0].message}.{more}", (), errors[0].at
        )
    if compare and not _has_skips(document.diagram):
        return Failed(
            "There is no skip connection to compare with and without. Draw one with the skip "
            "tool (S) and train again."
        )
    return None


def _has_skips(diagram: Diagram) -> bool:
    return any(
        EDGE_KINDS[edge.kind].join == "add" and edge.active is not False
        for block in diagram.blocks.values()
        for edge in block.graph.edges.values()
    )
