"""Samples varied anew in every epoch, each variation a function of (seed, epoch, sample)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from graphcore.training.data.augmentation_rules import (
    CUT_COLUMN,
    CUT_ROW,
    DOWN,
    FLIP,
    NOISE,
    RIGHT,
    varies,
)
from graphcore.training.data.draws import normal, uniform
from graphcore.training.data.minibatches import Data, Minibatches
from graphcore.training.recipe import Recipe


@dataclass(frozen=True)
class Augmented:
    """``samples`` with the variations of a recipe. Classes of pixels move with their image."""

    samples: Minibatches
    recipe: Recipe

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def device(self) -> torch.device:
        """Where the samples are."""
        return self.samples.device

    def at(self, indices: Tensor, epoch: int = 0) -> tuple[Tensor, Tensor]:
        """The minibatch of these samples as they are in an epoch."""
        x, y = self.samples.at(indices, epoch)
        recipe = self.recipe
        if recipe.flip or recipe.shift:
            x, y = self._moved(x, y, indices, epoch)
        if recipe.noise:
            counters = indices[:, None] * x[0].numel() + torch.arange(x[0].numel(), device=x.device)
            drawn = normal(recipe.seed, epoch, NOISE, counters)
            x = x + recipe.noise * drawn.view_as(x).to(x.dtype)
        if recipe.cutout:
            x = self._cut(x, indices, epoch)
        return x, y

    def _moved(self, x: Tensor, y: Tensor, indices: Tensor, epoch: int) -> tuple[Tensor, Tensor]:
        """Mirrored and shifted; what comes in at an edge repeats it."""
        rows = self._lines(x.shape[-2], DOWN, indices, epoch)
        columns = self._lines(x.shape[-1], RIGHT, indices, epoch)
        if self.recipe.flip:
            mirrored = self._draw(FLIP, indices, epoch) < 0.5
            columns = torch.where(mirrored[:, None], columns.flip(1), columns)
        sample = torch.arange(len(x), device=x.device)[:, None, None]
        x = x.movedim(1, -1)[sample, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
        if y.dim() == 3:
            y = y[sample, rows[:, :, None], columns[:, None, :]]
        return x.contiguous(), y

    def _lines(self, size: int, stream: int, indices: Tensor, epoch: int) -> Tensor:
        """Which row or column of the image stands at each place, (N, size)."""
        lines = torch.arange(size, device=indices.device).expand(len(indices), size)
        most = self.recipe.shift
        if not most:
            return lines
        by = (self._draw(stream, indices, epoch) * (2 * most + 1)).long() - most
        return (lines + by[:, None]).clamp(0, size - 1)

    def _cut(self, x: Tensor, indices: Tensor, epoch: int) -> Tensor:
        """With a square of zeros, the mean, about a pixel of the image."""
        half = self.recipe.cutout / 2
        inside = []
        for axis, stream in ((-2, CUT_ROW), (-1, CUT_COLUMN)):
            size = x.shape[axis]
            middle = (
                self._draw(stream, indices, epoch) * size
            ).floor() + self.recipe.cutout % 2 / 2
            places = torch.arange(size, device=x.device) + 0.5
            inside.append((places - middle[:, None]).abs() < half)
        square = inside[0][:, None, :, None] & inside[1][:, None, None, :]
        return x.masked_fill(square, 0.0)

    def _draw(self, stream: int, indices: Tensor, epoch: int) -> Tensor:
        return uniform(self.recipe.seed, epoch, stream, indices)


def augmented(data: Data, recipe: Recipe) -> Data:
    """The data with what is learnt from varied as the recipe says; what is held out stays."""
    return Data(Augmented(data.train, recipe), data.held_out) if varies(recipe) else data
