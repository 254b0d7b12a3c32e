"""A few steps of several networks in float64, made by one process or as one of several.

``python -m tests.training.shared_steps RANK SIZE MEETING OUT`` makes them as one of several.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch

from graphcore.diagram import Diagram
from graphcore.gallery import build
from graphcore.module import to_module
from graphcore.training.data.minibatches import Samples, epoch_batches
from graphcore.training.learner import Learner
from graphcore.training.losses import Objective
from graphcore.training.measuring.edge_file import EdgeFigures
from graphcore.training.measuring.edge_watch import EdgeWatch
from graphcore.training.measuring.twin import Twin
from graphcore.training.parallel.ranks import SINGLE, Ranks, gathered
from graphcore.training.parallel.seat import Seat
from graphcore.training.recipe import Recipe
from tests.diagrams import block, diagram, image, node, wire

STEPS = 3
Found = dict[str, npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Case:
    """A network with a recipe, so many samples and what is learnt from them."""

    network: Diagram
    recipe: Recipe
    samples: int = 90
    objective: Objective = field(default_factory=lambda: Objective(classes=10))


def residual() -> Diagram:
    """Two convolutions round which a skip goes, and a layer that leads nowhere."""
    nodes = (
        image(1),
        node("stem", "Conv2d", out_channels=3, kernel_size=3, padding=1),
        node("conv", "Conv2d", out_channels=3, kernel_size=3, padding=1),
        node("act", "Tanh"),
        node("pool", "AdaptiveAvgPool2d", output_size=2),
        node("flatten", "Flatten"),
        node("head", "Linear", out_features=10),
        node("output", "Output"),
    )
    blind = node("blind", "Conv2d", out_channels=2, kernel_size=1)
    made = block(*nodes, extra=(wire("stem", "act", "skip", "shortcut"), wire("stem", "blind")))
    graph = made.graph
    nodes_too = {**graph.nodes, "blind": blind}
    return diagram(block(*nodes_too.values(), edges=list(graph.edges.values())))


def values() -> Diagram:
    """Ten numbers from an image."""
    nodes = (image(1), node("flatten", "Flatten"), node("head", "Linear", out_features=10))
    return diagram(block(*nodes, node("output", "Output")))


CASES: Mapping[str, Case] = {
    "shares of different sizes": Case(residual(), Recipe(edges_every=1, batch_size=25)),
    "a learned token": Case(
        build("vit-digits", width=8, depth=1, heads=2, hidden=8, dropout=0.0),
        Recipe(edges_every=1, batch_size=30),
    ),
    "in parts, clipped": Case(
        residual(), Recipe(edges_every=1, batch_size=25, accumulation=3, clip_norm=0.1)
    ),
    "fewer samples than a minibatch": Case(
        values(), Recipe(edges_every=1, batch_size=64, loss="mse"), 31, Objective("mse", None)
    ),
}


class Kept:
    """Takes the measurements of edges as they come, in float64."""

    def __init__(self) -> None:
        self.figures: list[npt.NDArray[np.float64]] = []

    def write(self, measured: EdgeFigures) -> None:
        self.figures.append(measured.figures)


def samples_of(case: Case) -> Samples:
    """Random images with classes, or with values."""
    stream = torch.Generator().manual_seed(5)
    x = torch.randn(case.samples, 1, 8, 8, generator=stream, dtype=torch.float64)
    if case.objective.has_accuracy:
        return Samples(x, torch.arange(case.samples) % 10)
    return Samples(x, torch.randn(case.samples, 10, generator=stream, dtype=torch.float64))


def steps(case: Case, ranks: Ranks) -> Found:
    """What some steps find, and the weights after them."""
    torch.manual_seed(1)
    module = to_module(case.network).double().train()
    samples, recipe = samples_of(case), case.recipe
    learner = Learner(module, recipe, case.objective, ranks)
    watch, kept = EdgeWatch(Twin(module, case.network, ranks), learner, recipe), Kept()
    watch.writer = kept  # type: ignore[assignment]
    learner.share_gradients(samples)
    whole = min(recipe.batch_size, case.samples)
    told, norms = [], []
    for step in range(STEPS):
        batch = epoch_batches(case.samples, recipe.batch_size, 0, step)[0]
        x, y = samples.at(ranks.share(batch, recipe.accumulation))
        with watch.step(step, len(x), whole):
            loss, accuracy = learner.backward(x, y, whole)
        told.append([loss.item(), accuracy.item() if accuracy is not None else 0.0])
        norms.append([0.0 if p.grad is None else p.grad.norm().item() for p in module.parameters()])
        learner.update(0.05, 0.9)
    watch.flush()
    metrics = learner.evaluate(samples, 20)
    held_out = [metrics.loss, metrics.accuracy or 0.0, *metrics.others().values()]
    weights = [p.detach().flatten() for p in module.parameters()]
    return {
        "losses and accuracies": np.array(told),
        "gradients": np.array(norms),
        "edges": np.array(kept.figures),
        "weights": torch.cat(weights).numpy(),
        "held out": np.array(held_out),
    }


def all_cases(ranks: Ranks) -> Found:
    """The findings of every case, by case and what was found."""
    found = {case: steps(CASES[case], ranks) for case in CASES}
    return {f"{case}: {what}": value for case, one in found.items() for what, value in one.items()}


def main(rank: str, size: str, meeting: str, out: str) -> None:
    """Be one of several."""
    seat = Seat(int(rank), int(size), int(rank), int(size), meeting)
    with gathered(seat, None, None, torch.device("cpu")) as join:
        np.savez(out, **all_cases(join()))  # type: ignore[arg-type]


def alone() -> Found:
    """The findings of one process."""
    return all_cases(SINGLE)


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # Threads of gloo could end an orderly exit by an abort.
