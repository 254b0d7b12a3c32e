"""One step of learning, and the measure of what was learnt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from graphcore.training.data.minibatches import Minibatches, in_order
from graphcore.training.losses import Metrics, Objective
from graphcore.training.measuring.step_timer import StepTimer
from graphcore.training.optimizers import Follower
from graphcore.training.parallel.ranks import SINGLE, Ranks, apart
from graphcore.training.precision import HALVES, autocast, laid
from graphcore.training.recipe import Recipe


class Learner:
    """A module, its optimizer and what it is to make small; ``ranks`` are the processes that do so
    together."""

    def __init__(
        self, module: nn.Module, recipe: Recipe, objective: Objective, ranks: Ranks = SINGLE
    ) -> None:
        """Raises ValueError for a module without anything to train."""
        self.module = module
        self.objective = objective
        self.ranks = ranks
        self._net = module
        self._recipe = recipe
        self._device = next((p.device for p in module.parameters()), torch.device("cpu"))
        self.optimizer = Follower(module, recipe, self._device)
        self.timer = StepTimer.on(self._device)

    def share_gradients(self, samples: Minibatches) -> None:
        """Get ready to average gradients over the processes, with a few of the samples."""
        if self.ranks.size == 1:
            return
        size = min(self._recipe.batch_size, len(samples)) // self.ranks.size
        x, _ = samples.at(torch.arange(max(1, size), device=samples.device))
        self.module.train()
        with autocast(self._recipe, self._device):
            self._net = self.ranks.wrap(self.module, laid(x, self._recipe))

    def backward(
        self, x: Tensor, y: Tensor, samples: int | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """The loss and the accuracy of a minibatch of so many ``samples``, of which x and y are
        this process's; its gradients, neither scaled nor clipped, are left in the parameters. The
        minibatch is gone through in the recipe's number of parts."""
        self.timer.enter("optimizer")
        self.optimizer.zero_grad()
        samples = len(x) if samples is None else samples
        parts = self.ranks.parts(samples, self._recipe.accumulation)
        weight = self.ranks.weight(len(x), samples)
        if parts == 1:
            loss, accuracy = self._part(x, y, weight)
        else:
            loss, accuracy = self._sum_of_parts(x, y, parts, weight)
        self.timer.enter("optimizer")
        self.optimizer.unscale()
        return self.ranks.mean(loss, accuracy, len(x) / samples)

    def _sum_of_parts(
        self, x: Tensor, y: Tensor, parts: int, weight: float
    ) -> tuple[Tensor, Tensor | None]:
        loss = torch.zeros((), device=x.device)
        accuracy = loss.clone() if self.objective.has_accuracy else None
        pairs = zip(x.tensor_split(parts), y.tensor_split(parts), strict=True)
        for number, (some, wanted) in enumerate(pairs, 1):
            share = len(some) / len(x)
            with apart(self._net, last=number == parts):
                one, right = self._part(some, wanted, share * weight)
            loss += one * share
            if accuracy is not None and right is not None:
                accuracy += right * share
        return loss, accuracy

    def _part(self, x: Tensor, y: Tensor, share: float) -> tuple[Tensor, Tensor | None]:
        """Loss and accuracy of a part; ``share`` of its gradients is added."""
        self.timer.enter("forward")
        output, loss = self._forward(self._net, x, y)
        self.timer.enter("backward")
        self.optimizer.scaled(loss if share == 1.0 else loss * share).backward()
        return loss.detach(), self.objective.accuracy(output.detach(), y)

    def _forward(self, net: nn.Module, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        with autocast(self._recipe, self._device):
            output = net(laid(x, self._recipe))
            return output, self.objective.value(_whole(output), y)

    def rehearse(self, x: Tensor, y: Tensor, parameters: Sequence[nn.Parameter]) -> list[Tensor]:
        """The gradients that :meth:`backward` would leave in ``parameters``, of this process's
        samples alone; it leaves none."""
        parts = min(self._recipe.accumulation, len(x))
        sums = [torch.zeros_like(p) for p in parameters]
        for some, wanted in zip(x.tensor_split(parts), y.tensor_split(parts), strict=True):
            _, loss = self._forward(self.module, some, wanted)
            scaled = self.optimizer.scaled(loss if parts == 1 else loss * (len(some) / len(x)))
            if parameters:
                # Nothing is left in ``.grad``, and nobody who listens there is told.
                found = torch.autograd.grad(scaled, parameters, materialize_grads=True)
                sums = [total + one for total, one in zip(sums, found, strict=True)]
        return [total / self.optimizer.scale for total in sums]

    def update(self, rate: float, momentum: float) -> None:
        """Follow the gradients, clipped if the recipe says so."""
        self.timer.enter("optimizer")
        self.optimizer.step(rate, momentum)

    def evaluate(self, samples: Minibatches, batch_size: int) -> Metrics:
        """Loss, accuracy and more over all ``samples``, in evaluation mode; of several processes
        each looks at some of the minibatches."""
        *_, metrics = self.evaluation(samples, batch_size)
        return metrics

    @torch.no_grad()
    def evaluation(self, samples: Minibatches, batch_size: int) -> Iterator[Metrics]:
        """The same, minibatch by minibatch: the figures so far, which the next one adds to."""
        was_training = self.module.training
        self.module.eval()
        try:
            self.ranks.share_buffers(self.module)
            metrics = Metrics(self.objective, samples.device)
            for x, y in in_order(samples, batch_size, self.ranks.rank, self.ranks.size):
                with autocast(self._recipe, self._device):
                    output = self.module(laid(x, self._recipe))
                metrics.add(_whole(output), y)
                yield metrics
            if self.ranks.size > 1:
                metrics.add_up(self.ranks.total)
                yield metrics
        finally:
            self.module.train(was_training)


def _whole(output: Tensor) -> Tensor:
    """The output with enough bits for a loss."""
    return output.float() if output.dtype in HALVES.values() else output
