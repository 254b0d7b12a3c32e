"""What is written down of a run whose process is gone, since the process could not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.runs.children.exit_reason import what_next
from graphcore import store
from graphcore.analysis import analyse
from graphcore.training.events import Failed
from graphcore.training.faults.memory_need import in_words, memory_of
from graphcore.training.faults.room import free_memory
from graphcore.training.run_folder import RunFolder, RunFolderError

MUCH = 0.1
"""A step that takes this share of the free memory may be what made it run out."""


def last_words(run_dir: Path, failed: Failed, *, out_of_memory: bool = False) -> Failed:
    """The failure with what can be done next, recorded in the run's folder; where the process was
    killed for its memory, with the blocks that take most of it."""
    run = RunFolder(run_dir)
    if not run.holds_a_run:
        return failed
    if out_of_memory:
        failed = _with_largest_blocks(failed, run)
    has_state = run.state_path.exists()
    message = f"{failed.message.rstrip('.')}. {what_next(has_state=has_state)}"
    failed = replace(failed, message=message)
    try:
        run.cut_unfinished_event()
        run.append_event(failed)
    except RunFolderError as error:
        return replace(failed, message=f"{message} That could not be recorded: {error}.")
    return failed


def _with_largest_blocks(failed: Failed, run: RunFolder) -> Failed:
    try:
        recipe, diagram = run.recipe(), store.loads(run.diagram_text())
    except (RunFolderError, store.StoreError) as error:
        return replace(failed, message=f"{failed.message} Its folder is damaged, too: {error}")
    analysis = analyse(diagram)
    if not analysis.ok:
        return failed
    need = memory_of(analysis, recipe)
    free = free_memory()
    if free is not None and need.total < MUCH * free:
        return failed  # It was another program's memory, or another reason.
    words = in_words(need, recipe)
    message = f"{failed.message} {words[0].upper()}{words[1:]}."
    if not need.blocks:
        return replace(failed, message=message)
    largest = need.blocks[0]
    return replace(
        failed, message=message, instance=largest.instance, definition=largest.definition
    )
