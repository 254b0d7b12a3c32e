"""The weights of the best evaluation, on their way to the disk."""

from __future__ import annotations

import math
from pathlib import Path

from torch import Tensor, nn

from graphcore.training.checkpoint import BEST_WEIGHTS, save_tensors, weights_of
from graphcore.training.events import CheckpointSaved

Merit = tuple[float, float]
"""How good a result is: (accuracy, -loss); the larger the better."""


class BestWeights:
    """Keeps a copy of the best weights, on the host, until it is written: short epochs would
    otherwise spend more on writing than on learning."""

    def __init__(self, folder: Path, merit: Merit | None) -> None:
        self.merit = merit
        self._folder = folder
        self._kept: tuple[int, dict[str, Tensor]] | None = None

    def offer(self, step: int, loss: float, accuracy: float | None, module: nn.Module) -> None:
        """Keep the weights after ``step`` if no result before was as good."""
        merit = (accuracy or 0.0, -loss)
        if math.isfinite(loss) and (self.merit is None or merit > self.merit):
            self.merit = merit
            self._kept = step, weights_of(module)

    def write(self) -> list[CheckpointSaved]:
        """Write what is kept, and tell of it. Raises CheckpointError."""
        if self._kept is None:
            return []
        (step, tensors), self._kept = self._kept, None
        path = save_tensors(self._folder, BEST_WEIGHTS, tensors)
        return [CheckpointSaved(step, f"checkpoints/{path.name}", best=True)]
