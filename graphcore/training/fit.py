"""A training run as a generator of events; it knows no window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import nn

from graphcore.diagram import Diagram
from graphcore.training.assembly import built, loaded_data, put
from graphcore.training.control import Control
from graphcore.training.device import choose_device, choose_threads, nth_device, repeatable
from graphcore.training.events import Failed, TrainingEvent
from graphcore.training.faults.post_mortem import FAULTS, failure_of
from graphcore.training.loop import fit_module
from graphcore.training.measuring.twin import Twin
from graphcore.training.parallel.peers import Job
from graphcore.training.parallel.ranks import Ranks, gathered
from graphcore.training.parallel.seat import Seat, seat_of
from graphcore.training.plan import Plan, prepare
from graphcore.training.precision import products
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder, RunFolderError
from graphcore.training.weights.first import begin_with
from graphcore.training.weights.record import weights_asked


def fit(
    diagram: Diagram,
    recipe: Recipe,
    run: RunFolder | None = None,
    control: Control | None = None,
    *,
    threads: int | None = None,
    resume: bool = False,
    trusted: str = "",
    weights: Path | None = None,
    seat: Seat | None = None,
    when_ready: Callable[[], None] | None = None,
) -> Iterator[TrainingEvent]:
    """Train the network of ``diagram`` and tell what happens; the last event is Finished or
    Failed. ``trusted`` is the digest of the user's program that may be run for its data;
    ``weights`` are the first ones, unless the run is resumed.

    Everything is also written to ``run``; with ``resume`` the run goes on from its last state,
    bit for bit as if it had not ended (on the same device and versions), or begins anew where it
    had not come to its first one. Seeds and threads are those of the process, so one run at a time.

    For a recipe with several devices further processes are started, unless torchrun has done so.
    ``seat`` is this process's among them; ``when_ready`` is called when it can join the others.
    Only the first one writes to ``run``.
    """
    seat = seat or seat_of(recipe.devices)
    recipe = replace(recipe, devices=seat.size)
    reins = control or Control()
    anew = run is not None and resume and not run.state_path.exists()
    resume = resume and not anew
    job = None
    if seat.starts_others:
        path = run.path if run else None
        job = Job.of(diagram, recipe, path, threads, resume=resume, trusted=trusted)
    join = partial(gathered, seat, job, when_ready)
    for event in _fit(
        diagram, recipe, run, reins, threads, resume, trusted, weights, anew, seat, join
    ):
        if run is not None and seat.is_first:
            try:
                run.append_event(event)
            except RunFolderError as error:
                yield event if isinstance(event, Failed) else Failed(str(error))
                return
        yield event


def _fit(
    diagram: Diagram,
    recipe: Recipe,
    run: RunFolder | None,
    control: Control,
    threads: int | None,
    resume: bool,
    trusted: str,
    weights: Path | None,
    anew: bool,
    seat: Seat,
    meeting: Callable[[torch.device], AbstractContextManager[Callable[[], Ranks]]],
) -> Iterator[TrainingEvent]:
    module: nn.Module | None = None
    plan: Plan | None = None
    try:
        own = run if seat.is_first else None
        if own is not None:
            own.cut_unfinished_event()
            if anew:
                own.forget_figures()
                weights = weights_asked(own.path)
        device = nth_device(choose_device(recipe.device), seat.local, seat.local_size)
        with repeatable(device, asked=recipe.deterministic), products(recipe):
            plan = prepare(diagram, recipe, device, own, trusted)
            count = choose_threads(threads, plan.operations, seat.local_size)
            with meeting(device) as join:
                module = built(diagram, plan, recipe)
                if weights is not None and seat.is_first and not resume:
                    yield begin_with(module, weights, own.path if own else None, again=anew)
                module = put(module, recipe, device)
                data, objective = loaded_data(plan, recipe, device, own)
                plan = replace(plan, objective=objective)
                ranks = join()
                twin = Twin(module, diagram, ranks) if recipe.edges_every else None
                yield from fit_module(
                    module,
                    plan,
                    data,
                    recipe,
                    run,
                    control,
                    twin=twin,
                    threads=count,
                    resume=resume,
                    ranks=ranks,
                )
    except FAULTS as error:
        yield failure_of(error, diagram, recipe, run, module, plan.info if plan else None)
