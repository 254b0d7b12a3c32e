"""Training with every measurement on, against the loop a good engineer would write.

Goal: at most 1.02x on ResNet-20/56/110 for the digits and on a small GPT, on two CPU cores. Both
sides train one generated module with the same minibatches, optimizer and schedule and evaluate it
after each epoch. Ours also measures the gradient of every layer at every step and the values and
gradients on every edge each twentieth step, and writes them with events and weights to a run's
folder.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR

from graphcore import gallery
from graphcore.module import to_module
from graphcore.training.data.datasets import load_arrays
from graphcore.training.data.minibatches import Data, epoch_batches, in_order, to_device
from graphcore.training.loop import fit_module
from graphcore.training.measuring.twin import Twin
from graphcore.training.plan import prepare
from graphcore.training.recipe import Recipe, resolve_recipe
from graphcore.training.run_folder import RunFolder
from tests.bench.interleaved import interleaved, milliseconds, ratio

CPU = torch.device("cpu")


def loss_of(output: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of classes, one a sample or one a token."""
    return F.cross_entropy(output.flatten(0, -2), y.flatten())


def optimizer_for(module: nn.Module, recipe: Recipe) -> Optimizer:
    """The optimizer of the recipe, fused; AdamW leaves biases and norms undecayed."""
    if recipe.optimizer == "sgd":
        return SGD(
            module.parameters(),
            recipe.learning_rate,
            recipe.momentum,
            weight_decay=recipe.weight_decay,
            fused=True,
        )
    wide = [p for p in module.parameters() if p.dim() > 1]
    thin = [p for p in module.parameters() if p.dim() < 2]
    groups: list[dict[str, Any]] = [
        {"params": wide, "weight_decay": recipe.weight_decay},
        {"params": thin, "weight_decay": 0.0},
    ]
    return AdamW(groups, lr=recipe.learning_rate, fused=True)


def bare_run(module: nn.Module, data: Data, recipe: Recipe) -> None:
    """A run as one writes it without watching anything but the loss."""
    per_epoch = len(data.train) // recipe.batch_size
    total = recipe.steps or recipe.epochs * per_epoch
    optimizer = optimizer_for(module, recipe)
    schedule = CosineAnnealingLR(optimizer, total)
    losses, step = [], 0
    for epoch in range(-(-total // per_epoch)):
        module.train()
        for batch in epoch_batches(len(data.train), recipe.batch_size, recipe.seed, epoch):
            x, y = data.train.at(batch, epoch)
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(module(x), y)
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            step += 1
            if step == total:
                break
        evaluate(module, data, recipe)


@torch.no_grad()
def evaluate(module: nn.Module, data: Data, recipe: Recipe) -> tuple[float, int]:
    """The loss over the held-out samples and how many are told right."""
    module.eval()
    loss, right = 0.0, 0
    for x, y in in_order(data.held_out, 2 * recipe.batch_size):
        output = module(x)
        loss += loss_of(output, y).item() * len(x)
        right += int((output.argmax(-1) == y).sum())
    return loss / len(data.held_out), right


def measure(name: str, rounds: int, folder: Path, options: dict[str, int], **more: Any) -> None:
    """Prints the ratio of ``rounds`` runs of each kind."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    diagram = gallery.build(name, **options)
    recipe = replace(resolve_recipe(diagram.recipe), schedule="cosine", learning_rate=1e-3, **more)
    plan = prepare(diagram, recipe, CPU)
    data = to_device(load_arrays(recipe.data, plan.demand), CPU, plan.input_dtype, recipe.seed)
    module, number = to_module(diagram), count()
    twin = Twin(module, diagram)

    def watched() -> None:
        run = RunFolder.create(Path(tempfile.mkdtemp(dir=folder), str(next(number))), "{}", recipe)
        for event in fit_module(module, plan, data, recipe, run, twin=twin):
            run.append_event(event)

    def bare() -> None:
        bare_run(module, data, recipe)

    ours, theirs = interleaved(watched, bare, rounds)
    print(
        f"{diagram.main}: {ratio(ours, theirs)}; ours {milliseconds(ours)}, "
        f"bare {milliseconds(theirs)}",
        flush=True,
    )


def main() -> None:
    """Prints everything that is measured."""
    print("training with every measurement on, against the bare loop (goal at most 1.02x)")
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        measure("resnet20-digits", 9, at, {}, epochs=5)
        measure("resnet56-digits", 5, at, {}, epochs=3)
        measure("resnet56-digits", 3, at, {"depth": 110}, epochs=2)
        measure("gpt-chars", 5, at, {}, steps=60, batch_size=16)


if __name__ == "__main__":
    main()
