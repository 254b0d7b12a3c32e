"""What is made small, and the other figures that tell how well a model does.

Every function takes an output and a target as the data has it; where targets are classes, their
scores lie along :attr:`Objective.axis` of the output: (N, C), (N, C, H, W) for pixels, and
(N, T, C) for tokens.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from graphcore.training.data.arrays import DataInfo
from graphcore.training.loss_kinds import chosen_loss
from graphcore.training.recipe import Recipe

Loss = Callable[[Tensor, Tensor, float], Tensor]
"""(output with classes along axis 1, target, label smoothing) -> the mean, a scalar."""


def _cross_entropy(output: Tensor, target: Tensor, smoothing: float) -> Tensor:
    # In rows, a GPU gives the same bits every time, and tokens lie like that in memory; over pixels
    # in planes the CPU takes a quarter of the time.
    if output.dim() == 3 or (output.dim() > 3 and output.is_cuda):
        output, target = output.movedim(1, -1).flatten(0, -2), target.flatten()
    return F.cross_entropy(output, target, label_smoothing=smoothing)


def _binary_cross_entropy(output: Tensor, target: Tensor, smoothing: float) -> Tensor:
    wanted = _as_values(output, target)
    return F.binary_cross_entropy_with_logits(output, wanted * (1 - smoothing) + smoothing / 2)


def _mean_squared_error(output: Tensor, target: Tensor, smoothing: float) -> Tensor:
    return F.mse_loss(output, _as_values(output, target))


def _mean_absolute_error(output: Tensor, target: Tensor, smoothing: float) -> Tensor:
    return F.l1_loss(output, _as_values(output, target))


def _huber(output: Tensor, target: Tensor, smoothing: float) -> Tensor:
    return F.huber_loss(output, _as_values(output, target))


def _as_values(output: Tensor, target: Tensor) -> Tensor:
    """Values in the output's shape. Classes are met as one-hot vectors, or, where there is one
    score for two classes, as the number 0 or 1."""
    is_single = output.dim() == target.dim() or output.shape[1] == 1
    if target.is_floating_point() or is_single:
        return target.to(output.dtype).view_as(output)
    return F.one_hot(target, output.shape[1]).movedim(-1, 1).to(output.dtype)


LOSSES: Mapping[str, Loss] = {
    "cross_entropy": _cross_entropy,
    "bce": _binary_cross_entropy,
    "mse": _mean_squared_error,
    "l1": _mean_absolute_error,
    "huber": _huber,
}


@dataclass(frozen=True)
class Objective:
    """A loss with the figures that go with it. ``classes`` is None where values are predicted;
    ``axis`` is that of the classes in the output; ``tokens`` tells that they are tokens, and
    ``smoothing`` is that of the labels. ``unit`` is what 1 stands for in values that were
    normalised, for each column or all (empty: 1)."""

    loss: str = "cross_entropy"
    classes: int | None = 2
    axis: int = 1
    tokens: bool = False
    smoothing: float = 0.0
    unit: tuple[float, ...] = ()

    @property
    def has_accuracy(self) -> bool:
        """Whether targets are classes, so that accuracy means something."""
        return self.classes is not None

    def value(self, output: Tensor, target: Tensor) -> Tensor:
        """The loss, a scalar: the mean over the minibatch and all that is predicted in it."""
        return LOSSES[self.loss](self._classes_first(output), target, self.smoothing)

    def accuracy(self, output: Tensor, target: Tensor) -> Tensor | None:
        """The share of classes predicted right; None where values are predicted."""
        if not self.has_accuracy:
            return None
        return (self.predicted(output) == target).float().mean()

    def predicted(self, output: Tensor) -> Tensor:
        """The class of the largest score; a single score stands for the second of two classes."""
        scores = self._classes_first(output)
        if scores.dim() == 1 or scores.shape[1] == 1:
            return scores.view(scores.shape[0], *scores.shape[2:]).gt(0).long()
        return scores.argmax(1)

    def _classes_first(self, output: Tensor) -> Tensor:
        return output.movedim(self.axis, 1) if self.axis != 1 else output


def objective_for(recipe: Recipe, info: DataInfo) -> Objective:
    """The loss that a recipe means for some data."""
    return Objective(
        loss=chosen_loss(recipe.loss, info),
        classes=info.classes,
        axis=-1 if info.classes_last else 1,
        tokens=info.classes_last,
        smoothing=recipe.label_smoothing,
    )


class Metrics:
    """Figures over all held-out samples, gathered minibatch by minibatch without waiting for the
    device. Each is a mean over what is predicted, not over minibatches."""

    def __init__(self, objective: Objective, device: torch.device) -> None:
        self._objective = objective
        self._loss = torch.zeros((), dtype=torch.float64, device=device)
        self._right = self._loss.clone()
        self._error, self._sum, self._squares = (self._loss.clone() for _ in range(3))
        self._residual = self._loss.clone()
        self._count = self._samples = 0
        self._unit = torch.tensor(objective.unit or (1.0,), dtype=torch.float64, device=device)
        classes = objective.classes or 0
        self._confusion = torch.zeros(classes * classes, dtype=torch.int64, device=device)

    def add(self, output: Tensor, target: Tensor) -> None:
        """Take in a minibatch."""
        objective, samples = self._objective, len(target)
        self._loss += objective.value(output, target).double() * samples
        self._samples += samples
        self._count += target.numel()
        if objective.classes is None:
            self._add_values(output, target)
            return
        predicted = objective.predicted(output)
        self._right += (predicted == target).sum()
        if self._is_dense(target):
            # A score beyond the known classes counts as wrong for the class that was meant.
            pairs = (target * objective.classes + predicted.clamp(max=objective.classes - 1)).view(
                -1
            )
            self._confusion += torch.bincount(pairs, minlength=len(self._confusion))

    def add_up(self, total: Callable[[Tensor], Tensor]) -> None:
        """Take in what other processes have gathered; ``total`` is the sum over all of a tensor."""
        sums = (self._loss, self._right, self._error, self._sum, self._squares, self._residual)
        counts = torch.tensor([self._samples, self._count], dtype=torch.float64)
        found = total(torch.cat([torch.stack(sums), counts.to(self._loss.device)]))
        self._loss, self._right, self._error, self._sum, self._squares, self._residual, *counted = (
            found.unbind()
        )
        self._samples, self._count = (int(number) for number in counted)
        if len(self._confusion):
            total(self._confusion)

    def _add_values(self, output: Tensor, target: Tensor) -> None:
        values = target.double()
        missed = output.double().view_as(values) - values
        self._error += (missed.abs() * self._unit).sum()
        self._residual += missed.square().sum()
        self._sum += values.sum()
        self._squares += values.square().sum()

    def _is_dense(self, target: Tensor) -> bool:
        return target.dim() == 3 and not self._objective.tokens

    @property
    def samples(self) -> int:
        """How many samples were taken in."""
        return self._samples

    @property
    def loss(self) -> float:
        """The mean loss."""
        return float(self._loss) / self._samples

    @property
    def accuracy(self) -> float | None:
        """The share of classes predicted right; None where values are predicted."""
        return float(self._right) / self._count if self._objective.has_accuracy else None

    def others(self) -> dict[str, float]:
        """The figures that go with the kind of data, by name: ``mean_iou`` for pixels,
        ``bits_per_token`` and ``perplexity`` for tokens, ``mean_absolute_error`` and ``r2`` for
        values."""
        objective = self._objective
        if objective.classes is None:
            return self._of_values()
        if objective.tokens and objective.loss == "cross_entropy" and not objective.smoothing:
            nats = self.loss
            perplexity = math.exp(min(nats, 700.0))
            return {"bits_per_token": nats / math.log(2), "perplexity": perplexity}
        if bool(self._confusion.any()):
            return {"mean_iou": self._mean_iou(objective.classes)}
        return {}

    def _mean_iou(self, classes: int) -> float:
        """Over the classes that occur, in the target or as a prediction."""
        pairs = self._confusion.view(classes, classes).double()
        both = pairs.diagonal()
        either = pairs.sum(0) + pairs.sum(1) - both
        return float((both / either)[either > 0].mean())

    def _of_values(self) -> dict[str, float]:
        spread = float(self._squares - self._sum.square() / self._count)
        figures = {"mean_absolute_error": float(self._error) / self._count}
        if spread > 0:
            figures["r2"] = 1 - float(self._residual) / spread
        return figures
