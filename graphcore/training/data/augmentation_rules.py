"""Which variations suit which samples."""

from __future__ import annotations

from graphcore.training.data.arrays import DataInfo
from graphcore.training.recipe import Recipe

FLIP, DOWN, RIGHT, CUT_ROW, CUT_COLUMN, NOISE = range(1, 7)
"""The streams that the variations draw from."""

OF_IMAGES = ("flip", "shift", "cutout")
"""The variations that only images have."""


def varies(recipe: Recipe) -> bool:
    """Whether samples differ from epoch to epoch."""
    return any(getattr(recipe, name) for name in (*OF_IMAGES, "noise"))


def unfit_variations(recipe: Recipe, info: DataInfo) -> dict[str, str]:
    """Variations that samples of the data do not have, each as a sentence that says how to mend
    it, by the parameter to look at."""
    found = {}
    if len(info.sample_shape) != 3:
        for name in OF_IMAGES:
            if getattr(recipe, name):
                found[name] = (
                    f"the samples of the data {info.title} are no images ({info.sample_text}): "
                    f"switch {name} off"
                )
    elif recipe.shift >= min(info.sample_shape[1:]):
        found["shift"] = (
            f"an image of {info.sample_text} cannot be shifted by {recipe.shift}: choose less"
        )
    if info.classes_last and recipe.noise:
        found["noise"] = f"the data {info.title} has tokens, which have no noise: set it to 0"
    if info.target_shape and not _moves_along(info):
        for name in ("flip", "shift"):
            if getattr(recipe, name):
                found[name] = (
                    f"what is predicted of the data {info.title} would not move with its image: "
                    f"switch {name} off"
                )
    return found


def _moves_along(info: DataInfo) -> bool:
    """Whether there is a class for every pixel of the image."""
    return info.classes is not None and info.target_shape == info.sample_shape[1:]
