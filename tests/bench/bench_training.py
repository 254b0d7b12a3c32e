"""Training with a gradient figure of every layer at every step, against the bare loop.

Goal: at most 1.05x. Both train the same ResNets of width 16 on the digits for five epochs,
evaluate them after each, and use the same minibatches, schedule and fused optimizer; ours also
measures every layer, writes every step and the weights to a run's folder and tells of it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import OneCycleLR

from graphcore.diagram import Step
from graphcore.training.data.datasets import load_arrays
from graphcore.training.data.minibatches import Data, Minibatches, in_order, to_device
from graphcore.training.loop import fit_module
from graphcore.training.measuring.step_file import Row
from graphcore.training.plan import Plan
from graphcore.training.recipe import Recipe
from graphcore.training.run_folder import RunFolder
from tests.bench.interleaved import interleaved, milliseconds, ratio

RECIPE = Recipe(epochs=5)


class BasicBlock(nn.Module):
    """conv-bn-relu-conv-bn, added to x (He et al. 2016a)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(x + self.bn2(self.conv2(y)))


class ResNet(nn.Module):
    """``depth`` = 2 blocks + 2 layers, all of one width, for images with one channel."""

    def __init__(self, depth: int, width: int = 16) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, padding=1, bias=False)
        self.blocks = nn.Sequential(*(BasicBlock(width) for _ in range((depth - 2) // 2)))
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.head(self.blocks(self.stem(x)).mean((2, 3)))
        return y


def bare_run(module: nn.Module, data: Data, recipe: Recipe) -> None:
    """A run as one writes it without watching anything but the loss."""
    size, train = recipe.batch_size, data.train
    steps = len(train) // size
    optimizer = torch.optim.SGD(
        module.parameters(),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
        fused=True,
    )
    schedule = OneCycleLR(optimizer, recipe.learning_rate, total_steps=recipe.epochs * steps)
    losses = []
    for epoch in range(recipe.epochs):
        order = np.random.default_rng((recipe.seed, epoch)).permutation(len(train))
        module.train()
        for batch in torch.from_numpy(order)[: steps * size].split(size):
            optimizer.zero_grad(set_to_none=True)
            x, y = train.at(batch)
            loss = F.cross_entropy(module(x), y)
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        bare_evaluation(module, data.held_out, 2 * size)


@torch.no_grad()
def bare_evaluation(module: nn.Module, samples: Minibatches, size: int) -> float:
    """The share of samples that are told right."""
    module.eval()
    pairs = in_order(samples, size)
    right = sum(int((module(x).argmax(1) == y).sum()) for x, y in pairs)
    return right / len(samples)


def watched_run(module: nn.Module, data: Data, recipe: Recipe, folder: Path) -> None:
    """The same as a run of ours."""
    rows = tuple(
        Row(name, (Step(name, 0),), sum(p.numel() for p in part.parameters()))
        for name, part in module.named_modules()
        if any(True for _ in part.parameters(recurse=False))
    )
    run = RunFolder.create(folder, "{}", recipe)
    for event in fit_module(module, Plan(rows), data, recipe, run):
        run.append_event(event)


def measure(depth: int, rounds: int, folder: Path) -> None:
    """Prints the ratio of ``rounds`` runs of each kind."""
    # What a run of this size uses: on shared cores two threads wait for each other.
    torch.set_num_threads(1)
    torch.manual_seed(0)
    data = to_device(load_arrays("digits"), torch.device("cpu"))
    module, number = ResNet(depth), count()
    recipe = replace(RECIPE, learning_rate=0.01)

    def bare() -> None:
        bare_run(module, data, recipe)

    def watched() -> None:
        watched_run(module, data, recipe, folder / f"{depth}-{next(number)}")

    ours, theirs = interleaved(watched, bare, rounds)
    print(
        f"ResNet-{depth}, one thread, five epochs: "
        f"{ratio(ours, theirs)}; ours {milliseconds(ours)}, bare {milliseconds(theirs)}"
    )


def main(print_line: Callable[[str], None] = print) -> None:
    """Prints everything that is measured."""
    print_line("training with gradient figures, against the bare loop (goal at most 1.05x)")
    with tempfile.TemporaryDirectory() as folder:
        measure(20, 9, Path(folder))
        measure(56, 4, Path(folder))


if __name__ == "__main__":
    main()
