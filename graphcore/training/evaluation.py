"""How well saved weights do on held-out data, measured as a run measures itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from graphcore import store
from graphcore.diagram import Diagram
from graphcore.training.assembly import built
from graphcore.training.data.datasets import load_arrays
from graphcore.training.data.minibatches import Minibatches, to_device
from graphcore.training.data.record import DataRecord, settle, settle_others
from graphcore.training.device import choose_device, choose_threads, repeatable
from graphcore.training.events import Failed
from graphcore.training.faults.explaining import TrainingError, explain, trace_of
from graphcore.training.faults.post_mortem import EXPECTED, RUNTIME
from graphcore.training.learner import Learner
from graphcore.training.losses import Metrics
from graphcore.training.plan import Plan, prepare
from graphcore.training.precision import placed, products
from graphcore.training.recipe import Recipe, resolve_recipe
from graphcore.training.run_folder import RunFolder
from graphcore.training.weights.first import take_up
from graphcore.training.weights.match import WeightsError
from graphcore.training.weights.record import WEIGHTS, WeightsRecord, run_of, weights_at


@dataclass(frozen=True)
class Subject:
    """What is evaluated: a network with the weights of a file, on the held-out part of the
    recipe's data. ``run`` is the run that learnt them, whose normalisation is used; ``others``
    tells that the data may be others than that run's."""

    diagram: Diagram
    recipe: Recipe
    weights: Path
    run: RunFolder | None = None
    others: bool = False


@dataclass(frozen=True)
class Measured:
    """So many of the samples have been measured."""

    done: int
    total: int


@dataclass(frozen=True)
class Evaluation:
    """Loss, accuracy (None without classes) and the other figures, as in ``Evaluated``."""

    loss: float
    accuracy: float | None
    metrics: Mapping[str, float]
    samples: int
    data: str
    weights: WeightsRecord

    def to_json(self) -> dict[str, Any]:
        """As plain values; a figure that is no number is null."""
        match = self.weights.match
        assert match is not None
        figures = {"loss": self.loss, "accuracy": self.accuracy}
        return {
            **{name: _plain(figure) for name, figure in figures.items()},
            "metrics": {name: _plain(figure) for name, figure in self.metrics.items()},
            "samples": self.samples,
            "data": self.data,
            "weights": {
                "file": self.weights.file,
                "title": self.weights.title,
                "digest": self.weights.digest,
                "message": match.sentence(),
            },
        }


def subject_of_run(
    run: RunFolder, weights: str = "best", *, data: str = "", device: str = ""
) -> Subject:
    """A run's own network with its ``best`` or ``last`` weights, or those of another file; on its
    data or others. Raises RunFolderError, StoreError, WeightsError and Refused."""
    values = run.recipe().values()
    changes = {"data": data, "device": device}
    recipe = resolve_recipe(values | {name: value for name, value in changes.items() if value})
    path = run.path / WEIGHTS[weights] if weights in WEIGHTS else weights_at(Path(weights))
    if weights in WEIGHTS and not path.is_file():
        raise WeightsError(
            f"{run.path} has no {weights} weights: the run ended before it had saved any; train it "
            "for longer"
        )
    return Subject(store.loads(run.diagram_text()), recipe, path, run, others=bool(data))


def subject_of_diagram(diagram: Diagram, recipe: Recipe, weights: Path) -> Subject:
    """A diagram's network with the weights of a file, normalised as in the run that learnt them
    where they lie in its folder."""
    path = weights_at(weights)
    folder = run_of(path)
    run = RunFolder(folder) if folder and RunFolder(folder).data_path.is_file() else None
    return Subject(diagram, recipe, path, run, others=True)


def evaluate(
    subject: Subject, *, threads: int | None = None, trusted: str = ""
) -> Iterator[Measured | Evaluation]:
    """Measure minibatch by minibatch; the last that comes is the Evaluation.

    Raises WeightsError, DataError, DeviceError, DiagramError, and TrainingError for all that the
    network itself raises.
    """
    try:
        yield from _measured(subject, threads, trusted)
    except (*EXPECTED, TrainingError):
        raise
    except RUNTIME as error:
        failed = Failed(explain(error, subject.recipe), trace=trace_of(error))
        raise TrainingError(failed) from error


def _measured(
    subject: Subject, threads: int | None, trusted: str
) -> Iterator[Measured | Evaluation]:
    recipe = subject.recipe
    device = choose_device(recipe.device)
    with repeatable(device, asked=recipe.deterministic), products(recipe):
        plan = prepare(subject.diagram, recipe, device, None, trusted)
        choose_threads(threads, plan.operations)
        module = built(subject.diagram, plan, recipe)
        record = take_up(module, subject.weights, whole=True)
        samples, data = _held_out(subject, plan, device)
        objective = replace(plan.objective, unit=data.normalisation.target_deviation)
        learner = Learner(placed(module.to(device), recipe), recipe, objective)
        size, metrics = 2 * recipe.batch_size, Metrics(objective, device)
        yield Measured(0, len(samples))
        for so_far in learner.evaluation(samples, size):
            metrics = so_far
            yield Measured(metrics.samples, len(samples))
        yield Evaluation(
            metrics.loss,
            metrics.accuracy,
            metrics.others(),
            len(samples),
            data.info.title,
            record,
        )


def _held_out(subject: Subject, plan: Plan, device: torch.device) -> tuple[Minibatches, DataRecord]:
    """What is measured on, as the network is used to have it."""
    assert plan.info is not None
    recipe = subject.recipe
    loaded = load_arrays(recipe.data, plan.demand)
    path = subject.run.data_path if subject.run and subject.run.data_path.is_file() else None
    if path is not None and subject.others:
        loaded, record = settle_others(loaded, plan.info, path)
    else:
        as_numbers = plan.input_dtype.is_floating_point
        loaded, record = settle(loaded, plan.info, recipe, as_numbers=as_numbers, path=path)
    return to_device(loaded, device, plan.input_dtype).held_out, record


def _plain(figure: float | None) -> float | None:
    return figure if figure is not None and abs(figure) < float("inf") else None
