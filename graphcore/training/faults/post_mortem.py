"""What ended a run, told from what is left of it."""

from __future__ import annotations

import gc
from dataclasses import replace

import torch
from torch import nn

from graphcore.analysis import analyse
from graphcore.diagnostics import DiagramError
from graphcore.diagram import Diagram
from graphcore.module import locate
from graphcore.training.checkpoint import CheckpointError
from graphcore.training.data.arrays import DataError, DataInfo
from graphcore.training.device import DeviceError
from graphcore.training.durable import why_unwritable
from graphcore.training.events import Failed
from graphcore.training.faults.explaining import (
    TrainingError,
    explain,
    is_no_memory,
    no_memory,
    trace_of,
)
from graphcore.training.faults.memory_need import in_words, memory_of
from graphcore.training.faults.not_finite import NotFiniteError, explained
from graphcore.training.faults.room import free_memory
from graphcore.training.measuring.step_file import StepFileError
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder, RunFolderError
from graphcore.training.weights.match import WeightsError

EXPECTED = (
    DataError,
    DeviceError,
    DiagramError,
    RunFolderError,
    StepFileError,
    CheckpointError,
    WeightsError,
)
"""Faults whose message is already what the user should read."""

RUNTIME = (RuntimeError, ValueError, TypeError, IndexError, ArithmeticError, MemoryError)
"""What a network may raise while it is built and run."""

FAULTS = (*EXPECTED, *RUNTIME, TrainingError, OSError)
"""All that a run may end by."""


def failure_of(
    error: BaseException,
    diagram: Diagram,
    recipe: Recipe,
    run: RunFolder | None = None,
    module: nn.Module | None = None,
    info: DataInfo | None = None,
) -> Failed:
    """Why a run ended by one of :data:`FAULTS`, where, and how to mend it. ``module`` is the
    network if it was built, ``info`` what is known of the data."""
    if isinstance(error, NotFiniteError):
        return _not_finite(error, diagram)
    if isinstance(error, TrainingError):
        return error.failed
    if isinstance(error, EXPECTED):
        return Failed(str(error))
    if isinstance(error, OSError):
        where = run.path if run else "the disk"
        return Failed(f"{where} cannot be written any more ({why_unwritable(error)})")
    if is_no_memory(error):
        return _no_memory(error, diagram, recipe, module, info)
    instance, definition = locate(error, module, diagram) if module else (None, None)
    place = definition.item if definition else ""
    return Failed(explain(error, recipe, place), instance, definition, trace_of(error))


def _not_finite(error: NotFiniteError, diagram: Diagram) -> Failed:
    """The first block that is not finite, unless there is no memory to look for it: the step is
    made again with every output looked at."""
    try:
        return explained(error, diagram)
    except RUNTIME as other:
        if not is_no_memory(other):
            raise
        trace = trace_of(other)
        _let_go(other, error.step.learner.module if error.step else None)
        failed = error.failed
        unknown = "there was not enough memory to look for the first block that is not finite"
        return replace(failed, message=f"{failed.message} ({unknown})", trace=trace)


def _no_memory(
    error: BaseException,
    diagram: Diagram,
    recipe: Recipe,
    module: nn.Module | None,
    info: DataInfo | None,
) -> Failed:
    """The largest block is the one to look at, wherever the memory came to its end."""
    instance, definition = locate(error, module, diagram) if module else (None, None)
    device = next((p.device for p in module.parameters()), None) if module else None
    happened = no_memory(error, definition.item if definition else "", _room(device))
    trace = trace_of(error)
    _let_go(error, module)
    need = memory_of(analyse(diagram), recipe, info)
    message = f"{happened}: {in_words(need, recipe, _room(device))}"
    if need.blocks:
        instance, definition = need.blocks[0].instance, need.blocks[0].definition
    return Failed(message, instance, definition, trace)


def _room(device: torch.device | None) -> int | None:
    if device is not None and device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    return free_memory()


def _let_go(error: BaseException, module: nn.Module | None) -> None:
    """Give back what the step held, so that there is room to say so."""
    failed: BaseException | None = error
    while failed is not None:
        failed.__traceback__ = None  # whose frames hold every tensor of the step
        failed = failed.__cause__ or failed.__context__
    if module is not None:
        module.zero_grad(set_to_none=True)
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
