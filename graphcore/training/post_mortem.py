"""What ended a run, told from what is left of it."""

from __future__ import annotations

import gc

import torch
from torch import nn

from graphcore.analysis import analyse
from graphcore.diagram import Diagram
from graphcore.module import locate
from graphcore.training.arrays import DataInfo
from graphcore.training.events import Failed
from graphcore.training.faults import explain, is_no_memory, no_memory, trace_of
from graphcore.training.memory_need import in_words, memory_of
from graphcore.training.recipe import Recipe
from graphcore.training.room import free_memory


def failure_of(
    error: BaseException,
    diagram: Diagram,
    recipe: Recipe,
    module: nn.Module | None = None,
    info: DataInfo | None = None,
) -> Failed:
    """Why a run ended by ``error``, where, and how to mend it. ``module`` is the network if it was
    built, ``info`` what is known of the data."""
    instance, definition = locate(error, module, diagram) if module else (None, None)
    place = definition.item if definition else ""
    trace = trace_of(error)
    if not is_no_memory(error):
        return Failed(explain(error, recipe, place), instance, definition, trace)
    device = next((p.device for p in module.parameters()), None) if module else None
    left = _room(device)
    happened = no_memory(error, place, left)
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
