"""The network and the data of a run, as they are when its first step begins."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from graphcore.codegen import to_source
from graphcore.diagram import Diagram
from graphcore.module import load_source
from graphcore.training.data.augmentation import augmented
from graphcore.training.data.datasets import DataError, load_arrays
from graphcore.training.data.minibatches import Data, to_device
from graphcore.training.data.record import settle
from graphcore.training.faults.explaining import is_no_memory, no_memory
from graphcore.training.initialisation import initialise
from graphcore.training.losses import Objective
from graphcore.training.plan import Plan
from graphcore.training.precision import compile_blocks, placed
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder


def built(diagram: Diagram, plan: Plan, recipe: Recipe) -> nn.Module:
    """The network with its first weights, which are drawn on the CPU and so alike everywhere."""
    torch.manual_seed(recipe.seed)
    module: nn.Module = load_source(to_source(diagram))()
    initialise(module, recipe, plan.branch_ends)
    return module


def put(module: nn.Module, recipe: Recipe, device: torch.device) -> nn.Module:
    """The network on its device, its blocks compiled where the recipe says so."""
    module = placed(module.to(device), recipe)
    if recipe.devices > 1 and device.type == "cuda":
        module = nn.SyncBatchNorm.convert_sync_batchnorm(module)
    if recipe.compile:
        compile_blocks(module)
    return module


def loaded_data(
    plan: Plan, recipe: Recipe, device: torch.device, run: RunFolder | None
) -> tuple[Data, Objective]:
    """What is learnt from, and the objective with the unit of what is predicted.

    Raises DataError where there is none, and where the memory does not hold it.
    """
    assert plan.info is not None
    try:
        loaded, record = settle(
            load_arrays(recipe.data, plan.demand),
            plan.info,
            recipe,
            as_numbers=plan.input_dtype.is_floating_point,
            path=run.data_path if run else None,
        )
        data = augmented(to_device(loaded, device, plan.input_dtype, recipe.seed), recipe)
    except (MemoryError, RuntimeError) as error:
        if not is_no_memory(error):
            raise
        raise DataError(
            f"the data {plan.info.title} do not fit into the memory of the device {device}: "
            f"{no_memory(error)}. Take a part of them, or another device"
        ) from error
    return data, replace(plan.objective, unit=record.normalisation.target_deviation)
