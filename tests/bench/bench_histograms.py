"""Watching a net by its norms and edges, against watching it by histograms.

One bare step is made with nothing to watch it and with each way of watching, in turn. Ours measures
the gradient of every layer at every step, and each twentieth step the values and gradients on every
edge and how far weights move, all written to a run's folder. The others are written out by hand
after the published sources, without what their programs do beside: no queue, no protocol buffer, no
file, no network. So they are cheaper here than in life.

- ``watch`` of wandb with ``log="gradients"``, its default: a hook on every parameter, 64 bins
  between the extremes by ``torch.histc``. Its default is every 1000 steps.
- ``add_histogram`` of TensorBoard of every weight and its gradient, with its default bins.

A cost is the median over the rounds of what a step takes more than the bare one of its round;
those of steps that look and of steps that do not make up the cost of looking every so many. Its
spread is that of a thousand draws of as many rounds. Time is the process's own, on one thread.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graphcore import gallery
from graphcore.diagram import Diagram
from graphcore.module import to_module
from graphcore.training.data.datasets import load_arrays
from graphcore.training.data.minibatches import epoch_batches, to_device
from graphcore.training.measuring.edge_file import EdgeWriter
from graphcore.training.measuring.probes import GradientProbe, Recorder
from graphcore.training.measuring.step_file import StepWriter
from graphcore.training.measuring.twin import Twin
from graphcore.training.measuring.update_file import UpdateWriter
from graphcore.training.measuring.update_watch import UpdateWatch
from graphcore.training.plan import Plan, prepare
from graphcore.training.recipe import resolve_recipe

CPU = torch.device("cpu")
EVERY = 20
FREQUENCIES = (100, 20, 1)

Logged = list[tuple[str, object]]
Times = npt.NDArray[np.float64]


class Nothing:
    """Watches nothing; what a way of watching may do in a step that ``looks``."""

    def attached(self) -> AbstractContextManager[object]:
        """The module is watched in here; entering and leaving is not timed."""
        return nullcontext()

    def forward_and_backward(self) -> AbstractContextManager[object]:
        """Goes round the passes."""
        return nullcontext()

    def update(self, loss: Tensor) -> AbstractContextManager[object]:
        """Goes round the optimizer."""
        return nullcontext()


class Ours(Nothing):
    """All of our probes, with their files."""

    def __init__(self, probes: Probes, *, looks: bool) -> None:
        self.probes, self.looks = probes, looks

    @contextmanager
    def forward_and_backward(self) -> Iterator[None]:
        if not self.looks:
            yield
            return
        with self.probes.twin.measuring(0):
            yield
        for measured in self.probes.twin.arrived():
            self.probes.edges.write(measured)

    @contextmanager
    def update(self, loss: Tensor) -> Iterator[None]:
        probes = self.probes
        norms = probes.probe.measure()
        with probes.updates.step(0 if self.looks else 1):
            yield
        probes.steps.append(probes.recorder.record(loss.detach(), None, 0.1, norms))


class Probes:
    """What ours consists of."""

    def __init__(
        self, module: nn.Module, diagram: Diagram, plan: Plan, folder: Path, stack: ExitStack
    ) -> None:
        self.twin = Twin(module, diagram)
        self.probe = GradientProbe(module, plan.rows)
        self.recorder = Recorder(len(plan.rows), CPU)
        self.updates = UpdateWatch(self.probe, EVERY)
        self.steps = stack.enter_context(StepWriter(folder / "steps.f32", plan.rows))
        self.edges = stack.enter_context(EdgeWriter(folder / "edges.f32", self.twin.rows))
        self.updates.writer = stack.enter_context(UpdateWriter(folder / "updates.f32", plan.rows))


@dataclass
class HooksOfEveryParameter(Nothing):
    """As wandb watches gradients: a hook on each, which looks every so many backward passes."""

    module: nn.Module
    looks: bool
    logged: Logged = field(default_factory=list)

    @contextmanager
    def attached(self) -> Iterator[None]:
        named = self.module.named_parameters()
        handles = [p.register_hook(self._hook(name)) for name, p in named]
        yield
        for handle in handles:
            handle.remove()
        self.logged.clear()

    def _hook(self, name: str) -> Callable[[Tensor], None]:
        every, calls = (1 if self.looks else 1000), 0

        def look(gradient: Tensor) -> None:
            nonlocal calls
            calls += 1
            if calls >= every:
                calls = 0
                self.logged.append((f"gradients/{name}", histogram_of_wandb(gradient.data)))

        return look


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
    logged: Logged = field(default_factory=list)

    @contextmanager
    def update(self, loss: Tensor) -> Iterator[None]:
        self.logged.clear()
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


def step_seconds(
    module: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, watch: Nothing
) -> float:
    """How long a step takes as one writes it, watched."""
    with watch.attached():
        begun = time.process_time()
        optimizer.zero_grad(set_to_none=True)
        with watch.forward_and_backward():
            loss = F.cross_entropy(module(x), y)
            loss.backward()
        with watch.update(loss):
            optimizer.step()
        loss.item()
        return time.process_time() - begun


def measure(name: str, rounds: int, folder: Path) -> None:
    """Prints what every way of watching costs."""
    torch.manual_seed(0)
    diagram = gallery.build(name)
    recipe = resolve_recipe(diagram.recipe)
    plan = prepare(diagram, recipe, CPU)
    data = to_device(load_arrays(recipe.data, plan.demand), CPU, plan.input_dtype, recipe.seed)
    module = to_module(diagram).train()
    optimizer = torch.optim.SGD(module.parameters(), 1e-3, 0.9, weight_decay=1e-4, fused=True)
    x, y = data.train.at(epoch_batches(len(data.train), 64, 0, 0)[0], 0)
    with ExitStack() as stack:
        probes = Probes(module, diagram, plan, folder, stack)
        ways: dict[str, Nothing] = {
            "bare": Nothing(),
            "ours": Ours(probes, looks=False),
            "ours, looking": Ours(probes, looks=True),
            "wandb": HooksOfEveryParameter(module, looks=False),
            "wandb, looking": HooksOfEveryParameter(module, looks=True),
            "TensorBoard": Nothing(),
            "TensorBoard, looking": HistogramsOfEveryParameter(module),
        }
        times: dict[str, list[float]] = {way: [] for way in ways}
        draw = np.random.default_rng(0)
        for turn in range(rounds + 3):
            for way in draw.permutation(list(ways)):
                taken = step_seconds(module, optimizer, x, y, ways[way])
                if turn >= 3:  # The first rounds warm up.
                    times[way].append(taken)
    tell(diagram.main, {way: np.array(taken) for way, taken in times.items()})


def cost(times: dict[str, Times], way: str, every: int) -> float:
    """Seconds a step that a way of watching takes, which looks every so many steps."""
    plain = float(np.median(times[way] - times["bare"]))
    looking = float(np.median(times[f"{way}, looking"] - times["bare"]))
    return max(plain, 0.0) * (1 - 1 / every) + looking / every


def tell(title: str, times: dict[str, Times]) -> None:
    """Prints costs, as parts of the bare step and as multiples of ours."""
    bare, rounds = float(np.median(times["bare"])), len(times["bare"])
    print(f"{title}: a bare step takes {1e3 * bare:.2f} ms; {rounds} rounds")
    draw = np.random.default_rng(0)
    drawn = [draw.integers(rounds, size=rounds) for _ in range(1000)]
    samples = [{way: taken[some] for way, taken in times.items()} for some in drawn]
    for way in ("ours", "ours, looking", "wandb, looking", "TensorBoard, looking"):
        print(
            f"  a step of {way}: {1e3 * float(np.median(times[way] - times['bare'])):.3f} ms more"
        )
    ours = cost(times, "ours", EVERY)
    print(f"  {'ours':23} {1e3 * ours:8.3f} ms a step, {ours / bare:7.2%} of it")
    for way in ("wandb", "TensorBoard"):
        for every in FREQUENCIES:
            theirs = cost(times, way, every)
            ratios = [cost(one, way, every) / cost(one, "ours", EVERY) for one in samples]
            low, high = np.quantile(ratios, (0.25, 0.75))
            print(
                f"  {f'{way}, every {every}':23} {1e3 * theirs:8.3f} ms a step, "
                f"{theirs / bare:7.2%} of it: {theirs / ours:6.2f} times ours "
                f"(quartiles {low:.2f} to {high:.2f})",
                flush=True,
            )


def main(rounds: int) -> None:
    """Prints everything that is measured."""
    torch.set_num_threads(1)
    print("what it costs to watch: norms of all layers at every step, edges and updates every 20;")
    print("histograms of all gradients (wandb), of all weights and gradients (TensorBoard)")
    with tempfile.TemporaryDirectory() as folder:
        measure("resnet20-digits", rounds, Path(folder))
        measure("resnet56-digits", rounds, Path(folder))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
