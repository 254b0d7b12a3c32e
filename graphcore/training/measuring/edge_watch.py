"""Measuring the edges of a net every few steps of its training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from graphcore.training.learner import Learner
from graphcore.training.measuring.edge_file import EdgeWriter
from graphcore.training.measuring.twin import Twin
from graphcore.training.recipe import Recipe


class EdgeWatch:
    """Measures every ``edges_every``-th step of a run, and writes down what has arrived."""

    def __init__(self, twin: Twin, learner: Learner, recipe: Recipe) -> None:
        self.writer: EdgeWriter | None = None
        self._twin, self._learner, self._recipe = twin, learner, recipe

    @contextmanager
    def step(self, step: int, share: int, samples: int) -> Iterator[None]:
        """Goes round the backward pass of ``step`` with so many ``samples``, of which this process
        has a ``share``."""
        if step % self._recipe.edges_every:
            yield
            return
        # Of a minibatch that is gone through in parts the last part is measured, and its loss,
        # which was weighed by its share, told as if it were the whole.
        ranks = self._learner.ranks
        parts = ranks.parts(samples, self._recipe.accumulation)
        last = samples // parts
        # Gradients are averaged over the processes, so each has as many times its part of them.
        scale = self._learner.optimizer.scale * (last / samples) * ranks.size
        with self._twin.measuring(step, scale, (share // parts) / last):
            yield
        self._write(wait=False)

    def flush(self) -> None:
        """Write down everything that was measured."""
        self._write(wait=True)

    def _write(self, *, wait: bool) -> None:
        for measured in self._twin.arrived(wait=wait):
            if self.writer is not None:
                self.writer.write(measured)
