"""One step of learning, and the measure of what was learnt."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, AdamW, Optimizer

from graphcore.training.data import Samples
from graphcore.training.recipe import Recipe

Loss = Callable[[Tensor, Tensor], Tensor]
"""(output, target) -> the mean over the batch, a scalar."""


def _mean_squared_error(output: Tensor, target: Tensor) -> Tensor:
    """Classes are met as one-hot vectors; values in the output's shape."""
    if target.is_floating_point():
        return F.mse_loss(output, target.view_as(output))
    return F.mse_loss(output, F.one_hot(target, output.shape[1]).movedim(-1, 1).to(output.dtype))


LOSSES: Mapping[str, Loss] = {"cross_entropy": F.cross_entropy, "mse": _mean_squared_error}


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
    """A module, its optimizer and its loss.

    ``has_classes`` tells that targets are classes, so that accuracy means something.
    """

    def __init__(self, module: nn.Module, recipe: Recipe, *, has_classes: bool) -> None:
        """Raises ValueError for a module without anything to train."""
        parameters = [p for p in module.parameters() if p.requires_grad]
        if not parameters:
            raise ValueError("the network has no parameters, so there is nothing to train")
        self.module = module
        self.optimizer = OPTIMIZERS[recipe.optimizer](parameters, recipe)
        self._loss = LOSSES[recipe.loss]
        self._has_classes = has_classes

    def backward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor | None]:
        """The loss and the accuracy of a minibatch; gradients are left in the parameters."""
        self.optimizer.zero_grad(set_to_none=True)
        output = self.module(x)
        loss = self._loss(output, y)
        loss.backward()
        return loss.detach(), self._accuracy(output.detach(), y)

    def update(self, rate: float, momentum: float) -> None:
        """Follow the gradients at a learning rate and, where the optimizer has one, a momentum."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
            if "momentum" in group:
                group["momentum"] = momentum
        self.optimizer.step()

    @torch.no_grad()
    def evaluate(self, samples: Samples, batch_size: int) -> tuple[float, float | None]:
        """The mean loss and the accuracy over all ``samples``, in evaluation mode."""
        was_training = self.module.training
        self.module.eval()
        try:
            return self._evaluate(samples, batch_size)
        finally:
            self.module.train(was_training)

    def _evaluate(self, samples: Samples, batch_size: int) -> tuple[float, float | None]:
        loss = torch.zeros((), dtype=torch.float64, device=samples.x.device)
        right = loss.clone()
        for x, y in zip(samples.x.split(batch_size), samples.y.split(batch_size), strict=True):
            output = self.module(x)
            loss += self._loss(output, y).double() * len(x)
            accuracy = self._accuracy(output, y)
            if accuracy is not None:
                right += accuracy.double() * len(x)
        count = len(samples)
        return float(loss) / count, float(right) / count if self._has_classes else None

    def _accuracy(self, output: Tensor, y: Tensor) -> Tensor | None:
        return (output.argmax(1) == y).float().mean() if self._has_classes else None
