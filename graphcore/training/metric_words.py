"""What the figures of held-out samples are called, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

TITLES: Final[Mapping[str, str]] = {
    "mean_iou": "mean IoU",
    "r2": "R²",
    "f1": "F1",
}
"""Names that are not just their words."""


def title_of(name: str) -> str:
    """A figure's name as it stands in a sentence.

    >>> title_of("mean_iou"), title_of("bits_per_token")
    ('mean IoU', 'bits per token')
    """
    return TITLES.get(name, name.replace("_", " "))


def heading_of(name: str) -> str:
    """The same above a plot or before a figure.

    >>> heading_of("mean_iou"), heading_of("bits_per_token")
    ('Mean IoU', 'Bits per token')
    """
    title = title_of(name)
    return title[:1].upper() + title[1:]


def in_words(name: str, figure: float | None) -> str:
    """A figure with four digits; one that is None or NaN is no number.

    >>> in_words("accuracy", 0.93), in_words("r2", 0.71234), in_words("loss", None)
    ('93.00 %', '0.7123', 'not a number')
    """
    if figure is None or math.isnan(figure):
        return "not a number"
    return f"{100 * figure:.2f} %" if name == "accuracy" else f"{figure:.4g}"
