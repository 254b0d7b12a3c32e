"""Watching a net by its norms and edges, against watching it by histograms.

One bare loop is run with nothing to watch it and with each way of watching, in turn, a hundred
steps at a time. Ours measures the gradient of every layer at every step, and each twentieth step
the values and gradients on every edge and how far weights move, all written to a run's folder.
The others are written out by hand after the published sources, without what their programs do
beside: no queue, no protocol buffer, no file, no network. So they are cheaper here than in life.

- ``watch`` of wandb with ``log="gradients"``, its default: a hook on every parameter, 64 bins
  between the extremes by ``torch.histc``. Its default is every 1000 steps.
- ``add_histogram`` of TensorBoard of every weight and its gradient, with its default bins.

How many times cheaper ours is: their cost, what a run takes more than the bare one of its round,
over the median of ours.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graphcore import gallery
from graphcore.diagram import Diagram
from graphcore.module import to_module
from graphcore.training.data import Data, epoch_batches, to_device
from graphcore.training.datasets import load_arrays
from graphcore.training.edge_file import EdgeWriter
from graphcore.training.plan import Plan, prepare
from graphcore.training.probes import GradientProbe, Recorder
from graphcore.training.recipe import resolve_recipe
from graphcore.training.step_file import StepWriter
from graphcore.training.twin import Twin
from graphcore.training.update_file import UpdateWriter
from graphcore.training.update_watch import UpdateWatch
from tests.bench.interleaved import ratio, seconds

CPU = torch.device("cpu")
STEPS = 100
EVERY = 20

Logged = list[tuple[str, object]]


class Nothing:
    """Watches nothing; what a way of watching may do in a step."""

    @contextmanager
    def forward_and_backward(self, step: int) -> Iterator[None]:
        """Goes round the passes."""
        yield

    @contextmanager
    def update(self, step: int, loss: Tensor) -> Iterator[None]:
        """Goes round the optimizer."""
        yield

    def close(self) -> None:
        """The run is over."""


class Ours(Nothing):
    """All of our probes, with their files."""

    def __init__(self, module: nn.Module, diagram: Diagram, plan: Plan, folder: Path) -> None:
        self.twin = Twin(module, diagram)
        self.probe = GradientProbe(module, plan.rows)
        self.recorder = Recorder(len(plan.rows), CPU)
        self.updates = UpdateWatch(self.probe, EVERY)
        self.stack = ExitStack()
        enter = self.stack.enter_context
        self.steps = enter(StepWriter(folder / "steps.f32", plan.rows))
        self.edges = enter(EdgeWriter(folder / "edges.f32", self.twin.rows))
        self.updates.writer = enter(UpdateWriter(folder / "updates.f32", plan.rows))

    @contextmanager
    def forward_and_backward(self, step: int) -> Iterator[None]:
        if step % EVERY:
            yield
            return
        with self.twin.measuring(step):
            yield
        for measured in self.twin.arrived():
            self.edges.write(measured)

    @contextmanager
    def update(self, step: int, loss: Tensor) -> Iterator[None]:
        norms = self.probe.measure()
        with self.updates.step(step):
            yield
        self.steps.append(self.recorder.record(loss.detach(), None, 0.1, norms))

    def close(self) -> None:
        self.stack.close()


class HooksOfEveryParameter(Nothing):
    """As wandb watches gradients: a hook on each, which looks every ``every`` backward passes."""

    def __init__(self, module: nn.Module, every: int) -> None:
        self.logged: Logged = []
        self._handles = []
        for name, p in module.named_parameters():
            self._handles.append(p.register_hook(self._hook(name, every)))

    def _hook(self, name: str, every: int) -> Callable[[Tensor], None]:
        calls = 0

        def look(gradient: Tensor) -> None:
            nonlocal calls
            calls += 1
            if calls >= every:
                calls = 0
                self.logged.append((f"gradients/{name}", histogram_of_wandb(gradient.data)))

        return look

    def close(self) -> None:
        for handle in self._handles:
            handle.remove()


def histogram_of_wandb(tensor: Tensor) -> tuple[list[float], list[float]]:
    """Counts and edges: what is not finite is left out, then 64 bins between the extremes."""
    flat = tensor.reshape(-1)
    if not torch.isfinite(flat).all():
        flat = flat[torch.isfinite(flat)]
    low, high = flat.min().item(), flat.max().item()
    counts = flat.histc(bins=64, min=low, max=high).cpu().detach().clone()
    edges = torch.linspace(low, high, steps=65)
    return counts.tolist(), edges.tolist()


@dataclass
class HistogramsOfEveryParameter(Nothing):
    """As one calls TensorBoard's ``add_histogram`` of weights and gradients in one's loop."""

    module: nn.Module
    every: int
    logged: Logged = field(default_factory=list)

    @contextmanager
    def update(self, step: int, loss: Tensor) -> Iterator[None]:
        if step % self.every == 0:
            for name, p in self.module.named_parameters():
                self.logged.append((name, histogram_of_tensorboard(p)))
                if p.grad is not None:
                    self.logged.append((f"{name}.grad", histogram_of_tensorboard(p.grad)))
        yield


def _bins_of_tensorboard() -> list[float]:
    """Growing by a tenth from 1e-12 to 1e20, on both sides of zero."""
    right, value = list[float](), 1e-12
    while value < 1e20:
        right.append(value)
        value *= 1.1
    return [-one for one in reversed(right)] + [0.0] + right


BINS = _bins_of_tensorboard()


def histogram_of_tensorboard(tensor: Tensor) -> tuple[Any, ...]:
    """Counts and limits of the bins between the first and the last that hold something, and the
    sums beside them."""
    values = tensor.detach().cpu().numpy().astype(float).reshape(-1)
    counts, limits = np.histogram(values, bins=BINS)
    held = np.flatnonzero(counts)
    counts, limits = counts[: held[-1] + 1][held[0] :], limits[held[0] : held[-1] + 2]
    figures = values.min(), values.max(), len(values), values.sum(), values.dot(values)
    return *figures, counts.tolist(), limits.tolist()


def run(module: nn.Module, data: Data, watch: Nothing) -> None:
    """A hundred steps of the loop as one writes it, watched."""
    module.train()
    optimizer = torch.optim.SGD(module.parameters(), 1e-3, 0.9, weight_decay=1e-4, fused=True)
    losses: list[float] = []
    step = epoch = 0
    while step < STEPS:
        for batch in epoch_batches(len(data.train), 64, 0, epoch):
            if step == STEPS:
                break
            x, y = data.train.at(batch, epoch)
            optimizer.zero_grad(set_to_none=True)
            with watch.forward_and_backward(step):
                loss = F.cross_entropy(module(x), y)
                loss.backward()
            with watch.update(step, loss):
                optimizer.step()
            losses.append(loss.item())
            step += 1
        epoch += 1
    watch.close()


def cost(times: Sequence[float], bare: Sequence[float]) -> list[float]:
    """Milliseconds a step that each run took more than the bare one of its round."""
    return [1e3 * (a - b) / STEPS for a, b in zip(times, bare, strict=True)]


def measure(name: str, rounds: int, folder: Path) -> None:
    """Prints what every way of watching costs."""
    torch.manual_seed(0)
    diagram = gallery.build(name)
    recipe = resolve_recipe(diagram.recipe)
    plan = prepare(diagram, recipe, CPU)
    data = to_device(load_arrays(recipe.data, plan.demand), CPU, plan.input_dtype, recipe.seed)
    module = to_module(diagram)
    ways: dict[str, Callable[[], Nothing]] = {
        "bare": Nothing,
        "ours": partial(Ours, module, diagram, plan, folder),
    }
    for every in (100, 20, 1):
        ways[f"wandb, every {every}"] = partial(HooksOfEveryParameter, module, every)
    for every in (100, 20, 1):
        made = partial(HistogramsOfEveryParameter, module, every)
        ways[f"TensorBoard, every {every}"] = made
    times: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(rounds + 1):
        for way, make in ways.items():
            watch = make()
            taken = seconds(partial(run, module, data, watch))
            if turn:  # The first round warms up.
                times[way].append(taken)
    tell(diagram.main, times)


def tell(title: str, times: dict[str, list[float]]) -> None:
    """Prints ratios to the bare loop, and costs as multiples of ours."""
    bare = times["bare"]
    print(f"{title}: {1e3 * statistics.median(bare) / STEPS:.2f} ms a step, bare")
    ours = statistics.median(cost(times["ours"], bare))
    for way, taken in times.items():
        if way == "bare":
            continue
        costs = sorted(cost(taken, bare))
        quarter = len(costs) // 4
        line = f"  {way:22} {ratio(taken, bare)} of bare; {statistics.median(costs):7.3f} ms a step"
        if way != "ours" and ours > 0:
            times_ours = [one / ours for one in (costs[quarter], costs[-1 - quarter])]
            line += f", {statistics.median(costs) / ours:6.1f} times ours (quartiles "
            line += f"{times_ours[0]:.1f} to {times_ours[1]:.1f})"
        print(line, flush=True)


def main(rounds: int) -> None:
    """Prints everything that is measured."""
    torch.set_num_threads(1)
    print("what it costs to watch: norms of all layers at every step, edges and updates every 20;")
    print("histograms of all gradients (wandb), of all weights and gradients (TensorBoard)")
    with tempfile.TemporaryDirectory() as folder:
        measure("resnet20-digits", rounds, Path(folder))
        measure("resnet56-digits", rounds, Path(folder))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
