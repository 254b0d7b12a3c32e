"""One step of learning, and the measure of what was learnt."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from graphcore.training.data import Minibatches, in_order
from graphcore.training.losses import Metrics, Objective
from graphcore.training.recipe import Recipe


def _sgd(parameters: list[nn.Parameter], recipe: Recipe) -> Optimizer:
    return SGD(
        parameters,
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
        fused=True,
    )


def _adam(parameters: list[nn.Parameter], recipe: Recipe) -> Optimizer:
    decay = recipe.weight_decay
    return Adam(parameters, lr=recipe.learning_rate, weight_decay=decay, fused=True)


def _adamw(parameters: list[nn.Parameter], recipe: Recipe) -> Optimizer:
    decay = recipe.weight_decay
    return AdamW(parameters, lr=recipe.learning_rate, weight_decay=decay, fused=True)


OPTIMIZERS: Mapping[str, Callable[[list[nn.Parameter], Recipe], Optimizer]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adamw,
}


class Learner:
    """A module, its optimizer and what it is to make small."""

    def __init__(self, module: nn.Module, recipe: Recipe, objective: Objective) -> None:
        """Raises ValueError for a module without anything to train."""
        parameters = [p for p in module.parameters() if p.requires_grad]
        if not parameters:
            raise ValueError("the network has no parameters, so there is nothing to train")
        self.module = module
        self.objective = objective
        self.optimizer = OPTIMIZERS[recipe.optimizer](parameters, recipe)

    def backward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor | None]:
        """The loss and the accuracy of a minibatch; gradients are left in the parameters."""
        self.optimizer.zero_grad(set_to_none=True)
        output = self.module(x)
        loss = self.objective.value(output, y)
        loss.backward()
        return loss.detach(), self.objective.accuracy(output.detach(), y)

    def update(self, rate: float, momentum: float) -> None:
        """Follow the gradients at a learning rate and, where the optimizer has one, a momentum."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
            if "momentum" in group:
                group["momentum"] = momentum
        self.optimizer.step()

    @torch.no_grad()
    def evaluate(self, samples: Minibatches, batch_size: int) -> Metrics:
        """Loss, accuracy and more over all ``samples``, in evaluation mode."""
        was_training = self.module.training
        self.module.eval()
        try:
            metrics = Metrics(self.objective, samples.device)
            for x, y in in_order(samples, batch_size):
                metrics.add(self.module(x), y)
            return metrics
        finally:
            self.module.train(was_training)
